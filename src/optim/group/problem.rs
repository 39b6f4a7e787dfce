//! Groups of features, and what does not depend on `λ`.

use remeasure_core::Invalid;
use remeasure_core::numerics::{Design, kernels};

use crate::certificate::{Certificate, GapParts};
use crate::lasso::LassoProblem;

/// Groups that part the features `0..p`, with the weights `√|g|`.
#[derive(Clone, Debug, PartialEq)]
pub struct Groups {
    members: Vec<Vec<usize>>,
    features: usize,
}

impl Groups {
    /// Groups of these features, each of which is in one of them.
    ///
    /// # Errors
    /// A group is empty, or a feature is in two groups, in none, or does not exist; features count from 1 in the message.
    pub fn new(members: Vec<Vec<usize>>, features: usize) -> Result<Self, Invalid> {
        let fail = |message: String| Err(Invalid::new("groups", message));
        let mut owner: Vec<Option<usize>> = vec![None; features];
        for (g, group) in members.iter().enumerate() {
            if group.is_empty() {
                return fail(format!("group {} has no columns: remove it", g + 1));
            }
            for &j in group {
                match owner.get_mut(j) {
                    None => {
                        let message =
                            format!("group {} has column {}, but there are {features}", g + 1, j + 1);
                        return fail(message);
                    }
                    Some(Some(other)) if *other == g => {
                        return fail(format!("column {} is twice in group {}: remove one", j + 1, g + 1));
                    }
                    Some(Some(other)) => {
                        let both = format!("column {} is in groups {} and {}", j + 1, *other + 1, g + 1);
                        return fail(format!("{both}: groups must not overlap"));
                    }
                    Some(empty) => *empty = Some(g),
                }
            }
        }
        match owner.iter().position(Option::is_none) {
            Some(j) => {
                fail(format!("column {} is in no group: add it to one, or as a group of its own", j + 1))
            }
            None => Ok(Self { members, features }),
        }
    }

    /// Neighbours in groups of `size`.
    ///
    /// # Errors
    /// `size` is 0, or does not divide the number of features.
    pub fn blocks(size: usize, features: usize) -> Result<Self, Invalid> {
        if size == 0 || !features.is_multiple_of(size) {
            let message =
                format!("{features} columns cannot be parted into groups of {size}: list the groups");
            return Err(Invalid::new("groups.size", message));
        }
        let members = (0..features / size).map(|g| (g * size..(g + 1) * size).collect()).collect();
        Ok(Self { members, features })
    }

    /// The features of each group.
    #[must_use]
    pub fn members(&self) -> &[Vec<usize>] {
        &self.members
    }

    /// `√|g|`.
    #[must_use]
    pub fn weight(&self, group: usize) -> f64 {
        (self.members[group].len() as f64).sqrt()
    }

    /// `Σ_g √|g| ‖w_g‖`.
    #[must_use]
    pub fn norm(&self, coefficients: &[f64]) -> f64 {
        (0..self.members.len()).map(|g| self.weight(g) * self.size(g, coefficients)).sum()
    }

    /// `‖v_g‖`.
    pub(super) fn size(&self, group: usize, v: &[f64]) -> f64 {
        self.members[group].iter().map(|&j| v[j] * v[j]).sum::<f64>().sqrt()
    }
}

/// A least-squares problem with groups of features.
#[derive(Clone, Debug)]
pub struct GroupProblem<'a> {
    data: LassoProblem<'a>,
    groups: Groups,
}

impl<'a> GroupProblem<'a> {
    /// The problem of `response`, length `n`, on `design`, `n × p`, with groups of the `p` features.
    ///
    /// # Errors
    /// As [`LassoProblem::new`], or the groups are of another number of features.
    pub fn new(design: &'a Design, response: &'a [f64], groups: Groups) -> Result<Self, Invalid> {
        if groups.features != design.columns() {
            let message =
                format!("they part {} columns, but there are {}", groups.features, design.columns());
            return Err(Invalid::new("groups", message));
        }
        Ok(Self { data: LassoProblem::new(design, response)?, groups })
    }

    /// Data without the groups.
    #[must_use]
    pub fn data(&self) -> &LassoProblem<'a> {
        &self.data
    }

    /// The groups.
    #[must_use]
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// `max_g ‖X_gᵀy‖ / (n√|g|)`: from this value on, the solution is 0.
    #[must_use]
    pub fn lambda_max(&self) -> f64 {
        self.largest(self.data.correlations()) / self.data.design().rows() as f64
    }

    /// `max_g ‖c_g‖ / √|g|`.
    fn largest(&self, correlations: &[f64]) -> f64 {
        let groups = &self.groups;
        (0..groups.members.len())
            .fold(0.0, |m: f64, g| m.max(groups.size(g, correlations) / groups.weight(g)))
    }

    /// The gap at `coefficients`, computed from scratch.
    #[must_use]
    pub fn certificate(&self, lambda: f64, coefficients: &[f64]) -> Certificate {
        let design = self.data.design();
        let mut residual = self.data.response().to_vec();
        design.add_mul(-1.0, coefficients.iter().copied().enumerate(), &mut residual);
        let mut correlations = vec![0.0; design.columns()];
        design.tmul(&residual, &mut correlations);
        GapParts {
            rows: design.rows(),
            l1_weight: lambda,
            norm: self.groups.norm(coefficients),
            residual: kernels::squared_norm(&residual),
            response_residual: kernels::dot(self.data.response(), &residual),
            correlation: self.largest(&correlations),
        }
        .certificate()
    }
}
