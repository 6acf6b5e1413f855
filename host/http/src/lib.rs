//! Galleria's port for people's clients: the HTTP API
