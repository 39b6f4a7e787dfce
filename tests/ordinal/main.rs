//! The ordinal family against other people's software and against first principles.

mod data;
mod reference;
