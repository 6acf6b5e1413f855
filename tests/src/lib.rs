//! The suites of Galleria, and its bench
