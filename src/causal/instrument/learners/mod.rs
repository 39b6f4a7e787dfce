//! Regressions that are learned: penalised least squares, polynomials, nearest neighbours, and small trees.
//!
//! All of them fit conditional means by squares, also of 0/1 values. Tuning uses training rows only. The tuning rules
//! are our choice: which learners the paper uses is not known here.

mod linear;
mod neighbours;
mod tree;

use remeasure_core::numerics::{Design, Standard};
use schemars::JsonSchema;
use serde::Deserialize;

/// A learner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Learner {
    /// The Lasso on covariates, squares, products and cubes; λ by 5-fold cross-validation.
    Lasso,
    /// Ridge regression on the same columns; λ likewise.
    Ridge,
    /// Least squares on covariates, squares and products.
    Polynomial,
    /// The mean of the √n nearest rows, by Euclidean distance of standardised covariates.
    Neighbours,
    /// A regression tree of depth up to 4 with at least 20 rows in a leaf.
    Tree,
}

impl Learner {
    /// All learners.
    pub const ALL: [Self; 5] = [Self::Lasso, Self::Ridge, Self::Polynomial, Self::Neighbours, Self::Tree];

    /// Fits each of the `targets`, of length `n`, on the rows of `train`, `n × p`, and predicts them at the rows of
    /// `query`, `m × p`: one vector of length `m` for each target.
    ///
    /// # Errors
    /// The fit fails.
    pub fn predict(
        self,
        train: &Design,
        targets: &[&[f64]],
        query: &Design,
    ) -> anyhow::Result<Vec<Vec<f64>>> {
        let (train, query) = standardised(train, query);
        match self {
            Self::Lasso => linear::penalised(&train, targets, &query, linear::Penalty::Lasso),
            Self::Ridge => linear::penalised(&train, targets, &query, linear::Penalty::Ridge),
            Self::Polynomial => Ok(linear::polynomial(&train, targets, &query)),
            Self::Neighbours => Ok(neighbours::predict(&train, targets, &query)),
            Self::Tree => Ok(tree::predict(&train, targets, &query)),
        }
    }
}

/// Columns with mean 0 and mean square 1 on the training rows; constant ones become 0.
fn standardised(train: &Design, query: &Design) -> (Design, Design) {
    let (mut train, mut query) = (train.clone(), query.clone());
    for j in 0..train.columns() {
        let standard = Standard::of_slice(train.column(j));
        for design in [&mut train, &mut query] {
            design.column_mut(j).iter_mut().for_each(|v| *v = standard.apply(*v));
        }
    }
    (train, query)
}
