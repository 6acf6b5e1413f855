//! The outbox of mails.

use galleria_domain::{CustomerId, Instant, MailId, PluginId, StoreId};

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::{instant_if, parsed, parsed_if, unsigned};
use crate::sql::{Sql, fetch_all, fetch_number};
use crate::unit::Unit;
use crate::wakes::Wake;

/// A mail that is to be sent or was.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredMail {
    /// Names it for ever.
    pub id: MailId,
    /// The store that it comes from.
    pub store: StoreId,
    /// The customer whom it is for.
    pub customer: Option<CustomerId>,
    /// The plugin that wrote it.
    pub plugin: Option<PluginId>,
    /// The address.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its body in plain text.
    pub text: String,
    /// Its body in HTML, if it has one.
    pub html: Option<String>,
    /// What kind of mail it is.
    pub template: String,
    /// The proof whose secret goes out with it.
    pub proof: Option<String>,
    /// What became of it: `queued`, `sent` or `failed`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub next_at: Instant,
    /// Why it could not be sent, the last time.
    pub last_error: Option<String>,
    /// When it was put into the outbox.
    pub created_at: Instant,
    /// When it was handed over.
    pub sent_at: Option<Instant>,
}

/// Which mails are wanted; what is `None` doesn't restrict.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MailFilter {
    /// To this customer.
    pub customer: Option<CustomerId>,
    /// In this state.
    pub state: Option<String>,
    /// Of this kind.
    pub template: Option<String>,
}

#[derive(sqlx::FromRow)]
struct MailRow {
    seq: i64,
    id: String,
    store_id: String,
    customer_id: Option<String>,
    plugin: Option<String>,
    recipient: String,
    subject: String,
    text_body: String,
    html_body: Option<String>,
    template: String,
    proof_id: Option<String>,
    state: String,
    attempts: i64,
    next_at: i64,
    last_error: Option<String>,
    created_at: i64,
    sent_at: Option<i64>,
}

impl TryFrom<MailRow> for StoredMail {
    type Error = StorageError;

    fn try_from(row: MailRow) -> Result<Self> {
        Ok(Self {
            id: parsed("mails.id", &row.id)?,
            store: parsed("mails.store_id", &row.store_id)?,
            customer: parsed_if("mails.customer_id", row.customer_id.as_deref())?,
            plugin: parsed_if("mails.plugin", row.plugin.as_deref())?,
            to: row.recipient,
            subject: row.subject,
            text: row.text_body,
            html: row.html_body,
            template: row.template,
            proof: row.proof_id,
            state: row.state,
            attempts: unsigned("mails.attempts", row.attempts)?,
            next_at: Instant::from_micros(row.next_at),
            last_error: row.last_error,
            created_at: Instant::from_micros(row.created_at),
            sent_at: instant_if(row.sent_at),
        })
    }
}

const SELECT: &str = "SELECT seq, id, store_id, customer_id, plugin, recipient, subject, text_body, \
     html_body, template, proof_id, state, attempts, next_at, last_error, created_at, sent_at \
     FROM mails WHERE ";

/// Puts a mail into the outbox.
pub async fn insert(unit: &mut Unit, mail: &StoredMail) -> Result<()> {
    const SQL: &str = "INSERT INTO mails (id, store_id, customer_id, plugin, recipient, subject, \
         text_body, html_body, template, proof_id, state, attempts, next_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13)";
    unit.require_write()?;
    unit.wake_after_commit(Wake::Mails);
    on!(unit, c => sqlx::query(SQL)
        .bind(mail.id.as_str())
        .bind(mail.store.as_str())
        .bind(mail.customer.as_ref().map(CustomerId::as_str))
        .bind(mail.plugin.as_ref().map(PluginId::as_str))
        .bind(mail.to.as_str())
        .bind(mail.subject.as_str())
        .bind(mail.text.as_str())
        .bind(mail.html.as_deref())
        .bind(mail.template.as_str())
        .bind(mail.proof.as_deref())
        .bind(mail.state.as_str())
        .bind(mail.next_at.as_micros())
        .bind(mail.created_at.as_micros())
        .execute(c).await.map(drop))?;
    Ok(())
}

/// A mail of a store.
pub async fn get(unit: &mut Unit, store: &StoreId, id: &MailId) -> Result<Option<StoredMail>> {
    let mut sql = Sql::new(SELECT);
    sql.push("id = ").bind(id.as_str()).push(" AND store_id = ").bind(store.as_str());
    let rows: Vec<MailRow> = fetch_all!(unit, sql)?;
    rows.into_iter().next().map(StoredMail::try_from).transpose()
}

