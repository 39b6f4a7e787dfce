//! The interface of networks, and passes through them.

use std::ops::Range;

use remeasure_core::Invalid;

use super::Real;
use super::batch::Batch;
use super::loss::{self, Loss};
use super::sensing::Sensing;
use super::workspace::Workspace;

/// The kind of a group of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A step size, or its logarithm.
    Step,
    /// A threshold, or its logarithm.
    Threshold,
    /// A matrix, column by column.
    Matrix,
}

/// A group of related parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Kind of these parameters.
    pub kind: Kind,
    /// Their layer, from 0; `None` if all layers share them.
    pub layer: Option<usize>,
    /// Their range in the flat vector.
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

    /// Groups of parameters in the order of the flat vector; together they cover it.
    fn groups(&self) -> Vec<Group>;

    /// Number of parameters that the first `depth` layers depend on; these are a prefix of the flat vector.
    fn prefix(&self, depth: usize) -> usize;

    /// Number of parameters.
    fn parameters(&self) -> usize {
        self.prefix(self.layers())
    }

    /// The parameters before training.
    fn initial(&self) -> Vec<R>;

    /// Projects parameters back to their valid range after an update.
    fn project(&self, _parameters: &mut [R]) {}

    /// Allocates the memory that the network needs in addition to the common buffers.
    #[doc(hidden)]
    fn furnish(&self, workspace: &mut Workspace<R>);

    /// Computes what depends on the responses and parameters but not on the states.
    #[doc(hidden)]
    fn begin(&self, parameters: &[R], depth: usize, workspace: &mut Workspace<R>);

    /// Computes state `t + 1` from state `t`.
    #[doc(hidden)]
    fn advance(&self, parameters: &[R], t: usize, workspace: &mut Workspace<R>);

    /// Computes the gradient at state `t` from that at `t + 1`; adds that of the parameters of layer `t` to `gradient`.
    #[doc(hidden)]
    fn retreat(&self, parameters: &[R], t: usize, workspace: &mut Workspace<R>, gradient: &mut [R]);
}

/// Rejects arguments whose sizes do not match.
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
        let message = format!("expected signal and response of lengths {expected:?}, found {found:?}");
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
    if batch.count() == 0 {
        return Err(Invalid::new("batch", "expected at least one signal, found 0"));
    }
    if workspace.state(0, 0).len() != network.sensing().signal_length() || workspace.slots() < slots {
        return Err(Invalid::new("workspace", "was made for another network, or for forward passes only"));
    }
    Ok(())
}

/// The loss of the first `depth` layers on a batch.
///
/// # Errors
/// If sizes do not match.
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
    let capacity = workspace.capacity();
    let pass = |group| forward(network, loss, parameters, depth, batch, group, workspace);
    Ok(groups(batch.count(), capacity).map(pass).sum())
}

/// The loss of the first `depth` layers on a batch, and its `gradient` with respect to every parameter (zero
/// for those of later layers). Leaves the states of the last group of signals in the workspace: with a batch of at most
/// [`Workspace::capacity`], those of all.
///
/// # Errors
/// If sizes do not match or the workspace is for forward passes only.
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

/// The ranges of signals that pass through together.
pub(super) fn groups(signals: usize, capacity: usize) -> impl Iterator<Item = Range<usize>> {
    (0..signals).step_by(capacity).map(move |first| first..signals.min(first + capacity))
}

/// The share of a group of signals in the loss of the batch.
fn forward<R: Real>(
    network: &dyn Network<R>,
    loss: Loss,
    parameters: &[R],
    depth: usize,
    batch: &Batch<R>,
    group: Range<usize>,
    workspace: &mut Workspace<R>,
) -> f64 {
    workspace.load(batch, group.start, group.len());
    network.begin(parameters, depth, workspace);
    for t in 0..depth {
        network.advance(parameters, t, workspace);
    }
    loss::evaluate(loss, network.sensing(), depth, batch.count(), workspace)
}

/// The caller has checked the sizes.
pub(super) fn forward_and_back<R: Real>(
    network: &dyn Network<R>,
    loss: Loss,
    parameters: &[R],
    depth: usize,
    batch: &Batch<R>,
    workspace: &mut Workspace<R>,
    gradient: &mut [R],
) -> f64 {
    gradient[..network.prefix(depth)].fill(R::ZERO);
    let mut value = 0.0;
    for group in groups(batch.count(), workspace.capacity()) {
        value += forward(network, loss, parameters, depth, batch, group, workspace);
        for t in (0..depth).rev() {
            network.retreat(parameters, t, workspace, gradient);
        }
    }
    value
}
