//! Data of a planted dictionary.

use std::sync::Arc;

use rand::seq::index;
use rand_distr::{Distribution, StandardNormal};
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::stream::{Stream, Streams};

use super::Data;
use crate::codes;

/// Data that are sums of a few of the planted atoms and noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Planted {
    /// Numbers of a datum.
    pub pixels: usize,
    /// Atoms that are planted.
    pub atoms: usize,
    /// Atoms of a datum.
    pub active: usize,
    /// Least size of a coefficient.
    pub least: f64,
    /// Standard deviation of the noise.
    pub sigma: f64,
    /// Data to learn from.
    pub n: usize,
    /// Data to test on.
    pub test: usize,
    /// Atoms to learn.
    pub units: usize,
}

impl Planted {
    pub(super) fn draw(&self, streams: &Streams) -> Data {
        let atoms = codes::gaussian(self.pixels, self.atoms, &mut streams.stream("atoms"));
        let y = self.sums(&atoms, self.n, &mut streams.stream("data"));
        let test = self.sums(&atoms, self.test, &mut streams.stream("test"));
        Data {
            y: Arc::new(y),
            test: Some(Arc::new(test)),
            units: self.units,
            width: self.pixels,
            truth: None,
            planted: Some(Arc::new(atoms)),
        }
    }

    fn sums(&self, atoms: &Design, n: usize, stream: &mut Stream) -> Design {
        let mut y = Design::from_columns(self.pixels, n, vec![0.0; self.pixels * n]);
        for datum in 0..n {
            let y = y.column_mut(datum);
            for j in index::sample(stream, self.atoms, self.active) {
                // Normal, given that its size is at least `least`.
                let coefficient = loop {
                    let z: f64 = StandardNormal.sample(stream);
                    if z.abs() >= self.least {
                        break z;
                    }
                };
                kernels::axpy(coefficient, atoms.column(j), y);
            }
            for pixel in y {
                let e: f64 = StandardNormal.sample(stream);
                *pixel += self.sigma * e;
            }
        }
        y
    }
}
