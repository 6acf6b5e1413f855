//! Keys that programs log in with, for a member of the staff.

use std::collections::BTreeSet;
use std::time::Duration;

use galleria_domain::{
    ApiKeyId, CursorValue, FieldCode, FieldError, Instant, Mistakes, Page, PageRequest, Permission,
    QueryPrint, Rights, StaffId, StaffPermission, TextRule,
};
use galleria_storage::api_keys as stored;
pub use galleria_storage::api_keys::ApiKey;
use serde_json::json;

use crate::audit;
use crate::error::{AppError, Result};
use crate::roles::{require_rank, short};
use crate::staff;
use crate::tokens::Token;
use crate::work::Work;

/// How long a key lives, unless said otherwise.
pub const LIFE: Duration = Duration::from_hours(365 * 24);
/// How long a key can live at most.
pub const LIFE_MAX: Duration = Duration::from_hours(5 * 365 * 24);
/// The most keys on a page.
pub const PAGE_MAX: u32 = 200;

const PREFIX: &str = "galleria_";
const NAME: TextRule = TextRule::line(256);

/// What a key is to be made of.
#[derive(Clone, Debug)]
pub struct ApiKeyDraft {
    /// What it is for; never empty.
    pub name: String,
    /// For whom the program acts; the caller, if nobody is named.
    pub staff: Option<StaffId>,
    /// What it may be used for, as far as whoever it acts for may do it.
    pub permissions: BTreeSet<StaffPermission>,
    /// When it ends; a year from now, if nothing is said.
    pub expires_at: Option<Instant>,
}

/// A key that was just made; what the program has to show is never seen again.
#[derive(Clone, Debug)]
pub struct CreatedApiKey {
    /// The key.
    pub key: ApiKey,
    /// What the program shows: `Authorization: Bearer galleria_…`.
    pub bearer: Bearer,
}

/// What a program shows to log in: `galleria_`, the key's id, `_` and a secret of 256 bits.
#[derive(Clone, Eq, PartialEq)]
pub struct Bearer(String);

impl Bearer {
    /// The whole of it, secret included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Shows nothing of it.
impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bearer(…)")
    }
}

