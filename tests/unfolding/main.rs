//! Unfolded networks: gradients, agreement with what is known, training, edges.

mod edges;
mod gradients;
mod ista;
mod problem;
mod training;
