//! Sessions of staff and of customers.

use galleria_domain::{
    Assurance, CheckoutLinkId, CustomerId, Instant, SessionId, StaffId, StoreId,
};

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::{parsed, parsed_if};
use crate::unit::Unit;

/// Who can log in with a password.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Subject {
    /// A member of the staff.
    Staff(StaffId),
    /// A customer.
    Customer(CustomerId),
}

impl Subject {
    /// What kind of subject, as stored: `staff` or `customer`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Staff(_) => "staff",
            Self::Customer(_) => "customer",
        }
    }

    /// The id as text.
    pub fn id(&self) -> &str {
        match self {
            Self::Staff(id) => id.as_str(),
            Self::Customer(id) => id.as_str(),
        }
    }

    fn from_stored(kind: &str, id: &str) -> Result<Self> {
        match kind {
            "staff" => parsed("sessions.subject_id", id).map(Self::Staff),
            "customer" => parsed("sessions.subject_id", id).map(Self::Customer),
            _ => Err(StorageError::corrupt("sessions.kind", "is neither staff nor customer")),
        }
    }
}

/// A login that is still in force.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Session {
    /// Names it; not secret.
    pub id: SessionId,
    /// Who logged in.
    pub subject: Subject,
    /// The store of a customer's session.
    pub store: Option<StoreId>,
    /// SHA-256 of the token against forged requests, in hexadecimal; staff has one.
    pub csrf_hash: Option<String>,
    /// What proved who they are.
    pub assurance: Assurance,
    /// The link to a checkout that it was begun with.
    pub link: Option<CheckoutLinkId>,
    /// When they logged in.
    pub created_at: Instant,
    /// When they were last seen, to the minute.
    pub last_seen_at: Instant,
    /// When it ends if they aren't seen again.
    pub idle_expires_at: Instant,
    /// When it ends in any case.
    pub expires_at: Instant,
    /// The client's address at login.
    pub ip: Option<String>,
    /// What the client called itself at login.
    pub user_agent: Option<String>,
}

impl Session {
    /// Whether it has ended by itself.
    pub fn is_over(&self, now: Instant) -> bool {
        now >= self.expires_at || now >= self.idle_expires_at
    }
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: String,
    kind: String,
    subject_id: String,
    store_id: Option<String>,
    csrf_hash: Option<String>,
    assurance: String,
    link_id: Option<String>,
    created_at: i64,
    last_seen_at: i64,
    idle_expires_at: i64,
    expires_at: i64,
    ip: Option<String>,
    user_agent: Option<String>,
}

impl TryFrom<SessionRow> for Session {
    type Error = StorageError;

    fn try_from(row: SessionRow) -> Result<Self> {
        Ok(Self {
            id: parsed("sessions.id", &row.id)?,
            subject: Subject::from_stored(&row.kind, &row.subject_id)?,
            store: parsed_if("sessions.store_id", row.store_id.as_deref())?,
            csrf_hash: row.csrf_hash,
            assurance: parsed("sessions.assurance", &row.assurance)?,
            link: parsed_if("sessions.link_id", row.link_id.as_deref())?,
            created_at: Instant::from_micros(row.created_at),
            last_seen_at: Instant::from_micros(row.last_seen_at),
            idle_expires_at: Instant::from_micros(row.idle_expires_at),
            expires_at: Instant::from_micros(row.expires_at),
            ip: row.ip,
            user_agent: row.user_agent,
        })
    }
}

/// Stores a session, found again by the SHA-256 of its token in hexadecimal.
pub async fn insert(unit: &mut Unit, session: &Session, token_hash: &str) -> Result<()> {
    const SQL: &str = "INSERT INTO sessions (id, token_hash, kind, subject_id, store_id, csrf_hash, \
         assurance, link_id, created_at, last_seen_at, idle_expires_at, expires_at, ip, \
         user_agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(session.id.as_str())
        .bind(token_hash)
        .bind(session.subject.kind())
        .bind(session.subject.id())
        .bind(session.store.as_ref().map(StoreId::as_str))
        .bind(session.csrf_hash.as_deref())
        .bind(session.assurance.as_str())
        .bind(session.link.as_ref().map(CheckoutLinkId::as_str))
        .bind(session.created_at.as_micros())
        .bind(session.last_seen_at.as_micros())
        .bind(session.idle_expires_at.as_micros())
        .bind(session.expires_at.as_micros())
        .bind(session.ip.as_deref())
        .bind(session.user_agent.as_deref())
        .execute(c).await.map(drop))?;
    Ok(())
}

