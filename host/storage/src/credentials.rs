//! Passwords of customers and of staff, as hashes.

use galleria_domain::{CustomerId, EmailAddress, Instant, StoreId};

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::{from_json, parsed, parsed_if, to_json};
use crate::sessions::Subject;
use crate::unit::Unit;

/// Somebody's password, as a hash.
#[derive(Clone, Eq, PartialEq)]
pub struct Credential {
    /// The hash, in the PHC string format.
    pub password_hash: String,
    /// When it was set.
    pub set_at: Instant,
    /// Whether another has to be set at the next login.
    pub must_change: bool,
    /// The hashes of the passwords before, newest first.
    pub history: Vec<String>,
}

/// Shows no hash: what is printed for debugging ends up in logs.
impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("set_at", &self.set_at).finish_non_exhaustive()
    }
}

/// A registered customer, as far as logging in goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CustomerAccount {
    /// Whose it is.
    pub id: CustomerId,
    /// What they log in with.
    pub email: Option<EmailAddress>,
    /// Whether they may log in.
    pub active: bool,
}

#[derive(sqlx::FromRow)]
struct CustomerAccountRow {
    id: String,
    email: Option<String>,
    active: bool,
}

impl TryFrom<CustomerAccountRow> for CustomerAccount {
    type Error = StorageError;

    fn try_from(row: CustomerAccountRow) -> Result<Self> {
        Ok(Self {
            id: parsed("customers.id", &row.id)?,
            email: parsed_if("customers.email", row.email.as_deref())?,
            active: row.active,
        })
    }
}

#[derive(sqlx::FromRow)]
struct CredentialRow {
    password_hash: String,
    set_at: i64,
    must_change: bool,
    history: String,
}

impl TryFrom<CredentialRow> for Credential {
    type Error = StorageError;

    fn try_from(row: CredentialRow) -> Result<Self> {
        Ok(Self {
            password_hash: row.password_hash,
            set_at: Instant::from_micros(row.set_at),
            must_change: row.must_change,
            history: from_json("credentials.history", &row.history)?,
        })
    }
}

/// Somebody's password, if they have one.
pub async fn find(unit: &mut Unit, subject: &Subject) -> Result<Option<Credential>> {
    let sql = match subject {
        Subject::Customer(_) => {
            "SELECT password_hash, set_at, must_change, history FROM credentials WHERE customer_id = $1"
        }
        Subject::Staff(_) => {
            "SELECT password_hash, set_at, must_change, history FROM staff_credentials \
             WHERE staff_id = $1"
        }
    };
    let row: Option<CredentialRow> =
        on!(unit, c => sqlx::query_as(sql).bind(subject.id()).fetch_optional(c).await)?;
    row.map(Credential::try_from).transpose()
}

/// Sets somebody's password.
pub async fn put(unit: &mut Unit, subject: &Subject, credential: &Credential) -> Result<()> {
    let sql = match subject {
        Subject::Customer(_) => {
            "INSERT INTO credentials (customer_id, password_hash, set_at, must_change, history) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (customer_id) DO UPDATE SET \
             password_hash = excluded.password_hash, set_at = excluded.set_at, \
             must_change = excluded.must_change, history = excluded.history"
        }
        Subject::Staff(_) => {
            "INSERT INTO staff_credentials (staff_id, password_hash, set_at, must_change, history) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (staff_id) DO UPDATE SET \
             password_hash = excluded.password_hash, set_at = excluded.set_at, \
             must_change = excluded.must_change, history = excluded.history"
        }
    };
    unit.require_write()?;
    on!(unit, c => sqlx::query(sql)
        .bind(subject.id())
        .bind(credential.password_hash.as_str())
        .bind(credential.set_at.as_micros())
        .bind(credential.must_change)
        .bind(to_json(&credential.history))
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Takes somebody's password away, so that they can't log in with one; says whether there was one.
pub async fn delete(unit: &mut Unit, subject: &Subject) -> Result<bool> {
    let sql = match subject {
        Subject::Customer(_) => "DELETE FROM credentials WHERE customer_id = $1",
        Subject::Staff(_) => "DELETE FROM staff_credentials WHERE staff_id = $1",
    };
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(sql)
        .bind(subject.id())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(deleted > 0)
}

/// The registered customer of a store with this email, by its normal form.
pub async fn find_customer_by_email(
    unit: &mut Unit,
    store: &StoreId,
    email_norm: &str,
) -> Result<Option<CustomerAccount>> {
    const SQL: &str = "SELECT id, email, active FROM customers WHERE store_id = $1 \
         AND email_norm = $2 AND kind = 'registered' AND deleted_at IS NULL";
    let row: Option<CustomerAccountRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(store.as_str())
        .bind(email_norm)
        .fetch_optional(c).await)?;
    row.map(CustomerAccount::try_from).transpose()
}

/// A registered customer of a store by their id.
pub async fn find_customer(
    unit: &mut Unit,
    store: &StoreId,
    id: &CustomerId,
) -> Result<Option<CustomerAccount>> {
    const SQL: &str = "SELECT id, email, active FROM customers WHERE id = $1 AND store_id = $2 \
         AND kind = 'registered' AND deleted_at IS NULL";
    let row: Option<CustomerAccountRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(id.as_str())
        .bind(store.as_str())
        .fetch_optional(c).await)?;
    row.map(CustomerAccount::try_from).transpose()
}

/// Puts down that a customer logged in. Their version stays: nobody changed them.
pub async fn customer_logged_in(
    unit: &mut Unit,
    id: &CustomerId,
    now: Instant,
    ip: Option<&str>,
) -> Result<()> {
    const SQL: &str = "UPDATE customers SET last_login_at = $2, last_activity_at = $2, \
         last_ip = COALESCE($3, last_ip) WHERE id = $1";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(id.as_str())
        .bind(now.as_micros())
        .bind(ip)
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Puts down that a customer was seen. Their version stays: nobody changed them.
pub async fn customer_seen(unit: &mut Unit, id: &CustomerId, now: Instant) -> Result<()> {
    const SQL: &str = "UPDATE customers SET last_activity_at = $2 \
         WHERE id = $1 AND (last_activity_at IS NULL OR last_activity_at < $2)";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(id.as_str())
        .bind(now.as_micros())
        .execute(c).await.map(drop))?;
    Ok(())
}
