//! Tests of the bilevel family against closed forms, finite differences and independent programs.

mod penalty;
