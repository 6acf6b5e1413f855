//! What staff says about customers.

use galleria_app::customers::BulkAction;
use galleria_domain::{CustomerChange, CustomerDraft, CustomerId, CustomerKind, CustomerStage};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::edit::{Edit, Given, into_shop};

/// A customer to be made. Without a kind it is a guest; a registered one needs an email.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomerCreate {
    /// `guest` or `registered`.
    #[schemars(with = "Option<String>")]
    kind: Option<CustomerKind>,
    /// How far they have come: `visitor`, `lead` or `customer`.
    #[schemars(with = "Option<String>")]
    stage: Option<CustomerStage>,
    /// Whether they may log in; they may.
    active: Option<bool>,
    /// Unique among the registered customers of the store.
    email: Option<String>,
    /// Another email, for contact only.
    email_alt: Option<String>,
    /// Their telephone number.
    phone: Option<String>,
    /// Another telephone number.
    phone_alt: Option<String>,
    /// Their fax number.
    fax: Option<String>,
    /// How they are addressed: `Dr.`
    title: Option<String>,
    /// Their first name.
    first_name: Option<String>,
    /// Their last name.
    last_name: Option<String>,
    /// The company they act for.
    company: Option<String>,
    /// What they call their gender.
    gender: Option<String>,
    /// `YYYY-MM-DD`.
    date_of_birth: Option<String>,
    /// The language they want: `de-CH`.
    language: Option<String>,
    /// Where their days begin: `Europe/Berlin`.
    time_zone: Option<String>,
    /// Their VAT number.
    vat_number: Option<String>,
    /// Whether they pay no tax.
    tax_exempt: Option<bool>,
    /// Whether they want to hear of offers.
    accepts_marketing: Option<bool>,
    /// The staff's own notes.
    admin_comment: Option<String>,
    /// What another system calls them.
    external_ref: Option<String>,
    /// Fields of the merchant's own, at most 16 KiB.
    custom: Option<Map<String, Value>>,
}

/// What is to be different about a customer: what isn't named stays, `null` clears.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CustomerUpdate {
    /// `registered` makes a guest an account of their own.
    #[schemars(with = "Given<String>")]
    kind: Given<CustomerKind>,
    /// How far they have come; it only moves forward.
    #[schemars(with = "Given<String>")]
    stage: Given<CustomerStage>,
    /// Whether they may log in.
    active: Given<bool>,
    /// Unique among the registered customers of the store.
    email: Edit<String>,
    /// Another email, for contact only.
    email_alt: Edit<String>,
    /// Their telephone number.
    phone: Edit<String>,
    /// Another telephone number.
    phone_alt: Edit<String>,
    /// Their fax number.
    fax: Edit<String>,
    /// How they are addressed.
    title: Edit<String>,
    /// Their first name.
    first_name: Given<String>,
    /// Their last name.
    last_name: Given<String>,
    /// The company they act for.
    company: Edit<String>,
    /// What they call their gender.
    gender: Edit<String>,
    /// `YYYY-MM-DD`.
    date_of_birth: Edit<String>,
    /// The language they want.
    language: Edit<String>,
    /// Where their days begin.
    time_zone: Edit<String>,
    /// Their VAT number.
    vat_number: Edit<String>,
    /// Whether they pay no tax.
    tax_exempt: Given<bool>,
    /// Whether they want to hear of offers; `null` if they were never asked.
    accepts_marketing: Edit<bool>,
    /// The staff's own notes.
    admin_comment: Given<String>,
    /// What another system calls them.
    external_ref: Edit<String>,
    /// Fields of the merchant's own, all of them.
    custom: Given<Map<String, Value>>,
}

/// A password for a customer.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordSet {
    /// The password; they have to choose another when they next log in.
    pub(super) new_password: String,
}

/// Something to be done to many customers.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BulkOrder {
    /// To whom: 1,000 at most.
    #[schemars(with = "Vec<String>")]
    pub(super) ids: Vec<CustomerId>,
    /// What.
    pub(super) action: BulkActionName,
}

/// What can be done to many customers.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum BulkActionName {
    /// They may log in again.
    Activate,
    /// They can't log in; their sessions end.
    Deactivate,
    /// They are deleted.
    Delete,
    /// Their sessions end.
    RevokeSessions,
    /// Their failed logins are forgotten.
    Unlock,
}

impl From<BulkActionName> for BulkAction {
    fn from(name: BulkActionName) -> Self {
        match name {
            BulkActionName::Activate => Self::Activate,
            BulkActionName::Deactivate => Self::Deactivate,
            BulkActionName::Delete => Self::Delete,
            BulkActionName::RevokeSessions => Self::RevokeSessions,
            BulkActionName::Unlock => Self::Unlock,
        }
    }
}

into_shop!(CustomerCreate => CustomerDraft {
    kind, stage, active, email, email_alt, phone, phone_alt, fax, title, first_name, last_name,
    company, gender, date_of_birth, language, time_zone, vat_number, tax_exempt,
    accepts_marketing, admin_comment, external_ref, custom,
});

into_shop!(CustomerUpdate => CustomerChange {
    kind, stage, active, email, email_alt, phone, phone_alt, fax, title, first_name, last_name,
    company, gender, date_of_birth, language, time_zone, vat_number, tax_exempt,
    accepts_marketing, admin_comment, external_ref, custom,
});
