//! The loss at one representation with the heads profiled out: its derivatives, and steps that lower it.

use crate::multitask::dense::{self, Cholesky};
use crate::multitask::statistics::Statistics;
use crate::multitask::theory;
use crate::numerics::{Design, deadline, kernels};

/// Steps of conjugate gradients for one solve, at most.
const INNER_STEPS: usize = 200;

/// Reduction of the residual at which the solve of an alternation ends: it starts from the last `B`, and how far the
/// next heads move it limits what solving further would be worth.
const ALTERNATION: f64 = 0.03;

/// `G M` for a symmetric `G`, `d × d`, and `M`, `d × k`.
pub(super) fn image(gram: &Design, matrix: &Design) -> Design {
    let (d, k) = (matrix.rows(), matrix.columns());
    let mut out = Design::from_columns(d, k, vec![0.0; d * k]);
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
    out
}

/// One task at a representation.
struct Part {
    /// `X_tᵀX_t B`, `d × k`.
    image: Design,
    /// `BᵀX_tᵀX_t B`, factored; `None` where it is singular.
    normal: Option<Cholesky>,
    /// `X_tᵀX_t B w_t − X_tᵀy_t`, length `d`.
    residual: Vec<f64>,
}

/// Everything at one orthonormal representation.
pub(super) struct Profile<'a> {
    pub(super) tasks: &'a [&'a Statistics],
    /// `B`, `d × k`.
    pub(super) basis: Design,
    /// `−½ Σ_t ‖P_t y_t‖²`, `P_t` the projection onto the span of `X_t B`.
    pub(super) loss: f64,
    /// `Γ = Σ_t (X_tᵀX_t B w_t − X_tᵀy_t) w_tᵀ`, `d × k`, orthogonal to `B`.
    pub(super) gradient: Design,
    heads: Design,
    parts: Vec<Part>,
    /// `A = Σ_t n_t w_t w_tᵀ`, factored.
    curvature: Cholesky,
}

/// `out ← out + v wᵀ`.
fn add_outer(v: &[f64], w: &[f64], out: &mut Design) {
    for (j, value) in w.iter().enumerate() {
        kernels::axpy(*value, v, out.column_mut(j));
    }
}

