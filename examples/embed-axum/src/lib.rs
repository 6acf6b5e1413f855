//! Galleria inside a platform's own axum service
