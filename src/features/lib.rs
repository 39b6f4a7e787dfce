//! Gives all crates of the workspace the same features of their shared dependencies.
//!
//! Cargo builds a dependency once for each set of requested features. Without this crate,
//! `cargo test -p remeasure-sparse` would recompile faer, serde and everything that depends on them after
//! `cargo build`. The crate has no code.