impl<'a> Profile<'a> {
    /// Solves for the heads at an orthonormal `basis`.
    pub(super) fn at(tasks: &'a [&'a Statistics], basis: Design) -> anyhow::Result<Self> {
        let (d, k) = (basis.rows(), basis.columns());
        let mut heads = Design::from_columns(k, tasks.len(), vec![0.0; k * tasks.len()]);
        let mut gradient = Design::from_columns(d, k, vec![0.0; d * k]);
        let mut loss = 0.0;
        let mut parts = Vec::with_capacity(tasks.len());
        let mut right = vec![0.0; k];
        for (t, task) in tasks.iter().enumerate() {
            let image = image(task.gram(), &basis);
            let normal = dense::inner(&basis, &image);
            basis.tmul(task.cross(), &mut right);
            let factor = Cholesky::new(k, normal.as_slice());
            let head = heads.column_mut(t);
            if let Some(factor) = &factor {
                head.copy_from_slice(&right);
                factor.solve(head);
            } else {
                head.copy_from_slice(&dense::pseudo_solve(k, normal.as_slice(), &right)?.0);
            }
            loss -= 0.5 * kernels::dot(&right, head);
            let mut residual: Vec<f64> = task.cross().iter().map(|v| -v).collect();
            image.add_mul(1.0, head.iter().copied().enumerate(), &mut residual);
            add_outer(&residual, head, &mut gradient);
            parts.push(Part { image, normal: factor, residual });
        }
        let counts: Vec<f64> = tasks.iter().map(|t| t.count() as f64).collect();
        let curvature = Cholesky::new(k, &theory::information(&heads, &counts))
            .ok_or_else(|| anyhow::anyhow!("the estimated heads of the tasks do not span {k} dimensions"))?;
        Ok(Self { tasks, basis, loss, gradient, heads, parts, curvature })
    }

    /// As [`super::Representation::stationarity`].
    pub(super) fn stationarity(&self) -> f64 {
        let step = self.precondition(&self.gradient);
        (kernels::squared_norm(step.as_slice()) / self.basis.columns() as f64).sqrt()
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

    /// `Σ_t X_tᵀX_t D w_t w_tᵀ` for `D`, `d × k`: second derivative by `B` at fixed heads.
    fn curve_at_fixed_heads(&self, direction: &Design) -> Design {
        let (d, k) = (direction.rows(), direction.columns());
        let mut out = Design::from_columns(d, k, vec![0.0; d * k]);
        let (mut moved, mut image) = (vec![0.0; d], vec![0.0; d]);
        for (t, task) in self.tasks.iter().enumerate() {
            direction.mul(self.heads.column(t), &mut moved);
            task.gram().tmul(&moved, &mut image);
            add_outer(&image, self.heads.column(t), &mut out);
        }
        out
    }

    /// Second derivative of the profiled loss along `D`, `d × k`, orthogonal to `B`; the result is made so too.
    ///
    /// With `r_t` the residual of the normal equations and `S_t = X_tᵀX_t B`, the heads move by
    /// `w′_t = −(BᵀX_tᵀX_t B)⁻¹ (Dᵀr_t + S_tᵀD w_t)` and the gradient by
    /// `Σ_t (X_tᵀX_t D w_t + S_t w′_t) w_tᵀ + r_t w′_tᵀ`.
    fn curve(&self, direction: &Design) -> Design {
        let (d, k) = (direction.rows(), direction.columns());
        let mut out = Design::from_columns(d, k, vec![0.0; d * k]);
        let (mut moved, mut image) = (vec![0.0; d], vec![0.0; d]);
        let (mut change, mut other) = (vec![0.0; k], vec![0.0; k]);
        for ((t, task), part) in self.tasks.iter().enumerate().zip(&self.parts) {
            let head = self.heads.column(t);
            direction.mul(head, &mut moved);
            task.gram().tmul(&moved, &mut image);
            if let Some(normal) = &part.normal {
                direction.tmul(&part.residual, &mut change);
                part.image.tmul(&moved, &mut other);
                change.iter_mut().zip(&other).for_each(|(c, o)| *c = -*c - *o);
                normal.solve(&mut change);
                part.image.add_mul(1.0, change.iter().copied().enumerate(), &mut image);
                add_outer(&part.residual, &change, &mut out);
            }
            add_outer(&image, head, &mut out);
        }
        for j in 0..k {
            self.basis.tmul(out.column(j), &mut change);
            self.basis.add_mul(-1.0, change.iter().copied().enumerate(), out.column_mut(j));
        }
        out
    }

    /// The step of `B` towards its least squares at the present heads.
    pub(super) fn alternation(&self) -> Design {
        let step = self.conjugate_gradients(|direction| self.curve_at_fixed_heads(direction), ALTERNATION);
        // The curvature at fixed heads is positive semidefinite.
        step.unwrap_or_else(|| self.precondition(&self.gradient))
    }

    /// The Newton step of the profiled loss to a `reduction` of its residual, as far as its curvature is positive;
    /// `None` where it is not to begin with.
    pub(super) fn newton_step(&self, reduction: f64) -> Option<Design> {
        self.conjugate_gradients(|direction| self.curve(direction), reduction)
    }

    /// Solves `curve(step) = −Γ` by preconditioned conjugate gradients.
    fn conjugate_gradients(&self, curve: impl Fn(&Design) -> Design, reduction: f64) -> Option<Design> {
        let (d, k) = (self.gradient.rows(), self.gradient.columns());
        let mut step = Design::from_columns(d, k, vec![0.0; d * k]);
        let mut residual = self.gradient.clone();
        residual.as_mut_slice().iter_mut().for_each(|r| *r = -*r);
        let mut direction = self.precondition(&residual);
        let mut size = kernels::dot(residual.as_slice(), direction.as_slice());
        let enough = reduction * reduction * size;
        for at in 0..INNER_STEPS {
            let image = curve(&direction);
            let bend = kernels::dot(direction.as_slice(), image.as_slice());
            if !(bend > 0.0) {
                return (at > 0).then_some(step);
            }
            let length = size / bend;
            kernels::axpy(length, direction.as_slice(), step.as_mut_slice());
            kernels::axpy(-length, image.as_slice(), residual.as_mut_slice());
            let solved = self.precondition(&residual);
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
        Some(step)
    }
}
