//! The multiply robust estimator, given nuisances.
//!
//! `φ = β(X) + (2Z − 1)/(P(Z|X) D(X)) · [(A − p_Z)(Y − m_Z − β(X)(A − q_Z)) − η(X)]`, `Δ̂ = mean φ` and
//! `se = sd(φ)/√n`. It is derived from the pathwise derivative of `E β(X)`, where `η = C_z − βV_z` is the same for both
//! `z`. `q_Z` is `p_Z` again, or the treatment's own regression in the model of the outcome: `m − βq` is then a
//! regression of `Y − βA`, and an error of `p` meets only an error of that regression.
//!
//! The mean of `φ` is `Δ` if `π` and `p` are right, whatever `m`, `β` and `η`; if `p`, `β` and `η` are right, whatever
//! `π` and `m`; and, with an own `q`, if `β`, `η` and `m − βq` are right, whatever `π` and `p`.

use anyhow::Context;
use remeasure_core::numerics::{Design, statistics};

use super::Observed;
use super::algebra::{Factor, design, eliminate, gram};

/// Smallest probability of either value of the instrument that is used.
pub const LEAST_PROPENSITY: f64 = 0.01;

/// Smallest size of `D` that is used.
pub const LEAST_DIFFERENCE: f64 = 0.01;

/// Values of the nuisances at the rows, each of length `n`.
#[derive(Clone, Debug)]
pub struct Nuisances {
    /// `π = P(Z = 1 | X)`.
    pub pi: Vec<f64>,
    /// `p_z = E(A | z, X)` for `z = 0, 1`.
    pub p: [Vec<f64>; 2],
    /// `m_Z = E(Y | Z, X)`.
    pub m: Vec<f64>,
    /// `q_Z`: `p_Z`, or another regression of `A`, see the module.
    pub inner: Vec<f64>,
}

impl Nuisances {
    /// All zero.
    #[must_use]
    pub fn zeros(n: usize) -> Self {
        let zeros = || vec![0.0; n];
        Self { pi: zeros(), p: [zeros(), zeros()], m: zeros(), inner: zeros() }
    }

    /// `D = p₁(1 − p₁) − p₀(1 − p₀)` at a row, with probabilities in [0, 1].
    #[must_use]
    pub fn difference(&self, i: usize) -> f64 {
        let variance = |z: usize| {
            let p = self.p[z][i].clamp(0.0, 1.0);
            p * (1.0 - p)
        };
        variance(1) - variance(0)
    }
}

/// Numbers of rows at which something was clipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clipped {
    /// `π` outside [.01, .99].
    pub propensities: usize,
    /// A fitted `p_z` outside [0, 1], used at the bound in `D`.
    pub exposures: usize,
    /// `D` nearer to 0 than .01.
    pub differences: usize,
}

/// The columns of `β(X)`: 1 and, unless only a constant is asked for, the covariates that do not depend on others.
#[must_use]
pub fn basis(data: &Observed, constant: bool) -> Design {
    let covariates = if constant { 0 } else { data.x.columns() };
    let whole = with_ones(data.rows(), (0..covariates).map(|j| data.x.column(j)));
    let factor = Factor::new(whole.columns(), &gram(&whole, None));
    let kept = factor.kept().iter().enumerate().filter(|(_, kept)| **kept);
    design(data.rows(), kept.map(|(j, _)| whole.column(j)))
}

/// The moments that determine `b` of `β(X) = bᵀ(1, X)` and a constant `η`:
/// `Σ ((1, X)(Z − π), 1) · [(A − p)(Y − m) − β(X)(A − p)(A − q) − η] = 0`.
#[derive(Clone, Debug)]
pub struct Moments {
    /// Row by row.
    matrix: Vec<f64>,
    right: Vec<f64>,
    /// Summed sizes of the terms of each row, against which a pivot is rounding.
    sizes: Vec<f64>,
}

/// A solution of [`Moments`].
#[derive(Clone, Debug)]
pub struct Effects {
    /// Coefficients of `β(X)`.
    pub b: Vec<f64>,
    /// `η`.
    pub eta: f64,
    /// Largest remainder of an equation, relative to the largest size of its terms.
    pub residual: f64,
}

impl Moments {
    /// No rows; `columns` is the number of columns of the basis.
    #[must_use]
    pub fn empty(columns: usize) -> Self {
        let side = columns + 1;
        Self { matrix: vec![0.0; side * side], right: vec![0.0; side], sizes: vec![0.0; side] }
    }

    /// Adds rows.
    pub fn add(
        &mut self,
        data: &Observed,
        basis: &Design,
        nuisances: &Nuisances,
        rows: impl Iterator<Item = usize>,
    ) {
        let (q, side) = (basis.columns(), basis.columns() + 1);
        let mut terms = vec![1.0; side];
        for i in rows {
            let rest = data.a[i] - nuisances.p[data.arm(i)][i];
            let product = rest * (data.y[i] - nuisances.m[i]);
            let square = rest * (data.a[i] - nuisances.inner[i]);
            let lead = data.instrument()[i] - nuisances.pi[i];
            (0..q).for_each(|j| terms[j] = basis.column(j)[i]);
            for (row, out) in self.matrix.chunks_exact_mut(side).enumerate() {
                let weight = if row < q { lead * terms[row] } else { 1.0 };
                let scaled = weight * square;
                (0..q).for_each(|j| out[j] += scaled * terms[j]);
                out[q] += weight;
                self.right[row] += weight * product;
                self.sizes[row] += weight.abs() * (1.0 + square.abs());
            }
        }
    }

