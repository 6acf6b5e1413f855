use std::collections::BTreeSet;

use super::{Mistakes, is_name, name_rule, texts};
use crate::{Facet, FacetKind, Manifest};

/// How many facets a plugin may have.
const MAX_FACETS: usize = 20;
/// How long a value can be, in characters.
const MAX_VALUE: usize = 200;
/// What the host's own customer list is asked by; facets can't take these names. Keep sorted.
const HOST_FILTERS: &[&str] = &[
    "active",
    "active_from",
    "active_to",
    "birth_day",
    "birth_month",
    "city",
    "company",
    "country",
    "created_from",
    "created_to",
    "cursor",
    "dob",
    "email",
    "fields",
    "has_account",
    "id",
    "ids",
    "ip",
    "kind",
    "limit",
    "name",
    "number",
    "orders_max",
    "orders_min",
    "phone",
    "q",
    "search",
    "sort",
    "spent_max",
    "spent_min",
    "stage",
    "store",
    "tax_exempt",
    "zip",
];

pub(super) fn check(manifest: &Manifest, found: &mut Mistakes) {
    found.at_most("facets", manifest.facets.len(), MAX_FACETS);
    let allowed = manifest.facets.is_empty() || manifest.asks_for("facets:write");
    found.require(allowed, "facets", || "need the permission facets:write".to_owned());
    let mut filters = BTreeSet::new();
    for (key, facet) in &manifest.facets {
        let path = format!("facets.{key}");
        found.require(is_name(key), &path, name_rule);
        texts(&format!("{path}.title"), &facet.title, 100, found);
        check_implied(&format!("{path}.implied"), facet, found);
        if let Some(filter) = &facet.filter {
            check_filter(&format!("{path}.filter"), filter, found);
            found.require(filters.insert(filter), &format!("{path}.filter"), || {
                format!("`{filter}` is there twice")
            });
        }
    }
}

fn check_filter(path: &str, filter: &str, found: &mut Mistakes) {
    found.require(is_name(filter), path, name_rule);
    found.require(!HOST_FILTERS.contains(&filter), path, || {
        format!("`{filter}` is a filter of the host")
    });
    // `role_none` asks for those without a role, so it can't be a filter by itself.
    found.require(!filter.ends_with("_none"), path, || "ends with `_none`".to_owned());
}

fn check_implied(path: &str, facet: &Facet, found: &mut Mistakes) {
    let text = facet.implied.is_empty() || facet.kind == FacetKind::Text;
    found.require(text, path, || "only facets of text have implied values".to_owned());
    for value in facet.implied.keys() {
        let fits = !value.trim().is_empty() && value.chars().count() <= MAX_VALUE;
        found.require(fits, &format!("{path}.{value}"), || {
            format!("a value has 1 to {MAX_VALUE} characters")
        });
    }
}
