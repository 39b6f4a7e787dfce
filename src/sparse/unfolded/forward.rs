//! Forward passes over many signals, layer by layer.

use remeasure_core::{Invalid, deadline};

use super::Real;
use super::batch::Batch;
use super::kernels::{Block, Lists};
use super::loss::{Penalty, check_lambda, objective};
use super::network::{Network, check, groups};
use super::workspace::{TOGETHER, Workspace};

/// States of some signals, as passed to a visitor.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a, R> {
    /// `t` of the state `x_t`: 0 is the start, zero.
    pub index: usize,
    /// Index in the batch of the first signal.
    pub first: usize,
    /// Number of signals.
    pub count: usize,
    states: &'a Block<R>,
    responses: &'a Block<R>,
}

impl<'a, R: Real> Layer<'a, R> {
    /// State of signal `first + b`, length `N`.
    #[must_use]
    pub fn state(&self, b: usize) -> &'a [R] {
        self.states.vector(b)
    }
}

/// Passes all signals of `batch` through the first `depth` layers, up to 128 at a time; `visit` gets their
/// states `x_0 … x_depth`. Ends early once the deadline has passed.
///
/// # Errors
/// If sizes do not match.
pub fn run<R: Real>(
    network: &dyn Network<R>,
    parameters: &[R],
    depth: usize,
    batch: &Batch<R>,
    visit: &mut dyn FnMut(&Layer<'_, R>),
) -> Result<(), Invalid> {
    check(network, parameters, depth, batch)?;
    if batch.count() == 0 {
        return Ok(());
    }
    let mut workspace = Workspace::forward_only(network, batch.count())?;
    for group in groups(batch.count(), workspace.capacity()) {
        let (first, count) = (group.start, group.len());
        workspace.load(batch, first, count);
        network.begin(parameters, depth, &mut workspace);
        for index in 0..=depth {
            if deadline::passed() {
                return Ok(());
            }
            if index > 0 {
                network.advance(parameters, index - 1, &mut workspace);
            }
            let states = &workspace.states[workspace.slot(index)];
            visit(&Layer { index, first, count, states, responses: &workspace.responses });
        }
    }
    Ok(())
}

/// Error and objective of a batch at one layer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LayerTrace {
    /// `Σ ‖x_t − x*‖²` over the signals.
    pub squared_error: f64,
    /// `Σ ‖x*‖²` over the signals; `squared_error / power` is the NMSE, a ratio of sums.
    pub power: f64,
    /// Mean over the signals of `½‖y − A x_t‖² + λ·penalty(x_t)`.
    pub objective: f64,
}

/// Error and objective of all signals of `batch` at `x_0 … x_depth`.
///
/// # Errors
/// If sizes do not match, or `lambda` is not a finite number of at least 0.
pub fn trace<R: Real>(
    network: &dyn Network<R>,
    parameters: &[R],
    depth: usize,
    batch: &Batch<R>,
    (penalty, lambda): (Penalty, f64),
) -> Result<Vec<LayerTrace>, Invalid> {
    check_lambda(lambda)?;
    let sensing = network.sensing();
    let room = batch.count().clamp(1, TOGETHER);
    let mut lists = Lists::new(sensing.signal_length(), room);
    let mut residuals = Block::zeros(sensing.response_length(), room);
    let mut layers = vec![LayerTrace::default(); depth + 1];
    run(network, parameters, depth, batch, &mut |layer| {
        let sums = &mut layers[layer.index];
        for b in 0..layer.count {
            for (x, truth) in layer.state(b).iter().zip(batch.signal(layer.first + b)) {
                sums.squared_error += (x.widen() - truth.widen()).powi(2);
                sums.power += truth.widen().powi(2);
            }
        }
        let vectors = (layer.states, layer.responses);
        sums.objective +=
            objective((penalty, lambda), sensing, vectors, &mut lists, &mut residuals, layer.count);
    })?;
    for layer in &mut layers {
        layer.objective /= batch.count().max(1) as f64;
    }
    Ok(layers)
}