/// The mail that has been due the longest, in all stores.
pub async fn first_due(unit: &mut Unit, now: Instant) -> Result<Option<StoredMail>> {
    let mut sql = Sql::new(SELECT);
    sql.push("state = 'queued' AND next_at <= ").bind(now.as_micros());
    sql.push(" ORDER BY next_at, seq LIMIT 1");
    let rows: Vec<MailRow> = fetch_all!(unit, sql)?;
    rows.into_iter().next().map(StoredMail::try_from).transpose()
}

/// Gives a mail to whoever is to send it, until `until`, unless somebody else was quicker.
pub async fn lease(unit: &mut Unit, id: &MailId, attempts: u32, until: Instant) -> Result<bool> {
    const SQL: &str = "UPDATE mails SET attempts = attempts + 1, next_at = $3 \
         WHERE id = $1 AND attempts = $2 AND state = 'queued'";
    unit.require_write()?;
    let leased = on!(unit, c => sqlx::query(SQL)
        .bind(id.as_str())
        .bind(i64::from(attempts))
        .bind(until.as_micros())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(leased > 0)
}

/// Puts down what became of a mail; nothing if somebody else has it by now.
pub async fn settle(unit: &mut Unit, mail: &StoredMail) -> Result<()> {
    const SQL: &str = "UPDATE mails SET state = $3, next_at = $4, last_error = $5, sent_at = $6 \
         WHERE id = $1 AND attempts = $2 AND state = 'queued'";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(mail.id.as_str())
        .bind(i64::from(mail.attempts))
        .bind(mail.state.as_str())
        .bind(mail.next_at.as_micros())
        .bind(mail.last_error.as_deref())
        .bind(mail.sent_at.map(Instant::as_micros))
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Mails of a store that pass the filter, the newest first, with where they stand, `limit` at most,
/// before `before` if given.
pub async fn list(
    unit: &mut Unit,
    store: &StoreId,
    filter: &MailFilter,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<(i64, StoredMail)>> {
    let mut sql = Sql::new(SELECT);
    sql.push("store_id = ").bind(store.as_str());
    if let Some(customer) = &filter.customer {
        sql.push(" AND customer_id = ").bind(customer.as_str());
    }
    if let Some(state) = &filter.state {
        sql.push(" AND state = ").bind(state.as_str());
    }
    if let Some(template) = &filter.template {
        sql.push(" AND template = ").bind(template.as_str());
    }
    if let Some(before) = before {
        sql.push(" AND seq < ").bind(before);
    }
    sql.push(" ORDER BY seq DESC LIMIT ").bind(i64::from(limit));
    let rows: Vec<MailRow> = fetch_all!(unit, sql)?;
    rows.into_iter().map(|row| Ok((row.seq, row.try_into()?))).collect()
}

/// How many mails of a plugin were put into the outbox since then, to anybody or to one customer.
pub async fn count_of_plugin(
    unit: &mut Unit,
    plugin: &PluginId,
    customer: Option<&CustomerId>,
    since: Instant,
) -> Result<u64> {
    let mut sql = Sql::new("SELECT COUNT(*) FROM mails WHERE plugin = ");
    sql.bind(plugin.as_str()).push(" AND created_at > ").bind(since.as_micros());
    if let Some(customer) = customer {
        sql.push(" AND customer_id = ").bind(customer.as_str());
    }
    unsigned("mails", fetch_number!(unit, sql)?)
}

/// How many mails of a kind to a customer were put into the outbox since then.
pub async fn count_of_template(
    unit: &mut Unit,
    customer: &CustomerId,
    template: &str,
    since: Instant,
) -> Result<u64> {
    let mut sql = Sql::new("SELECT COUNT(*) FROM mails WHERE customer_id = ");
    sql.bind(customer.as_str()).push(" AND created_at > ").bind(since.as_micros());
    sql.push(" AND template = ").bind(template);
    unsigned("mails", fetch_number!(unit, sql)?)
}

/// Removes mails from before `before`, `max` at most; says how many.
pub async fn prune(unit: &mut Unit, before: Instant, max: u32) -> Result<u64> {
    const SQL: &str = "DELETE FROM mails WHERE seq IN (SELECT seq FROM mails \
         WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(SQL)
        .bind(before.as_micros())
        .bind(i64::from(max))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(deleted)
}
