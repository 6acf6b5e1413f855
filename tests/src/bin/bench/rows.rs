//! The rows of the bench, one family in a file.

mod customer;
mod hello;
mod memory;
mod search;
mod startup;
mod toggling;
mod writes;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;
use galleria_storage::DatabaseUrl;
use galleria_tests::database::on_postgres;
use parking_lot::Mutex;
use serde::Serialize;

use crate::components::Components;
use crate::contest::Plan;
use crate::report::Found;
use crate::{Result, Setup};

/// What can be measured; its name on the command line.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RowName {
    /// A plugin that says hello, fresh and warm, against a plain axum handler.
    Hello,
    /// A customer by id through a plugin, fresh and warm, against the host's own route.
    Customer,
    /// The same on PostgreSQL.
    CustomerPostgres,
    /// Durable writes through a plugin, against one transaction with one fsync for each.
    Writes,
    /// Writes through a plugin on PostgreSQL.
    WritesPostgres,
    /// From the start of the process until it is ready, with the plugins that come with the host.
    Startup,
    /// What the host holds in memory at rest, and what each plugin adds.
    Memory,
    /// A plugin is switched off and on while it and others are asked.
    Toggling,
    /// The list of customers: parts of names, emails and phone numbers, and any page of them.
    Search,
}

impl fmt::Display for RowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        let (name, what) = value.as_ref().map_or(("", None), |v| (v.get_name(), v.get_help()));
        write!(f, "{name}: ")?;
        what.map_or(Ok(()), |what| write!(f, "{what}"))
    }
}

pub(crate) async fn run(row: RowName, plan: Plan, setup: &Setup) -> Result<Found> {
    match row {
        RowName::Hello => hello::run(plan, setup).await,
        RowName::Customer => customer::run(plan, setup, None).await,
        RowName::CustomerPostgres => {
            on_server(async |url| customer::run(plan, setup, Some(url)).await).await
        }
        RowName::Writes => writes::run(plan, setup).await,
        RowName::WritesPostgres => {
            on_server(async |url| writes::run_on_server(plan, setup, url).await).await
        }
        RowName::Startup => startup::run(plan, setup).await,
        RowName::Memory => memory::run(setup).await,
        RowName::Toggling => toggling::run(plan, setup).await,
        RowName::Search => search::run(setup).await,
    }
}

/// The plugins, built once in a run, by the row that needs them first.
fn components(setup: &Setup) -> Result<&Components> {
    if let Some(components) = setup.components.get() {
        return Ok(components);
    }
    let components = Components::build(&setup.data_dir)?;
    Ok(setup.components.get_or_init(|| components))
}

/// A folder for the data of one row, on the disk of the other ones; gone with the row.
fn folder(setup: &Setup) -> Result<tempfile::TempDir> {
    Ok(tempfile::Builder::new().prefix("row-").tempdir_in(&setup.data_dir)?)
}

/// Runs a row on a database of its own on a PostgreSQL server; without one it is passed over.
async fn on_server(run: impl AsyncFnOnce(String) -> Result<Found>) -> Result<Found> {
    let found = Arc::new(Mutex::new(None));
    let answer = found.clone();
    on_postgres(async |database| {
        if let DatabaseUrl::Postgres(url) = database.url() {
            let found = run(url.clone()).await;
            *answer.lock() = Some(found);
        }
    })
    .await;
    let found = found.lock().take();
    found.unwrap_or_else(|| Ok(Found::note("passed over: there is no PostgreSQL server here")))
}

/// A folder that is kept from one run to the next.
fn kept_folder(setup: &Setup, name: &str) -> PathBuf {
    setup.data_dir.join(name)
}
