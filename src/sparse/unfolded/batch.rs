//! Signals and their responses.

use super::Real;

/// `B` signals of length `N` and their responses of length `M`, each contiguous.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch<R> {
    count: usize,
    lengths: (usize, usize),
    signals: Vec<R>,
    responses: Vec<R>,
}

impl<R: Real> Batch<R> {
    /// A batch of zeros: `count` signals of length `signal` and responses of length `response`.
    #[must_use]
    pub fn zeros(count: usize, signal: usize, response: usize) -> Self {
        Self {
            count,
            lengths: (signal, response),
            signals: vec![R::ZERO; count * signal],
            responses: vec![R::ZERO; count * response],
        }
    }

    /// Number of signals `B`.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Length of a signal, `N`.
    #[must_use]
    pub fn signal_length(&self) -> usize {
        self.lengths.0
    }

    /// Length of a response, `M`.
    #[must_use]
    pub fn response_length(&self) -> usize {
        self.lengths.1
    }

    /// All signals, length `B·N`.
    #[must_use]
    pub fn signals(&self) -> &[R] {
        &self.signals
    }

    /// All responses, length `B·M`.
    #[must_use]
    pub fn responses(&self) -> &[R] {
        &self.responses
    }

    /// Signal `b`, length `N`.
    #[must_use]
    pub fn signal(&self, b: usize) -> &[R] {
        &self.signals[b * self.lengths.0..(b + 1) * self.lengths.0]
    }

    /// Response `b`, length `M`.
    #[must_use]
    pub fn response(&self, b: usize) -> &[R] {
        &self.responses[b * self.lengths.1..(b + 1) * self.lengths.1]
    }

    /// Signal and response `b`, mutable.
    pub fn pair_mut(&mut self, b: usize) -> (&mut [R], &mut [R]) {
        let (n, m) = self.lengths;
        (&mut self.signals[b * n..(b + 1) * n], &mut self.responses[b * m..(b + 1) * m])
    }
}
