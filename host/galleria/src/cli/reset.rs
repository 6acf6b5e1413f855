//! Forgets what the demo has stored. A shop that somebody has begun for themselves is left alone:
//! only the database that the demo's own file names is deleted.

use galleria::DatabaseUrl;
use galleria_storage::Database;

use super::failure::Failure;
use super::house::House;
use crate::demo::{DemoError, Secrets};

/// Deletes the demo's database and its file of secrets.
pub(super) async fn run(house: &House, database: &str) -> Result<(), Failure> {
    // One that is damaged names no database: then there is nothing that may be deleted.
    let known = Secrets::load(&house.data_dir).ok().flatten();
    let is_ours = known.is_some_and(|secrets| secrets.database == database);
    if !is_ours && !is_absent(&house.database).await? {
        return Err(Failure::new(format!(
            "--reset deletes only what the demo has made, and {}/demo.json doesn't name {database}",
            house.data_dir.display()
        )));
    }
    if is_ours {
        Database::erase(&house.database)
            .await
            .map_err(|error| Failure::of("the demo's database can't be deleted", &error))?;
    }
    Secrets::delete(&house.data_dir).map_err(|error| Failure::from(DemoError::from(error)))
}

async fn is_absent(database: &DatabaseUrl) -> Result<bool, Failure> {
    let looked = Database::is_absent(database).await;
    looked.map_err(|error| Failure::of("the database can't be reached", &error))
}
