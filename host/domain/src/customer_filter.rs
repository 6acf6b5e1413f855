//! Which customers are wanted, and in which order.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::customer::{CustomerKind, CustomerStage};
use crate::error::{FieldCode, FieldError, Mistake, Mistakes};
use crate::id::{CustomerId, PluginId, StoreId};
use crate::locale::CountryCode;
use crate::money::Money;
use crate::names::as_json_text;
use crate::page::QueryPrint;
use crate::time::{Day, Instant};

/// The most characters of a text to look for.
pub const SEARCH_MAX_CHARS: usize = 256;

/// The most ids that can be asked for at once.
pub const FILTER_IDS_MAX: usize = 1_000;

/// The most conditions on facets, and the most values in one of them.
pub const FACET_CONDITIONS_MAX: usize = 20;

/// Which customers are wanted: those that meet all that is said. What isn't said doesn't restrict.
///
/// Texts find what they are a part of, in any case and script, `%` and `_` taken literally.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomerFilter {
    /// Part of a name, an email, a company or a phone number.
    pub q: Option<String>,
    /// Part of an email.
    pub email: Option<String>,
    /// Part of first and last name.
    pub name: Option<String>,
    /// Part of a phone number, by its digits.
    pub phone: Option<String>,
    /// Beginning of the postal code of one of the addresses.
    pub zip: Option<String>,
    /// Part of the city of one of the addresses.
    pub city: Option<String>,
    /// Part of any line of one of the addresses.
    pub address: Option<String>,
    /// Country of one of the addresses.
    pub country: Option<CountryCode>,
    /// Part of the company.
    pub company: Option<String>,
    /// The very IP address that they were last seen at.
    pub ip: Option<IpAddr>,
    /// Date of birth.
    pub dob: Option<Day>,
    /// Day of the month of birth, 1 to 31.
    pub birth_day: Option<u8>,
    /// Month of birth, 1 to 12.
    pub birth_month: Option<u8>,
    /// How far they have come; `lead` makes the list of leads.
    pub stage: Option<CustomerStage>,
    /// Whether they are registered.
    pub has_account: Option<bool>,
    /// Whether they are active.
    pub active: Option<bool>,
    /// Whether they pay no tax by themselves.
    pub tax_exempt: Option<bool>,
    /// Made at this time or later.
    pub created_from: Option<Instant>,
    /// Made before this time.
    pub created_to: Option<Instant>,
    /// Last active at this time or later.
    pub active_from: Option<Instant>,
    /// Last active before this time.
    pub active_to: Option<Instant>,
    /// With so many orders or more.
    pub orders_min: Option<u32>,
    /// With so many orders or fewer.
    pub orders_max: Option<u32>,
    /// Who spent so much or more in this currency.
    pub spent_min: Option<Money>,
    /// Among these.
    pub ids: Option<Vec<CustomerId>>,
    /// Whether `a` finds `å` in all the texts above.
    pub ignore_accents: bool,
    /// What plugins' facets must be.
    pub facets: Vec<FacetCondition>,
}

impl CustomerFilter {
    /// Those with an email who haven't bought anything yet.
    pub fn leads() -> Self {
        Self { stage: Some(CustomerStage::Lead), ..Self::default() }
    }

    /// The kind that `has_account` asks for.
    pub fn kind(&self) -> Option<CustomerKind> {
        let kind_of = |has: bool| if has { CustomerKind::Registered } else { CustomerKind::Guest };
        self.has_account.map(kind_of)
    }

    /// Whether it asks for what says who a customer is, which needs `customers:read-pii`: without
    /// it, guessing would tell.
    pub fn needs_pii(&self) -> bool {
        let texts = [
            &self.q,
            &self.email,
            &self.name,
            &self.phone,
            &self.zip,
            &self.city,
            &self.address,
            &self.company,
        ];
        texts.iter().any(|text| text.is_some())
            || self.country.is_some()
            || self.ip.is_some()
            || self.dob.is_some()
            || self.birth_day.is_some()
            || self.birth_month.is_some()
    }

