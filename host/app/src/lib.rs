//! What a Galleria shop can do, and who may do it
