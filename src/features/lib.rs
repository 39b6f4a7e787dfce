//! Makes all crates of the workspace ask for the same features of the dependencies that they share.
//!
//! Cargo builds a dependency once for each set of features that is asked for. Without this crate,
//! `cargo test -p remeasure-sparse` would compile faer, serde and what depends on them again after
//! `cargo build`. The crate has no code.
