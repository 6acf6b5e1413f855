//! The manifest of a plugin: what it is, what it needs, what it offers.
//!
//! An author writes `galleria.toml`; the SDK reads it at compile time with [`Manifest::from_toml`]
//! and puts its [canonical JSON](Manifest::to_canonical_json) into the custom section
//! [`SECTION`] of the component; the host reads it back with [`Manifest::from_json`]. Both ways
//! apply the same rules ([`Manifest::check`]), so that what compiles also installs.

mod check;
mod offers;
mod permissions;
mod read;
mod texts;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use check::Mistake;
pub use offers::{
    AdjustHook, AdjustStage, EVENT_KINDS, Hook, HookEntry, HookName, Hooks, Job, OnFailure,
    PRIORITY_DEFAULT,
};
pub use permissions::{PERMISSIONS, interface_of, permissions_of};
pub use read::{MAX_BYTES, ManifestError};
pub use texts::{Texts, texts_for};

/// The custom section of a component that holds its manifest.
pub const SECTION: &str = "galleria:manifest";

/// Everything a plugin says about itself. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// The version of this format: 1.
    pub manifest: u32,
    /// Names the plugin for ever: `[a-z][a-z0-9-]{0,62}`.
    pub id: String,
    /// The version of the plugin.
    pub version: semver::Version,
    /// The versions of the host it is made for.
    pub host: semver::VersionReq,
    /// Whether instances may be used again.
    #[serde(default)]
    pub instances: Instances,
    /// Title and summary, by language; `en` must be there.
    pub texts: BTreeMap<String, PluginTexts>,
    /// Plugins that must be enabled before this one, with the versions that fit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub requires: BTreeMap<String, semver::VersionReq>,
    /// What it wants to be allowed to do, by the permission's name (`customers:read`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub permissions: BTreeMap<String, PermissionRequest>,
    /// Permissions for staff that it brings with it, by name: `roles:manage`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub staff_permissions: BTreeMap<String, StaffPermission>,
    /// What it answers over HTTP.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// The tables of its own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub entities: BTreeMap<String, Entity>,
    /// Its values about customers that the host can search by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facets: BTreeMap<String, Facet>,
    /// What admins can set, as a JSON Schema (draft 2020-12) of type `object`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<serde_json::Map<String, serde_json::Value>>,
    /// Traits of customers that it decides about, applied by the host's totals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traits: Vec<CustomerTrait>,
    /// The kinds of events it is told of: `order.placed`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// The questions of the host that it answers, in the middle of the host's own work.
    #[serde(default, skip_serializing_if = "Hooks::is_empty")]
    pub hooks: Hooks,
    /// Its long work, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub jobs: BTreeMap<String, Job>,
}

/// Whether an instance serves one call or, one after another, many.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Instances {
    /// Every call gets an instance of its own: nothing can leak from one customer to the next.
    #[default]
    Fresh,
    /// Instances are used again, apart for each audience, if an admin grants it.
    Warm,
}

/// What people read about a plugin.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PluginTexts {
    /// Its name, 1 to 100 characters.
    pub title: String,
    /// What it is good for, at most 500 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
}

/// A permission of the host that a plugin asks for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PermissionRequest {
    /// Whether it can't work without.
    #[serde(default = "yes")]
    pub required: bool,
    /// What it is needed for, in words.
    pub reason: Texts,
}

/// A permission that admins can give to staff.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StaffPermission {
    /// What it allows, in words.
    pub title: Texts,
}

/// Who a route is for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Anybody, under `/store/v1/x/{plugin}`.
    Visitor,
    /// Customers who are logged in, under `/store/v1/x/{plugin}`.
    Customer,
    /// Staff, under `/admin/v1/x/{plugin}`.
    Staff,
}

/// A method of HTTP.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "RFC 9110 says what they mean")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// Its name in a request: `GET`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something a plugin answers over HTTP.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path below the plugin's own root: `/roles/{id}`.
    pub path: String,
    /// Who it is for.
    pub audience: Audience,
    /// The staff permission (of `staff-permissions`) that is needed; only with audience `staff`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// What it does, in words, for the API's description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Texts>,
}

/// A table of the plugin.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entity {
    /// The field that holds the id of the customer whom a row is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// How many rows there may be in a store; the host's own limit is 1,000,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_rows: Option<u64>,
    /// Every field a row can have.
    pub fields: BTreeMap<String, Field>,
    /// What it can be looked up by, besides `id` and `created`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub indexes: BTreeMap<String, Index>,
}

/// A field of an entity.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Field {
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldKind,
    /// Whether it may be missing or null.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// UTF-8 text, ordered by its bytes.
    Text,
    /// A whole number of 64 bits.
    Number,
    /// True or false.
    Flag,
    /// Any JSON; can't be indexed.
    Json,
}

/// What an entity can be looked up by.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Index {
    /// One to four fields; rows are in the order of these, then of their ids.
    pub fields: Vec<String>,
    /// Whether no two rows may have the same values (rows with a null never clash).
    #[serde(default, skip_serializing_if = "is_false")]
    pub unique: bool,
}

/// A plugin's value about customers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Facet {
    /// What its values are.
    #[serde(rename = "type")]
    pub kind: FacetKind,
    /// Whether a customer can have several.
    #[serde(default, skip_serializing_if = "is_false")]
    pub multiple: bool,
    /// What it is called, in words.
    pub title: Texts,
    /// A short name for the filter beside `x.{plugin}.{key}`: `role` makes `?role=` and
    /// `?role_none=true`. The first enabled plugin that claims it has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Values that follow from the kind of the account and are never stored.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub implied: BTreeMap<String, ImpliedBy>,
}

/// What the values of a facet are.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "they say it")]
pub enum FacetKind {
    Text,
    Number,
    Flag,
}

/// What a facet's value follows from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImpliedBy {
    /// The account is registered.
    Registered,
    /// The account is a guest's.
    Guest,
}

/// A trait of customers that plugins decide about (commerce rules, `customer-roles`).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CustomerTrait {
    /// Pays no tax.
    TaxExempt,
    /// Pays no shipping.
    FreeShipping,
    /// Sees prices with or without tax.
    PriceDisplay,
    /// Has a discount on every line.
    LineDiscount,
    /// Must change the password after so many days.
    PasswordMaxAge,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}
