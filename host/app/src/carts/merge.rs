//! What becomes of a visitor's cart when they log in.

use galleria_domain::{CartOwner, CustomerId, EventKind, LineId, MergeCut, MergeStrategy, VisitId};
use galleria_storage::carts as stored;
use serde_json::json;

use super::{price, save, told};
use crate::error::{AppError, Result};
use crate::work::Work;
use crate::{settings, visits};

/// Pours the cart of the visit that a token belongs to into the cart of whoever has just logged in,
/// as the settings of the host want it; says what didn't fit.
pub async fn merge_at_login(work: &mut Work, visit_token: &str) -> Result<Vec<MergeCut>> {
    let customer = work.caller().principal.customer().cloned();
    let customer = customer.ok_or(AppError::Unauthenticated)?;
    let Some(visit) = visits::find(work, visit_token).await? else { return Ok(Vec::new()) };
    let strategy = settings::host(work).await?.cart_merge;
    merge_visit(work, &visit, &customer, strategy).await
}

/// Pours the cart of a visit into the customer's own, or makes it theirs if they have none; says
/// what didn't fit. Part of a login: what the visitor showed proves that the visit is theirs.
pub async fn merge_visit(
    work: &mut Work,
    visit: &VisitId,
    customer: &CustomerId,
    strategy: MergeStrategy,
) -> Result<Vec<MergeCut>> {
    let store = work.caller().store.clone();
    let guest = stored::current(work.unit(), &store, &CartOwner::Visitor(visit.clone())).await?;
    let Some(guest) = guest else { return Ok(Vec::new()) };
    let now = work.now();
    let owner = CartOwner::Customer(customer.clone());
    let Some(own) = stored::current(work.unit(), &store, &owner).await? else {
        let taken_over = guest.cart.set_owner(owner, true, now)?;
        let priced = price(work, taken_over, false).await?;
        save(work, &guest, &priced.cart).await?;
        told(work, EventKind::CartOwnerChanged, &priced.cart, &json!(null)).await?;
        return Ok(Vec::new());
    };
    let merged = own.cart.merge(&guest.cart, strategy, LineId::generate, now)?;
    save(work, &guest, &merged.guest).await?;
    let priced = price(work, merged.cart, false).await?;
    save(work, &own, &priced.cart).await?;
    let detail = json!({ "from": merged.guest.id, "cuts": merged.cuts.len() });
    told(work, EventKind::CartMerged, &priced.cart, &detail).await?;
    Ok(merged.cuts)
}
