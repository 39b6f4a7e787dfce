//! The joint representation `min Σ_t ½‖y_t − X_t B w_t‖²` over `B`, `d × k`, and heads `w_t`, by alternating least squares.

use super::dense::{self, Cholesky};
use super::statistics::Statistics;
use crate::numerics::{Design, deadline, kernels};

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stopping {
    /// Largest [`Representation::stationarity`] that counts as converged.
    pub tolerance: f64,
    /// Most alternations.
    pub max_iterations: usize,
}

impl Default for Stopping {
    fn default() -> Self {
        Self { tolerance: 1e-7, max_iterations: 1000 }
    }
}

/// A representation learned from all tasks.
#[derive(Clone, Debug)]
pub struct Representation {
    /// `B̂`, `d × k`, with orthonormal columns.
    pub basis: Design,
    /// `Ŵ`, `k × T`: least squares in the space of `B̂`, the shortest where it is not unique.
    pub heads: Design,
    /// `‖Γ A⁻¹‖_F / √k` with `Γ = Σ_t (X_tᵀX_t B̂ŵ_t − X_tᵀy_t) ŵ_tᵀ`, the gradient by `B` of the loss with the heads
    /// profiled out, and `A = Σ_t n_t ŵ_t ŵ_tᵀ`, its mean curvature: how far, relative to `‖B̂‖_F`, a Newton step with
    /// that curvature would move. It does not depend on the choice of basis within the span of `B̂`.
    pub stationarity: f64,
    /// Alternations made.
    pub iterations: usize,
}

/// Steps of conjugate gradients for one solve by `B`, at most.
const INNER_STEPS: usize = 100;

/// Reduction of the residual at which a solve by `B` ends: it starts from the last `B`, and how far the next heads
/// move it limits what solving it further would be worth.
const INNER_REDUCTION: f64 = 0.03;

/// Learns a representation of rank `k`, from a spectral start.
///
/// Tasks with at most `k` observations fit exactly whatever the representation: they are left out, which changes no
/// minimiser, and get the shortest head that fits.
///
/// # Errors
/// Fewer than `k` tasks with more than `k` observations, or a number that is not finite.
pub fn learn(tasks: &[Statistics], k: usize, stopping: Stopping) -> anyhow::Result<Representation> {
    let telling: Vec<&Statistics> = tasks.iter().filter(|t| t.count() > k as u64).collect();
    anyhow::ensure!(
        telling.len() >= k,
        "a representation of rank {k} needs {k} tasks with more than {k} observations each, there are {}: \
         raise `budget` or `floor`, or spread the budget over more tasks",
        telling.len()
    );
    learn_from(tasks, &telling, spectral_start(&telling, k)?, stopping)
}

/// The same from a given start, `d × k`, of which only the span matters.
///
/// # Errors
/// As [`learn`], or the start is of lower rank.
pub fn learn_from_start(
    tasks: &[Statistics],
    start: Design,
    stopping: Stopping,
) -> anyhow::Result<Representation> {
    let k = start.columns() as u64;
    let telling: Vec<&Statistics> = tasks.iter().filter(|t| t.count() > k).collect();
    learn_from(tasks, &telling, start, stopping)
}

/// Eigenvectors to the `k` largest eigenvalues of `Σ_t X_tᵀy_t y_tᵀX_t / n_t`: the minimiser itself if all
/// `X_tᵀX_t` were `n_t I`, their expectation.
fn spectral_start(tasks: &[&Statistics], k: usize) -> anyhow::Result<Design> {
    let d = tasks.first().map_or(0, |t| t.dimension());
    anyhow::ensure!(k <= d, "a representation of rank {k} does not fit into dimension {d}");
    let mut moments = vec![0.0; d * d];
    for task in tasks {
        let (cross, n) = (task.cross(), task.count() as f64);
        for (value, column) in cross.iter().zip(moments.chunks_exact_mut(d)) {
            kernels::axpy(value / n, cross, column);
        }
    }
    let (_, vectors) = dense::eigen(d, &moments)?;
    Ok(Design::from_columns(d, k, vectors.as_slice()[(d - k) * d..].to_vec()))
}

