use std::collections::BTreeMap;

use galleria_sdk::clock::Timestamp;
use galleria_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The table of roles.
pub(crate) const ROLES: Table<Role> = Table::new();

/// What staff decides about a role.
#[expect(clippy::struct_excessive_bools, reason = "they are independent of one another")]
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    /// What programs call it, and what the customer list is filtered by.
    pub(crate) system_name: String,
    /// What people call it, by language.
    pub(crate) names: BTreeMap<String, String>,
    /// An inactive role entitles to nothing.
    #[serde(default = "yes")]
    pub(crate) active: bool,
    /// Only registered customers can have it.
    #[serde(default)]
    pub(crate) requires_login: bool,
    #[serde(default)]
    pub(crate) free_shipping: bool,
    #[serde(default)]
    pub(crate) tax_exempt: bool,
    #[serde(default)]
    pub(crate) price_display: PriceDisplay,
    /// The discount on every line, in parts per million.
    #[serde(default)]
    pub(crate) discount_ppm: i64,
    #[serde(default)]
    pub(crate) password_max_age_days: Option<i64>,
    /// Whoever buys this variant gets the role.
    #[serde(default)]
    pub(crate) purchased_with_variant: Option<String>,
    /// Whether a role that came with a purchase goes with its refund.
    #[serde(default)]
    pub(crate) remove_on_refund: bool,
    #[serde(default)]
    pub(crate) auto_rules: Option<Map<String, Value>>,
    /// Where it stands in lists; of several roles the lowest decides how prices are shown.
    #[serde(default)]
    pub(crate) sort: i64,
    /// `#rrggbb`
    #[serde(default)]
    pub(crate) color: Option<String>,
}

/// How a customer sees prices.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PriceDisplay {
    /// As the store does.
    #[default]
    Inherit,
    /// With tax.
    Incl,
    /// Without tax.
    Excl,
}

/// A role as it is stored.
#[derive(Clone, Debug, Deserialize, Entity, Serialize)]
#[entity("role")]
pub(crate) struct Role {
    #[serde(flatten)]
    pub(crate) draft: Draft,
    /// Whether it follows from the kind of the account.
    pub(crate) system: bool,
}

/// A role as clients see it.
#[derive(Serialize)]
pub(crate) struct RoleView {
    id: String,
    version: u64,
    #[serde(flatten)]
    role: Role,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Stored<Role>> for RoleView {
    fn from(stored: Stored<Role>) -> Self {
        let Stored { id, version, created_at, updated_at, value } = stored;
        let (created_at, updated_at) = (Timestamp(created_at), Timestamp(updated_at));
        Self { id, version, role: value, created_at, updated_at }
    }
}

/// The role with this id, or 404.
pub(crate) fn get(id: &str) -> Result<Stored<Role>> {
    ROLES.find(id)?.ok_or_else(|| Problem::not_found("role"))
}

fn yes() -> bool {
    true
}
