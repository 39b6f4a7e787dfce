//! Anderson extrapolation of an iteration (Bertrand and Massias 2021, "Anderson acceleration of coordinate descent").

use remeasure_core::numerics::dense::Cholesky;
use remeasure_core::numerics::kernels;

/// Number of differences that are combined.
const DEPTH: usize = 5;

/// The last iterates, each with an affine image of itself, so that the image of the extrapolation needs no product.
#[derive(Clone, Debug, Default)]
pub(crate) struct Anderson {
    points: Vec<Vec<f64>>,
    images: Vec<Vec<f64>>,
    count: usize,
}

impl Anderson {
    /// Forgets all iterates.
    pub(crate) fn clear(&mut self) {
        self.count = 0;
    }

    /// Appends an iterate; one with other zeros than the one before starts anew.
    pub(crate) fn push(&mut self, point: &[f64], image: &[f64]) {
        if self.count > 0 {
            let last = &self.points[self.count - 1];
            let same = |(a, b): (&f64, &f64)| (*a == 0.0) == (*b == 0.0);
            if last.len() != point.len() || !last.iter().zip(point).all(same) {
                self.count = 0;
            }
        }
        if self.points.len() <= self.count {
            self.points.push(Vec::new());
            self.images.push(Vec::new());
        }
        for (to, from) in [(&mut self.points, point), (&mut self.images, image)] {
            to[self.count].clear();
            to[self.count].extend_from_slice(from);
        }
        self.count += 1;
    }

    /// When there are enough iterates, writes the extrapolation and its image and starts anew.
    pub(crate) fn extrapolate(&mut self, point: &mut Vec<f64>, image: &mut Vec<f64>) -> bool {
        if self.count <= DEPTH {
            return false;
        }
        self.count = 0;
        let mut differences = [0.0; DEPTH * DEPTH];
        let step = |k: usize, i: usize| self.points[k + 1][i] - self.points[k][i];
        for a in 0..DEPTH {
            for b in 0..=a {
                let product: f64 = (0..self.points[0].len()).map(|i| step(a, i) * step(b, i)).sum();
                differences[a * DEPTH + b] = product;
                differences[b * DEPTH + a] = product;
            }
        }
        let trace: f64 = (0..DEPTH).map(|k| differences[k * (DEPTH + 1)]).sum();
        // Keeps differences that are nearly dependent apart.
        (0..DEPTH).for_each(|k| differences[k * (DEPTH + 1)] += 1e-12 * trace);
        let Some(factor) = Cholesky::new(DEPTH, &differences) else { return false };
        let mut shares = [1.0; DEPTH];
        factor.solve(&mut shares);
        let total: f64 = shares.iter().sum();
        if !(total.abs() > 0.0 && total.is_finite()) {
            return false;
        }
        for (to, from) in [(point, &self.points), (image, &self.images)] {
            to.clear();
            to.resize(from[0].len(), 0.0);
            for (share, from) in shares.iter().zip(&from[1..]) {
                kernels::axpy(share / total, from, to);
            }
        }
        true
    }
}
