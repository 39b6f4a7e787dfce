//! Memory and gradients of networks with learned matrices.

use super::Real;
use super::kernels::{Block, Lists, Operand, Start, combine, compress};

/// Memory for networks with learned matrices; empty for others.
#[derive(Clone, Debug)]
pub(super) struct Matrices<R> {
    /// The matrices of the layers, as the network arranges them.
    pub(super) operands: Vec<Operand<R>>,
    /// Memory for the gradients of matrices.
    pub(super) outer: Vec<Outer<R>>,
}

/// Sums of outer products `Σ_b left_b right_bᵀ` over a batch.
#[derive(Clone, Debug)]
pub(super) struct Outer<R> {
    /// The left vectors as the columns of a matrix.
    left: Operand<R>,
    /// The right vectors as sparse lists, by signal and by entry.
    lists: Lists<R>,
    by_entry: Lists<R>,
    sum: Block<R>,
}

impl<R: Real> Outer<R> {
    /// Allocates memory for `left` and `right` vectors of these lengths.
    pub(super) fn new(left: usize, right: usize, batch: usize) -> Self {
        Self {
            left: Operand::zeros(left, batch),
            lists: Lists::new(right, batch),
            by_entry: Lists::new(batch, right),
            sum: Block::zeros(left, right),
        }
    }

    /// `gradient ← gradient + Σ_b left_b right_bᵀ` over the first `count` signals, column by column.
    pub(super) fn add(&mut self, left: &Block<R>, right: &Block<R>, count: usize, gradient: &mut [R]) {
        self.left.set(left.as_slice(), left.stride());
        for b in 0..count {
            compress(right, R::ONE, &mut self.lists, b);
        }
        self.lists.transpose_into(&mut self.by_entry, count);
        let columns = self.sum.count();
        combine(&self.left, &self.by_entry, Start::Zero, &mut self.sum, columns);
        let length = gradient.len() / columns;
        for (k, column) in gradient.chunks_exact_mut(length).enumerate() {
            for (g, s) in column.iter_mut().zip(self.sum.vector(k)) {
                *g += *s;
            }
        }
    }
}
