//! Quantile regression, exactly, by a simplex method on the residuals.
//!
//! The method is that of Barrodale and Roberts (1973) as Koenker and d'Orey (1987) use it: a vertex is a set of rows that
//! the fit interpolates, and a step exchanges one of them by an exact line search over the kinks of the objective. A
//! penalty on coefficients is a row with response 0 for each of them.

use anyhow::{Context, ensure};
use remeasure_core::numerics::{Design, kernels};

/// Violation of optimality that counts as none; dual variables lie between −1 and 1.
const TOLERANCE: f64 = 1e-10;

/// Entry of the tableau below which a row cannot be exchanged.
const PIVOT: f64 = 1e-10;

/// A fitted quantile regression.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantileFit {
    /// Intercept.
    pub intercept: f64,
    /// Coefficients, one for each column.
    pub coefficients: Vec<f64>,
    /// Certificate: duality gap and departure from dual feasibility, relative to 1 + the objective.
    pub gap: f64,
}

/// Costs of a row: of each unit above the fit, and of each unit below it.
#[derive(Clone, Copy, Debug)]
struct Cost {
    above: f64,
    below: f64,
}

/// Minimises `Σ_i ρ_τ(y_i − b₀ − x_iᵀb) + λ‖b‖₁`, where `ρ_τ(r) = τ r₊ + (1 − τ) r₋`, for columns of length `n`, a level
/// `τ` in (0, 1) and `λ ≥ 0`. The penalty of scikit-learn, `α`, is `λ = n α`.
///
/// # Errors
/// The columns are linearly dependent, or the method does not end.
pub fn quantile_regression(x: &[&[f64]], y: &[f64], level: f64, penalty: f64) -> anyhow::Result<QuantileFit> {
    if penalty > 0.0
        && let Some(fit) = constant(x, y, level, penalty)
    {
        return Ok(fit);
    }
    let (n, p) = (y.len(), x.len());
    let rows = if penalty > 0.0 { n + p } else { n };
    let mut costs = vec![Cost { above: level, below: 1.0 - level }; n];
    costs.resize(rows, Cost { above: 1.0, below: 1.0 });
    let mut values = vec![0.0; rows * (p + 1)];
    values[..n].fill(1.0);
    for (j, (column, to)) in x.iter().zip(values.chunks_exact_mut(rows).skip(1)).enumerate() {
        to[..n].copy_from_slice(column);
        if rows > n {
            to[n + j] = penalty;
        }
    }
    let design = Design::from_columns(rows, p + 1, values);
    let mut response = y.to_vec();
    response.resize(rows, 0.0);
    let vertex = Simplex::new(&design, &response, &costs).run()?;
    certified(&design, &response, &costs, vertex)
}

/// The fit without any coefficient, if the conditions of optimality hold for it: some quantile of the response, with a
/// dual variable `d_i` for each row, `Σ d_i = 0` and `|x_jᵀd| ≤ λ`.
fn constant(x: &[&[f64]], y: &[f64], level: f64, penalty: f64) -> Option<QuantileFit> {
    let n = y.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_unstable_by(|&a, &b| y[a].total_cmp(&y[b]));
    // The k-th smallest with k − 1 ≤ nτ ≤ k.
    let at = ((n as f64 * level).ceil() as usize).clamp(1, n) - 1;
    let mut d = vec![level; n];
    order[..at].iter().for_each(|&i| d[i] = level - 1.0);
    d[order[at]] = 0.0;
    d[order[at]] = -d.iter().sum::<f64>();
    let within = |j: &&[f64]| kernels::dot(j, &d).abs() <= penalty;
    let feasible = (level - 1.0 - TOLERANCE..=level + TOLERANCE).contains(&d[order[at]]);
    (feasible && x.iter().all(within)).then(|| QuantileFit {
        intercept: y[order[at]],
        coefficients: vec![0.0; x.len()],
        gap: 0.0,
    })
}

