//! Whether the shop can work.

use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::{stores, unit};

/// Asks the database something; fails if it doesn't answer.
pub async fn check(app: &App) -> Result<()> {
    let nobody = Caller::system(galleria_domain::StoreId::from_bytes([0; 16]));
    unit!(app.read(&nobody), work => stores::list(work).await.map(drop))
}
