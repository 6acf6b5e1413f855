//! Addresses of customers, and which of them are the defaults.

use galleria_domain::{
    Act, Address, AddressChange, AddressDraft, AddressId, AddressOrigin, Customer, CustomerId,
    DefaultsChange, EventKind, Permission, address_room,
};
use galleria_storage::addresses as stored;
use serde_json::json;

use crate::audit;
use crate::customers::{SeenCustomer, load, save, see, tell};
use crate::error::{AppError, Result};
use crate::version::{expect_version, require_updated};
use crate::work::Work;

/// An address and what it is used for unless the customer says otherwise.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SeenAddress {
    /// The address.
    pub address: Address,
    /// Where bills go.
    pub is_default_billing: bool,
    /// Where parcels go.
    pub is_default_shipping: bool,
}

/// All addresses of a customer, oldest first, 100 at most; needs [`Permission::CustomersRead`] and
/// [`Permission::CustomersReadPii`].
pub async fn list(work: &mut Work, customer: &CustomerId) -> Result<Vec<SeenAddress>> {
    require_read(work, customer)?;
    let owner = load(work, customer).await?;
    let store = work.caller().store.clone();
    let addresses = stored::list(work.unit(), &store, customer).await?;
    Ok(addresses.into_iter().map(|address| seen(&owner, address)).collect())
}

/// An address of a customer; needs what [`list`] needs.
pub async fn get(work: &mut Work, customer: &CustomerId, id: &AddressId) -> Result<SeenAddress> {
    require_read(work, customer)?;
    let owner = load(work, customer).await?;
    let address = load_address(work, customer, id).await?;
    Ok(seen(&owner, address))
}

/// Gives a customer an address; needs [`Permission::CustomersWrite`].
pub async fn create(
    work: &mut Work,
    customer: &CustomerId,
    draft: AddressDraft,
) -> Result<SeenAddress> {
    work.caller().require_act(Act::ChangeAddresses, None)?;
    work.caller().require_for(Permission::CustomersWrite, customer)?;
    let owner = load(work, customer).await?;
    let store = work.caller().store.clone();
    let count = stored::list(work.unit(), &store, customer).await?.len();
    address_room(count).map_err(|error| vec![error])?;
    let origin =
        AddressOrigin { id: AddressId::generate(), customer: customer.clone(), at: work.now() };
    let address = Address::create(draft, origin)?;
    stored::insert(work.unit(), &store, std::slice::from_ref(&address)).await?;
    put_on_record(work, "customer.address-create", &address).await?;
    tell_of(work, EventKind::CustomerAddressCreated, &owner, &address).await?;
    Ok(seen(&owner, address))
}

/// Changes an address that still is at the version expected, if one is; needs
/// [`Permission::CustomersWrite`].
pub async fn update(
    work: &mut Work,
    customer: &CustomerId,
    id: &AddressId,
    change: &AddressChange,
    expected: Option<u64>,
) -> Result<SeenAddress> {
    work.caller().require_act(Act::ChangeAddresses, None)?;
    work.caller().require_for(Permission::CustomersWrite, customer)?;
    let owner = load(work, customer).await?;
    let before = load_address(work, customer, id).await?;
    expect_version(before.version, expected)?;
    let after = before.apply(change)?;
    let store = work.caller().store.clone();
    require_updated(stored::update(work.unit(), &store, &after).await?, before.version)?;
    put_on_record(work, "customer.address-update", &after).await?;
    tell_of(work, EventKind::CustomerAddressUpdated, &owner, &after).await?;
    Ok(seen(&owner, after))
}

/// Deletes an address; where it was a default, there is none from then on. Needs
/// [`Permission::CustomersWrite`].
pub async fn delete(
    work: &mut Work,
    customer: &CustomerId,
    id: &AddressId,
    expected: Option<u64>,
) -> Result<()> {
    work.caller().require_act(Act::ChangeAddresses, None)?;
    work.caller().require_for(Permission::CustomersWrite, customer)?;
    let owner = load(work, customer).await?;
    let address = load_address(work, customer, id).await?;
    expect_version(address.version, expected)?;
    let store = work.caller().store.clone();
    require_updated(stored::delete(work.unit(), &store, &address).await?, address.version)?;
    let is_default = [&owner.default_billing_id, &owner.default_shipping_id]
        .into_iter()
        .any(|default| default.as_ref() == Some(id));
    let owner = if is_default {
        let without = owner.without_address(id);
        save(work, &owner, without).await?
    } else {
        owner
    };
    put_on_record(work, "customer.address-delete", &address).await?;
    tell_of(work, EventKind::CustomerAddressDeleted, &owner, &address).await
}

/// Says which of a customer's own addresses are the defaults; needs
/// [`Permission::CustomersWrite`]. `expected` is a version of the customer.
pub async fn set_defaults(
    work: &mut Work,
    customer: &CustomerId,
    change: &DefaultsChange,
    expected: Option<u64>,
) -> Result<SeenCustomer> {
    work.caller().require_act(Act::ChangeAddresses, None)?;
    work.caller().require_for(Permission::CustomersWrite, customer)?;
    let before = load(work, customer).await?;
    expect_version(before.version, expected)?;
    let store = work.caller().store.clone();
    let own = stored::list(work.unit(), &store, customer).await?;
    let own: Vec<_> = own.into_iter().map(|address| address.id).collect();
    let after = before.apply_defaults(change, &own)?;
    let after = save(work, &before, after).await?;
    Ok(see(work, after))
}

fn require_read(work: &Work, customer: &CustomerId) -> Result<()> {
    work.caller().require_for(Permission::CustomersRead, customer)?;
    work.caller().require_for(Permission::CustomersReadPii, customer)
}

async fn load_address(work: &mut Work, customer: &CustomerId, id: &AddressId) -> Result<Address> {
    let store = work.caller().store.clone();
    let found = stored::get(work.unit(), &store, customer, id).await?;
    found.ok_or(AppError::NotFound("address"))
}

fn seen(owner: &Customer, address: Address) -> SeenAddress {
    let is = |default: &Option<AddressId>| default.as_ref() == Some(&address.id);
    SeenAddress {
        is_default_billing: is(&owner.default_billing_id),
        is_default_shipping: is(&owner.default_shipping_id),
        address,
    }
}

async fn tell_of(
    work: &mut Work,
    kind: EventKind,
    owner: &Customer,
    address: &Address,
) -> Result<()> {
    tell(work, kind, owner, json!({ "address": address.id })).await
}

async fn put_on_record(work: &mut Work, action: &str, address: &Address) -> Result<()> {
    let detail = json!({ "address": address.id });
    audit::append(work, action, address.customer.as_str(), &detail).await
}
