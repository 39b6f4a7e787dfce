//! Memory for passes through a network, allocated once.

use remeasure_core::Invalid;

use super::batch::Batch;
use super::kernels::{Block, Lists};
use super::matrices::Matrices;
use super::network::Network;
use super::real::Real;

/// Buffers for passes of up to a number of signals through one network. No pass allocates.
#[derive(Clone, Debug)]
pub struct Workspace<R> {
    /// Whether every layer's values are kept, which the backward pass needs.
    pub(super) keep: bool,
    pub(super) capacity: usize,
    /// Signals in the pass at hand.
    pub(super) count: usize,
    /// `x_t`, by [`Workspace::slot`].
    pub(super) states: Vec<Block<R>>,
    /// What else a layer keeps, by [`Workspace::slot`].
    pub(super) inner: Vec<Block<R>>,
    /// From which magnitude on entries were selected, by slot of the layer and signal.
    pub(super) cutoffs: Vec<R>,
    /// What depends on the responses alone.
    pub(super) fixed: Block<R>,
    pub(super) signals: Block<R>,
    pub(super) responses: Block<R>,
    /// `responses` as lists, for networks that multiply them.
    pub(super) response_lists: Lists<R>,
    /// The gradient with respect to the state the backward pass has come to.
    pub(super) gradient: Block<R>,
    /// Vectors of the length of responses, and as lists.
    pub(super) narrow: Block<R>,
    pub(super) narrow_lists: Lists<R>,
    /// The newest state, or gradient, as lists.
    pub(super) lists: Lists<R>,
    pub(super) magnitudes: Vec<R>,
    pub(super) matrices: Matrices<R>,
}

impl<R: Real> Workspace<R> {
    /// Memory for up to `batch` signals through all layers and back.
    ///
    /// # Errors
    /// If `batch` is 0 or too large.
    pub fn new(network: &dyn Network<R>, batch: usize) -> Result<Self, Invalid> {
        Self::sized(network, batch, true)
    }

    /// Memory for forward passes only: two states instead of all.
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

    /// Where what belongs to state or layer `t` is kept.
    #[inline]
    pub(super) fn slot(&self, t: usize) -> usize {
        if self.keep { t } else { t % 2 }
    }

    pub(super) fn slots(&self) -> usize {
        self.states.len()
    }

    /// Signals it has room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// State `x_t` of signal `b`, length `N`, after a pass at least `t` layers
    /// deep; without room to keep all, only the last two states are there.
    #[must_use]
    pub fn state(&self, t: usize, b: usize) -> &[R] {
        self.states[self.slot(t)].vector(b)
    }

    /// Takes signals `first..first + count` of a batch; states start at zero.
    pub(super) fn load(&mut self, batch: &Batch<R>, first: usize, count: usize) {
        let (n, m) = (batch.signal_length(), batch.response_length());
        self.count = count;
        self.signals.load(&batch.signals()[first * n..(first + count) * n]);
        self.responses.load(&batch.responses()[first * m..(first + count) * m]);
        self.states[0].as_mut_slice().fill(R::ZERO);
        self.lists.clear();
    }
}
