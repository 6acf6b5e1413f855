//! Galleria's port for plugins.
mod bindings;
mod fault;
