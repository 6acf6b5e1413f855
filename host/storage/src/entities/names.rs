//! Names in SQL. A plugin's own names get there only checked, and never alone.

use galleria_domain::PluginId;
use sha2::{Digest as _, Sha256};

use super::{EntityError, Result};

/// As in the manifest: `[a-z][a-z0-9_]{0,47}`.
const NAME_MAX_BYTES: usize = 48;

/// Refuses what isn't a name of the manifest's form.
pub(super) fn checked(name: &str) -> Result<&str> {
    let well_formed = name.len() <= NAME_MAX_BYTES
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if well_formed {
        Ok(name)
    } else {
        Err(EntityError::Refused(format!("`{name}` can't be a name")))
    }
}

/// What a plugin's table, its indexes and its triggers are called, but for their endings.
pub(super) fn base(plugin_number: i64, entity: &str) -> String {
    format!("p_{plugin_number}_{}", hash(entity, 12))
}

/// The table. Its name changes with its layout: who still knows an older layout finds no table,
/// rather than write rows that lack a column.
pub(super) fn table(base: &str, layout_number: u32) -> String {
    format!("{base}_{layout_number}")
}

/// The column of a field.
pub(super) fn column(field: &str) -> String {
    format!("f_{field}")
}

/// An index, by what it is made of.
pub(super) fn index(base: &str, unique: bool, fields: &[String]) -> String {
    let kind = if unique { 'u' } else { 'o' };
    format!("{base}_{kind}_{}", hash(&fields.join(","), 12))
}

/// A plugin's id as a literal. It has no quotes in it, by its form.
pub(super) fn literal(plugin: &PluginId) -> String {
    format!("'{plugin}'")
}

fn hash(text: &str, digits: usize) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let mut hex = concat(digest.iter().map(|byte| format!("{byte:02x}")));
    hex.truncate(digits);
    hex
}

/// Parts of a statement, one behind the other.
pub(super) fn concat(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_a_plain_name_gets_through() {
        assert!(checked("reward_points2").is_ok());
        for bad in ["", "A", "1a", "a-b", "a b", "a\"", "a'", "a;", "ä", "_a", &"a".repeat(49)] {
            assert!(checked(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_fit_into_what_databases_allow() {
        let base = base(i64::MAX, &"e".repeat(48));
        let longest = [
            table(&base, u32::MAX),
            index(&base, true, &["a".repeat(48), "b".repeat(48)]),
            column(&"f".repeat(48)),
        ];
        assert!(longest.iter().all(|name| name.len() <= 63), "{longest:?}");
    }
}
