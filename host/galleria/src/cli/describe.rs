//! What a component is and can reach, in words.

use std::fmt::Write as _;

use clap::ValueEnum;
use galleria_domain::Permission;
use galleria_manifest::{Audience, HookName, Instances, Manifest, OnFailure, Route};
use galleria_runtime::Inspection;

/// A language that it is told in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Language {
    En,
    De,
}

impl Language {
    /// That of the one who asks.
    pub(super) fn of_environment() -> Self {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let wanted = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
        if wanted.is_some_and(|wanted| wanted.starts_with("de")) { Self::De } else { Self::En }
    }

    fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// One of two texts.
    fn of<T>(self, english: T, german: T) -> T {
        match self {
            Self::En => english,
            Self::De => german,
        }
    }
}

/// What a component is and can reach.
pub(super) fn describe(inspection: &Inspection, bytes: usize, language: Language) -> String {
    let manifest = &inspection.manifest;
    let sections = [
        title(manifest, bytes, language),
        permissions(manifest, language),
        routes(manifest, language),
        entities(manifest, language),
        facets(manifest, language),
        offers(manifest, language),
        staff_permissions(manifest, language),
        settings(manifest, language),
        requires(manifest, language),
        bounds(inspection, language),
    ];
    sections.into_iter().filter(|section| !section.is_empty()).collect::<Vec<_>>().join("\n")
}

fn title(manifest: &Manifest, bytes: usize, language: Language) -> String {
    let texts = manifest.texts.get(language.tag()).or_else(|| manifest.texts.get("en"));
    let (title, summary) =
        texts.map_or((manifest.id.as_str(), ""), |texts| (&texts.title, &texts.summary));
    let mut text = format!("{title} ({} {})\n", manifest.id, manifest.version);
    if !summary.is_empty() {
        text += &format!("{summary}\n");
    }
    let instances = match manifest.instances {
        Instances::Fresh => language
            .of("every call gets a fresh instance", "jeder Aufruf bekommt eine frische Instanz"),
        Instances::Warm => language.of(
            "asks to use instances again, apart for each audience",
            "möchte Instanzen wiederverwenden, getrennt nach Zielgruppe",
        ),
    };
    let made_for = language.of("made for hosts", "gemacht für Server");
    text + &format!("{} kB; {made_for} {}; {instances}\n", bytes.div_ceil(1_000), manifest.host)
}

/// A heading with lines below it; nothing without lines.
fn section(heading: &str, lines: impl IntoIterator<Item = String>) -> String {
    let mut text = String::new();
    for line in lines {
        text += &format!("  {line}\n");
    }
    if text.is_empty() { text } else { format!("{heading}\n{text}") }
}

fn permissions(manifest: &Manifest, language: Language) -> String {
    let lines = manifest.permissions.iter().map(|(name, request)| {
        let known: Option<Permission> = name.parse().ok();
        let what = known.map_or(name.as_str(), |permission| permission.describe(language.tag()));
        let need = if request.required {
            language.of("required", "nötig")
        } else {
            language.of("optional", "freiwillig")
        };
        format!("{what} ({name}, {need}): {}", request.reason.get(language.tag()))
    });
    section(language.of("May, once an admin grants it:", "Darf, sobald es gewährt wird:"), lines)
}

fn routes(manifest: &Manifest, language: Language) -> String {
    let heading = language.of("Answers over HTTP:", "Antwortet über HTTP:");
    section(heading, manifest.routes.iter().map(|route| self::route(manifest, route, language)))
}

fn route(manifest: &Manifest, route: &Route, language: Language) -> String {
    let (root, audience) = match route.audience {
        Audience::Visitor => ("store", language.of("anybody", "alle")),
        Audience::Customer => ("store", language.of("customers", "angemeldete Kundschaft")),
        Audience::Staff => ("admin", language.of("staff", "Personal")),
    };
    let mut text =
        format!("{} /{root}/v1/x/{}{}: {audience}", route.method, manifest.id, route.path);
    if let Some(permission) = &route.permission {
        text += &format!(" ({permission})");
    }
    if let Some(summary) = &route.summary {
        text += &format!("; {}", summary.get(language.tag()));
    }
    text
}

