//! What the rest of the host sees of plugins.
