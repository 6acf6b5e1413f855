//! Rates of tax: what is due on which class of goods, and where.

use galleria_domain::{CountryCode, Permission, TaxRate, TaxRateChange, TaxRateId};
use galleria_storage::StorageError;
use galleria_storage::tax_rates as stored;
use serde_json::json;

use crate::audit;
use crate::error::{AppError, Result};
use crate::version::{expect_version, require_updated};
use crate::work::Work;

/// The most rates that a store can have.
pub const TAX_RATES_MAX: u32 = 1_000;

/// All rates of the store of the call, or those of one country, the oldest first; needs
/// [`Permission::StoresRead`].
pub async fn list(work: &mut Work, country: Option<CountryCode>) -> Result<Vec<TaxRate>> {
    work.caller().require(Permission::StoresRead)?;
    let store = work.caller().store.clone();
    Ok(stored::list(work.unit(), &store, country, TAX_RATES_MAX).await?)
}

/// A rate of the store of the call; needs [`Permission::StoresRead`].
pub async fn get(work: &mut Work, id: &TaxRateId) -> Result<TaxRate> {
    work.caller().require(Permission::StoresRead)?;
    load(work, id).await
}

/// Makes a rate for the store of the call; needs [`Permission::StoresWrite`].
///
/// [`AppError::Conflict`] `tax-rate-taken` if there is one for this class and place.
pub async fn create(work: &mut Work, draft: &TaxRateChange) -> Result<TaxRate> {
    work.caller().require(Permission::StoresWrite)?;
    let store = work.caller().store.clone();
    let rate = TaxRate::create(draft, TaxRateId::generate(), store.clone())?;
    let others = stored::list(work.unit(), &store, None, TAX_RATES_MAX).await?;
    if others.len() >= TAX_RATES_MAX as usize {
        return Err(AppError::Quota { which: "tax rates", allowed: u64::from(TAX_RATES_MAX) });
    }
    stored::insert(work.unit(), &rate).await.map_err(taken)?;
    audit::append(work, "tax-rate.create", rate.id.as_str(), &json!(null)).await?;
    Ok(rate)
}

/// Changes a rate that still is at the version expected, if one is; else as [`create`].
pub async fn update(
    work: &mut Work,
    id: &TaxRateId,
    change: &TaxRateChange,
    expected: Option<u64>,
) -> Result<TaxRate> {
    work.caller().require(Permission::StoresWrite)?;
    let before = load(work, id).await?;
    expect_version(before.version, expected)?;
    let after = before.apply(change)?;
    let updated = stored::update(work.unit(), &after).await.map_err(taken)?;
    require_updated(updated, before.version)?;
    audit::append(work, "tax-rate.update", id.as_str(), &json!(null)).await?;
    Ok(after)
}

/// Deletes a rate; needs [`Permission::StoresWrite`]. Orders keep what they were taxed with.
pub async fn delete(work: &mut Work, id: &TaxRateId, expected: Option<u64>) -> Result<()> {
    work.caller().require(Permission::StoresWrite)?;
    let before = load(work, id).await?;
    expect_version(before.version, expected)?;
    stored::delete(work.unit(), &before.store, id).await?;
    audit::append(work, "tax-rate.delete", id.as_str(), &json!(null)).await
}

async fn load(work: &mut Work, id: &TaxRateId) -> Result<TaxRate> {
    let store = work.caller().store.clone();
    stored::get(work.unit(), &store, id).await?.ok_or(AppError::NotFound("tax rate"))
}

fn taken(error: StorageError) -> AppError {
    match error {
        StorageError::Taken(_) => {
            let detail = "there is a rate for this class and place";
            AppError::taken("tax-rate-taken", "class", detail)
        }
        error => error.into(),
    }
}