/// Makes a key; needs [`Permission::ApiKeysWrite`] and every permission that it is to have, and
/// for somebody else's, every right that they have.
pub async fn create(work: &mut Work, draft: &ApiKeyDraft) -> Result<CreatedApiKey> {
    work.caller().require(Permission::ApiKeysWrite)?;
    require_rank(work.caller(), &Rights::only(draft.permissions.iter().cloned()))?;
    let owner = owner(work, draft).await?;
    let now = work.now();
    let expires_at = check(draft, now)?;
    let (id, secret) = (ApiKeyId::generate(), Token::generate());
    let key = ApiKey {
        id,
        name: draft.name.clone(),
        staff: owner,
        permissions: draft.permissions.clone(),
        created_at: now,
        expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    stored::insert(work.unit(), &key, &secret.hash()).await?;
    let detail = short(json!({ "staff": key.staff, "permissions": key.permissions }));
    audit::append(work, "api-key.create", key.id.as_str(), &detail).await?;
    let bearer = Bearer(format!("{PREFIX}{}_{}", key.id, secret.as_str()));
    Ok(CreatedApiKey { key, bearer })
}

/// A page of keys, from the oldest on; needs [`Permission::ApiKeysWrite`].
pub async fn list(
    work: &mut Work,
    of: Option<&StaffId>,
    page: &PageRequest,
) -> Result<Page<ApiKey>> {
    work.caller().require(Permission::ApiKeysWrite)?;
    let limit = page.limit.clamp(1, PAGE_MAX);
    let print = QueryPrint::of(["api-keys", of.map_or("", StaffId::as_str)]);
    let malformed = || audit::bad_cursor(galleria_domain::InvalidCursor::Malformed);
    let after: Option<ApiKeyId> = match page.position(&print).map_err(audit::bad_cursor)? {
        None => None,
        Some([CursorValue::Text(id)]) => Some(id.parse().map_err(|_| malformed())?),
        Some(_) => return Err(malformed()),
    };
    let rows = stored::list(work.unit(), of, after.as_ref(), limit + 1).await?;
    let position = |key: &ApiKey| vec![CursorValue::Text(key.id.to_string())];
    Ok(Page::from_rows(rows, limit, print, position))
}

/// Revokes a key: from the next request on it is worth nothing. Needs
/// [`Permission::ApiKeysWrite`].
pub async fn revoke(work: &mut Work, id: &ApiKeyId) -> Result<()> {
    work.caller().require(Permission::ApiKeysWrite)?;
    let now = work.now();
    if !stored::revoke(work.unit(), id, now).await? {
        return Err(AppError::NotFound("API key"));
    }
    audit::append(work, "api-key.revoke", id.as_str(), &json!(null)).await
}

/// The id of a key and its secret, out of what a program shows.
pub(crate) fn read_bearer(bearer: &str) -> Option<(ApiKeyId, &str)> {
    let rest = bearer.strip_prefix(PREFIX)?;
    // Both parts may have underscores; an id has a fixed length.
    let (id, secret) = rest.split_at_checked(ApiKeyId::PREFIX.len() + 33)?;
    Some((id.parse().ok()?, secret.strip_prefix('_')?))
}

async fn owner(work: &mut Work, draft: &ApiKeyDraft) -> Result<StaffId> {
    let own = work.caller().principal.staff().cloned();
    match (&draft.staff, own) {
        (None, Some(own)) => Ok(own),
        (Some(id), own) if own.as_ref() == Some(id) => Ok(id.clone()),
        (Some(id), _) => {
            let other = staff::find(work, id).await?;
            let roles = galleria_storage::roles::list_of(work.unit(), id).await?;
            require_rank(work.caller(), &staff::rank(&other, &roles))?;
            Ok(other.id)
        }
        (None, None) => {
            let message = "is required of who isn't staff";
            Err(vec![FieldError::new("staff", FieldCode::Required, message)].into())
        }
    }
}

/// Checks a draft; answers when the key will end.
fn check(draft: &ApiKeyDraft, now: Instant) -> Result<Instant> {
    let mut mistakes = Mistakes::new();
    if draft.name.trim().is_empty() {
        mistakes.add("name", FieldCode::Required, "is required");
    }
    mistakes.keep("name", NAME.check(&draft.name));
    for (at, permission) in draft.permissions.iter().enumerate() {
        if matches!(permission, StaffPermission::Host(host) if !host.is_for_staff()) {
            let path = format!("permissions.{at}");
            mistakes.add(&path, FieldCode::Range, "is a permission of plugins alone");
        }
    }
    let expires_at = draft.expires_at.unwrap_or_else(|| now.plus(LIFE));
    if expires_at <= now {
        mistakes.add("expires_at", FieldCode::Range, "is not in the future");
    } else if expires_at > now.plus(LIFE_MAX) {
        mistakes.add("expires_at", FieldCode::Range, "is more than five years from now");
    }
    Ok(mistakes.finish(expires_at)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_is_taken_apart_whatever_its_secret_looks_like() {
        let id = ApiKeyId::generate();
        for secret in ["abc", "_a_b-", ""] {
            let bearer = format!("galleria_{id}_{secret}");
            assert_eq!(read_bearer(&bearer), Some((id.clone(), secret)));
        }
        for bad in [
            "",
            "galleria_",
            "galleria_key_1_x",
            &format!("galleria_{id}"),
            "ä".repeat(40).as_str(),
        ] {
            assert_eq!(read_bearer(bad), None, "{bad}");
        }
        assert_eq!(read_bearer(&format!("galleria_{}", "ä".repeat(40))), None);
    }
}
