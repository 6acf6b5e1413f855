//! Carts: built by visitors, customers and agents, priced together with plugins.
//!
//! Everything that is done to a cart is an [`Act`](CartAct): one unit of work in which the cart is
//! changed, priced and stored, and an event says what happened.

mod access;
mod acts;
mod ageing;
mod link;
mod list;
mod merge;
mod pricing;
mod see;

use galleria_domain::{
    Act, Actor, Cart, CartError, CartId, CartOrigin, CartOwner, CartProblem, CartStart, CartStatus,
    Currency, CustomerId, EventKind, FieldCode, FieldError, NewEvent, Permission, PluginId, Scope,
};
use galleria_storage::StorageError;
use galleria_storage::carts as stored;
pub use galleria_storage::carts::{CartFilter, StoredCart};
use serde_json::json;

use crate::error::{AppError, Result};
use crate::stores;
use crate::work::Work;
use crate::{audit, customers, events};

pub use acts::{CartAct, NewLine, act};
pub use ageing::{AGED_AT_ONCE, age};
pub use link::{ADD_PRODUCTS_MAX, AddLink, AddProblem, AddedProduct, Preview, add, preview};
pub use list::{PAGE_MAX, list};
pub use merge::{merge_at_login, merge_visit};
pub use pricing::recalculate;

pub(crate) use access::{load, require_placed, require_seen};
pub(crate) use pricing::price;
pub(crate) use see::see;

/// A cart with what stands in the way of ordering it.
#[derive(Clone, Debug, PartialEq)]
pub struct PricedCart {
    /// The cart, with its totals.
    pub cart: Cart,
    /// What is wrong with it, if it was priced just now.
    pub problems: Vec<CartProblem>,
}

/// What a cart is to be.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CartDraft {
    /// Whose it is to be; the caller's own, if nobody is named.
    pub customer: Option<CustomerId>,
    /// In which currency; the store's own, if none is named.
    pub currency: Option<Currency>,
    /// Whether its owner is to see it as their cart. A shopper's own always is.
    pub is_current: bool,
}

/// Makes an empty cart.
///
/// Shoppers make their own, which becomes their current one; for others it needs
/// [`Permission::CartsWrite`]. [`AppError::Conflict`] `current-cart` if the owner has a current
/// one already.
pub async fn create(work: &mut Work, draft: &CartDraft) -> Result<PricedCart> {
    let origin = origin(work);
    make(work, draft, origin).await
}

async fn make(work: &mut Work, draft: &CartDraft, origin: CartOrigin) -> Result<PricedCart> {
    let (owner, is_own) = owner(work, draft).await?;
    let store = stores::current(work).await?;
    let currency = draft.currency.unwrap_or(store.default_currency);
    if !store.currencies.contains(&currency) {
        let message = "is none that the store sells in";
        return Err(vec![FieldError::new("currency", FieldCode::Unknown, message)].into());
    }
    let id = CartId::generate();
    // Whoever acts for a customer about one cart doesn't begin another.
    work.caller().require_act(Act::ChangeCart, Some(&id))?;
    let staff = work.caller().principal.staff().cloned();
    let start = CartStart {
        id,
        store: store.id,
        currency,
        owner,
        is_current: draft.is_current || is_own,
        origin,
        opened_by: staff,
    };
    let cart = Cart::create(start, work.now());
    stored::insert(work.unit(), &cart).await.map_err(|error| clash(error, &cart))?;
    told(work, EventKind::CartCreated, &cart, &json!({ "origin": cart.origin })).await?;
    if cart.opened_by.is_some() {
        audit::append(work, "cart.create", cart.id.as_str(), &json!(null)).await?;
    }
    Ok(PricedCart { cart, problems: Vec::new() })
}

/// Whose a new cart is, and whether that is the caller themselves.
async fn owner(work: &mut Work, draft: &CartDraft) -> Result<(CartOwner, bool)> {
    let caller = work.caller().clone();
    let own = caller.principal.customer().filter(|_| caller.plugin.is_none());
    match (&draft.customer, own, &caller.principal.actor) {
        (Some(named), Some(own), _) if named == own => Ok((CartOwner::Customer(own.clone()), true)),
        (None, Some(own), _) => Ok((CartOwner::Customer(own.clone()), true)),
        (None, None, Actor::Visitor(Some(visit))) => Ok((CartOwner::Visitor(visit.clone()), true)),
        (Some(named), _, _) => {
            caller.require_for(Permission::CartsWrite, named)?;
            let customer = customers::load(work, named).await?;
            if !customer.active {
                return Err(AppError::conflict("customer-inactive", "the customer isn't active"));
            }
            Ok((CartOwner::Customer(customer.id), false))
        }
        (None, None, _) => {
            let message = "is required, since the cart isn't the caller's own";
            Err(vec![FieldError::new("customer", FieldCode::Required, message)].into())
        }
    }
}