/// The least-squares head of a task in the span of an orthonormal `basis`, the shortest where it is not unique.
///
/// # Errors
/// A number is not finite.
pub fn head(task: &Statistics, basis: &Design) -> anyhow::Result<Vec<f64>> {
    let mut image = Design::from_columns(basis.rows(), basis.columns(), vec![0.0; basis.as_slice().len()]);
    apply(task.gram(), basis, &mut image);
    head_of(task, basis, &image)
}

/// The same with `X_tᵀX_t B` given.
fn head_of(task: &Statistics, basis: &Design, image: &Design) -> anyhow::Result<Vec<f64>> {
    let k = basis.columns();
    let normal = dense::inner(basis, image);
    let mut right = vec![0.0; k];
    basis.tmul(task.cross(), &mut right);
    if let Some(factor) = Cholesky::new(k, normal.as_slice()) {
        factor.solve(&mut right);
        return Ok(right);
    }
    Ok(dense::pseudo_solve(k, normal.as_slice(), &right)?.0)
}

/// `out ← G M` for a symmetric `G`, `d × d`, and `M`, `d × k`.
fn apply(gram: &Design, matrix: &Design, out: &mut Design) {
    let (d, k) = (matrix.rows(), matrix.columns());
    for j in (0..k).step_by(4) {
        // Past the last column a block repeats it.
        let right = std::array::from_fn(|c| matrix.column((j + c).min(k - 1)));
        for i in (0..d).step_by(4) {
            let left = std::array::from_fn(|r| gram.column((i + r).min(d - 1)));
            let products: [[f64; 4]; 4] = kernels::dots(left, right);
            for (r, row) in products.iter().enumerate().take(d - i) {
                for (c, product) in row.iter().enumerate().take(k - j) {
                    out.column_mut(j + c)[i + r] = *product;
                }
            }
        }
    }
}

/// Heads, gradient and curvature at one basis, with the memory that an alternation needs.
struct Alternation<'a> {
    tasks: &'a [&'a Statistics],
    heads: Design,
    /// `Γ`, `d × k`.
    gradient: Design,
    /// `A`, factored.
    curvature: Cholesky,
}

