//! Tests of the bilevel family against closed forms, finite differences and reference data.

mod derivatives;
mod descent;
mod imaging;
mod logistic;
mod penalty;
mod regression;
mod search;
mod tools;
