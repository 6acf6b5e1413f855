//! The plugin that the bench measures: one read through the host, and one write.

use galleria_sdk::customers::{self, Customer, PersonalData};
use galleria_sdk::prelude::*;
use serde::{Deserialize, Serialize};

galleria_sdk::plugin! {
    routes {
        get "/customers/{id}" => customer,
        post "/entries" => write,
    }
}

/// A customer, in about as many words as the host's own route has.
#[derive(Serialize)]
struct CustomerView {
    id: String,
    version: u64,
    number: u64,
    active: bool,
    tax_exempt: bool,
    language: Option<String>,
    time_zone: Option<String>,
    email: Option<String>,
    email_verified: bool,
    phone: Option<String>,
    title: Option<String>,
    first_name: String,
    last_name: String,
    company: Option<String>,
    vat_number: Option<String>,
}

/// What is written: one row with an index.
#[derive(Deserialize, Entity, Serialize)]
#[entity("entry")]
#[serde(deny_unknown_fields)]
struct Entry {
    customer: String,
    text: String,
    amount: i64,
}

#[derive(Serialize)]
struct Written {
    id: String,
    version: u64,
}

fn customer(Path(id): Path<String>) -> Result<Json<CustomerView>> {
    let customer = customers::get(&id)?;
    let Customer { id, version, number, active, tax_exempt, language, time_zone, personal, .. } =
        customer;
    let Some(personal) = personal else {
        return Err(Problem::denied("the bench needs customers:read-pii"));
    };
    let PersonalData {
        email,
        email_verified,
        phone,
        title,
        first_name,
        last_name,
        company,
        vat_number,
        ..
    } = personal;
    Ok(Json(CustomerView {
        id,
        version,
        number,
        active,
        tax_exempt,
        language,
        time_zone,
        email,
        email_verified,
        phone,
        title,
        first_name,
        last_name,
        company,
        vat_number,
    }))
}

fn write(Json(entry): Json<Entry>) -> Result<Created<Written>> {
    let stored = Table::<Entry>::new().insert(&entry)?;
    let location = format!("/entries/{}", stored.id);
    Ok(Created(location, Written { id: stored.id, version: stored.version }))
}
