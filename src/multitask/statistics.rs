//! Sufficient statistics `XᵀX`, `Xᵀy` of a linear model, drawn without ever drawing `X`.

use rand::Rng;
use rand_distr::{ChiSquared, Distribution, StandardNormal};
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::stream::Stream;

/// `XᵀX` (`d × d`), `Xᵀy` (length `d`) and the number of observations of one task; samples add up.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    count: u64,
    gram: Design,
    cross: Vec<f64>,
}

impl Statistics {
    /// Statistics of no observations in dimension `d`.
    #[must_use]
    pub fn empty(dimension: usize) -> Self {
        Self {
            count: 0,
            gram: Design::from_columns(dimension, dimension, vec![0.0; dimension * dimension]),
            cross: vec![0.0; dimension],
        }
    }

    /// Statistics of the rows of a design.
    ///
    /// # Panics
    /// If the number of responses differs from the number of rows.
    #[must_use]
    pub fn of_rows(design: &Design, response: &[f64]) -> Self {
        assert_eq!(design.rows(), response.len(), "one response per row");
        let mut statistics = Self::empty(design.columns());
        statistics.count = design.rows() as u64;
        for j in 0..design.columns() {
            design.tmul(design.column(j), statistics.gram.column_mut(j));
        }
        design.tmul(response, &mut statistics.cross);
        statistics
    }

    /// Number of observations.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Dimension `d` of an observation.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.cross.len()
    }

    /// `XᵀX`, symmetric, `d × d`.
    #[must_use]
    pub fn gram(&self) -> &Design {
        &self.gram
    }

    /// `Xᵀy`, length `d`.
    #[must_use]
    pub fn cross(&self) -> &[f64] {
        &self.cross
    }

    /// Adds the observations of `other`.
    ///
    /// # Panics
    /// If the dimensions differ.
    pub fn add(&mut self, other: &Self) {
        assert_eq!(self.dimension(), other.dimension(), "statistics of different dimension");
        self.count += other.count;
        for j in 0..self.dimension() {
            kernels::axpy(1.0, other.gram.column(j), self.gram.column_mut(j));
        }
        kernels::axpy(1.0, &other.cross, &mut self.cross);
    }

    /// Adds `count` observations of `y = xᵀβ + z` with `x ~ N(0, I_d)` and `z ~ N(0, σ²)`.
    ///
    /// Exact in distribution, for any count: by Bartlett's decomposition `X = Q R`, `R` is upper trapezoidal
    /// with `r = min(count, d)` rows and independent entries, `R_ii² ~ χ²(count − i)` (`i` from 0) and
    /// `R_ij ~ N(0, 1)` for `j > i`, and `Qᵀz ~ N(0, σ² I_r)` is independent of it (Muirhead 1982, theorem
    /// 3.2.14). Then `XᵀX = RᵀR` and `Xᵀy = Rᵀ(Rβ + Qᵀz)`. The cost is `O(d² r)` however large the count.
    ///
    /// # Panics
    /// If `β` does not have length `d`.
    pub fn add_gaussian(&mut self, beta: &[f64], sigma: f64, count: u64, stream: &mut Stream) {
        let d = self.dimension();
        assert_eq!(beta.len(), d, "one coefficient per dimension");
        let rows = usize::try_from(count).unwrap_or(usize::MAX).min(d);
        if rows == 0 {
            return;
        }
        // Draw the normals first: χ² uses a varying number of draws, and samples of different size from one
        // stream should share as much as possible.
        let mut rotated: Vec<f64> =
            (0..rows).map(|_| sigma * stream.sample::<f64, _>(StandardNormal)).collect();
        let mut factor = Design::from_columns(rows, d, vec![0.0; rows * d]);
        for j in 1..d {
            for value in factor.column_mut(j).iter_mut().take(j) {
                *value = stream.sample(StandardNormal);
            }
        }
        for i in 0..rows {
            let square = ChiSquared::new((count - i as u64) as f64)
                .unwrap_or_else(|_| unreachable!("at least one degree of freedom"))
                .sample(stream);
            factor.column_mut(i)[i] = f64::sqrt(square);
        }
        factor.add_mul(1.0, beta.iter().copied().enumerate(), &mut rotated);
        let mut fresh = vec![0.0; d];
        factor.tmul(&rotated, &mut fresh);
        kernels::axpy(1.0, &fresh, &mut self.cross);
        self.add_products(&factor);
        self.count += count;
    }

    /// `XᵀX ← XᵀX + RᵀR` for an upper trapezoidal `R`.
    fn add_products(&mut self, factor: &Design) {
        let (d, rows) = (self.dimension(), factor.rows());
        for j in (0..d).step_by(4) {
            for i in (0..=j).step_by(4) {
                // A column is zero below its diagonal.
                let length = rows.min(i + 4);
                // After the last column the block repeats it; the repetition is not stored.
                let left = std::array::from_fn(|r| &factor.column((i + r).min(d - 1))[..length]);
                let right = std::array::from_fn(|c| &factor.column((j + c).min(d - 1))[..length]);
                let products: [[f64; 4]; 4] = kernels::dots(left, right);
                for (r, row) in products.iter().enumerate() {
                    for (c, product) in row.iter().enumerate() {
                        let (a, b) = (i + r, j + c);
                        if a <= b && b < d {
                            self.gram.column_mut(b)[a] += product;
                            if a != b {
                                self.gram.column_mut(a)[b] += product;
                            }
                        }
                    }
                }
            }
        }
    }
}