/// The session with this token, also if it has ended by itself.
pub async fn find_by_token(unit: &mut Unit, token_hash: &str) -> Result<Option<Session>> {
    const SQL: &str = "SELECT id, kind, subject_id, store_id, csrf_hash, assurance, link_id, \
         created_at, last_seen_at, idle_expires_at, expires_at, ip, user_agent FROM sessions WHERE token_hash = $1";
    let row: Option<SessionRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(token_hash).fetch_optional(c).await)?;
    row.map(Session::try_from).transpose()
}

/// The session with this id, also if it has ended by itself.
pub async fn get(unit: &mut Unit, id: &SessionId) -> Result<Option<Session>> {
    const SQL: &str = "SELECT id, kind, subject_id, store_id, csrf_hash, assurance, link_id, \
         created_at, last_seen_at, idle_expires_at, expires_at, ip, user_agent FROM sessions \
         WHERE id = $1";
    let row: Option<SessionRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(id.as_str()).fetch_optional(c).await)?;
    row.map(Session::try_from).transpose()
}

/// Somebody's sessions that are in force, newest first, `max` at most.
pub async fn list(
    unit: &mut Unit,
    subject: &Subject,
    now: Instant,
    max: u32,
) -> Result<Vec<Session>> {
    const SQL: &str = "SELECT id, kind, subject_id, store_id, csrf_hash, assurance, link_id, \
         created_at, last_seen_at, idle_expires_at, expires_at, ip, user_agent FROM sessions \
         WHERE kind = $1 AND subject_id = $2 AND expires_at > $3 AND idle_expires_at > $3 \
         ORDER BY id DESC LIMIT $4";
    let rows: Vec<SessionRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(subject.kind())
        .bind(subject.id())
        .bind(now.as_micros())
        .bind(i64::from(max))
        .fetch_all(c).await)?;
    rows.into_iter().map(Session::try_from).collect()
}

/// Puts down that somebody was seen, unless that was put down later already.
pub async fn touch(
    unit: &mut Unit,
    id: &SessionId,
    seen_at: Instant,
    idle_expires_at: Instant,
) -> Result<()> {
    const SQL: &str = "UPDATE sessions SET last_seen_at = $2, idle_expires_at = $3 \
         WHERE id = $1 AND last_seen_at < $2";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(id.as_str())
        .bind(seen_at.as_micros())
        .bind(idle_expires_at.as_micros())
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Ends a session; says whether there was one.
pub async fn delete(unit: &mut Unit, id: &SessionId) -> Result<bool> {
    const SQL: &str = "DELETE FROM sessions WHERE id = $1";
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(SQL).bind(id.as_str()).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(deleted > 0)
}

/// Ends all sessions of somebody, but for one if it is named; says how many.
pub async fn delete_all(
    unit: &mut Unit,
    subject: &Subject,
    keep: Option<&SessionId>,
) -> Result<u64> {
    const SQL: &str = "DELETE FROM sessions WHERE kind = $1 AND subject_id = $2 AND id <> $3";
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(SQL)
        .bind(subject.kind())
        .bind(subject.id())
        .bind(keep.map_or("", SessionId::as_str))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(deleted)
}

/// Ends the sessions that were begun with a link; says how many.
pub async fn delete_of_link(unit: &mut Unit, link: &CheckoutLinkId) -> Result<u64> {
    const SQL: &str = "DELETE FROM sessions WHERE link_id = $1";
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(SQL)
        .bind(link.as_str())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(deleted)
}

/// Removes sessions that have ended by themselves, `max` at most; says how many.
pub async fn prune(unit: &mut Unit, now: Instant, max: u32) -> Result<u64> {
    const SQL: &str = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions \
         WHERE expires_at <= $1 OR idle_expires_at <= $1 ORDER BY expires_at LIMIT $2)";
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(SQL)
        .bind(now.as_micros())
        .bind(i64::from(max))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(deleted)
}
