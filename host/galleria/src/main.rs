//! The galleria program.
fn main() {}
