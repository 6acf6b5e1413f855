//! What things are in a Galleria shop: types and rules, no I/O