fn entities(manifest: &Manifest, language: Language) -> String {
    let lines = manifest.entities.iter().map(|(name, entity)| {
        let fields: Vec<_> = entity.fields.keys().map(String::as_str).collect();
        let mut text = format!("{name}: {}", fields.join(", "));
        if let Some(subject) = &entity.subject {
            let about = language.of(
                "about the customer in; goes with them",
                "über die Person in; wird mit ihr gelöscht",
            );
            let (before, after) = about.split_once("; ").unwrap_or((about, ""));
            let _never_fails = write!(text, " – {before} `{subject}`, {after}");
        }
        text
    });
    section(language.of("Keeps data of its own:", "Speichert eigene Daten:"), lines)
}

fn facets(manifest: &Manifest, language: Language) -> String {
    let lines = manifest.facets.iter().map(|(key, facet)| {
        let title = facet.title.get(language.tag());
        let filter = facet.filter.as_deref().map(|name| format!(", ?{name}="));
        format!("{title} (?x.{}.{key}={})", manifest.id, filter.unwrap_or_default())
    });
    let heading =
        language.of("Makes customers findable by:", "Macht Kundinnen und Kunden auffindbar nach:");
    section(heading, lines)
}

/// What it takes part in without being asked over HTTP.
fn offers(manifest: &Manifest, language: Language) -> String {
    let events = (!manifest.events.is_empty()).then(|| {
        let told = language.of("is told of", "erfährt von");
        format!("{told} {}", manifest.events.join(", "))
    });
    let hooks = manifest.hooks.entries().map(|hook| {
        let what = match hook.name {
            HookName::Traits => language
                .of("decides on traits of customers", "entscheidet über Merkmale von Kundschaft"),
            HookName::Adjust => language.of("changes what carts cost", "ändert, was Körbe kosten"),
            HookName::ValidateCart => language.of("may refuse carts", "kann Körbe ablehnen"),
            HookName::BeforePlace => language.of(
                "takes part in placing orders, and may refuse them",
                "wirkt an Bestellungen mit und kann sie ablehnen",
            ),
            HookName::LoginGate => language.of("may refuse logins", "kann Anmeldungen ablehnen"),
            HookName::ImpersonationGate => language.of(
                "may refuse that staff acts for customers",
                "kann ablehnen, dass Personal für Kundschaft handelt",
            ),
        };
        let if_it_fails = match hook.on_failure {
            OnFailure::Open => language
                .of("if it fails, the shop goes on without", "fällt es aus, geht es ohne weiter"),
            OnFailure::Closed => language.of(
                "if it fails, the shop refuses what it was asked about",
                "fällt es aus, wird abgelehnt, worum es ging",
            ),
        };
        format!("{what}; {if_it_fails} ({}, {})", hook.name.as_str(), hook.priority)
    });
    let jobs = manifest.jobs.iter().map(|(name, job)| {
        let title = job.title.get(language.tag());
        let works = language.of("does the job", "erledigt den Auftrag");
        let due = job.cron.as_ref().map(|cron| {
            let zone = job.time_zone.as_deref();
            let zone = zone.unwrap_or(language.of("the store's time", "Zeit des Ladens"));
            format!(", {cron} ({zone})")
        });
        format!("{works} {title} ({name}{})", due.unwrap_or_default())
    });
    let heading = language.of("Takes part in what the shop does:", "Wirkt im Laden mit:");
    section(heading, events.into_iter().chain(hooks).chain(jobs))
}

fn staff_permissions(manifest: &Manifest, language: Language) -> String {
    let lines = manifest.staff_permissions.iter().map(|(name, permission)| {
        format!("{} (x:{}:{name})", permission.title.get(language.tag()), manifest.id)
    });
    section(
        language.of("Brings permissions for staff:", "Bringt Rechte für das Personal mit:"),
        lines,
    )
}

