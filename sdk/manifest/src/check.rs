mod entities;
mod facets;
mod offers;
mod routes;
mod settings;

use std::collections::BTreeMap;
use std::fmt;

use crate::{Manifest, PluginTexts, Texts, interface_of};

/// One rule that a manifest breaks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mistake {
    /// Where, keys and positions joined by dots: `routes.0.path`.
    pub path: String,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// Gathers what is wrong.
#[derive(Default)]
struct Mistakes(Vec<Mistake>);

impl Mistakes {
    fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Mistake { path: path.into(), message: message.into() });
    }

    fn require(&mut self, holds: bool, path: &str, message: impl FnOnce() -> String) {
        if !holds {
            self.add(path, message());
        }
    }

    fn at_most(&mut self, path: &str, count: usize, most: usize) {
        self.require(count <= most, path, || format!("has {count} entries; {most} are allowed"));
    }
}

impl Manifest {
    /// Finds every rule that is broken; a manifest without mistakes can be installed.
    pub fn check(&self) -> Vec<Mistake> {
        let mut found = Mistakes::default();
        found.require(self.manifest == 1, "manifest", || {
            format!("this is format 1, not {}", self.manifest)
        });
        found.require(is_plugin_id(&self.id), "id", || plugin_id_rule(&self.id));
        self.check_texts(&mut found);
        self.check_requires(&mut found);
        self.check_permissions(&mut found);
        self.check_staff_permissions(&mut found);
        routes::check(self, &mut found);
        entities::check(self, &mut found);
        facets::check(self, &mut found);
        settings::check(self, &mut found);
        offers::check(self, &mut found);
        for (at, named) in self.traits.iter().enumerate() {
            found.require(!self.traits[..at].contains(named), &format!("traits.{at}"), || {
                "is there twice".to_owned()
            });
        }
        found.0
    }

    fn check_texts(&self, found: &mut Mistakes) {
        check_languages("texts", &self.texts, found);
        for (tag, PluginTexts { title, summary }) in &self.texts {
            check_text(&format!("texts.{tag}.title"), title, 1, 100, found);
            check_text(&format!("texts.{tag}.summary"), summary, 0, 500, found);
        }
    }

    fn check_requires(&self, found: &mut Mistakes) {
        found.at_most("requires", self.requires.len(), 50);
        for id in self.requires.keys() {
            let path = format!("requires.{id}");
            found.require(is_plugin_id(id), &path, || plugin_id_rule(id));
            found.require(*id != self.id, &path, || "a plugin cannot require itself".to_owned());
        }
    }

    fn check_permissions(&self, found: &mut Mistakes) {
        for (name, request) in &self.permissions {
            let path = format!("permissions.{name}");
            found.require(interface_of(name).is_some(), &path, || {
                "the host has no such permission".to_owned()
            });
            texts(&format!("{path}.reason"), &request.reason, 500, found);
        }
    }

    fn check_staff_permissions(&self, found: &mut Mistakes) {
        found.at_most("staff-permissions", self.staff_permissions.len(), 50);
        for (name, permission) in &self.staff_permissions {
            let path = format!("staff-permissions.{name}");
            let formed = name.len() <= 64
                && name
                    .split_once(':')
                    .is_some_and(|(what, verb)| is_kebab(what) && is_kebab(verb));
            found.require(formed, &path, || "is not of the form `things:verb`".to_owned());
            texts(&format!("{path}.title"), &permission.title, 100, found);
        }
    }

    /// Whether the plugin asks for a permission at all.
    fn asks_for(&self, permission: &str) -> bool {
        self.permissions.contains_key(permission)
    }
}

/// A text in several languages: `en` among them, none empty, none too long.
fn texts(path: &str, texts: &Texts, most: usize, found: &mut Mistakes) {
    check_languages(path, &texts.0, found);
    for (tag, text) in &texts.0 {
        check_text(&format!("{path}.{tag}"), text, 1, most, found);
    }
}

fn check_languages<T>(path: &str, texts: &BTreeMap<String, T>, found: &mut Mistakes) {
    found.require(texts.contains_key("en"), path, || "the English text (`en`) is missing".into());
    found.at_most(path, texts.len(), 50);
    for tag in texts.keys() {
        found.require(is_language_tag(tag), &format!("{path}.{tag}"), || {
            "is no language tag such as `en` or `de-CH`".to_owned()
        });
    }
}

fn check_text(path: &str, text: &str, least: usize, most: usize, found: &mut Mistakes) {
    let length = text.chars().count();
    found.require(length <= most, path, || format!("has {length} characters; {most} are allowed"));
    found.require(least == 0 || !text.trim().is_empty(), path, || "is empty".to_owned());
    found.require(!text.chars().any(is_unprintable), path, || "has control characters".to_owned());
}

/// Line breaks are fine in a summary; what a terminal or a reader of logs obeys is not, and neither
/// is what turns the direction of the text that follows.
fn is_unprintable(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn plugin_id_rule(id: &str) -> String {
    format!("`{id}` is not of the form [a-z][a-z0-9-]{{0,62}}")
}

fn is_plugin_id(id: &str) -> bool {
    id.len() <= 63 && is_kebab(id)
}

/// `[a-z][a-z0-9-]*`
fn is_kebab(text: &str) -> bool {
    starts_low(text) && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// `[a-z][a-z0-9_]{0,47}`: what entities, fields, indexes, facets and parameters are called.
fn is_name(text: &str) -> bool {
    text.len() <= 48
        && starts_low(text)
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

fn name_rule() -> String {
    "is not of the form [a-z][a-z0-9_]{0,47}".to_owned()
}

fn starts_low(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
}

/// The shape of BCP 47, as far as a shape says something: `en`, `de-CH`, `zh-Hant-TW`.
fn is_language_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    tag.len() <= 35
        && (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}
