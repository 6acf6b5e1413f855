//! What staff sees of customers.

use std::collections::BTreeMap;
use std::net::IpAddr;

use galleria_app::customers::SeenCustomer;
use galleria_domain::{
    Actor, AddressId, CreatedVia, Customer, CustomerId, CustomerKind, CustomerStage, FacetValue,
    Instant, LanguageTag, TimeZoneName,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::customers::PersonView;
use crate::money::MoneyView;

/// A customer.
#[derive(JsonSchema, Serialize)]
pub(super) struct CustomerView {
    /// Names them for ever.
    #[schemars(with = "String")]
    id: CustomerId,
    /// Grows with each change; also in `ETag`.
    version: u64,
    /// The number that people use.
    number: u64,
    /// `guest` or `registered`.
    #[schemars(with = "String")]
    kind: CustomerKind,
    /// How far they have come: `visitor`, `lead` or `customer`.
    #[schemars(with = "String")]
    stage: CustomerStage,
    /// Whether they may log in.
    active: bool,
    /// Whether they pay no tax.
    tax_exempt: bool,
    /// Whether they want to hear of offers; `null` if they were never asked.
    accepts_marketing: Option<bool>,
    /// The language they want.
    #[schemars(with = "Option<String>")]
    language: Option<LanguageTag>,
    /// Where their days begin.
    #[schemars(with = "Option<String>")]
    time_zone: Option<TimeZoneName>,
    /// Where bills go.
    #[schemars(with = "Option<String>")]
    default_billing_id: Option<AddressId>,
    /// Where parcels go.
    #[schemars(with = "Option<String>")]
    default_shipping_id: Option<AddressId>,
    /// How many orders they placed.
    orders_count: u32,
    /// What they paid, one amount for each currency.
    total_spent: Vec<MoneyView>,
    /// When an order first became a purchase.
    #[schemars(with = "Option<String>")]
    first_purchase_at: Option<Instant>,
    /// When they placed their last order.
    #[schemars(with = "Option<String>")]
    last_order_at: Option<Instant>,
    /// When the account was made.
    #[schemars(with = "String")]
    created_at: Instant,
    /// Where it came from.
    #[schemars(with = "String")]
    created_via: CreatedVia,
    /// Who made it.
    #[schemars(with = "Option<String>")]
    created_by: Option<Actor>,
    /// When they last logged in.
    #[schemars(with = "Option<String>")]
    last_login_at: Option<Instant>,
    /// When they last did anything.
    #[schemars(with = "Option<String>")]
    last_activity_at: Option<Instant>,
    /// When they were wiped of all that says who they were.
    #[schemars(with = "Option<String>")]
    anonymized_at: Option<Instant>,
    /// Whether what says who they are is left out, for want of `customers:read-pii`.
    masked: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    personal: Option<PersonalView>,
    /// What plugins say about them, by facet; only where one customer is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, Vec<Value>>>")]
    facets: Option<BTreeMap<String, Vec<FacetValue>>>,
}

/// What says who a customer is; left out where `masked` is true.
#[derive(JsonSchema, Serialize)]
struct PersonalView {
    #[serde(flatten)]
    person: PersonView,
    /// Another email, for contact only.
    email_alt: Option<String>,
    /// Their fax number.
    fax: Option<String>,
    /// The staff's own notes.
    admin_comment: String,
    /// What another system calls them.
    external_ref: Option<String>,
    /// Fields of the merchant's own.
    custom: Map<String, Value>,
    /// Where they were last seen.
    #[schemars(with = "Option<String>")]
    last_ip: Option<IpAddr>,
}

/// How many there are.
#[derive(JsonSchema, Serialize)]
pub(super) struct CountView {
    /// How many.
    pub(super) count: u64,
}

/// How many sessions were ended.
#[derive(JsonSchema, Serialize)]
pub(super) struct SessionsView {
    /// How many.
    pub(super) sessions: u64,
}

/// How something went that was done to many customers.
#[derive(JsonSchema, Serialize)]
pub(super) struct BulkView {
    /// To how many it was done.
    pub(super) done: usize,
    /// Those who aren't there.
    #[schemars(with = "Vec<String>")]
    pub(super) not_found: Vec<CustomerId>,
}

impl CustomerView {
    /// The same customer, with what plugins say about them.
    pub(super) fn with_facets(self, facets: BTreeMap<String, Vec<FacetValue>>) -> Self {
        Self { facets: Some(facets), ..self }
    }
}

impl From<SeenCustomer> for CustomerView {
    fn from(seen: SeenCustomer) -> Self {
        let SeenCustomer { customer, is_masked } = seen;
        let personal = (!is_masked).then(|| PersonalView::from(&customer));
        Self {
            id: customer.id,
            version: customer.version,
            number: customer.number,
            kind: customer.kind,
            stage: customer.stage,
            active: customer.active,
            tax_exempt: customer.tax_exempt,
            accepts_marketing: customer.accepts_marketing,
            language: customer.language,
            time_zone: customer.time_zone,
            default_billing_id: customer.default_billing_id,
            default_shipping_id: customer.default_shipping_id,
            orders_count: customer.orders_count,
            total_spent: customer.total_spent.into_iter().map(MoneyView::from).collect(),
            first_purchase_at: customer.first_purchase_at,
            last_order_at: customer.last_order_at,
            created_at: customer.created_at,
            created_via: customer.created_via,
            created_by: customer.created_by,
            last_login_at: customer.last_login_at,
            last_activity_at: customer.last_activity_at,
            anonymized_at: customer.anonymized_at,
            masked: is_masked,
            personal,
            facets: None,
        }
    }
}

impl From<&Customer> for PersonalView {
    fn from(customer: &Customer) -> Self {
        let (person, customer) = (PersonView::from(customer), customer.clone());
        Self {
            person,
            email_alt: customer.email_alt.map(|email| email.to_string()),
            fax: customer.fax,
            admin_comment: customer.admin_comment,
            external_ref: customer.external_ref,
            custom: customer.custom,
            last_ip: customer.last_ip,
        }
    }
}
