//! Customers: who they are and how far they have come.

mod edit;
mod search;

use std::net::IpAddr;

use serde_json::{Map, Value};

use crate::email::EmailAddress;
use crate::id::{AddressId, CustomerId, StoreId};
use crate::locale::{LanguageTag, TimeZoneName};
use crate::money::Money;
use crate::names::named;
use crate::principal::Actor;
use crate::time::{Day, Instant};

pub use edit::{
    CUSTOMER_COMMENT_MAX_BYTES, CUSTOMER_CUSTOM_MAX_BYTES, CustomerChange, CustomerDraft,
    CustomerOrigin,
};
pub use search::CustomerSearchKeys;

named! {
    /// Whether the account can log in.
    CustomerKind, "kind of customer" {
        /// Known by what they left at a checkout; has no password.
        Guest = "guest",
        /// Has an account of their own.
        Registered = "registered",
    }
}

named! {
    /// How far the relation has come; it only ever moves forward.
    CustomerStage, "stage of a customer" {
        /// Has shown up.
        Visitor = "visitor",
        /// Has left an email address.
        Lead = "lead",
        /// Has bought something.
        Customer = "customer",
    }
}

named! {
    /// Where an account came from.
    CreatedVia, "way to make a customer" {
        /// Staff made it.
        Admin = "admin",
        /// A chat.
        Chat = "chat",
        /// An import.
        Import = "import",
        /// A checkout link.
        Link = "link",
        /// An order.
        Order = "order",
        /// A plugin made it.
        Plugin = "plugin",
        /// The customer registered.
        Storefront = "storefront",
    }
}

/// A customer of a store, registered or a guest.
///
/// Made by [`Customer::create`] and changed by [`Customer::apply`], which keep the rules; storage
/// puts together what it has stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Customer {
    /// Names the customer for ever.
    pub id: CustomerId,
    /// The store that the customer belongs to.
    pub store: StoreId,
    /// The number that people use; unique in the store.
    pub number: u64,
    /// Grows by one with each change.
    pub version: u64,
    /// Whether the account can log in.
    pub kind: CustomerKind,
    /// How far the relation has come.
    pub stage: CustomerStage,
    /// An inactive account cannot log in.
    pub active: bool,

    /// Unique among the live registered customers of a store, by its normal form. A registered
    /// customer always has one.
    pub email: Option<EmailAddress>,
    /// When the owner of the email was last proven to be the customer.
    pub email_verified_at: Option<Instant>,
    /// Another email, for contact only.
    pub email_alt: Option<EmailAddress>,
    /// As the customer writes it.
    pub phone: Option<String>,
    /// Another phone number.
    pub phone_alt: Option<String>,
    /// Fax number.
    pub fax: Option<String>,
    /// What stands before the name: `Dr.`
    pub title: Option<String>,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// The company they act for.
    pub company: Option<String>,
    /// In the customer's own words.
    pub gender: Option<String>,
    /// Never in the future.
    pub date_of_birth: Option<Day>,
    /// The language they want to be addressed in.
    pub language: Option<LanguageTag>,
    /// Where their clock is.
    pub time_zone: Option<TimeZoneName>,
    /// Their number with the tax office.
    pub vat_number: Option<String>,

    /// Pays no tax.
    pub tax_exempt: bool,
    /// Whether they want advertising; `None` if they were never asked.
    pub accepts_marketing: Option<bool>,
    /// The staff's own notes, which the customer never sees.
    pub admin_comment: String,
    /// What another system calls this customer.
    pub external_ref: Option<String>,
    /// Fields of the merchant's own.
    pub custom: Map<String, Value>,
    /// One of the customer's own addresses.
    pub default_billing_id: Option<AddressId>,
    /// One of the customer's own addresses.
    pub default_shipping_id: Option<AddressId>,

    /// How many orders were placed.
    pub orders_count: u32,
    /// What was paid, one amount for each currency.
    pub total_spent: Vec<Money>,
    /// When an order first became a purchase.
    pub first_purchase_at: Option<Instant>,
    /// When the last order was placed.
    pub last_order_at: Option<Instant>,

    /// When the account was made.
    pub created_at: Instant,
    /// Where it came from.
    pub created_via: CreatedVia,
    /// Who made it.
    pub created_by: Option<Actor>,
    /// When the customer last logged in.
    pub last_login_at: Option<Instant>,
    /// When the customer last did anything.
    pub last_activity_at: Option<Instant>,
    /// Where from.
    pub last_ip: Option<IpAddr>,

    /// The account that this one has become part of.
    pub merged_into: Option<CustomerId>,
    /// When it was deleted.
    pub deleted_at: Option<Instant>,
    /// When it was wiped of all that says who it was.
    pub anonymized_at: Option<Instant>,
}