/// Interpolated rows by column, and slopes by row.
type Vertex = (Vec<Option<usize>>, Vec<f64>);

/// State of the method: residuals `r(θ) = r − T θ` around the present vertex.
struct Simplex<'a> {
    costs: &'a [Cost],
    tableau: Design,
    residuals: Vec<f64>,
    /// By row: derivative of its cost by its residual; 0 for interpolated rows.
    slopes: Vec<f64>,
    /// By column: the row that is interpolated by it.
    basis: Vec<Option<usize>>,
}

impl<'a> Simplex<'a> {
    fn new(design: &Design, response: &[f64], costs: &'a [Cost]) -> Self {
        let slope = |(r, c): (&f64, &Cost)| if *r >= 0.0 { c.above } else { -c.below };
        Self {
            costs,
            tableau: design.clone(),
            residuals: response.to_vec(),
            slopes: response.iter().zip(costs).map(slope).collect(),
            basis: vec![None; design.columns()],
        }
    }

    /// A best vertex: the interpolated rows by column, and the slopes by row.
    fn run(mut self) -> anyhow::Result<Vertex> {
        let columns = self.basis.len();
        let mut gradient = vec![0.0; columns];
        let mut kinks = Vec::with_capacity(self.residuals.len());
        for _ in 0..100 * (self.residuals.len() + columns) {
            self.tableau.tmul(&self.slopes, &mut gradient);
            // Steepest descent along one column: derivatives to the right and to the left.
            let mut steepest = (-TOLERANCE, 0, 1.0);
            for (s, g) in gradient.iter().enumerate() {
                let (above, below) =
                    self.basis[s].map_or((0.0, 0.0), |h| (self.costs[h].above, self.costs[h].below));
                for (slope, direction) in [(below - g, 1.0), (above + g, -1.0)] {
                    if slope < steepest.0 {
                        steepest = (slope, s, direction);
                    }
                }
            }
            let (slope, s, direction) = steepest;
            if slope >= -TOLERANCE {
                return Ok((self.basis, self.slopes));
            }
            self.step(s, direction, slope, &mut kinks)?;
        }
        anyhow::bail!("the quantile regression did not end")
    }

    /// Moves along column `s` to the kink at which the objective turns, and exchanges rows there.
    fn step(
        &mut self,
        s: usize,
        direction: f64,
        slope: f64,
        kinks: &mut Vec<(f64, usize)>,
    ) -> anyhow::Result<()> {
        kinks.clear();
        for (i, (t, r)) in self.tableau.column(s).iter().zip(&self.residuals).enumerate() {
            let speed = direction * t;
            // A row whose residual moves towards 0 by its side; interpolated rows have no slope.
            if self.slopes[i] * speed > 0.0 && speed.abs() > PIVOT {
                kinks.push(((r / speed).max(0.0), i));
            }
        }
        kinks.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut slope = slope;
        let mut passed = 0;
        for &(_, i) in kinks.iter() {
            slope += (self.costs[i].above + self.costs[i].below) * self.tableau.column(s)[i].abs();
            if slope >= 0.0 {
                break;
            }
            passed += 1;
        }
        let &(length, enters) =
            kinks.get(passed).context("the objective of a quantile regression has no least value")?;
        let column = self.tableau.column(s).to_vec();
        kernels::axpy(-direction * length, &column, &mut self.residuals);
        for &(_, i) in &kinks[..passed] {
            self.slopes[i] = if self.slopes[i] > 0.0 { -self.costs[i].below } else { self.costs[i].above };
        }
        if let Some(leaves) = self.basis[s] {
            self.slopes[leaves] =
                if direction > 0.0 { -self.costs[leaves].below } else { self.costs[leaves].above };
        }
        self.residuals[enters] = 0.0;
        self.slopes[enters] = 0.0;
        self.basis[s] = Some(enters);
        let pivot = column[enters];
        self.tableau.column_mut(s).iter_mut().for_each(|v| *v /= pivot);
        let unit = self.tableau.column(s).to_vec();
        for c in (0..self.basis.len()).filter(|c| *c != s) {
            let to = self.tableau.column_mut(c);
            let factor = to[enters];
            if factor != 0.0 {
                kernels::axpy(-factor, &unit, to);
                to[enters] = 0.0;
            }
        }
        self.tableau.column_mut(s)[enters] = 1.0;
        Ok(())
    }
}

