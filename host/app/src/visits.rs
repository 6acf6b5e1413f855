//! Visits: somebody unknown who began something in a storefront, known again by a token.

use std::time::Duration;

use galleria_domain::{Actor, Instant, VisitId};
use galleria_storage::visits as stored;

use crate::error::Result;
use crate::tokens::{Token, token_hash};
use crate::work::Work;

/// How long somebody unknown is known again.
pub const VISIT_LIFETIME: Duration = Duration::from_hours(30 * 24);

const PRUNED_AT_ONCE: u32 = 500;

/// A visit that was just begun.
#[derive(Clone, Debug)]
pub struct BegunVisit {
    /// Names it; not secret.
    pub id: VisitId,
    /// What proves from now on that it is theirs; never seen again.
    pub token: Token,
    /// When it is over.
    pub expires_at: Instant,
}

/// Begins a visit. Who asks is that visitor for the rest of the unit.
pub async fn begin(work: &mut Work) -> Result<BegunVisit> {
    let now = work.now();
    let begun = BegunVisit {
        id: VisitId::generate(),
        token: Token::generate(),
        expires_at: now.plus(VISIT_LIFETIME),
    };
    let store = work.caller().store.clone();
    let hash = begun.token.hash();
    stored::insert(work.unit(), &store, &begun.id, &hash, now, begun.expires_at).await?;
    let mut visitor = work.caller().clone();
    visitor.principal = Actor::Visitor(Some(begun.id.clone())).into();
    work.set_caller(visitor);
    Ok(begun)
}

/// The visit in the store of the call that a token belongs to, unless it is over.
pub async fn find(work: &mut Work, token: &str) -> Result<Option<VisitId>> {
    let (store, now) = (work.caller().store.clone(), work.now());
    Ok(stored::find_by_token(work.unit(), &store, &token_hash(token), now).await?)
}

/// Forgets visits that are over, a bounded number; says how many.
pub async fn prune(work: &mut Work) -> Result<u64> {
    let now = work.now();
    Ok(stored::prune(work.unit(), now, PRUNED_AT_ONCE).await?)
}
