//! The loss at one representation with the heads profiled out: derivatives and descent steps.

use remeasure_core::deadline;
use remeasure_core::numerics::dense::{self, Cholesky};
use remeasure_core::numerics::{Design, kernels};

use crate::statistics::Statistics;
use crate::theory;

/// Maximum number of conjugate-gradient steps per solve.
const INNER_STEPS: usize = 200;

/// Reduction of the residual at which the solve of an alternation ends: it starts from the last `B`, and the
/// change of the next heads limits the use of solving further.
const ALTERNATION: f64 = 0.03;

/// `(G + ridge I) M` for a symmetric `G`, `d × d`, and `M`, `d × k`.
pub(super) fn image(gram: &Design, matrix: &Design, ridge: f64) -> Design {
    let (d, k) = (matrix.rows(), matrix.columns());
    let mut out = Design::from_columns(d, k, vec![0.0; d * k]);
    for j in (0..k).step_by(4) {
        // After the last column, a block repeats it.
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
    kernels::axpy(ridge, matrix.as_slice(), out.as_mut_slice());
    out
}

/// One task at a representation.
struct Part {
    /// `G_t B`, `d × k`.
    image: Design,
    /// `BᵀG_t B`, factored; `None` where it is singular.
    normal: Option<Cholesky>,
    /// `G_t B w_t − X_tᵀy_t`, length `d`.
    residual: Vec<f64>,
}

/// All quantities at one orthonormal representation.
pub(super) struct Profile<'a> {
    pub(super) tasks: &'a [&'a Statistics],
    /// `B`, `d × k`.
    pub(super) basis: Design,
    /// `ρ`; below, `G_t = X_tᵀX_t + ρI`.
    pub(super) ridge: f64,
    /// `−½ Σ_t y_tᵀX_t B w_t`: the penalised loss without the constant `½ Σ_t ‖y_t‖²`.
    pub(super) loss: f64,
    /// `Γ = Σ_t (G_t B w_t − X_tᵀy_t) w_tᵀ`, `d × k`, orthogonal to `B`.
    pub(super) gradient: Design,
    heads: Design,
    parts: Vec<Part>,
    /// `A = Σ_t n_t w_t w_tᵀ`, `k × k`.
    weights: Vec<f64>,
    /// `A`, factored.
    curvature: Cholesky,
}

/// A step of `B`.
pub(super) struct Step {
    /// `d × k`.
    pub(super) step: Design,
    /// Decrease of the quadratic model.
    pub(super) decrease: f64,
    /// Whether the step was cut off at the radius.
    pub(super) at_edge: bool,
}

/// `out ← out + v wᵀ`.
fn add_outer(v: &[f64], w: &[f64], out: &mut Design) {
    for (j, value) in w.iter().enumerate() {
        kernels::axpy(*value, v, out.column_mut(j));
    }
}

