//! The ordinal family compared with other software and with first principles.

mod calculus;
mod data;
mod edges;
mod estimators;
mod medicare;
mod reference;