fn origin(work: &Work) -> CartOrigin {
    match (&work.caller().plugin, &work.caller().principal.actor) {
        (Some(_), _) | (None, Actor::Plugin(_) | Actor::System) => CartOrigin::Api,
        (None, Actor::Staff(_)) => CartOrigin::Agent,
        (None, Actor::Visitor(_) | Actor::Customer(_)) => CartOrigin::Storefront,
    }
}

/// A cart of the store that the caller may see: their own, or with [`Permission::CartsRead`].
pub async fn get(work: &mut Work, id: &CartId) -> Result<Cart> {
    let stored = load(work, id).await?;
    require_seen(work, &stored.cart)?;
    Ok(see(work.caller(), stored.cart))
}

/// The caller's current cart, if they have one.
pub async fn current(work: &mut Work) -> Result<Option<Cart>> {
    let caller = work.caller().clone();
    if let Some(only) = &caller.only_cart {
        let cart = load(work, only).await?.cart;
        return Ok((cart.status == CartStatus::Open).then(|| see(&caller, cart)));
    }
    let owner = match (caller.principal.customer(), &caller.principal.actor) {
        (Some(customer), _) => CartOwner::Customer(customer.clone()),
        (None, Actor::Visitor(Some(visit))) => CartOwner::Visitor(visit.clone()),
        _ => return Ok(None),
    };
    let found = stored::current(work.unit(), &caller.store, &owner).await?;
    Ok(found.map(|stored| stored.cart))
}

/// Stores a cart that has changed.
pub(crate) async fn save(work: &mut Work, before: &StoredCart, cart: &Cart) -> Result<()> {
    let updated = stored::update(work.unit(), before, cart).await;
    if updated.map_err(|error| clash(error, cart))? {
        Ok(())
    } else {
        Err(AppError::Stale(before.cart.version))
    }
}

fn clash(error: StorageError, cart: &Cart) -> AppError {
    match error {
        StorageError::Taken(_) if cart.is_current => {
            AppError::conflict("current-cart", "the owner has a current cart already")
        }
        error => error.into(),
    }
}

/// Says what happened to a cart.
pub(crate) async fn told(
    work: &mut Work,
    kind: EventKind,
    cart: &Cart,
    more: &serde_json::Value,
) -> Result<()> {
    let mut payload = json!({ "cart": cart.id, "customer": cart.customer() });
    if let (Some(payload), Some(more)) = (payload.as_object_mut(), more.as_object()) {
        payload.extend(more.clone());
    }
    let event =
        NewEvent { kind, aggregate: cart.id.as_str(), aggregate_version: cart.version, payload };
    events::append(work, event).await
}

/// What a cart refuses, as the shop says it.
impl From<CartError> for AppError {
    fn from(error: CartError) -> Self {
        let detail = error.to_string();
        match error {
            CartError::Closed(_) => Self::conflict("cart-closed", detail),
            CartError::Locked => Self::conflict("cart-locked", detail),
            CartError::Currency(_) => Self::conflict("cart-currency", detail),
            CartError::UnknownLine => Self::NotFound("line"),
            CartError::UnknownCode => Self::NotFound("code"),
            CartError::Foreign => Self::NotFound("cart"),
            CartError::Invalid(errors) => Self::Invalid(errors),
        }
    }
}

/// What stands in the way, if plugins that can't be asked do.
pub(crate) fn unavailable(plugin: &PluginId) -> CartProblem {
    CartProblem {
        line: None,
        code: "plugin-unavailable".to_owned(),
        message: format!("{plugin} can't be asked at this moment; try again"),
    }
}

/// Whether the caller may do things to everybody's carts.
pub(crate) fn reaches_all(work: &Work, permission: Permission) -> bool {
    work.caller().may(permission) && *work.caller().rights.scope() == Scope::All
}
