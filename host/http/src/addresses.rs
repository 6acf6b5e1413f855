//! Addresses of customers, for staff and for the customers themselves: the same routes below
//! another path, with the customer named by it or by the session.

use aide::OperationInput;
use aide::axum::ApiRouter;
use aide::axum::routing::{get, put};
use axum::extract::FromRequestParts;
use galleria_app::addresses::{self, SeenAddress};
use galleria_app::customers::SeenCustomer;
use galleria_app::{Work, unit};
use galleria_domain::{
    Address, AddressChange, AddressDraft, AddressId, CustomerId, DefaultsChange, Instant,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Created, Done, Found, PageView, Result};
use crate::edit::{Edit, Given, into_shop};
use crate::extract::{At, Body, IfMatch, NoFilter, Params};
use crate::idempotency::once;
use crate::postal::PostalAddressView;
use crate::problem::Problem;
use crate::state::HttpState;

/// Whose addresses a request is about, and who asks.
pub(crate) trait AddressBook:
    FromRequestParts<HttpState, Rejection = Problem> + OperationInput + Send + Sync + 'static
{
    /// Where the book is, below the API.
    const PATH: &str;

    /// Where the book is, as a client finds it.
    fn location(&self) -> String;

    /// Whose it is.
    fn customer(&self) -> &CustomerId;

    /// Begins a unit of work of who asks that reads.
    fn read(&self) -> Work;

    /// Begins a unit of work of who asks that may write.
    fn write(&self) -> Work;
}

/// The routes of a kind of address books.
pub(crate) fn router<B: AddressBook>() -> ApiRouter<HttpState> {
    let at = |path: &str| format!("{}{path}", B::PATH);
    ApiRouter::new()
        .api_route(&at("/addresses"), get(list::<B>).post(create::<B>))
        .api_route(
            &at("/addresses/{address}"),
            get(read::<B>).patch(update::<B>).delete(delete::<B>),
        )
        .api_route(&at("/defaults"), put(set_defaults::<B>))
}

/// The part of a path that names an address, wherever the path begins.
#[derive(Deserialize)]
struct Named {
    address: AddressId,
}

/// An address to be made. Street, city and country are required.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressCreate {
    /// What the customer calls it: `Office`.
    label: Option<String>,
    /// First name of who receives there.
    first_name: Option<String>,
    /// Their last name.
    last_name: Option<String>,
    /// The company there.
    company: Option<String>,
    /// Street and number.
    line1: Option<String>,
    /// More of it.
    line2: Option<String>,
    /// The city.
    city: Option<String>,
    /// District or county.
    county: Option<String>,
    /// State or province, in words.
    region: Option<String>,
    /// State or province, by its code: `CA`.
    region_code: Option<String>,
    /// The postal code, where there is one.
    postal_code: Option<String>,
    /// The country by its two letters: `CH`.
    country: Option<String>,
    /// For the driver.
    phone: Option<String>,
}

/// What is to be different about an address: what isn't named stays, `null` clears.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct AddressUpdate {
    /// What the customer calls it.
    label: Edit<String>,
    /// First name of who receives there.
    first_name: Given<String>,
    /// Their last name.
    last_name: Given<String>,
    /// The company there.
    company: Edit<String>,
    /// Street and number.
    line1: Given<String>,
    /// More of it.
    line2: Edit<String>,
    /// The city.
    city: Given<String>,
    /// District or county.
    county: Edit<String>,
    /// State or province, in words.
    region: Edit<String>,
    /// State or province, by its code.
    region_code: Edit<String>,
    /// The postal code.
    postal_code: Given<String>,
    /// The country by its two letters.
    country: Given<String>,
    /// For the driver.
    phone: Edit<String>,
}

/// Which addresses are to be the defaults: what isn't named stays, `null` clears.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct DefaultsSet {
    /// Where bills go.
    #[schemars(with = "Edit<String>")]
    billing: Edit<AddressId>,
    /// Where parcels go.
    #[schemars(with = "Edit<String>")]
    shipping: Edit<AddressId>,
}

/// A postal address of a customer.
#[derive(JsonSchema, Serialize)]
struct AddressView {
    /// Names it for ever.
    #[schemars(with = "String")]
    id: AddressId,
    /// Grows with each change; also in `ETag`.
    version: u64,
    /// What the customer calls it.
    label: Option<String>,
    /// Who receives, and where.
    #[serde(flatten)]
    postal: PostalAddressView,
    /// Whether somebody or something has confirmed that it exists.
    validated: bool,
    /// Whether bills go there.
    default_billing: bool,
    /// Whether parcels go there.
    default_shipping: bool,
    /// When it was made.
    #[schemars(with = "String")]
    created_at: Instant,
}

