//! Facets: what plugins say about customers, and what the host finds them by.

use std::collections::{BTreeMap, BTreeSet};

use galleria_domain::{
    CustomerId, CustomerKind, FacetCondition, FacetOp, FacetValue, FieldCode, FieldError, Mistakes,
    Permission, PluginId, TextRule,
};
use galleria_manifest::{Facet, FacetKind, ImpliedBy, Manifest};
use galleria_storage::customer_list::FacetTest;
use galleria_storage::facets as stored;
pub use galleria_storage::facets::FacetSet;

use crate::error::{AppError, Result};
use crate::work::Work;

/// How many facets one call sets at most.
pub const FACETS_PUT_MAX: usize = 1_000;
/// How many values a facet of one customer has at most.
pub const FACET_VALUES_MAX: usize = 100;

/// One line of at most 200 characters.
const VALUE: TextRule = TextRule::line(200);

/// Sets facets of customers, all or none; needs [`Permission::FacetsWrite`].
///
/// `declared` are the facets of the manifest of the plugin that calls.
pub async fn put(
    work: &mut Work,
    plugin: &PluginId,
    declared: &BTreeMap<String, Facet>,
    sets: &[FacetSet],
) -> Result<()> {
    work.caller().require(Permission::FacetsWrite)?;
    work.unit().require_write()?;
    check(declared, sets)?;
    if sets.is_empty() {
        return Ok(());
    }
    let customers: BTreeSet<_> = sets.iter().map(|set| set.customer.clone()).collect();
    let customers: Vec<_> = customers.into_iter().collect();
    let store = work.caller().store.clone();
    let known = stored::known_customers(work.unit(), &store, &customers).await?;
    let known: BTreeSet<_> = known.into_iter().collect();
    let unknown =
        sets.iter().enumerate().filter(|(_, set)| !known.contains(&set.customer)).map(|(at, _)| {
            FieldError::new(
                format!("facets.{at}.customer"),
                FieldCode::Unknown,
                "is no customer of the store",
            )
        });
    let unknown: Vec<_> = unknown.collect();
    if !unknown.is_empty() {
        return Err(AppError::Invalid(unknown));
    }
    Ok(stored::put(work.unit(), plugin, sets).await?)
}

fn check(declared: &BTreeMap<String, Facet>, sets: &[FacetSet]) -> Result<()> {
    let mut mistakes = Mistakes::new();
    if sets.len() > FACETS_PUT_MAX {
        mistakes.add("facets", FieldCode::TooLong, "are more than 1000");
        return Ok(mistakes.finish(())?);
    }
    let mut seen = BTreeSet::new();
    for (at, set) in sets.iter().enumerate() {
        let path = |field: &str| format!("facets.{at}.{field}");
        if !seen.insert((&set.customer, &set.key)) {
            mistakes.add(&path("key"), FieldCode::Malformed, "is set twice for the same customer");
        }
        let Some(facet) = declared.get(&set.key) else {
            mistakes.add(&path("key"), FieldCode::Unknown, "is no facet of the manifest");
            continue;
        };
        let most = if facet.multiple { FACET_VALUES_MAX } else { 1 };
        if set.values.len() > most {
            mistakes.add(&path("values"), FieldCode::TooLong, format!("are more than {most}"));
        }
        let mut values = BTreeSet::new();
        for (nth, value) in set.values.iter().enumerate().take(most) {
            let path = path(&format!("values.{nth}"));
            if !values.insert(value) {
                mistakes.add(&path, FieldCode::Malformed, "is there twice");
            }
            check_value(&mut mistakes, &path, facet, value);
        }
    }
    Ok(mistakes.finish(())?)
}

fn check_value(mistakes: &mut Mistakes, path: &str, facet: &Facet, value: &FacetValue) {
    match (facet.kind, value) {
        (FacetKind::Text, FacetValue::Text(text)) => {
            mistakes.keep(path, VALUE.check(text));
            if text.trim().is_empty() {
                mistakes.add(path, FieldCode::Required, "is empty");
            }
            if facet.implied.contains_key(text) {
                mistakes.add(path, FieldCode::Range, "follows from the kind of the account");
            }
        }
        (FacetKind::Number, FacetValue::Number(_)) | (FacetKind::Flag, FacetValue::Flag(_)) => {}
        _ => mistakes.add(path, FieldCode::Malformed, "is of another type than the facet"),
    }
}