impl Customer {
    /// Whether the account is in use: not deleted, anonymised or merged into another.
    pub fn is_live(&self) -> bool {
        self.deleted_at.is_none() && self.anonymized_at.is_none() && self.merged_into.is_none()
    }

    /// Whether the customer may log in.
    pub fn can_log_in(&self) -> bool {
        self.is_live() && self.active && self.kind == CustomerKind::Registered
    }

    /// Whether the stage is `lead`: an email, but no purchase yet.
    pub fn is_lead(&self) -> bool {
        self.stage == CustomerStage::Lead
    }

    /// First and last name as one text; empty if there is neither.
    pub fn full_name(&self) -> String {
        [self.first_name.as_str(), self.last_name.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Moves the stage forward; an earlier stage changes nothing.
    pub fn advance(&mut self, stage: CustomerStage) {
        self.stage = self.stage.max(stage);
    }

    /// The account as deleted; it can't log in, and its email is free again.
    #[must_use]
    pub fn deleted(&self, now: Instant) -> Self {
        let mut next = self.clone();
        next.active = false;
        next.deleted_at = next.deleted_at.or(Some(now));
        next.version += 1;
        next
    }

    /// The account without anything that says who it was. What orders count stays.
    #[must_use]
    pub fn anonymized(&self, now: Instant) -> Self {
        Self {
            id: self.id.clone(),
            store: self.store.clone(),
            number: self.number,
            version: self.version + 1,
            // Without an email nobody can be registered.
            kind: CustomerKind::Guest,
            stage: self.stage,
            tax_exempt: self.tax_exempt,
            orders_count: self.orders_count,
            total_spent: self.total_spent.clone(),
            first_purchase_at: self.first_purchase_at,
            last_order_at: self.last_order_at,
            created_via: self.created_via,
            merged_into: self.merged_into.clone(),
            deleted_at: self.deleted_at,
            anonymized_at: self.anonymized_at.or(Some(now)),
            ..Self::blank(&self.id, &self.store, self.created_at)
        }
    }

    /// The account without its address of this id, which is going to be deleted.
    ///
    /// No other address becomes the default by that: a parcel had better ask than go astray.
    #[must_use]
    pub fn without_address(&self, address: &AddressId) -> Self {
        let keep = |default: &Option<AddressId>| default.clone().filter(|id| id != address);
        Self {
            default_billing_id: keep(&self.default_billing_id),
            default_shipping_id: keep(&self.default_shipping_id),
            version: self.version + 1,
            ..self.clone()
        }
    }

    /// An account that nothing is known of.
    fn blank(id: &CustomerId, store: &StoreId, created_at: Instant) -> Self {
        Self {
            id: id.clone(),
            store: store.clone(),
            number: 0,
            version: 1,
            kind: CustomerKind::Guest,
            stage: CustomerStage::Visitor,
            active: false,
            email: None,
            email_verified_at: None,
            email_alt: None,
            phone: None,
            phone_alt: None,
            fax: None,
            title: None,
            first_name: String::new(),
            last_name: String::new(),
            company: None,
            gender: None,
            date_of_birth: None,
            language: None,
            time_zone: None,
            vat_number: None,
            tax_exempt: false,
            accepts_marketing: None,
            admin_comment: String::new(),
            external_ref: None,
            custom: Map::new(),
            default_billing_id: None,
            default_shipping_id: None,
            orders_count: 0,
            total_spent: Vec::new(),
            first_purchase_at: None,
            last_order_at: None,
            created_at,
            created_via: CreatedVia::Storefront,
            created_by: None,
            last_login_at: None,
            last_activity_at: None,
            last_ip: None,
            merged_into: None,
            deleted_at: None,
            anonymized_at: None,
        }
    }
}

#[cfg(test)]
mod tests;
