//! Impersonation.
