//! A quadratic of which everything is known (Salehi et al., section on a toy problem; our "P0").
//!
//! `g(x) = ½‖A₁x − b₁‖²`, `h(x, θ) = ½‖A₂x + A₃θ − b₂‖²`; entries of `A₁, A₂, A₃` (each `rows × size`) uniform on [0, 1),
//! `b₁ = A₁x₁ + noise·n₁`, `b₂ = A₂x₂ + A₃θₑ + noise·n₂` with `x₁, x₂, θₑ` uniform and `n₁, n₂` Gaussian.

mod functions;

use rand::RngCore;
use remeasure_core::numerics::dense::{Cholesky, inner};
use remeasure_core::numerics::splitmix::SplitMix64;
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::params::Check;
use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::functions::Functions;
use crate::bounds::Bounds;
use crate::cost::Currency;
use crate::inexact::{Inexact, LowerSolver};
use crate::oracle::Oracle;
use crate::problem::{Entry, Exact, Instance, Model, Spec, Threshold, Truth};
use crate::problems::{check_budget, check_thresholds};
use crate::smooth::{Constants, Smooth};

/// Registration.
pub(super) const ENTRY: Entry =
    entry!(Quadratic, "quadratic", "least squares over least squares, with everything in closed form");

/// The seed for which an independent program's numbers are known.
const DOCUMENTED: u64 = 29;

/// Where the data come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Source {
    /// Drawn anew in each replicate.
    #[default]
    Drawn,
    /// Those of SplitMix64 with `data_seed`, the same in each replicate, for which an independent program's numbers
    /// are known.
    Documented,
}

/// `[problem]` with `kind = "quadratic"`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Quadratic {
    /// Rows of each matrix.
    #[serde(default = "default_rows")]
    rows: usize,
    /// Columns of each matrix, which is the number of variables and of hyperparameters.
    #[serde(default = "default_size")]
    size: usize,
    /// Standard deviation of the noise.
    #[serde(default = "default_noise")]
    noise: f64,
    /// Where the data come from.
    #[serde(default)]
    data: Source,
    /// Seed of documented data; 29 unless given.
    data_seed: Option<u64>,
    /// What a method may spend: gradients and Hessian products of the lower level.
    budget: f64,
    /// Values of `f` whose cost is measured.
    #[serde(default)]
    thresholds: Vec<f64>,
    /// Shares of `f(θ₀)` whose cost is measured.
    #[serde(default)]
    threshold_shares: Vec<f64>,
}

fn default_rows() -> usize {
    1000
}

fn default_size() -> usize {
    10
}

fn default_noise() -> f64 {
    0.01
}

impl Check for Quadratic {
    fn check(&self) -> Result<(), Invalid> {
        if self.data_seed.is_some() && self.data == Source::Drawn {
            return Err(Invalid::new(
                "data_seed",
                "only with data = \"documented\": drawn data follow the trial",
            ));
        }
        if self.size == 0 {
            return Err(Invalid::new("size", "expected at least 1, found 0"));
        }
        if self.rows < self.size {
            let message = format!("expected at least size = {}, found {}", self.size, self.rows);
            return Err(Invalid::new("rows", message));
        }
        if !(self.noise.is_finite() && self.noise >= 0.0) {
            return Err(Invalid::new(
                "noise",
                format!("expected a number of at least 0, found {}", self.noise),
            ));
        }
        check_budget(self.budget)?;
        check_thresholds("thresholds", &self.thresholds)?;
        check_thresholds("threshold_shares", &self.threshold_shares)
    }
}

impl Spec for Quadratic {
    fn draw(&self, streams: &Streams) -> anyhow::Result<Instance> {
        let seed = match self.data {
            Source::Drawn => streams.stream("quadratic").next_u64(),
            Source::Documented => self.data_seed.unwrap_or(DOCUMENTED),
        };
        let data = Data::new(self.rows, self.size, self.noise, seed)?;
        let minimum = Some(data.minimum()?);
        let start = vec![1.0; self.size];
        let first = data.outer(&start).0;
        let shares = self.threshold_shares.iter().map(|s| Threshold { name: *s, value: s * first });
        let thresholds = Threshold::at(&self.thresholds).into_iter().chain(shares).collect();
        Ok(Instance {
            start,
            bounds: Bounds::free(self.size),
            budget: self.budget,
            thresholds,
            minimum,
            model: Box::new(data),
        })
    }