/// Coefficients of a vertex, computed afresh from the data, and the gap to its dual solution.
fn certified(
    design: &Design,
    response: &[f64],
    costs: &[Cost],
    (basis, mut dual): Vertex,
) -> anyhow::Result<QuantileFit> {
    let used: Vec<(usize, usize)> =
        basis.iter().enumerate().filter_map(|(s, row)| row.map(|row| (s, row))).collect();
    let k = used.len();
    let entries = |transposed: bool| -> Vec<f64> {
        let at = |a: usize, b: usize| design.column(used[b].0)[used[a].1];
        (0..k * k).map(|e| if transposed { at(e % k, e / k) } else { at(e / k, e % k) }).collect()
    };
    let right = used.iter().map(|u| response[u.1]).collect();
    let solved = solve(entries(false), right).context("the columns are linearly dependent")?;
    let mut coefficients = vec![0.0; design.columns()];
    let mut residuals = response.to_vec();
    for (&(s, _), b) in used.iter().zip(&solved) {
        coefficients[s] = *b;
        kernels::axpy(-b, design.column(s), &mut residuals);
    }
    used.iter().for_each(|&(_, row)| residuals[row] = 0.0);
    let missing = used.iter().map(|&(s, _)| -kernels::dot(design.column(s), &dual)).collect();
    let free = solve(entries(true), missing).context("the columns are linearly dependent")?;
    for (&(_, row), d) in used.iter().zip(&free) {
        dual[row] = d.clamp(-costs[row].below, costs[row].above);
    }
    let cost = |(r, c): (&f64, &Cost)| if *r > 0.0 { c.above * r } else { -c.below * r };
    let primal: f64 = residuals.iter().zip(costs).map(cost).sum();
    let mut infeasible = vec![0.0; design.columns()];
    design.tmul(&dual, &mut infeasible);
    let gap = (primal - kernels::dot(&dual, response)).abs().max(kernels::max_abs(&infeasible));
    ensure!(gap.is_finite(), "the quantile regression is not finite");
    let slope = coefficients.split_off(1);
    Ok(QuantileFit { intercept: coefficients[0], coefficients: slope, gap: gap / (1.0 + primal) })
}

/// Solves `A z = b` by elimination with partial pivoting; `A` is square, row by row. `None` if it is singular.
fn solve(mut a: Vec<f64>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    for c in 0..n {
        let pivot = (c..n).max_by(|&i, &j| a[i * n + c].abs().total_cmp(&a[j * n + c].abs()))?;
        if a[pivot * n + c].abs() < 1e-13 {
            return None;
        }
        if pivot != c {
            (c..n).for_each(|j| a.swap(c * n + j, pivot * n + j));
            b.swap(c, pivot);
        }
        for i in c + 1..n {
            let factor = a[i * n + c] / a[c * n + c];
            if factor != 0.0 {
                let (top, bottom) = a.split_at_mut(i * n);
                let (from, to) = (&top[c * n..(c + 1) * n], &mut bottom[..n]);
                to[c..].iter_mut().zip(&from[c..]).for_each(|(to, from)| *to -= factor * from);
                b[i] -= factor * b[c];
            }
        }
    }
    for i in (0..n).rev() {
        let inner: f64 = (i + 1..n).map(|j| a[i * n + j] * b[j]).sum();
        b[i] = (b[i] - inner) / a[i * n + i];
    }
    Some(b)
}
