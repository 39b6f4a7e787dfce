//! Multilayer perceptrons with gradients written by hand, and what trains them.
//!
//! A [`Shape`] says where the parameters of each layer are in one flat buffer: weights `outputs × inputs`, row by row, then
//! biases. The parameters themselves are a plain `Vec<R>` of the caller, so that a gradient can be taken at any weights:
//! those stored, masked, scaled, perturbed, or with a low-rank term added. A [`Workspace`] holds all other memory; a step
//! allocates nothing. Numbers are `f32` or `f64` ([`Real`]), and have the same bits at every level of vector instructions.
//!
//! ```
//! use remeasure_core::stream::Streams;
//! use remeasure_nets::{Activation, Adam, Optimiser, Shape, SquaredError, Start, Workspace};
//!
//! let shape = Shape::new(&[2, 16, 1], Activation::Relu)?;
//! let mut stream = Streams { seed: 1, cell: 0, replicate: 0 }.stream("start");
//! let mut weights: Vec<f64> = shape.draw(Start::HeNormal, &mut stream);
//! let (x, y) = ([0.0, 1.0, 1.0, 0.0], [1.0, -1.0]); // two rows
//! let mut work = Workspace::new(&shape, 2);
//! let mut gradient = vec![0.0; shape.parameters()];
//! let mut adam = Adam::new(shape.parameters());
//! for _ in 0..300 {
//!     work.gradient(&weights, &x, &mut SquaredError { targets: &y }, &mut gradient);
//!     adam.step(&mut weights, &gradient, 0.01, None);
//! }
//! assert!(work.loss(&weights, &x, &mut SquaredError { targets: &y }) < 1e-3);
//! # Ok::<(), remeasure_core::Invalid>(())
//! ```

mod activation;
mod batches;
mod loss;
pub mod masks;
mod optimiser;
mod rows;
mod schedule;
mod shape;
mod start;
pub mod vectors;
mod workspace;

pub use activation::Activation;
pub use batches::{Batches, gather};
pub use loss::{
    Bounds, CrossEntropy, Derivative, Gaussian, Loss, MeanOutput, SquaredError, accuracy, softmax,
};
pub use optimiser::{Adam, Lion, Optimiser, Sgd};
pub use remeasure_core::numerics::kernels::real::Real;
pub use rows::{Rows, RowsMut};
pub use schedule::Schedule;
pub use shape::{Layer, Shape};
pub use start::Start;
pub use workspace::Workspace;
