//! What staff and the customers themselves see of a customer alike.

use galleria_domain::{Customer, Day, Instant};
use schemars::JsonSchema;
use serde::Serialize;

/// Who somebody is, as they say themselves.
#[derive(JsonSchema, Serialize)]
pub(crate) struct PersonView {
    /// What they log in with.
    email: Option<String>,
    /// When they proved that it is theirs.
    #[schemars(with = "Option<String>")]
    email_verified_at: Option<Instant>,
    /// Their telephone number.
    phone: Option<String>,
    /// Another telephone number.
    phone_alt: Option<String>,
    /// How they are addressed.
    title: Option<String>,
    /// Their first name.
    first_name: String,
    /// Their last name.
    last_name: String,
    /// The company they act for.
    company: Option<String>,
    /// What they call their gender.
    gender: Option<String>,
    /// When they were born.
    #[schemars(with = "Option<String>")]
    date_of_birth: Option<Day>,
    /// Their VAT number.
    vat_number: Option<String>,
}

impl From<&Customer> for PersonView {
    fn from(customer: &Customer) -> Self {
        let customer = customer.clone();
        Self {
            email: customer.email.map(|email| email.to_string()),
            email_verified_at: customer.email_verified_at,
            phone: customer.phone,
            phone_alt: customer.phone_alt,
            title: customer.title,
            first_name: customer.first_name,
            last_name: customer.last_name,
            company: customer.company,
            gender: customer.gender,
            date_of_birth: customer.date_of_birth,
            vat_number: customer.vat_number,
        }
    }
}