/// All facets of a customer from plugins that are enabled, with implied values; needs
/// [`Permission::CustomersRead`] for that customer.
pub async fn of_customer(
    work: &mut Work,
    catalog: &FacetCatalog,
    customer: &CustomerId,
    kind: CustomerKind,
) -> Result<BTreeMap<String, Vec<FacetValue>>> {
    work.caller().require_for(Permission::CustomersRead, customer)?;
    let found = stored::of_customers(work.unit(), std::slice::from_ref(customer)).await?;
    let mut facets: BTreeMap<String, Vec<FacetValue>> = BTreeMap::new();
    for entry in &catalog.entries {
        let implied = entry.facet.implied.iter().filter(|(_, by)| kind_of(**by) == kind);
        let values: Vec<_> = implied.map(|(value, _)| FacetValue::Text(value.clone())).collect();
        if !values.is_empty() {
            facets.insert(entry.name(), values);
        }
    }
    for stored in found {
        if let Some(entry) = catalog.find(&stored.plugin, &stored.key) {
            facets.entry(entry.name()).or_default().push(entry.typed(stored.value));
        }
    }
    Ok(facets)
}

/// The facets of all plugins that are enabled. Made anew whenever one is switched.
#[derive(Clone, Debug, Default)]
pub struct FacetCatalog {
    entries: Vec<FacetEntry>,
    /// Short names of filters, and which entry has them.
    filters: BTreeMap<String, usize>,
}

/// One facet of a plugin that is enabled.
#[derive(Clone, Debug)]
pub struct FacetEntry {
    /// Whose it is.
    pub plugin: PluginId,
    /// Its key.
    pub key: String,
    /// What the manifest says.
    pub facet: Facet,
}

impl FacetEntry {
    /// What the facet is called outside of its plugin: `x.{plugin}.{key}`.
    pub fn name(&self) -> String {
        format!("x.{}.{}", self.plugin, self.key)
    }

    /// A stored value as what it is: flags are stored as numbers.
    fn typed(&self, value: FacetValue) -> FacetValue {
        match (self.facet.kind, value) {
            (FacetKind::Flag, FacetValue::Number(number)) => FacetValue::Flag(number != 0),
            (_, value) => value,
        }
    }
}

impl FacetCatalog {
    /// The facets of these plugins, in the order in which they were enabled: the first that claims
    /// a short name has it.
    pub fn new<'a>(enabled: impl IntoIterator<Item = (&'a PluginId, &'a Manifest)>) -> Self {
        let mut catalog = Self::default();
        for (plugin, manifest) in enabled {
            for (key, facet) in &manifest.facets {
                if let Some(filter) = &facet.filter {
                    catalog.filters.entry(filter.clone()).or_insert(catalog.entries.len());
                }
                let (plugin, key, facet) = (plugin.clone(), key.clone(), facet.clone());
                catalog.entries.push(FacetEntry { plugin, key, facet });
            }
        }
        catalog
    }

    /// All facets, for the API's description and for the columns of exports.
    pub fn entries(&self) -> &[FacetEntry] {
        &self.entries
    }

    /// The short names of filters, with their facets.
    pub fn filters(&self) -> impl Iterator<Item = (&str, &FacetEntry)> {
        self.filters.iter().map(|(filter, at)| (filter.as_str(), &self.entries[*at]))
    }

    /// A facet by its plugin and key.
    pub fn find(&self, plugin: &PluginId, key: &str) -> Option<&FacetEntry> {
        self.entries.iter().find(|entry| entry.plugin == *plugin && entry.key == key)
    }

    /// A facet by its full name, `x.{plugin}.{key}`, or by the short name of its filter.
    pub fn named(&self, name: &str) -> Option<&FacetEntry> {
        if let Some(at) = self.filters.get(name) {
            return self.entries.get(*at);
        }
        let (plugin, key) = name.strip_prefix("x.")?.split_once('.')?;
        self.entries.iter().find(|entry| entry.plugin.as_str() == plugin && entry.key == key)
    }

    /// Reads a parameter of a query as a condition; `None` if no facet has that name.
    ///
    /// `role=vip,wholesale` and `x.customer-roles.role=vip` ask for values, `role_none=true` for
    /// customers without a stored value, `x.reward-points.points_min=100` and `…_max` for numbers.
    pub fn condition(&self, name: &str, value: &str) -> Option<Result<FacetCondition, FieldError>> {
        let (entry, ending) = match self.named(name) {
            Some(entry) => (entry, ""),
            None => ["_none", "_min", "_max"]
                .into_iter()
                .find_map(|ending| Some((self.named(name.strip_suffix(ending)?)?, ending)))?,
        };
        let op = match ending {
            "_none" if value == "true" => Ok(FacetOp::None),
            "_none" => Err((FieldCode::Malformed, "can only be true")),
            "_min" | "_max" if entry.facet.kind != FacetKind::Number => return None,
            "_min" => number(value).map(FacetOp::AtLeast),
            "_max" => number(value).map(FacetOp::AtMost),
            _ => values(entry.facet.kind, value),
        };
        let condition =
            |op| FacetCondition { plugin: entry.plugin.clone(), key: entry.key.clone(), op };
        Some(op.map(condition).map_err(|(code, message)| FieldError::new(name, code, message)))
    }

    /// Parts conditions into what is stored and what follows from the kind of account, for the
    /// query; a facet that no enabled plugin has is refused.
    pub fn tests(&self, conditions: &[FacetCondition]) -> Result<Vec<FacetTest>, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        let mut tests = Vec::new();
        for condition in conditions {
            match self.find(&condition.plugin, &condition.key) {
                Some(entry) => tests.push(entry.test(condition)),
                None => {
                    let path = format!("x.{}.{}", condition.plugin, condition.key);
                    mistakes.add(&path, FieldCode::Unknown, "is no facet of an enabled plugin");
                }
            }
        }
        mistakes.finish(tests)
    }
}

