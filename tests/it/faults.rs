//! Plugins that fail or misbehave, and what everybody else sees of it.

mod abuses;
mod atomicity;
mod breaker;
mod crash;
mod guests;
mod last_words;
pub(crate) mod neighbours;
mod placements;