    /// Tells this query from every other: the filter, in this store and this order.
    pub fn print(&self, store: &StoreId, sort: &CustomerSort) -> QueryPrint {
        QueryPrint::of(["customers", store.as_str(), &sort.to_string(), &format!("{self:?}")])
    }

    /// Everything that is wrong with it.
    pub fn validate(&self) -> Result<(), Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        for (path, text) in [
            ("q", &self.q),
            ("email", &self.email),
            ("name", &self.name),
            ("phone", &self.phone),
            ("zip", &self.zip),
            ("city", &self.city),
            ("address", &self.address),
            ("company", &self.company),
        ] {
            check_search(&mut mistakes, path, text.as_deref());
        }
        check_bounds(&mut mistakes, "birth_day", self.birth_day, 31);
        check_bounds(&mut mistakes, "birth_month", self.birth_month, 12);
        check_order(&mut mistakes, "created_to", self.created_from, self.created_to);
        check_order(&mut mistakes, "active_to", self.active_from, self.active_to);
        check_order(&mut mistakes, "orders_max", self.orders_min, self.orders_max);
        if self.ids.as_ref().is_some_and(|ids| ids.len() > FILTER_IDS_MAX) {
            mistakes.add("ids", FieldCode::TooLong, "has more than 1000 ids");
        }
        if self.facets.len() > FACET_CONDITIONS_MAX {
            mistakes.add("facets", FieldCode::TooLong, "has more than 20 conditions");
        }
        for facet in &self.facets {
            facet.check(&mut mistakes);
        }
        mistakes.finish(())
    }
}

fn check_search(mistakes: &mut Mistakes, path: &str, text: Option<&str>) {
    let Some(text) = text else { return };
    if text.chars().nth(SEARCH_MAX_CHARS).is_some() {
        mistakes.add(path, FieldCode::TooLong, "is longer than 256 characters");
    } else if text.contains('\0') {
        mistakes.add(path, FieldCode::Malformed, "has a NUL character");
    } else if text.trim().is_empty() {
        mistakes.add(path, FieldCode::Required, "says nothing to look for");
    }
}

fn check_bounds(mistakes: &mut Mistakes, path: &str, value: Option<u8>, most: u8) {
    if value.is_some_and(|value| !(1..=most).contains(&value)) {
        mistakes.add(path, FieldCode::Range, format!("must be 1 to {most}"));
    }
}

fn check_order<T: PartialOrd>(mistakes: &mut Mistakes, path: &str, from: Option<T>, to: Option<T>) {
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        mistakes.add(path, FieldCode::Range, "ends before it begins");
    }
}

/// A value of a facet, or one to compare it with. In JSON it is the plain value.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(untagged)]
pub enum FacetValue {
    /// True or false.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A text, compared as it is.
    Text(String),
}

/// What a facet of a plugin must be. A facet with several values meets it if one of them does.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct FacetCondition {
    /// Whose facet.
    pub plugin: PluginId,
    /// Its key in the manifest.
    pub key: String,
    /// What it must be.
    pub op: FacetOp,
}

/// What a facet must be.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum FacetOp {
    /// Exactly this.
    Is(FacetValue),
    /// One of these.
    AnyOf(Vec<FacetValue>),
    /// There is no value.
    None,
    /// A number of so much or more.
    AtLeast(i64),
    /// A number of so much or less.
    AtMost(i64),
}

