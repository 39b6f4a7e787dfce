//! The ordinal family against other people's software and against first principles.

mod calculus;
mod data;
mod edges;
mod estimators;
mod reference;
