//! The `remeasure` command.

fn main() {}
