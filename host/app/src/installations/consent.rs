//! What a plugin asks to be allowed, and what of that is new.

use std::collections::BTreeSet;

use galleria_domain::{FieldCode, Mistakes, Permission};
use galleria_manifest::{Instances, Manifest};

use crate::error::Result;

/// How much a version asks for, compared with the one before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "they say it")]
pub enum Breadth {
    Narrower,
    Equal,
    Wider,
}

/// A permission that a plugin asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConsentItem {
    /// Its name: `customers:read`.
    pub permission: String,
    /// Whether the plugin can't work without.
    pub required: bool,
    /// Whether it is granted already.
    pub granted: bool,
    /// What it allows, and what the plugin needs it for, in the language asked for.
    pub sentence: String,
}

/// What a version asks for, compared with the one before.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConsentDiff {
    /// Whether that is more, less or the same.
    pub breadth: Breadth,
    /// What it asks for, or can't work without, and the one before didn't.
    pub added: Vec<ConsentItem>,
    /// What the one before asked for and it doesn't.
    pub removed: Vec<String>,
    /// Whether it must wait: it can't work without something that isn't granted.
    pub needs_consent: bool,
}

impl ConsentItem {
    fn new(
        manifest: &Manifest,
        permission: &str,
        granted: &BTreeSet<String>,
        locale: &str,
    ) -> Option<Self> {
        let request = manifest.permissions.get(permission)?;
        let known: Option<Permission> = permission.parse().ok();
        let allows = known.map_or(permission, |known| known.describe(locale));
        Some(Self {
            permission: permission.to_owned(),
            required: request.required,
            granted: granted.contains(permission),
            sentence: format!("{allows}: {}", request.reason.get(locale)),
        })
    }
}

/// All that a plugin asks for, in words for a reader of this language.
pub fn consent_items(
    manifest: &Manifest,
    granted: &BTreeSet<String>,
    locale: &str,
) -> Vec<ConsentItem> {
    let names = manifest.permissions.keys();
    names.filter_map(|name| ConsentItem::new(manifest, name, granted, locale)).collect()
}

/// What a version asks for beyond the one before (`None`: there was none), in English.
pub fn consent_diff(
    before: Option<&Manifest>,
    after: &Manifest,
    granted: &BTreeSet<String>,
) -> ConsentDiff {
    consent_diff_in(before, after, granted, "en")
}

/// As [`consent_diff`], in words for a reader of this language.
pub fn consent_diff_in(
    before: Option<&Manifest>,
    after: &Manifest,
    granted: &BTreeSet<String>,
    locale: &str,
) -> ConsentDiff {
    let asked = |name: &String| before.and_then(|before| before.permissions.get(name));
    let is_new = |item: &ConsentItem| {
        asked(&item.permission).is_none_or(|request| item.required && !request.required)
    };
    let added: Vec<_> = consent_items(after, granted, locale).into_iter().filter(is_new).collect();
    let removed: Vec<_> = before
        .into_iter()
        .flat_map(|before| before.permissions.keys())
        .filter(|name| !after.permissions.contains_key(*name))
        .cloned()
        .collect();
    let breadth = match (added.is_empty(), removed.is_empty()) {
        (false, _) => Breadth::Wider,
        (true, false) => Breadth::Narrower,
        (true, true) => Breadth::Equal,
    };
    let needs_consent = !missing_required(after, granted).is_empty();
    ConsentDiff { breadth, added, removed, needs_consent }
}

/// The permissions that a plugin can't work without and that aren't granted.
pub fn missing_required<'m>(manifest: &'m Manifest, granted: &BTreeSet<String>) -> Vec<&'m str> {
    let required = manifest.permissions.iter().filter(|(_, request)| request.required);
    let missing = required.filter(|(name, _)| !granted.contains(*name));
    missing.map(|(name, _)| name.as_str()).collect()
}

/// What a plugin may do: what it asks for and was granted.
pub fn effective(manifest: &Manifest, granted: &BTreeSet<String>) -> BTreeSet<Permission> {
    let asked = manifest.permissions.keys().filter(|name| granted.contains(*name));
    asked.filter_map(|name| name.parse().ok()).collect()
}

