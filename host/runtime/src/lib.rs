//! Galleria's port for plugins: load, link, grant, call, limit, swap