    /// These less others.
    #[must_use]
    pub fn without(&self, others: &Self) -> Self {
        let less = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect();
        Self {
            matrix: less(&self.matrix, &others.matrix),
            right: less(&self.right, &others.right),
            sizes: less(&self.sizes, &others.sizes),
        }
    }

    /// Solves for `b` and `η`.
    ///
    /// # Errors
    /// The moments do not determine `β`.
    pub fn solve(&self) -> anyhow::Result<Effects> {
        let mut b = eliminate(&self.matrix, &self.right, &self.sizes).context(
            "the variance of the treatment given the covariates does not differ enough between Z = 0 and Z = 1: \
             the effect is not identified",
        )?;
        let side = b.len();
        let miss = |(row, right): (&[f64], &f64)| {
            let terms = row.iter().zip(&b).map(|(a, x)| a * x);
            let size = terms.clone().fold(right.abs(), |most, term| most.max(term.abs()));
            let sum: f64 = terms.sum();
            if size > 0.0 { (sum - right).abs() / size } else { 0.0 }
        };
        let residual = self.matrix.chunks_exact(side).zip(&self.right).map(miss).fold(0.0, f64::max);
        let eta = b.pop().unwrap_or(0.0);
        Ok(Effects { b, eta, residual })
    }
}

/// One row as [`influence`] needs it.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// `Z`, 0 or 1.
    pub arm: usize,
    /// `P(Z | X)` of the instrument's own value.
    pub probability: f64,
    /// `D(X)`.
    pub difference: f64,
    /// `A − p_Z`.
    pub rest: f64,
    /// `A − q_Z`.
    pub inner_rest: f64,
    /// `Y − m_Z`.
    pub outcome_rest: f64,
}

/// `φ` of one row, see the module.
#[must_use]
pub fn influence(row: &Row, beta: f64, eta: f64) -> f64 {
    let bracket = row.rest * (row.outcome_rest - beta * row.inner_rest) - eta;
    let sign = if row.arm == 1 { 1.0 } else { -1.0 };
    beta + sign / (row.probability * row.difference) * bracket
}

/// Writes `φ` of the given rows to `out`, with `β` and `η` at each row, and counts what was clipped.
pub fn influences(
    data: &Observed,
    nuisances: &Nuisances,
    rows: impl Iterator<Item = usize>,
    effects: impl Fn(usize) -> (f64, f64),
    out: &mut [f64],
    clipped: &mut Clipped,
) {
    for i in rows {
        let arm = data.arm(i);
        let pi = nuisances.pi[i].clamp(LEAST_PROPENSITY, 1.0 - LEAST_PROPENSITY);
        clipped.propensities += usize::from(pi != nuisances.pi[i]);
        let outside = |z: usize| !(0.0..=1.0).contains(&nuisances.p[z][i]);
        clipped.exposures += usize::from(outside(0) || outside(1));
        let raw = nuisances.difference(i);
        let difference = if raw.abs() < LEAST_DIFFERENCE { LEAST_DIFFERENCE.copysign(raw) } else { raw };
        clipped.differences += usize::from(difference != raw);
        let row = Row {
            arm,
            probability: if arm == 1 { pi } else { 1.0 - pi },
            difference,
            rest: data.a[i] - nuisances.p[arm][i],
            inner_rest: data.a[i] - nuisances.inner[i],
            outcome_rest: data.y[i] - nuisances.m[i],
        };
        let (beta, eta) = effects(i);
        out[i] = influence(&row, beta, eta);
    }
}

/// Mean of `φ` and its standard error.
#[must_use]
pub fn summarise(phi: &[f64]) -> (f64, f64) {
    let mean = statistics::mean(phi);
    let squares: f64 = phi.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, squares.sqrt() / phi.len() as f64)
}

/// `β(X)` at the rows.
#[must_use]
pub fn effects_at(basis: &Design, b: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; basis.rows()];
    basis.mul(b, &mut out);
    out
}

/// F statistic of the contrast of variances: `(mean w)²/var(mean w)` of `w = (Z − π)(A − p_Z)²`.
#[must_use]
pub fn strength(data: &Observed, nuisances: &Nuisances) -> f64 {
    let term = |i: usize| {
        let rest = data.a[i] - nuisances.p[data.arm(i)][i];
        (data.instrument()[i] - nuisances.pi[i]) * rest * rest
    };
    let (mean, se) = summarise(&(0..data.rows()).map(term).collect::<Vec<_>>());
    if se > 0.0 { (mean / se).powi(2) } else { 0.0 }
}

/// 1 and the given columns.
#[must_use]
pub fn with_ones<'a>(rows: usize, columns: impl Iterator<Item = &'a [f64]>) -> Design {
    let mut values = vec![1.0; rows];
    let mut count = 1;
    for column in columns {
        values.extend_from_slice(column);
        count += 1;
    }
    Design::from_columns(rows, count, values)
}