impl<'a> Profile<'a> {
    /// Solves for the heads at an orthonormal `basis`.
    pub(super) fn at(tasks: &'a [&'a Statistics], basis: Design, ridge: f64) -> anyhow::Result<Self> {
        let (d, k) = (basis.rows(), basis.columns());
        let mut heads = Design::from_columns(k, tasks.len(), vec![0.0; k * tasks.len()]);
        let mut gradient = Design::from_columns(d, k, vec![0.0; d * k]);
        let mut loss = 0.0;
        let mut parts = Vec::with_capacity(tasks.len());
        let mut right = vec![0.0; k];
        for (t, task) in tasks.iter().enumerate() {
            let image = image(task.gram(), &basis, ridge);
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
        let weights = theory::information(&heads, &counts);
        let curvature = Cholesky::new(k, &weights)
            .ok_or_else(|| anyhow::anyhow!("the estimated heads of the tasks do not span {k} dimensions"))?;
        Ok(Self { tasks, basis, ridge, loss, gradient, heads, parts, weights, curvature })
    }

    /// See [`super::Representation::stationarity`].
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

    /// `Σ_t G_t D w_t w_tᵀ` for `D`, `d × k`: the second derivative with respect to `B` at fixed heads.
    fn curve_at_fixed_heads(&self, direction: &Design) -> Design {
        let (d, k) = (direction.rows(), direction.columns());
        let mut out = Design::from_columns(d, k, vec![0.0; d * k]);
        let (mut moved, mut image) = (vec![0.0; d], vec![0.0; d]);
        for (t, task) in self.tasks.iter().enumerate() {
            direction.mul(self.heads.column(t), &mut moved);
            task.gram().tmul(&moved, &mut image);
            kernels::axpy(self.ridge, &moved, &mut image);
            add_outer(&image, self.heads.column(t), &mut out);
        }
        out
    }

    /// Second derivative of the profiled loss along `D`, `d × k`, orthogonal to `B`; the result is made orthogonal too.
    ///
    /// With `r_t` the residual of the normal equations and `S_t = G_t B`, the heads change by
    /// `w′_t = −(BᵀG_t B)⁻¹ (Dᵀr_t + S_tᵀD w_t)` and the gradient by
    /// `Σ_t (G_t D w_t + S_t w′_t) w_tᵀ + r_t w′_tᵀ`.
    fn curve(&self, direction: &Design) -> Design {
        let (d, k) = (direction.rows(), direction.columns());
        let mut out = Design::from_columns(d, k, vec![0.0; d * k]);
        let (mut moved, mut image) = (vec![0.0; d], vec![0.0; d]);
        let (mut change, mut other) = (vec![0.0; k], vec![0.0; k]);
        for ((t, task), part) in self.tasks.iter().enumerate().zip(&self.parts) {
            let head = self.heads.column(t);
            direction.mul(head, &mut moved);
            task.gram().tmul(&moved, &mut image);
            kernels::axpy(self.ridge, &moved, &mut image);
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

    /// The step of `B` towards its least-squares solution at the current heads.
    pub(super) fn alternation(&self) -> Design {
        let curve = |direction: &Design| self.curve_at_fixed_heads(direction);
        self.conjugate_gradients(curve, ALTERNATION, f64::INFINITY).step
    }

    /// The Newton step of the profiled loss, solved up to a `reduction` of its residual, within `radius` in
    /// the norm `√tr(D A Dᵀ)` (Steihaug 1983).
    pub(super) fn newton_step(&self, reduction: f64, radius: f64) -> Step {
        self.conjugate_gradients(|direction| self.curve(direction), reduction, radius)
    }

    /// `tr(C A Dᵀ)`.
    fn weighed(&self, left: &Design, right: &Design) -> f64 {
        let products = dense::inner(left, right);
        kernels::dot(products.as_slice(), &self.weights)
    }

    /// `√tr(A)`: the radius of a step that turns the whole representation.
    pub(super) fn full_turn(&self) -> f64 {
        let k = self.basis.columns();
        (0..k).map(|j| self.weights[j * k + j]).sum::<f64>().sqrt()
    }

    /// Solves `curve(step) = −Γ` by preconditioned conjugate gradients.
    fn conjugate_gradients(&self, curve: impl Fn(&Design) -> Design, reduction: f64, radius: f64) -> Step {
        let (d, k) = (self.gradient.rows(), self.gradient.columns());
        let mut step = Design::from_columns(d, k, vec![0.0; d * k]);
        let mut residual = self.gradient.clone();
        residual.as_mut_slice().iter_mut().for_each(|r| *r = -*r);
        let mut direction = self.precondition(&residual);
        let mut size = kernels::dot(residual.as_slice(), direction.as_slice());
        let enough = reduction * reduction * size;
        let mut decrease = 0.0;
        for _ in 0..INNER_STEPS {
            let image = curve(&direction);
            let bend = kernels::dot(direction.as_slice(), image.as_slice());
            let length = if bend > 0.0 { size / bend } else { f64::INFINITY };
            let (pp, sp, ss) = (
                self.weighed(&direction, &direction),
                self.weighed(&step, &direction),
                self.weighed(&step, &step),
            );
            // The root of ‖step + τ direction‖ = radius; infinite without a radius.
            let edge = ((sp * sp + pp * (radius * radius - ss).max(0.0)).sqrt() - sp) / pp;
            if !(length < edge) {
                if edge.is_finite() {
                    kernels::axpy(edge, direction.as_slice(), step.as_mut_slice());
                    decrease += edge * size - 0.5 * edge * edge * bend;
                }
                return Step { step, decrease, at_edge: true };
            }
            kernels::axpy(length, direction.as_slice(), step.as_mut_slice());
            kernels::axpy(-length, image.as_slice(), residual.as_mut_slice());
            decrease += 0.5 * length * size;
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
        Step { step, decrease, at_edge: false }
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng;
    use rand_distr::StandardNormal;
    use remeasure_core::stream::Streams;

    use super::*;

    fn normal(rows: usize, columns: usize, role: &str) -> Design {
        let mut stream = Streams { seed: 1, cell: 1, replicate: 0 }.stream(role);
        let values = (0..rows * columns).map(|_| stream.sample(StandardNormal)).collect();
        Design::from_columns(rows, columns, values)
    }

    fn tasks() -> Vec<Statistics> {
        let beta = normal(7, 9, "coefficients");
        let sample = |t: usize| {
            let mut statistics = Statistics::empty(7);
            let mut stream = Streams { seed: 1, cell: 2, replicate: t as u32 }.stream("task");
            statistics.add_gaussian(beta.column(t), 1.0, [4, 30][t % 2], &mut stream);
            statistics
        };
        (0..9).map(sample).collect()
    }

    #[test]
    fn the_curvature_is_the_derivative_of_the_gradient() {
        let tasks = tasks();
        let tasks: Vec<&Statistics> = tasks.iter().collect();
        let mut basis = normal(7, 2, "basis");
        dense::orthonormalise(&mut basis).unwrap();
        let mut direction = normal(7, 2, "direction");
        let across = |m: &mut Design| {
            for j in 0..2 {
                let mut along = vec![0.0; 2];
                basis.tmul(m.column(j), &mut along);
                basis.add_mul(-1.0, along.iter().copied().enumerate(), m.column_mut(j));
            }
        };
        across(&mut direction);
        let h = 1e-5;
        let gradient = |h: f64| {
            let mut moved = basis.clone();
            kernels::axpy(h, direction.as_slice(), moved.as_mut_slice());
            Profile::at(&tasks, moved, 0.3).unwrap().gradient
        };
        let mut numeric = gradient(h);
        kernels::axpy(-1.0, gradient(-h).as_slice(), numeric.as_mut_slice());
        numeric.as_mut_slice().iter_mut().for_each(|v| *v /= 2.0 * h);
        across(&mut numeric);
        let exact = Profile::at(&tasks, basis.clone(), 0.3).unwrap().curve(&direction);
        for (n, e) in numeric.as_slice().iter().zip(exact.as_slice()) {
            assert!((n - e).abs() < 1e-6 * (1.0 + e.abs()), "{n} {e}");
        }
    }

    #[test]
    fn a_step_falls_by_what_its_model_says() {
        let tasks = tasks();
        let tasks: Vec<&Statistics> = tasks.iter().collect();
        let mut basis = normal(7, 2, "basis");
        dense::orthonormalise(&mut basis).unwrap();
        let profile = Profile::at(&tasks, basis, 0.3).unwrap();
        for radius in [1e-3, 1e6] {
            let found = profile.newton_step(1e-8, radius);
            let bent = profile.curve(&found.step);
            let fall = -kernels::dot(profile.gradient.as_slice(), found.step.as_slice())
                - 0.5 * kernels::dot(found.step.as_slice(), bent.as_slice());
            assert!((fall - found.decrease).abs() < 1e-9 * fall.abs(), "{fall} {}", found.decrease);
            let length = profile.weighed(&found.step, &found.step).sqrt();
            assert!(length <= radius * (1.0 + 1e-9));
            assert_eq!(found.at_edge, (length - radius).abs() < 1e-6 * radius);
        }
        // If the step is small enough, the loss itself decreases by as much.
        let found = profile.newton_step(1e-8, 1e-3);
        let mut moved = profile.basis.clone();
        kernels::axpy(1.0, found.step.as_slice(), moved.as_mut_slice());
        let loss = Profile::at(&tasks, moved, 0.3).unwrap().loss;
        assert!((profile.loss - loss - found.decrease).abs() < 1e-3 * found.decrease);
    }
}
