//! What an admin set for this plugin; needs `settings:read`.
//!
//! Handlers take them as [`Settings<T>`](crate::Settings).

use serde::de::DeserializeOwned;

use crate::Fault;
use crate::bindings::imports::galleria::settings::settings;

/// The settings that hold for the store of this call. They are valid against the manifest's schema,
/// with defaults filled in.
///
/// # Errors
/// [`Fault::Denied`] without the permission, [`Fault::Unreadable`] if `T` doesn't fit the schema.
pub fn current<T: DeserializeOwned>() -> Result<T, Fault> {
    let json = settings::current()?;
    serde_json::from_str(&json).map_err(|error| Fault::Unreadable(format!("settings: {error}")))
}
