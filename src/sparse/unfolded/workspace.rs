//! Memory for passes through a network, allocated once.

use remeasure_core::Invalid;

use super::Real;
use super::batch::Batch;
use super::kernels::{Block, Lists};
use super::matrices::Matrices;
use super::network::Network;

/// Number of signals that pass through the layers together, so that their states stay in the cache.
pub(super) const TOGETHER: usize = 128;

/// Buffers for passes through one network. Passes do not allocate. A batch of more than [`Workspace::capacity`] signals
/// passes in groups.
#[derive(Clone, Debug)]
pub struct Workspace<R> {
    /// Whether every layer's values are kept, which the backward pass needs.
    pub(super) keep: bool,
    pub(super) capacity: usize,
    /// Number of signals in the current pass.
    pub(super) count: usize,
    /// `x_t`, by [`Workspace::slot`].
    pub(super) states: Vec<Block<R>>,
    /// Other values that a layer keeps, by [`Workspace::slot`].
    pub(super) inner: Vec<Block<R>>,
    /// Magnitudes from which entries were selected, by slot of the layer and signal.
    pub(super) cutoffs: Vec<R>,
    /// Values that depend on the responses alone.
    pub(super) fixed: Block<R>,
    pub(super) signals: Block<R>,
    pub(super) responses: Block<R>,
    /// `responses` as sparse lists, for networks that multiply them.
    pub(super) response_lists: Lists<R>,
    /// The gradient with respect to the current state of the backward pass.
    pub(super) gradient: Block<R>,
    /// Vectors with the length of responses, also as sparse lists.
    pub(super) narrow: Block<R>,
    pub(super) narrow_lists: Lists<R>,
    /// The newest state, or gradient, as sparse lists.
    pub(super) lists: Lists<R>,
    pub(super) magnitudes: Vec<R>,
    pub(super) matrices: Matrices<R>,
}

impl<R: Real> Workspace<R> {
    /// Allocates memory for passes of `batch` signals, up to 128 at a time, through all layers and back.
    ///
    /// # Errors
    /// If `batch` is 0 or too large.
    pub fn new(network: &dyn Network<R>, batch: usize) -> Result<Self, Invalid> {
        Self::sized(network, batch, true)
    }

    /// Allocates memory for forward passes only: two states instead of all.
    ///
    /// # Errors
    /// If `batch` is 0 or too large.
    pub fn forward_only(network: &dyn Network<R>, batch: usize) -> Result<Self, Invalid> {
        Self::sized(network, batch, false)
    }

    fn sized(network: &dyn Network<R>, batch: usize, keep: bool) -> Result<Self, Invalid> {
        if batch == 0 || u32::try_from(batch).is_err() {
            return Err(Invalid::new("batch", format!("expected at least one signal, found {batch}")));
        }
        let sensing = network.sensing();
        let (n, m) = (sensing.signal_length(), sensing.response_length());
        let batch = batch.min(TOGETHER);
        let slots = if keep { network.layers() + 1 } else { 2 };
        let mut workspace = Self {
            keep,
            capacity: batch,
            count: 0,
            states: vec![Block::zeros(n, batch); slots],
            inner: Vec::new(),
            cutoffs: vec![R::INFINITY; slots * batch],
            fixed: Block::zeros(n, batch),
            signals: Block::zeros(n, batch),
            responses: Block::zeros(m, batch),
            response_lists: Lists::new(m, batch),
            gradient: Block::zeros(n, batch),
            narrow: Block::zeros(m, batch),
            narrow_lists: Lists::new(m, batch),
            lists: Lists::new(n, batch),
            magnitudes: vec![R::ZERO; n],
            matrices: Matrices { operands: Vec::new(), outer: Vec::new() },
        };
        network.furnish(&mut workspace);
        Ok(workspace)
    }

    /// Index of the buffer of state or layer `t`.
    #[inline]
    pub(super) fn slot(&self, t: usize) -> usize {
        if self.keep { t } else { t % 2 }
    }

    pub(super) fn slots(&self) -> usize {
        self.states.len()
    }

    /// Maximum number of signals that pass together.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// State `x_t` of signal `b` of the last group, length `N`, after a pass of at least `t` layers; in a forward-only
    /// workspace, only the last two states are available.
    #[must_use]
    pub fn state(&self, t: usize, b: usize) -> &[R] {
        self.states[self.slot(t)].vector(b)
    }

    /// Loads signals `first..first + count` of a batch; sets the states to zero.
    pub(super) fn load(&mut self, batch: &Batch<R>, first: usize, count: usize) {
        let (n, m) = (batch.signal_length(), batch.response_length());
        self.count = count;
        self.signals.load(&batch.signals()[first * n..(first + count) * n]);
        self.responses.load(&batch.responses()[first * m..(first + count) * m]);
        self.states[0].as_mut_slice().fill(R::ZERO);
        self.lists.clear();
    }
}
