//! Tests of the bilevel family against closed forms, finite differences and independent programs.

mod derivatives;
mod descent;
mod imaging;
mod logistic;
mod regression;
mod search;
mod tools;
