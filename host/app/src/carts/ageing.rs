//! How carts grow old: those nobody touches are abandoned, and expire in the end.

use galleria_domain::{CartAge, CartAges, EventKind};
use galleria_storage::carts as stored;
use serde_json::json;

use super::{save, told};
use crate::caller::Caller;
use crate::error::Result;
use crate::work::Work;

/// How many carts are looked at in one unit.
pub const AGED_AT_ONCE: u32 = 200;

/// Looks at open carts that nobody has touched for a while, from a position on; answers where to go
/// on, or nothing at the end. The host's own task.
pub async fn age(
    work: &mut Work,
    ages: &CartAges,
    after: Option<(i64, i64)>,
) -> Result<Option<(i64, i64)>> {
    let now = work.now();
    let idle = ages.abandoned.min(ages.empty);
    let old = ages.anonymous.min(ages.known);
    let (idle, old) = (now.minus(idle), now.minus(old));
    let carts = stored::list_idle(work.unit(), idle, old, after, AGED_AT_ONCE).await?;
    let more = carts.len() == AGED_AT_ONCE as usize;
    let last = carts.last().map(|row| (row.cart.updated_at.as_micros(), row.seq));
    for row in carts {
        // What happens to a cart happens in its store.
        let caller = Caller { store: row.cart.store.clone(), ..work.caller().clone() };
        work.set_caller(caller);
        let held = crate::checkout_links::holds(work, &row.cart.id).await?;
        match row.cart.age(ages, held, now) {
            CartAge::Fresh => {}
            CartAge::Abandoned => {
                let after = row.cart.abandon(now)?;
                save(work, &row, &after).await?;
                told(work, EventKind::CartAbandoned, &after, &json!(null)).await?;
            }
            CartAge::Expired => {
                let after = row.cart.expire(now)?;
                save(work, &row, &after).await?;
                told(work, EventKind::CartExpired, &after, &json!(null)).await?;
            }
        }
    }
    Ok(last.filter(|_| more))
}