    fn parameters(&self) -> usize {
        self.size
    }

    fn is_smooth(&self) -> bool {
        true
    }

    fn is_bounded(&self) -> bool {
        false
    }
}

/// What `h` is made of.
#[derive(Debug)]
struct Lower {
    /// `A₂ᵀA₂`.
    hessian: Design,
    /// `A₂ᵀA₃`.
    cross: Design,
    /// `A₃ᵀA₃`.
    outer: Design,
    /// `A₂ᵀb₂`.
    constant: Vec<f64>,
    /// `A₃ᵀb₂`.
    direct: Vec<f64>,
    /// `‖b₂‖²`.
    response: f64,
}

/// The quadratic's data, reduced to Gram matrices.
#[derive(Debug)]
pub struct Data {
    /// `A₁ᵀA₁`, `A₁ᵀb₁`, `‖b₁‖²`.
    upper: (Design, Vec<f64>, f64),
    lower: Lower,
    constants: Constants,
    upper_lipschitz: f64,
    /// `x*(θ) = x₀ − Mθ`: `x₀` and `M = (A₂ᵀA₂)⁻¹A₂ᵀA₃`.
    solution: (Vec<f64>, Design),
}

/// `Xᵀy`.
fn correlations(x: &Design, y: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; x.columns()];
    x.tmul(y, &mut out);
    out
}

impl Data {
    /// The data of a seed: `A₁, A₂, A₃` row by row, then `x₁, x₂, θₑ, n₁, n₂`.
    ///
    /// # Errors
    /// If `A₂` does not have full rank.
    pub fn new(rows: usize, size: usize, noise: f64, seed: u64) -> anyhow::Result<Self> {
        let mut generator = SplitMix64::new(seed);
        let mut matrix = || {
            let mut design = Design::from_columns(rows, size, vec![0.0; rows * size]);
            for i in 0..rows {
                for j in 0..size {
                    design.column_mut(j)[i] = generator.uniform();
                }
            }
            design
        };
        let (a1, a2, a3) = (matrix(), matrix(), matrix());
        let [x1, x2, truth] = [(); 3].map(|()| generator.uniforms(size));
        let mut b1: Vec<f64> = generator.normals(rows).iter().map(|v| noise * v).collect();
        let mut b2: Vec<f64> = generator.normals(rows).iter().map(|v| noise * v).collect();
        a1.add_mul(1.0, x1.into_iter().enumerate(), &mut b1);
        a2.add_mul(1.0, x2.into_iter().enumerate(), &mut b2);
        a3.add_mul(1.0, truth.into_iter().enumerate(), &mut b2);

        let (hessian, cross) = (inner(&a2, &a2), inner(&a2, &a3));
        let spectrum = a2.singular_values()?;
        let upper_spectrum = a1.singular_values()?;
        let (largest, least) = (spectrum[0], spectrum[size - 1]);
        let factor = Cholesky::new(size, hessian.as_slice())
            .ok_or_else(|| anyhow::anyhow!("A₂ does not have full rank"))?;
        let mut constant = correlations(&a2, &b2);
        factor.solve(&mut constant);
        let mut map = cross.clone();
        (0..size).for_each(|j| factor.solve(map.column_mut(j)));
        let constants = Constants {
            strong_convexity: least * least,
            lipschitz: largest * largest,
            hessian_lipschitz: 0.0,
            cross_norm: cross.singular_values()?[0],
            cross_lipschitz: 0.0,
        };
        Ok(Self {
            upper: (inner(&a1, &a1), correlations(&a1, &b1), kernels::squared_norm(&b1)),
            lower: Lower {
                outer: inner(&a3, &a3),
                constant: correlations(&a2, &b2),
                direct: correlations(&a3, &b2),
                response: kernels::squared_norm(&b2),
                hessian,
                cross,
            },
            constants,
            upper_lipschitz: upper_spectrum[0] * upper_spectrum[0],
            solution: (constant, map),
        })
    }

