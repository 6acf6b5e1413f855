//! Taking over customers who were made elsewhere.

use galleria_domain::{
    Address, AddressDraft, AddressId, AddressOrigin, CreatedVia, Customer, CustomerDraft,
    CustomerId, CustomerOrigin, Day, FieldCode, FieldError, Instant, Permission, address_room,
};
use galleria_storage::{addresses as stored_addresses, customers as stored};
use serde_json::json;

use super::{BULK_MAX, require_for_all, taken, today, told};
use crate::audit;
use crate::error::{AppError, Result};
use crate::work::Work;

/// A customer who was made elsewhere, with an id that is chosen already.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedCustomer {
    /// The id they get; it must be fresh.
    pub id: CustomerId,
    /// What they are made of.
    pub draft: CustomerDraft,
    /// When the account was made; now, if that isn't known or would be in the future.
    pub created_at: Option<Instant>,
    /// Their addresses, with ids that must be fresh, too.
    pub addresses: Vec<(AddressId, AddressDraft)>,
    /// Which of the addresses is for bills, counted from 0.
    pub default_billing: Option<usize>,
    /// Which of the addresses is for parcels, counted from 0.
    pub default_shipping: Option<usize>,
}

/// Takes over up to 1,000 customers with their addresses, all or none; needs
/// [`Permission::CustomersWrite`] for everybody. The mistakes' paths begin with the row's index.
///
/// [`AppError::Conflict`] `email-taken` if a live registered customer of the store has an email.
pub async fn import(work: &mut Work, rows: Vec<ImportedCustomer>) -> Result<()> {
    require_for_all(work, Permission::CustomersWrite)?;
    if rows.len() > BULK_MAX {
        return Err(vec![FieldError::new("", FieldCode::TooLong, "are more than 1000")].into());
    }
    let today = today(work).await?;
    let store = work.caller().store.clone();
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let first = stored::take_numbers(work.unit(), &store, count)
        .await?
        .ok_or(AppError::NotFound("store"))?;
    for (row, at) in rows.into_iter().zip(0_u64..) {
        let (customer, addresses) =
            read(work, row, first + at, today).map_err(|errors| below(&at.to_string(), errors))?;
        let inserted = stored::insert(work.unit(), &customer).await;
        inserted.map_err(|error| taken(error, &format!("{at}.email")))?;
        stored_addresses::insert(work.unit(), &store, &addresses).await?;
        audit::append(work, "customer.create", customer.id.as_str(), &json!(null)).await?;
        told::tell_created(work, &customer).await?;
    }
    Ok(())
}

fn read(
    work: &Work,
    row: ImportedCustomer,
    number: u64,
    today: Day,
) -> Result<(Customer, Vec<Address>), Vec<FieldError>> {
    let at = row.created_at.map_or(work.now(), |at| at.min(work.now()));
    let caller = work.caller();
    let origin = CustomerOrigin {
        id: row.id.clone(),
        store: caller.store.clone(),
        number,
        at,
        via: CreatedVia::Import,
        by: Some(caller.principal.actor.clone()),
    };
    let mut customer = Customer::create(row.draft, origin, today)?;
    // There is room for the last one if there is for all before it.
    address_room(row.addresses.len().saturating_sub(1))
        .map_err(|error| below("addresses", vec![error]))?;
    let mut addresses = Vec::with_capacity(row.addresses.len());
    for (nth, (id, draft)) in row.addresses.into_iter().enumerate() {
        let origin = AddressOrigin { id, customer: row.id.clone(), at };
        let made = Address::create(draft, origin);
        addresses.push(made.map_err(|errors| below(&format!("addresses.{nth}"), errors))?);
    }
    customer.default_billing_id = chosen(&addresses, row.default_billing, "default_billing")?;
    customer.default_shipping_id = chosen(&addresses, row.default_shipping, "default_shipping")?;
    Ok((customer, addresses))
}

fn chosen(
    addresses: &[Address],
    nth: Option<usize>,
    path: &str,
) -> Result<Option<AddressId>, Vec<FieldError>> {
    let Some(nth) = nth else { return Ok(None) };
    let address = addresses.get(nth).ok_or_else(|| {
        vec![FieldError::new(path, FieldCode::Unknown, "is no address of this customer")]
    })?;
    Ok(Some(address.id.clone()))
}

fn below(path: &str, errors: Vec<FieldError>) -> Vec<FieldError> {
    let at_path = |error: FieldError| FieldError {
        path: if error.path.is_empty() {
            path.to_owned()
        } else {
            format!("{path}.{}", error.path)
        },
        ..error
    };
    errors.into_iter().map(at_path).collect()
}
