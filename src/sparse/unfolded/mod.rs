//! Unfolded iterations: networks whose layers are the steps of an iterative algorithm, trained with
//! hand-written gradients.
//!
//! This module is independent of the estimators and of the distribution of signals. It follows the convention
//! of the literature on unfolding: `y = A x + w` with `A` of shape `M × N`, and the objective
//! `½‖y − A x‖² + λ‖x‖₁` (or `λ‖x‖₀`), not divided by the number of rows.
//!
//! - [`Sensing`]: the matrix `A`, ready for products with batches.
//! - [`StepNetwork`]: unfolded ISTA and IHT with learned steps (Nagahisa,
//!   Hayakawa and Iiguni 2025), and ALISTA (Liu, Chen, Wang and Yin 2019).
//! - [`Lista`]: LISTA (Gregor and LeCun 2010); [`ListaCp`]: LISTA-CP, and with
//!   support selection LISTA-CPSS (Chen, Liu, Wang and Yin 2018).
//! - [`train`]: Adam on a [`Loss`], incremental or one-shot; [`run`] and [`trace`]: forward only.
//!
//! A batch of `B` signals is `B` contiguous vectors: a column-major `N × B` matrix.
//! Parameters are one flat vector, shared ones first, then layer by layer, so that the
//! first `t` layers are a prefix of it.

mod adam;
mod batch;
mod correlation;
mod forward;
mod kernels;
mod lista;
mod lista_cp;
mod loss;
mod matrices;
mod network;
mod sensing;
mod steps;
mod threshold;
mod train;
mod workspace;

pub use adam::Rates;
pub use batch::Batch;
pub use forward::{Layer, LayerTrace, run, trace};
pub use lista::Lista;
pub use lista_cp::ListaCp;
pub use loss::{Loss, Penalty};
pub use network::{Group, Kind, Network, loss, loss_and_gradient};
pub use remeasure_core::numerics::kernels::real::Real;
pub use sensing::Sensing;
pub use steps::StepNetwork;
pub use threshold::Selection;
pub use train::{Ending, Point, Recipe, Trained, Trainer, Training, train};
pub use workspace::Workspace;
