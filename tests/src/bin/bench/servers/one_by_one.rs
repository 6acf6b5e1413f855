//! The yardstick for durable writes: one transaction with one fsync for each, one after another.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqliteConnection};
use tokio::sync::Mutex;

use super::{Greeting, greet, listen};
use crate::Result;

/// The table that the host makes for the same entity of a plugin.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS entries (
    id TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL, body TEXT NOT NULL, customer TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS entries_by_customer ON entries (customer, id)";
const INSERT: &str = "INSERT INTO entries (id, version, created_at, updated_at, body, customer) \
     VALUES (lower(hex(randomblob(16))), 1, 0, 0, $1, $2) RETURNING id";

#[derive(Deserialize, Serialize)]
struct Entry {
    customer: String,
    text: String,
    amount: i64,
}

#[derive(Serialize)]
struct Written {
    id: String,
    version: u64,
}

type Writer = Arc<Mutex<SqliteConnection>>;

pub(super) async fn serve(folder: &Path) -> Result<()> {
    let writer: Writer = Arc::new(Mutex::new(open(folder.join("one-by-one.db")).await?));
    let router = Router::new().route("/entries", post(write)).with_state(writer);
    let (listener, address) = listen().await?;
    greet(&Greeting::at(address))?;
    galleria_http::serve(
        listener,
        router,
        galleria_http::Limits::default(),
        std::future::pending(),
    )
    .await;
    Ok(())
}

/// As durable as the host's own database.
async fn open(file: PathBuf) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = options.connect().await?;
    sqlx::raw_sql(TABLE).execute(&mut connection).await?;
    Ok(connection)
}

async fn write(
    State(writer): State<Writer>,
    Json(entry): Json<Entry>,
) -> Result<(StatusCode, Json<Written>), StatusCode> {
    let failed = |_| StatusCode::INTERNAL_SERVER_ERROR;
    let body = serde_json::to_string(&entry).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let mut writer = writer.lock().await;
    // A statement by itself is a transaction by itself.
    let id = sqlx::query_scalar(INSERT)
        .bind(body)
        .bind(entry.customer)
        .fetch_one(&mut *writer)
        .await
        .map_err(failed)?;
    Ok((StatusCode::CREATED, Json(Written { id, version: 1 })))
}
