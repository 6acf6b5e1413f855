//! Plugins as admins handle them: installing, upgrading, switching, on one host and on two.

mod hosts;
mod mutants;
mod refusals;
mod tables;
mod upgrades;
