//! Methods of shipping: how what was bought is sent, and what that costs.

use galleria_domain::{
    FieldCode, FieldError, Permission, ShippingMethod, ShippingMethodChange, ShippingMethodId,
};
use galleria_storage::shipping_methods as stored;
use serde_json::json;

use crate::audit;
use crate::error::{AppError, Result};
use crate::stores;
use crate::version::{expect_version, require_updated};
use crate::work::Work;

/// The most methods that a store can have.
pub const SHIPPING_METHODS_MAX: u32 = 200;

/// All methods of the store of the call, the oldest first; needs [`Permission::StoresRead`].
pub async fn list(work: &mut Work) -> Result<Vec<ShippingMethod>> {
    work.caller().require(Permission::StoresRead)?;
    all(work).await
}

/// Those methods that the store of the call offers. Whoever is in it may know them.
pub async fn list_offered(work: &mut Work) -> Result<Vec<ShippingMethod>> {
    let all = all(work).await?;
    Ok(all.into_iter().filter(|method| method.active).collect())
}

/// A method of the store of the call; needs [`Permission::StoresRead`].
pub async fn get(work: &mut Work, id: &ShippingMethodId) -> Result<ShippingMethod> {
    work.caller().require(Permission::StoresRead)?;
    load(work, id).await
}

/// Makes a method for the store of the call; needs [`Permission::StoresWrite`].
pub async fn create(work: &mut Work, draft: &ShippingMethodChange) -> Result<ShippingMethod> {
    work.caller().require(Permission::StoresWrite)?;
    let store = work.caller().store.clone();
    let method = ShippingMethod::create(draft, ShippingMethodId::generate(), store)?;
    check_currency(work, &method).await?;
    if all(work).await?.len() >= SHIPPING_METHODS_MAX as usize {
        let allowed = u64::from(SHIPPING_METHODS_MAX);
        return Err(AppError::Quota { which: "shipping methods", allowed });
    }
    stored::insert(work.unit(), &method).await?;
    audit::append(work, "shipping-method.create", method.id.as_str(), &json!(null)).await?;
    Ok(method)
}

/// Changes a method that still is at the version expected, if one is; needs
/// [`Permission::StoresWrite`]. Open carts cost what it costs from then on.
pub async fn update(
    work: &mut Work,
    id: &ShippingMethodId,
    change: &ShippingMethodChange,
    expected: Option<u64>,
) -> Result<ShippingMethod> {
    work.caller().require(Permission::StoresWrite)?;
    let before = load(work, id).await?;
    expect_version(before.version, expected)?;
    let after = before.apply(change)?;
    check_currency(work, &after).await?;
    require_updated(stored::update(work.unit(), &after).await?, before.version)?;
    audit::append(work, "shipping-method.update", id.as_str(), &json!(null)).await?;
    Ok(after)
}

/// Deletes a method; needs [`Permission::StoresWrite`]. Open carts have to choose another one.
pub async fn delete(work: &mut Work, id: &ShippingMethodId, expected: Option<u64>) -> Result<()> {
    work.caller().require(Permission::StoresWrite)?;
    let before = load(work, id).await?;
    expect_version(before.version, expected)?;
    stored::delete(work.unit(), &before.store, id).await?;
    audit::append(work, "shipping-method.delete", id.as_str(), &json!(null)).await
}

async fn all(work: &mut Work) -> Result<Vec<ShippingMethod>> {
    let store = work.caller().store.clone();
    Ok(stored::list(work.unit(), &store, SHIPPING_METHODS_MAX).await?)
}

async fn load(work: &mut Work, id: &ShippingMethodId) -> Result<ShippingMethod> {
    let store = work.caller().store.clone();
    stored::get(work.unit(), &store, id).await?.ok_or(AppError::NotFound("shipping method"))
}

async fn check_currency(work: &mut Work, method: &ShippingMethod) -> Result<()> {
    if stores::current(work).await?.currencies.contains(&method.price.currency) {
        return Ok(());
    }
    let message = "is none that the store sells in";
    Err(vec![FieldError::new("price.currency", FieldCode::Unknown, message)].into())
}