/// A customer's default addresses.
#[derive(JsonSchema, Serialize)]
struct DefaultsView {
    /// Where bills go.
    #[schemars(with = "Option<String>")]
    billing: Option<AddressId>,
    /// Where parcels go.
    #[schemars(with = "Option<String>")]
    shipping: Option<AddressId>,
}

// There are 100 at most, so all of them are one page.
async fn list<B: AddressBook>(
    book: B,
    _: Params<NoFilter>,
) -> Result<Found<PageView<AddressView>>> {
    let items = unit!(book.read(), work => addresses::list(work, book.customer()).await)?;
    let items = items.into_iter().map(AddressView::from).collect();
    Ok(Found::of(&PageView { items, next: None })?)
}

async fn create<B: AddressBook>(
    book: B,
    body: Body<AddressCreate>,
) -> Result<Created<AddressView>> {
    let draft = AddressDraft::from(body.value);
    Ok(once!(body.once, book.write(), work => {
        let made = addresses::create(work, book.customer(), draft.clone()).await?;
        let location = format!("{}/addresses/{}", book.location(), made.address.id);
        let version = made.address.version;
        Ok(Created::at(&location, &made.into())?.at_version(version))
    })?)
}

async fn read<B: AddressBook>(
    book: B,
    At(Named { address }): At<Named>,
    _: Params<NoFilter>,
) -> Result<Found<AddressView>> {
    show(unit!(book.read(), work => addresses::get(work, book.customer(), &address).await)?)
}

async fn update<B: AddressBook>(
    book: B,
    At(Named { address }): At<Named>,
    IfMatch(expected): IfMatch,
    body: Body<AddressUpdate>,
) -> Result<Found<AddressView>> {
    let change = body.value.into();
    show(unit!(book.write(), work => {
        addresses::update(work, book.customer(), &address, &change, expected).await
    })?)
}

async fn delete<B: AddressBook>(
    book: B,
    At(Named { address }): At<Named>,
    IfMatch(expected): IfMatch,
) -> Result<Done> {
    unit!(book.write(), work => {
        addresses::delete(work, book.customer(), &address, expected).await
    })?;
    Ok(Done::done())
}

// `If-Match` is about the customer, who holds the defaults.
async fn set_defaults<B: AddressBook>(
    book: B,
    IfMatch(expected): IfMatch,
    body: Body<DefaultsSet>,
) -> Result<Found<DefaultsView>> {
    let change = body.value.into();
    show_defaults(unit!(book.write(), work => {
        addresses::set_defaults(work, book.customer(), &change, expected).await
    })?)
}

fn show(seen: SeenAddress) -> Result<Found<AddressView>> {
    let version = seen.address.version;
    Ok(Found::of(&seen.into())?.at_version(version))
}

/// The defaults, with the version of the customer, who holds them.
fn show_defaults(seen: SeenCustomer) -> Result<Found<DefaultsView>> {
    let customer = seen.customer;
    let view = DefaultsView {
        billing: customer.default_billing_id,
        shipping: customer.default_shipping_id,
    };
    Ok(Found::of(&view)?.at_version(customer.version))
}

// Nobody confirms an address by writing it down: `validated` isn't theirs to say.
into_shop!(AddressCreate => AddressDraft {
    label, first_name, last_name, company, line1, line2, city, county, region, region_code,
    postal_code, country, phone, ..Self::default()
});

into_shop!(AddressUpdate => AddressChange {
    label, first_name, last_name, company, line1, line2, city, county, region, region_code,
    postal_code, country, phone, ..Self::default()
});

into_shop!(DefaultsSet => DefaultsChange { billing, shipping });

impl From<SeenAddress> for AddressView {
    fn from(seen: SeenAddress) -> Self {
        let SeenAddress { address, is_default_billing, is_default_shipping } = seen;
        let Address { id, customer: _, version, label, postal, validated, created_at } = address;
        Self {
            id,
            version,
            label,
            postal: postal.into(),
            validated,
            default_billing: is_default_billing,
            default_shipping: is_default_shipping,
            created_at,
        }
    }
}
