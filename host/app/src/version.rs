//! The version that somebody expects a thing to be at (`If-Match`).

use crate::error::{AppError, Result};

/// Refuses with [`AppError::Stale`], unless the version is the one expected, if one is.
pub(crate) fn expect_version(stored: u64, expected: Option<u64>) -> Result<()> {
    match expected {
        Some(expected) if expected != stored => Err(AppError::Stale(stored)),
        _ => Ok(()),
    }
}

/// Refuses what an update found at another version than was read in the same unit.
pub(crate) fn require_updated(updated: bool, version: u64) -> Result<()> {
    if updated { Ok(()) } else { Err(AppError::Stale(version)) }
}
