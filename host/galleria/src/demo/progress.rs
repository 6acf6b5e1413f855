//! How far the demo is filled: noted in the database, in the units of work that fill it.

use std::collections::BTreeSet;

use galleria_app::{AppError, Result, StorageError, Work};
use galleria_storage::settings;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// No plugin can be called that.
const SCOPE: &str = ":demo";

/// What is there.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub(super) struct Progress {
    pub(super) staff: bool,
    pub(super) catalog: bool,
    /// How many came in.
    pub(super) customers: usize,
    /// The plugins that were enabled. Who switches one off wants it off after the next start, too.
    pub(super) plugins: BTreeSet<String>,
    /// The customers' roles and who has them.
    pub(super) roles: bool,
    /// How many carts were made; nothing before taxes and methods of shipping are there.
    pub(super) carts: Option<usize>,
}

/// How far it got; `None` before the first step.
pub(super) async fn read(work: &mut Work) -> Result<Option<Progress>> {
    let Some(found) = settings::find(work.unit(), SCOPE, None).await? else { return Ok(None) };
    serde_json::from_value(Value::Object(found.value)).map(Some).map_err(|error| {
        AppError::Storage(StorageError::Corrupt {
            column: "settings.value",
            reason: error.to_string(),
        })
    })
}

/// Notes how far it got.
pub(super) async fn write(work: &mut Work, progress: &Progress) -> Result<()> {
    let Ok(Value::Object(value)) = serde_json::to_value(progress) else {
        return Err(AppError::Internal("the demo's progress is no object".into()));
    };
    let now = work.now();
    let found = settings::find(work.unit(), SCOPE, None).await?;
    let done = match found {
        Some(found) => {
            settings::update(work.unit(), SCOPE, None, &value, found.version, now).await?
        }
        None => settings::insert(work.unit(), SCOPE, None, &value, now).await?,
    };
    if done { Ok(()) } else { Err(AppError::conflict("demo", "another host fills the demo, too")) }
}