/// Refuses grants that none of these versions asks for.
pub(super) fn check_grant(
    asking: &[&Manifest],
    permissions: &BTreeSet<String>,
    warm: bool,
) -> Result<()> {
    let mut mistakes = Mistakes::new();
    for permission in permissions {
        if !asking.iter().any(|manifest| manifest.permissions.contains_key(permission)) {
            let path = format!("permissions.{permission}");
            mistakes.add(&path, FieldCode::Range, "is not asked for by the plugin");
        }
    }
    if warm && !asking.iter().any(|manifest| manifest.instances == Instances::Warm) {
        mistakes.add("warm", FieldCode::Range, "is not asked for by the plugin");
    }
    Ok(mistakes.finish(())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `r`: required, `o`: optional.
    fn manifest(permissions: &[(&str, char)]) -> Manifest {
        let mut text = String::from(
            "manifest = 1\nid = \"p\"\nversion = \"1.0.0\"\nhost = \"^0.1\"\n[texts.en]\ntitle = \"T\"\n",
        );
        for (name, kind) in permissions {
            text.push_str(&format!(
                "[permissions.\"{name}\"]\nrequired = {}\nreason = {{ en = \"to work\", de = \"Arbeit\" }}\n",
                *kind == 'r'
            ));
        }
        Manifest::from_toml(&text).unwrap()
    }

    fn granted(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_version_waits_only_for_what_it_cannot_work_without() {
        let before = manifest(&[("customers:read", 'r'), ("clock:read", 'o')]);
        let held = granted(&["customers:read"]);
        let diff = |after: &[(&str, char)]| {
            let diff = consent_diff(Some(&before), &manifest(after), &held);
            let added: Vec<_> = diff.added.into_iter().map(|item| item.permission).collect();
            (diff.breadth, added.join(" "), diff.removed.join(" "), diff.needs_consent)
        };
        let same = [("customers:read", 'r'), ("clock:read", 'o')];
        assert_eq!(diff(&same), (Breadth::Equal, String::new(), String::new(), false));
        let less = [("customers:read", 'r')];
        assert_eq!(diff(&less), (Breadth::Narrower, String::new(), "clock:read".into(), false));
        let optional = [("customers:read", 'r'), ("clock:read", 'o'), ("log:write", 'o')];
        assert_eq!(diff(&optional), (Breadth::Wider, "log:write".into(), String::new(), false));
        let now_required = [("customers:read", 'r'), ("clock:read", 'r')];
        assert_eq!(diff(&now_required), (Breadth::Wider, "clock:read".into(), String::new(), true));
        let swapped = [("customers:write", 'r')];
        let removed = "clock:read customers:read".into();
        assert_eq!(diff(&swapped), (Breadth::Wider, "customers:write".into(), removed, true));
    }

    #[test]
    fn an_admin_reads_what_is_allowed_and_what_for() {
        let manifest = manifest(&[("customers:read-pii", 'r')]);
        let sentence = |locale| consent_items(&manifest, &granted(&[]), locale).remove(0).sentence;
        assert_eq!(
            sentence("en"),
            "See names, email addresses, phone numbers and postal addresses of customers: to work"
        );
        assert_eq!(
            sentence("de-CH"),
            "Namen, E-Mail-Adressen, Telefonnummern und Anschriften sehen: Arbeit"
        );
    }

    #[test]
    fn a_grant_has_effect_only_where_it_is_asked_for() {
        let manifest = manifest(&[("customers:read", 'r'), ("clock:read", 'o')]);
        let held = granted(&["customers:read", "customers:write"]);
        assert_eq!(effective(&manifest, &held), BTreeSet::from([Permission::CustomersRead]));
        assert_eq!(missing_required(&manifest, &granted(&["clock:read"])), ["customers:read"]);
    }

    #[test]
    fn what_nobody_asked_for_cannot_be_granted() {
        let manifest = manifest(&[("customers:read", 'r')]);
        assert!(check_grant(&[&manifest], &granted(&["customers:read"]), false).is_ok());
        assert!(check_grant(&[&manifest], &granted(&["customers:write"]), false).is_err());
        assert!(check_grant(&[&manifest], &granted(&[]), true).is_err());
    }
}