fn settings(manifest: &Manifest, language: Language) -> String {
    let properties = manifest.settings.as_ref().and_then(|schema| schema.get("properties"));
    let named = properties.and_then(serde_json::Value::as_object).into_iter().flatten();
    let lines = named.map(|(name, schema)| {
        let title = schema.get("title").and_then(serde_json::Value::as_str);
        title.map_or_else(|| name.clone(), |title| format!("{name}: {title}"))
    });
    section(language.of("Can be set:", "Einstellbar:"), lines)
}

fn requires(manifest: &Manifest, language: Language) -> String {
    let lines = manifest.requires.iter().map(|(plugin, version)| format!("{plugin} {version}"));
    section(language.of("Needs the plugins:", "Braucht die Plugins:"), lines)
}

/// What it can't reach, whatever it says; and what of it the host doesn't know.
fn bounds(inspection: &Inspection, language: Language) -> String {
    let mut text = language
        .of(
            "It reaches no network, no files, no other plugin and no customer's data beyond that.\n",
            "Darüber hinaus erreicht es weder Netz noch Dateien, weder andere Plugins noch \
             Kundendaten.\n",
        )
        .to_owned();
    let strangers: Vec<_> =
        inspection.imports.iter().map(String::as_str).filter(|import| is_strange(import)).collect();
    if !strangers.is_empty() {
        let heading = language.of(
            "It asks for what this host may not offer",
            "Es verlangt, was dieser Server vielleicht nicht bietet",
        );
        text += &format!("{heading}: {}\n", strangers.join(", "));
    }
    text
}

/// Whether an import is neither the contract's nor one of those that toolchains drag in.
fn is_strange(import: &str) -> bool {
    let is_plain_wasi = import.starts_with("wasi:") && !import.starts_with("wasi:http/");
    !import.starts_with("galleria:") && !is_plain_wasi
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspection(imports: &[&str]) -> Inspection {
        let toml = include_str!("../../../../plugins/customer-roles/galleria.toml");
        Inspection {
            manifest: Manifest::from_toml(toml).unwrap(),
            imports: imports.iter().map(ToString::to_string).collect(),
            exports: Vec::new(),
        }
    }

    #[test]
    fn all_that_a_component_can_reach_is_said_in_both_languages() {
        let english = describe(&inspection(&[]), 123_456, Language::En);
        for part in [
            "Customer roles (customer-roles 0.1.0)",
            "124 kB",
            "See customers without their personal data (customers:read, required)",
            "GET /admin/v1/x/customer-roles/roles: staff (roles:read); Lists the roles",
            "membership: customer, expires_at",
            "about the customer in `customer`, goes with them",
            "Role (?x.customer-roles.role=, ?role=)",
            "(x:customer-roles:roles:manage)",
            "max_roles_per_customer: Roles a customer may have at most",
            "no network",
        ] {
            assert!(english.contains(part), "{part} in {english}");
        }
        let german = describe(&inspection(&[]), 123_456, Language::De);
        for part in ["Kundenrollen", "Darf, sobald es gewährt wird:", "nötig", "weder Netz"] {
            assert!(german.contains(part), "{part} in {german}");
        }
        assert_eq!(english.lines().count(), german.lines().count());
    }

    #[test]
    fn imports_that_nobody_offers_are_named() {
        let imports = [
            "galleria:log/logging@0.1.0",
            "wasi:io/streams@0.2.6",
            "wasi:http/types@0.2.0",
            "evil:x/y",
        ];
        let text = describe(&inspection(&imports), 1, Language::En);
        assert!(text.contains("may not offer: wasi:http/types@0.2.0, evil:x/y"), "{text}");
        assert!(!describe(&inspection(&imports[..2]), 1, Language::En).contains("may not offer"));
    }
}
