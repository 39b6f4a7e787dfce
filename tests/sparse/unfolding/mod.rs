//! Unfolded networks: gradients, agreement with what is known, training, edges.

mod allocations;
mod curves;
mod edges;
mod gradients;
mod ista;
mod problem;
mod reference;
mod training;
