//! Unfolded networks: gradients, agreement with references, training, edge cases.

mod allocations;
mod curves;
mod edges;
mod gradients;
mod ista;
mod problem;
mod reference;
mod training;
