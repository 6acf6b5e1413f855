//! Requests that are sent again get the answer that they got.

use std::time::Duration;

use galleria_domain::{Actor, FieldCode, FieldError};
use galleria_storage::idempotency as stored;
pub use galleria_storage::idempotency::StoredAnswer;

use crate::error::{AppError, Result};
use crate::work::Work;

/// The most characters of a key.
pub const KEY_MAX_CHARS: usize = 255;
/// How long an answer is kept.
pub const KEPT: Duration = Duration::from_hours(72);

const PRUNED_AT_ONCE: u32 = 500;
/// Where a mistake in the key stands.
const PATH: &str = "Idempotency-Key";

/// The answer that this request got under this key, if it was sent before.
///
/// [`AppError::IdempotencyMismatch`] if the key was used for another request. `request_hash` is the
/// SHA-256, in hexadecimal, of all that makes the request: method, path and body.
pub async fn find(work: &mut Work, key: &str, request_hash: &str) -> Result<Option<StoredAnswer>> {
    check_key(key)?;
    let (owner, expired) = (owner(work), work.now().minus(KEPT));
    let found = stored::find(work.unit(), &owner, key).await?;
    match found.filter(|answer| answer.created_at >= expired) {
        None => Ok(None),
        Some(answer) if answer.request_hash == request_hash => Ok(Some(answer)),
        Some(_) => Err(AppError::IdempotencyMismatch),
    }
}

/// Keeps the answer to a request, in the same unit as what the request did: both become true
/// together, or neither.
pub async fn keep(
    work: &mut Work,
    key: &str,
    request_hash: &str,
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
) -> Result<()> {
    check_key(key)?;
    let now = work.now();
    let answer = StoredAnswer {
        request_hash: request_hash.to_owned(),
        status,
        headers,
        body,
        created_at: now,
    };
    let owner = owner(work);
    let kept = stored::insert(work.unit(), &owner, key, &answer, now.minus(KEPT)).await?;
    // Looked for in this very unit and not found: so this unit itself has answered twice.
    if kept { Ok(()) } else { Err(AppError::IdempotencyMismatch) }
}

/// Forgets answers that are too old, a bounded number; says how many.
pub async fn prune(work: &mut Work) -> Result<u64> {
    let before = work.now().minus(KEPT);
    Ok(stored::prune(work.unit(), before, PRUNED_AT_ONCE).await?)
}

fn check_key(key: &str) -> Result<()> {
    let mistake = if key.is_empty() {
        Some((FieldCode::Required, "is empty"))
    } else if key.chars().count() > KEY_MAX_CHARS {
        Some((FieldCode::TooLong, "is longer than 255 characters"))
    } else if key.chars().any(char::is_control) {
        Some((FieldCode::Malformed, "has a control character"))
    } else {
        None
    };
    match mistake {
        None => Ok(()),
        Some((code, message)) => Err(vec![FieldError::new(PATH, code, message)].into()),
    }
}

/// Whose key it is: nobody sees answers that somebody else was given.
fn owner(work: &Work) -> String {
    let caller = work.caller();
    let mut owner = format!("{}/{}", caller.store, caller.principal.actor);
    if let Some(customer) = &caller.principal.on_behalf_of {
        owner.push('/');
        owner.push_str(customer.as_str());
    }
    // Strangers have only their address to be told apart by.
    if let (Actor::Visitor(None), Some(ip)) = (&caller.principal.actor, &caller.ip) {
        owner.push('/');
        owner.push_str(ip);
    }
    if let Some(plugin) = &caller.plugin {
        owner.push('/');
        owner.push_str(plugin.as_str());
    }
    owner
}
