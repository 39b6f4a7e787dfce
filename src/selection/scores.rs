//! Scores of candidate models on calibration and test rows.

use anyhow::ensure;

/// What the models say of the rows of a replicate, and which calibration labels are of interest.
#[derive(Clone, Debug)]
pub struct Scores {
    /// For each model, its scores `μ̂/σ̂` of the `n` calibration rows; a larger score says that a label of interest is
    /// more likely.
    pub calibration: Vec<Vec<f64>>,
    /// The same for the `m` test rows.
    pub test: Vec<Vec<f64>>,
    /// For each calibration row, whether its label is of interest (`Y > 0`).
    pub positive: Vec<bool>,
    /// What is added to the conformity score of rows of interest: `V(x, y) = offset · 1{y > 0} − μ̂(x)/σ̂(x)`. Infinite
    /// for the limit in which such rows never count against a test point.
    pub offset: f64,
}

impl Scores {
    /// Number of models `K`.
    #[must_use]
    pub fn models(&self) -> usize {
        self.test.len()
    }

    /// Number of calibration rows `n`.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.positive.len()
    }

    /// Number of test rows `m`.
    #[must_use]
    pub fn tests(&self) -> usize {
        self.test.first().map_or(0, Vec::len)
    }

    /// The calibration rows `rows` as calibration, and the others `tests` in the place of test rows.
    #[must_use]
    pub fn inner(&self, rows: std::ops::Range<usize>, tests: std::ops::Range<usize>) -> Self {
        Self {
            calibration: self.calibration.iter().map(|s| s[rows.clone()].to_vec()).collect(),
            test: self.calibration.iter().map(|s| s[tests.clone()].to_vec()).collect(),
            positive: self.positive[rows].to_vec(),
            offset: self.offset,
        }
    }

    /// Only the calibration rows `rows`, with all test rows.
    #[must_use]
    pub fn confined(&self, rows: std::ops::Range<usize>) -> Self {
        Self {
            calibration: self.calibration.iter().map(|s| s[rows.clone()].to_vec()).collect(),
            test: self.test.clone(),
            positive: self.positive[rows].to_vec(),
            offset: self.offset,
        }
    }

    /// Conformity scores `V_i` of the calibration rows under model `k`, ascending.
    #[must_use]
    pub fn conformity(&self, k: usize) -> Vec<f64> {
        let of = |(s, positive): (&f64, &bool)| if *positive { self.offset - s } else { -s };
        let mut v: Vec<f64> = self.calibration[k].iter().zip(&self.positive).map(of).collect();
        v.sort_unstable_by(f64::total_cmp);
        v
    }

    /// Checks that there are rows and models, and that all scores are finite.
    ///
    /// # Errors
    /// They are not.
    pub fn check(&self) -> anyhow::Result<()> {
        ensure!(self.models() > 0 && self.rows() > 0 && self.tests() > 0, "there are no rows or no models");
        let finite = self.calibration.iter().chain(&self.test).flatten().all(|s| s.is_finite());
        ensure!(finite, "a score is not a finite number");
        Ok(())
    }
}
