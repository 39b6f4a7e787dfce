//! The bilevel family.

mod search;