impl<'a> Alternation<'a> {
    /// Solves for the heads at an orthonormal `basis`.
    fn at(tasks: &'a [&'a Statistics], basis: &Design) -> anyhow::Result<Self> {
        let (d, k) = (basis.rows(), basis.columns());
        let mut heads = Design::from_columns(k, tasks.len(), vec![0.0; k * tasks.len()]);
        let mut gradient = Design::from_columns(d, k, vec![0.0; d * k]);
        let mut image = gradient.clone();
        let mut residual = vec![0.0; d];
        for (t, task) in tasks.iter().enumerate() {
            apply(task.gram(), basis, &mut image);
            let head = head_of(task, basis, &image)?;
            residual.copy_from_slice(task.cross());
            residual.iter_mut().for_each(|r| *r = -*r);
            image.add_mul(1.0, head.iter().copied().enumerate(), &mut residual);
            for (j, w) in head.iter().enumerate() {
                kernels::axpy(*w, &residual, gradient.column_mut(j));
            }
            heads.column_mut(t).copy_from_slice(&head);
        }
        let counts: Vec<f64> = tasks.iter().map(|t| t.count() as f64).collect();
        let curvature = Cholesky::new(k, &super::theory::information(&heads, &counts))
            .ok_or_else(|| anyhow::anyhow!("the estimated heads of the tasks do not span {k} dimensions"))?;
        Ok(Self { tasks, heads, gradient, curvature })
    }

    /// `M A⁻¹` for `M`, `d × k`.
    fn precondition(&self, matrix: &Design) -> Design {
        let (d, k) = (matrix.rows(), matrix.columns());
        let mut out = matrix.clone();
        let mut row = vec![0.0; k];
        for i in 0..d {
            for (j, value) in row.iter_mut().enumerate() {
                *value = matrix.column(j)[i];
            }
            self.curvature.solve(&mut row);
            for (j, value) in row.iter().enumerate() {
                out.column_mut(j)[i] = *value;
            }
        }
        out
    }

    /// `Σ_t X_tᵀX_t D w_t w_tᵀ` for `D`, `d × k`: the curvature by `B` at fixed heads.
    fn curve(&self, direction: &Design) -> Design {
        let (d, k) = (direction.rows(), direction.columns());
        let mut out = Design::from_columns(d, k, vec![0.0; d * k]);
        let (mut moved, mut image) = (vec![0.0; d], vec![0.0; d]);
        for (t, task) in self.tasks.iter().enumerate() {
            let head = self.heads.column(t);
            direction.mul(head, &mut moved);
            task.gram().tmul(&moved, &mut image);
            for (j, w) in head.iter().enumerate() {
                kernels::axpy(*w, &image, out.column_mut(j));
            }
        }
        out
    }

    /// The step of `B` to its least squares at the present heads, by preconditioned conjugate gradients.
    fn step(&self) -> Design {
        let (d, k) = (self.gradient.rows(), self.gradient.columns());
        let mut step = Design::from_columns(d, k, vec![0.0; d * k]);
        let mut residual = self.gradient.clone();
        residual.as_mut_slice().iter_mut().for_each(|r| *r = -*r);
        let mut solved = self.precondition(&residual);
        let mut direction = solved.clone();
        let mut size = kernels::dot(residual.as_slice(), solved.as_slice());
        let enough = INNER_REDUCTION * INNER_REDUCTION * size;
        for _ in 0..INNER_STEPS {
            let image = self.curve(&direction);
            let bend = kernels::dot(direction.as_slice(), image.as_slice());
            if !(bend > 0.0) {
                break;
            }
            let length = size / bend;
            kernels::axpy(length, direction.as_slice(), step.as_mut_slice());
            kernels::axpy(-length, image.as_slice(), residual.as_mut_slice());
            solved = self.precondition(&residual);
            let next = kernels::dot(residual.as_slice(), solved.as_slice());
            if !(next > enough) || deadline::passed() {
                break;
            }
            let share = next / size;
            for (p, s) in direction.as_mut_slice().iter_mut().zip(solved.as_slice()) {
                *p = share.mul_add(*p, *s);
            }
            size = next;
        }
        step
    }
}

fn learn_from(
    all: &[Statistics],
    telling: &[&Statistics],
    start: Design,
    stopping: Stopping,
) -> anyhow::Result<Representation> {
    let k = start.columns();
    let mut basis = start;
    dense::orthonormalise(&mut basis)?;
    let mut iterations = 0;
    let stationarity = loop {
        let now = Alternation::at(telling, &basis)?;
        let newton = now.precondition(&now.gradient);
        let stationarity = (kernels::squared_norm(newton.as_slice()) / k as f64).sqrt();
        anyhow::ensure!(stationarity.is_finite(), "the representation's gradient is not finite");
        if stationarity <= stopping.tolerance || iterations >= stopping.max_iterations || deadline::passed() {
            break stationarity;
        }
        let step = now.step();
        kernels::axpy(1.0, step.as_slice(), basis.as_mut_slice());
        dense::orthonormalise(&mut basis)?;
        iterations += 1;
    };
    let mut heads = Design::from_columns(k, all.len(), vec![0.0; k * all.len()]);
    for (t, task) in all.iter().enumerate().filter(|t| t.1.count() > 0) {
        heads.column_mut(t).copy_from_slice(&head(task, &basis)?);
    }
    Ok(Representation { basis, heads, stationarity, iterations })
}
