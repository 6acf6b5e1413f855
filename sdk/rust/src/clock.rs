//! The host's clock; needs `clock:read`.

use crate::bindings::imports::galleria::clock::wall_time;

/// Microseconds since 1970-01-01T00:00:00Z.
pub type Instant = i64;

/// A day of 24 hours, in microseconds.
pub const DAY: Instant = 86_400_000_000;

/// The time of this call; it doesn't move while the call runs.
pub fn now() -> Instant {
    wall_time::now()
}
