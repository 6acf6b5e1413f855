use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::PluginTexts;

/// A text in several languages: BCP 47 tag to text; `en` is always there.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Texts(pub BTreeMap<String, String>);

impl Texts {
    /// The text for a reader of `locale`: that very language, else its base language, else English.
    pub fn get(&self, locale: &str) -> &str {
        let base = locale.split('-').next().unwrap_or(locale);
        [locale, base, "en"].iter().find_map(|tag| self.0.get(*tag)).map_or("", String::as_str)
    }
}

/// The texts of a plugin for a reader of `locale`: that very language, else its base language,
/// else English.
pub fn texts_for<'t>(texts: &'t BTreeMap<String, PluginTexts>, locale: &str) -> &'t PluginTexts {
    static NONE: PluginTexts = PluginTexts { title: String::new(), summary: String::new() };
    let base = locale.split('-').next().unwrap_or(locale);
    [locale, base, "en"].iter().find_map(|tag| texts.get(*tag)).unwrap_or(&NONE)
}