    /// `x*(θ)`.
    #[must_use]
    pub fn solution(&self, theta: &[f64]) -> Vec<f64> {
        let mut x = self.solution.0.clone();
        self.solution.1.add_mul(-1.0, theta.iter().copied().enumerate(), &mut x);
        x
    }

    /// `g(x)` and `∇g(x)`.
    fn upper_at(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let (matrix, linear, constant) = &self.upper;
        let mut product = vec![0.0; x.len()];
        matrix.mul(x, &mut product);
        let value = 0.5 * kernels::dot(x, &product) - kernels::dot(x, linear) + 0.5 * constant;
        product.iter_mut().zip(linear).for_each(|(p, l)| *p -= l);
        (value, product)
    }

    /// `f(θ)` and `∇f(θ)`, in closed form.
    #[must_use]
    pub fn outer(&self, theta: &[f64]) -> (f64, Vec<f64>) {
        let (value, slope) = self.upper_at(&self.solution(theta));
        let mut gradient = vec![0.0; theta.len()];
        self.solution.1.tmul(&slope, &mut gradient);
        gradient.iter_mut().for_each(|v| *v = -*v);
        (value, gradient)
    }

    /// The lower level's constants.
    #[must_use]
    pub fn constants(&self) -> &Constants {
        &self.constants
    }

    /// `L_g`.
    #[must_use]
    pub fn upper_lipschitz(&self) -> f64 {
        self.upper_lipschitz
    }

    /// `min f`.
    ///
    /// # Errors
    /// If `f` has no unique minimiser.
    pub fn minimum(&self) -> anyhow::Result<f64> {
        // x*(θ) reaches every x where M has full rank; in general f is least squares in θ.
        let size = self.solution.0.len();
        let product = {
            let mut out = self.solution.1.clone();
            for j in 0..size {
                self.upper.0.mul(self.solution.1.column(j), out.column_mut(j));
            }
            inner(&self.solution.1, &out)
        };
        let factor = Cholesky::new(size, product.as_slice())
            .ok_or_else(|| anyhow::anyhow!("the upper level has no unique minimiser"))?;
        let mut theta = vec![0.0; size];
        // A second step takes off the rounding of the first.
        for _ in 0..2 {
            let (_, mut step) = self.outer(&theta);
            factor.solve(&mut step);
            theta.iter_mut().zip(&step).for_each(|(t, s)| *t -= s);
        }
        Ok(self.outer(&theta).0)
    }
}

impl Model for Data {
    fn oracle(&self, solver: LowerSolver, budget: f64) -> Box<dyn Oracle + '_> {
        Box::new(Inexact::new(Box::new(Functions::new(self)), solver, budget, Currency::Evaluations))
    }

    fn smooth(&self) -> Option<Box<dyn Smooth + '_>> {
        Some(Box::new(Functions::new(self)))
    }

    fn truth(&self) -> Box<dyn Truth + '_> {
        Box::new(Closed(self))
    }
}

struct Closed<'a>(&'a Data);

impl Truth for Closed<'_> {
    fn exact(&mut self, theta: &[f64], _: bool) -> anyhow::Result<Exact> {
        let (value, gradient) = self.0.outer(theta);
        Ok(Exact { value, gradient: Some(gradient) })
    }

    fn is_cheap(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// Constants and values of an independent program with the same generator.
    #[test]
    fn known_values() {
        let data = Data::new(1000, 10, 0.01, 29).unwrap();
        let constants = data.constants();
        assert_relative_eq!(constants.strong_convexity, 69.932451, max_relative = 1e-8);
        assert_relative_eq!(constants.lipschitz, 2582.637288, max_relative = 1e-9);
        assert_relative_eq!(constants.cross_norm, 2508.532, max_relative = 1e-6);
        assert_relative_eq!(data.upper_lipschitz(), 2594.104, max_relative = 2e-7);
        let (value, gradient) = data.outer(&[1.0; 10]);
        assert_relative_eq!(value, 4983.5413969328, max_relative = 1e-13);
        assert_relative_eq!(kernels::squared_norm(&gradient).sqrt(), 4915.6096279, max_relative = 1e-11);
        assert_relative_eq!(data.minimum().unwrap(), 0.04883221999, max_relative = 1e-9);
    }
}
