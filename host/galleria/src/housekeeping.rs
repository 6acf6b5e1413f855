//! What nobody asks for and has to be done now and then: forgetting what is too old to matter.

use std::time::Duration;

use galleria_app::unit;
use galleria_app::{
    App, Caller, Result, accounts, carts, checkout_links, events, idempotency, impersonations,
    jobs, login_attempts, mail, sessions, visits, webhooks,
};
use galleria_domain::{CartAges, StoreId};
use tokio_util::task::AbortOnDropHandle;

const EVERY: Duration = Duration::from_mins(1);
/// In so many rounds, carts are looked at once: there may be very many of them.
const CARTS_EVERY: u32 = 5;

/// Tidies up once a minute, until the handle is dropped. Several hosts may do so at once.
pub(crate) fn start(app: App, home: StoreId) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        let caller = Caller::system(home);
        let mut round = 0_u32;
        loop {
            round = round.wrapping_add(1);
            tokio::time::sleep(EVERY).await;
            if let Err(error) = forget(&app, &caller).await {
                tracing::warn!(%error, "old sessions and answers could not be forgotten");
            }
            if round.is_multiple_of(CARTS_EVERY)
                && let Err(error) = age_carts(&app, &caller).await
            {
                tracing::warn!(%error, "old carts could not be looked at");
            }
        }
    }))
}

/// Each in a unit of its own and a bounded number at once: none keeps others from writing for long.
async fn forget(app: &App, caller: &Caller) -> Result<()> {
    let ended = unit!(app.write(caller), work => sessions::prune(work).await)?;
    let attempts = unit!(app.write(caller), work => login_attempts::prune(work).await)?;
    let answers = unit!(app.write(caller), work => idempotency::prune(work).await)?;
    let over = unit!(app.write(caller), work => jobs::prune(work).await)?;
    let mails = unit!(app.write(caller), work => mail::prune(work).await)?;
    let proofs = unit!(app.write(caller), work => accounts::prune(work).await)?;
    let links = unit!(app.write(caller), work => checkout_links::expire(work).await)?;
    let acting = unit!(app.write(caller), work => impersonations::settle(work).await)?;
    tracing::debug!(links, acting, "told of links and impersonations whose time was over");
    let visits = unit!(app.write(caller), work => visits::prune(work).await)?;
    let events = unit!(app.write(caller), work => events::prune(work).await)?;
    let sent = unit!(app.write(caller), work => webhooks::prune_deliveries(work).await)?;
    tracing::debug!(events, sent, visits, "forgot events, deliveries and visits that were too old");
    tracing::debug!(over, mails, proofs, ended, attempts, answers, "forgot what was too old");
    Ok(())
}

/// Looks at the carts of all stores that nobody has touched for a while, a bounded number at once.
async fn age_carts(app: &App, caller: &Caller) -> Result<()> {
    let ages = CartAges::default();
    let mut after = None;
    loop {
        after = unit!(app.write(caller), work => carts::age(work, &ages, after).await)?;
        if after.is_none() {
            return Ok(());
        }
    }
}