impl FacetCondition {
    fn check(&self, mistakes: &mut Mistakes) {
        let path = format!("x.{}.{}", self.plugin, self.key);
        let values = match &self.op {
            FacetOp::Is(value) => std::slice::from_ref(value),
            FacetOp::AnyOf(values) => values,
            FacetOp::None | FacetOp::AtLeast(_) | FacetOp::AtMost(_) => return,
        };
        if values.is_empty() {
            mistakes.add(&path, FieldCode::Required, "names no value");
        }
        if values.len() > FACET_CONDITIONS_MAX {
            mistakes.add(&path, FieldCode::TooLong, "names more than 20 values");
        }
        for value in values {
            if let FacetValue::Text(text) = value
                && (text.chars().nth(SEARCH_MAX_CHARS).is_some() || text.contains('\0'))
            {
                mistakes.add(&path, FieldCode::Malformed, "is no value of a facet");
            }
        }
    }
}

/// What customers are ordered by. Equal ones are ordered by when they were made (by a facet: by
/// their ids), in the same direction, and those without a value come last in either direction.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum CustomerSortKey {
    /// When they were made.
    CreatedAt,
    /// Email in its normal form.
    Email,
    /// When they last did anything.
    LastActivityAt,
    /// Last name, then first name, folded.
    Name,
    /// The number people use.
    Number,
    /// How many orders they placed.
    OrdersCount,
    /// A facet of a plugin.
    Facet {
        /// Whose facet.
        plugin: PluginId,
        /// Its key in the manifest.
        key: String,
    },
}

/// In which order customers come; newest first unless said otherwise. As text: `-created_at`,
/// `name`, `x.customer-roles.role`, where `-` means backwards.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct CustomerSort {
    /// What they are ordered by.
    pub key: CustomerSortKey,
    /// Whether the largest comes first.
    pub descending: bool,
}

impl Default for CustomerSort {
    fn default() -> Self {
        Self { key: CustomerSortKey::CreatedAt, descending: true }
    }
}

impl CustomerSort {
    /// Whether it tells who a customer is by where they stand, which needs `customers:read-pii`.
    pub fn needs_pii(&self) -> bool {
        matches!(self.key, CustomerSortKey::Email | CustomerSortKey::Name)
    }
}

impl fmt::Display for CustomerSort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.descending {
            f.write_str("-")?;
        }
        match &self.key {
            CustomerSortKey::CreatedAt => f.write_str("created_at"),
            CustomerSortKey::Email => f.write_str("email"),
            CustomerSortKey::LastActivityAt => f.write_str("last_activity_at"),
            CustomerSortKey::Name => f.write_str("name"),
            CustomerSortKey::Number => f.write_str("number"),
            CustomerSortKey::OrdersCount => f.write_str("orders_count"),
            CustomerSortKey::Facet { plugin, key } => write!(f, "x.{plugin}.{key}"),
        }
    }
}

/// A text that names no order of customers.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "is no order; known are created_at, email, last_activity_at, name, number, orders_count and \
     x.{{plugin}}.{{facet}}, each with - before it for the other direction"
)]
pub struct UnknownSort;

impl Mistake for UnknownSort {
    fn code(&self) -> FieldCode {
        FieldCode::Unknown
    }
}

impl FromStr for CustomerSort {
    type Err = UnknownSort;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (descending, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
        let key = match name {
            "created_at" => CustomerSortKey::CreatedAt,
            "email" => CustomerSortKey::Email,
            "last_activity_at" => CustomerSortKey::LastActivityAt,
            "name" => CustomerSortKey::Name,
            "number" => CustomerSortKey::Number,
            "orders_count" => CustomerSortKey::OrdersCount,
            _ => facet_key(name).ok_or(UnknownSort)?,
        };
        Ok(Self { key, descending })
    }
}

fn facet_key(name: &str) -> Option<CustomerSortKey> {
    let (plugin, key) = name.strip_prefix("x.")?.split_once('.')?;
    let plugin = plugin.parse().ok()?;
    let well_named = (1..=63).contains(&key.len())
        && key.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
    well_named.then(|| CustomerSortKey::Facet { plugin, key: key.to_owned() })
}

as_json_text!(CustomerSort);

#[cfg(test)]
mod tests;
