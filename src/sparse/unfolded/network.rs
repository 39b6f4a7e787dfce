//! What is common to networks, and passes through them.

use std::ops::Range;

use remeasure_core::Invalid;

use super::batch::Batch;
use super::loss::{self, Loss};
use super::real::Real;
use super::sensing::Sensing;
use super::workspace::Workspace;

/// What a group of parameters is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A step size, or its logarithm.
    Step,
    /// A threshold, or its logarithm.
    Threshold,
    /// A matrix, column by column.
    Matrix,
}

/// Parameters that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What they are.
    pub kind: Kind,
    /// Whose layer they are, from 0; `None` if all layers share them.
    pub layer: Option<usize>,
    /// Where they lie in the flat vector.
    pub range: Range<usize>,
}

/// A network of `T` layers that maps a response `y` to states `x_1 … x_T`, from `x_0 = 0`.
///
/// Parameters are one flat vector: shared ones first, then layer by layer.
pub trait Network<R: Real>: Send + Sync {
    /// The sensing matrix.
    fn sensing(&self) -> &Sensing<R>;

    /// Number of layers `T`.
    fn layers(&self) -> usize;

    /// Groups of parameters in the order of the flat vector, which they cover.
    fn groups(&self) -> Vec<Group>;

    /// Number of parameters that the first `depth` layers depend on: a prefix of the flat vector.
    fn prefix(&self, depth: usize) -> usize;

    /// Number of parameters.
    fn parameters(&self) -> usize {
        self.prefix(self.layers())
    }

    /// The parameters before training.
    fn initial(&self) -> Vec<R>;

    /// Moves parameters that an update took out of their range back to it.
    fn project(&self, _parameters: &mut [R]) {}

    /// Allocates what the network needs beyond the common buffers.
    #[doc(hidden)]
    fn furnish(&self, workspace: &mut Workspace<R>);

    /// Computes what depends on responses and parameters but on no state.
    #[doc(hidden)]
    fn begin(&self, parameters: &[R], depth: usize, workspace: &mut Workspace<R>);

    /// From state `t` to state `t + 1`.
    #[doc(hidden)]
    fn advance(&self, parameters: &[R], t: usize, workspace: &mut Workspace<R>);

    /// From the gradient at state `t + 1` to that at state `t`; adds to `gradient` what the parameters of layer `t` have.
    #[doc(hidden)]
    fn retreat(&self, parameters: &[R], t: usize, workspace: &mut Workspace<R>, gradient: &mut [R]);
}

/// Refuses what does not belong together.
pub(super) fn check<R: Real>(
    network: &dyn Network<R>,
    parameters: &[R],
    depth: usize,
    batch: &Batch<R>,
) -> Result<(), Invalid> {
    let sensing = network.sensing();
    if parameters.len() != network.parameters() {
        let message = format!("expected {} values, found {}", network.parameters(), parameters.len());
        return Err(Invalid::new("parameters", message));
    }
    if depth == 0 || depth > network.layers() {
        let message = format!("expected 1 to {} layers, found {depth}", network.layers());
        return Err(Invalid::new("depth", message));
    }
    let expected = (sensing.signal_length(), sensing.response_length());
    let found = (batch.signal_length(), batch.response_length());
    if expected != found {
        let message =
            format!("lengths of signal and response are {found:?}, the matrix asks for {expected:?}");
        return Err(Invalid::new("batch", message));
    }
    Ok(())
}

fn check_room<R: Real>(
    network: &dyn Network<R>,
    batch: &Batch<R>,
    workspace: &Workspace<R>,
    slots: usize,
) -> Result<(), Invalid> {
    if batch.count() == 0 || batch.count() > workspace.capacity() {
        let message = format!("expected 1 to {} signals, found {}", workspace.capacity(), batch.count());
        return Err(Invalid::new("batch", message));
    }
    if workspace.state(0, 0).len() != network.sensing().signal_length() || workspace.slots() < slots {
        return Err(Invalid::new("workspace", "was made for another network, or for forward passes only"));
    }
    Ok(())
}

/// The loss of the first `depth` layers on a batch.
///
/// # Errors
/// If sizes do not agree.
pub fn loss<R: Real>(
    network: &dyn Network<R>,
    loss: Loss,
    parameters: &[R],
    depth: usize,
    batch: &Batch<R>,
    workspace: &mut Workspace<R>,
) -> Result<f64, Invalid> {
    check(network, parameters, depth, batch)?;
    check_room(network, batch, workspace, 2)?;
    Ok(forward(network, loss, parameters, depth, batch, workspace))
}

/// The loss of the first `depth` layers on a batch, and its `gradient` with
/// respect to every parameter (zero for those of later layers); the states
/// are then in the workspace.
///
/// # Errors
/// If sizes do not agree or the workspace is for forward passes only.
pub fn loss_and_gradient<R: Real>(
    network: &dyn Network<R>,
    loss: Loss,
    parameters: &[R],
    depth: usize,
    batch: &Batch<R>,
    workspace: &mut Workspace<R>,
    gradient: &mut [R],
) -> Result<f64, Invalid> {
    check(network, parameters, depth, batch)?;
    check_room(network, batch, workspace, network.layers() + 1)?;
    if !workspace.keep {
        return Err(Invalid::new("workspace", "is for forward passes only"));
    }
    if gradient.len() != parameters.len() {
        let message = format!("expected {} values, found {}", parameters.len(), gradient.len());
        return Err(Invalid::new("gradient", message));
    }
    gradient[network.prefix(depth)..].fill(R::ZERO);
    Ok(forward_and_back(network, loss, parameters, depth, batch, workspace, gradient))
}

fn forward<R: Real>(
    network: &dyn Network<R>,
    loss: Loss,
    parameters: &[R],
    depth: usize,
    batch: &Batch<R>,
    workspace: &mut Workspace<R>,
) -> f64 {
    workspace.load(batch, 0, batch.count());
    network.begin(parameters, depth, workspace);
    for t in 0..depth {
        network.advance(parameters, t, workspace);
    }
    loss::evaluate(loss, network.sensing(), depth, workspace)
}

/// Sizes have been checked.
pub(super) fn forward_and_back<R: Real>(
    network: &dyn Network<R>,
    loss: Loss,
    parameters: &[R],
    depth: usize,
    batch: &Batch<R>,
    workspace: &mut Workspace<R>,
    gradient: &mut [R],
) -> f64 {
    let value = forward(network, loss, parameters, depth, batch, workspace);
    gradient[..network.prefix(depth)].fill(R::ZERO);
    for t in (0..depth).rev() {
        network.retreat(parameters, t, workspace, gradient);
    }
    value
}
