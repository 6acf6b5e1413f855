//! The audit log: who did what to what, in a chain of hashes.
//!
//! Entries name things by their ids and hold no personal data, since none can ever be taken out.

use galleria_domain::{
    Actor, AuditEntry, AuditEvent, AuditLink, BrokenChain, CursorValue, FieldCode, FieldError,
    Page, PageRequest, Permission, QueryPrint, audit_verify,
};
use galleria_storage::audit as stored;
pub use galleria_storage::audit::AuditFilter;
use serde_json::Value;

use crate::error::{AppError, Result};
use crate::work::Work;

/// The most entries on a page.
pub const PAGE_MAX: u32 = 200;
/// How many entries are read at once while the chain is followed.
const SLICE: u32 = 1_000;

/// Puts on record what the caller did to `object`, and what else there is to say about it (`null`:
/// nothing): ids and names of fields, never their values.
///
/// Becomes true together with what it tells of. It asks for no permission: what the host itself
/// puts down, nobody may keep it from.
pub async fn append(work: &mut Work, action: &str, object: &str, detail: &Value) -> Result<()> {
    let event = event(work, action, object, detail);
    event.validate()?;
    let last = stored::last(work.unit()).await?;
    Ok(stored::insert(work.unit(), &AuditEntry::append(event, last)).await?)
}

/// Puts on record what a plugin says was done; needs [`Permission::AuditWrite`].
///
/// The action is put behind `x:` and the plugin's id: no plugin can pretend to be the host.
pub async fn append_for_plugin(work: &mut Work, action: &str, object: &str) -> Result<()> {
    work.caller().require(Permission::AuditWrite)?;
    let Some(plugin) = &work.caller().plugin else {
        return Err(AppError::PermissionDenied(Permission::AuditWrite.to_string()));
    };
    // Checked before it is put together: what is wrong is what the plugin gave.
    AuditEvent::new(work.now(), Actor::System, action, object).validate()?;
    let action = format!("x:{plugin}:{action}");
    append(work, &action, object, &Value::Null).await
}

fn event(work: &Work, action: &str, object: &str, detail: &Value) -> AuditEvent {
    let caller = work.caller();
    let actor = caller.principal.actor.clone();
    // A customer's or visitor's address is personal; that of staff is part of their accountability.
    let ip = match actor {
        Actor::Staff(_) => caller.ip.as_deref().and_then(|ip| ip.parse().ok()),
        _ => None,
    };
    AuditEvent {
        store: Some(caller.store.clone()),
        on_behalf_of: caller.principal.on_behalf_of.clone(),
        plugin: caller.plugin.clone(),
        detail: (!detail.is_null()).then(|| detail.to_string()),
        ip,
        request: Some(caller.request_id.clone()),
        ..AuditEvent::new(work.now(), actor, action, object)
    }
}

/// A page of entries that pass the filter, the newest first; needs [`Permission::AuditRead`].
pub async fn list(
    work: &mut Work,
    filter: &AuditFilter,
    page: &PageRequest,
) -> Result<Page<AuditEntry>> {
    work.caller().require(Permission::AuditRead)?;
    let limit = page.limit.clamp(1, PAGE_MAX);
    let print = QueryPrint::of(["audit".to_owned(), format!("{filter:?}")]);
    let before = match page.position(&print).map_err(bad_cursor)? {
        None => None,
        Some([CursorValue::Number(seq)]) => Some(u64::try_from(*seq).unwrap_or(0)),
        Some(_) => return Err(bad_cursor(galleria_domain::InvalidCursor::Malformed)),
    };
    let rows = stored::list(work.unit(), filter, before, limit + 1).await?;
    let position = |entry: &AuditEntry| {
        vec![CursorValue::Number(i64::try_from(entry.seq).unwrap_or(i64::MAX))]
    };
    Ok(Page::from_rows(rows, limit, print, position))
}

/// A cursor that can't be used, as a mistake in the request.
pub(crate) fn bad_cursor(error: galleria_domain::InvalidCursor) -> AppError {
    use galleria_domain::Mistake as _;
    let code: FieldCode = error.code();
    AppError::Invalid(vec![FieldError::new("cursor", code, error.to_string())])
}

/// How the chain was found to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChainState {
    /// Every entry follows the one before it; so far it has come.
    Whole(AuditLink),
    /// From this entry on, it isn't what was once written.
    Broken(BrokenChain),
}

/// Follows the whole chain from its first entry, and names the first that isn't as it was
/// written; needs [`Permission::AuditRead`].
///
/// It can't tell whether the end was cut off; for that, compare the link with one kept elsewhere.
pub async fn verify(work: &mut Work) -> Result<ChainState> {
    work.caller().require(Permission::AuditRead)?;
    let mut last = AuditLink::START;
    loop {
        let entries = match stored::list_after(work.unit(), last.seq, SLICE).await {
            Ok(entries) => entries,
            // Not even readable: then surely not as it was written.
            Err(galleria_storage::StorageError::Corrupt { .. }) => {
                return find_unreadable(work, last).await;
            }
            Err(error) => return Err(error.into()),
        };
        if entries.is_empty() {
            return Ok(ChainState::Whole(last));
        }
        match audit_verify(last, &entries) {
            Ok(link) => last = link,
            Err(broken) => return Ok(ChainState::Broken(broken)),
        }
    }
}

/// Goes on one by one, up to the entry that can't be read.
async fn find_unreadable(work: &mut Work, mut last: AuditLink) -> Result<ChainState> {
    loop {
        let broken = match stored::list_after(work.unit(), last.seq, 1).await {
            Ok(entries) => match audit_verify(last, &entries) {
                Ok(link) if link != last => {
                    last = link;
                    continue;
                }
                Ok(_) => return Ok(ChainState::Whole(last)),
                Err(broken) => broken,
            },
            Err(galleria_storage::StorageError::Corrupt { .. }) => {
                BrokenChain::Changed { seq: last.seq + 1 }
            }
            Err(error) => return Err(error.into()),
        };
        return Ok(ChainState::Broken(broken));
    }
}
