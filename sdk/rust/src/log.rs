//! Lines in the host's log, each with the plugin's id and the request's id; needs `log:write`.
//!
//! Personal data doesn't belong here. What goes over the host's allowance is dropped, and counted.

use crate::bindings::imports::galleria::log::logging::{self, Level};

/// What only matters to somebody who looks for a mistake.
pub fn debug(message: &str) {
    logging::log(Level::Debug, message);
}

/// What is good to know.
pub fn info(message: &str) {
    logging::log(Level::Info, message);
}

/// What somebody should look at some time.
pub fn warning(message: &str) {
    logging::log(Level::Warning, message);
}

/// What somebody should look at now.
pub fn error(message: &str) {
    logging::log(Level::Error, message);
}