impl FacetEntry {
    fn test(&self, condition: &FacetCondition) -> FacetTest {
        let values = match &condition.op {
            FacetOp::Is(value) => vec![value.clone()],
            FacetOp::AnyOf(values) => values.clone(),
            FacetOp::None | FacetOp::AtLeast(_) | FacetOp::AtMost(_) => {
                return FacetTest { condition: condition.clone(), or_kinds: Vec::new() };
            }
        };
        let mut or_kinds = Vec::new();
        let mut asked = Vec::new();
        for value in values {
            match self.implied_by(&value) {
                Some(kind) if or_kinds.contains(&kind) => {}
                Some(kind) => or_kinds.push(kind),
                None => asked.push(value),
            }
        }
        let condition = FacetCondition { op: FacetOp::AnyOf(asked), ..condition.clone() };
        FacetTest { condition, or_kinds }
    }

    fn implied_by(&self, value: &FacetValue) -> Option<CustomerKind> {
        match value {
            FacetValue::Text(text) => self.facet.implied.get(text).copied().map(kind_of),
            FacetValue::Number(_) | FacetValue::Flag(_) => None,
        }
    }
}

fn kind_of(by: ImpliedBy) -> CustomerKind {
    match by {
        ImpliedBy::Registered => CustomerKind::Registered,
        ImpliedBy::Guest => CustomerKind::Guest,
    }
}

type Wrong = (FieldCode, &'static str);

fn number(text: &str) -> Result<i64, Wrong> {
    text.parse().map_err(|_| (FieldCode::Malformed, "is no whole number"))
}

/// Values parted by commas; texts that have commas are asked for one at a time, as a whole.
fn values(kind: FacetKind, text: &str) -> Result<FacetOp, Wrong> {
    let value = |part: &str| match kind {
        FacetKind::Text if part.is_empty() => Err((FieldCode::Required, "names no value")),
        FacetKind::Text => Ok(FacetValue::Text(part.to_owned())),
        FacetKind::Number => number(part).map(FacetValue::Number),
        FacetKind::Flag => part
            .parse()
            .map(FacetValue::Flag)
            .map_err(|_| (FieldCode::Malformed, "is neither true nor false")),
    };
    let mut values = text.split(',').map(value).collect::<Result<Vec<_>, _>>()?;
    if values.len() == 1 { Ok(FacetOp::Is(values.remove(0))) } else { Ok(FacetOp::AnyOf(values)) }
}

#[cfg(test)]
mod tests;
