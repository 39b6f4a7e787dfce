//! `[problem]`: designs of columns that nearly depend on each other, supports, and coefficients.

use anyhow::Context;
use faer::Mat;
use rand::Rng;
use rand::seq::index;
use rand_distr::StandardNormal;
use remeasure_core::Invalid;
use remeasure_core::numerics::{self, kernels};
use remeasure_core::params::Check;
use remeasure_core::stream::{Stream, Streams};
use schemars::JsonSchema;
use serde::Deserialize;

/// Most numbers of a design: 8 GB.
const LARGEST: f64 = 1e9;

/// The columns `x_j`, before each is scaled to norm `√n`; `u`, `z_j` and so on are vectors of standard normal numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Design {
    /// `z_j`; δ has no effect.
    Iid,
    /// `u + δz_j`.
    Common,
    /// `z_j` for even j, `u + δz_j` for odd j.
    Twoscale,
    /// `A b_j + δz_j` with an `A` of two columns.
    Lowrank2,
    /// `u + δa + δ²b + δ³z_j` with `a` and `b` shared in 8 and 64 groups, of neighbouring columns.
    Tree,
    /// `z_i` for column 2i, `z_i + δz'_i` for column 2i + 1.
    Pairs,
}

/// Coefficients on the support, with the singular value decomposition `X_T = UΣVᵀ`. All are scaled so that
/// `‖X_T w‖² = n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Coefficients {
    /// `X_T w = U g` with standard normal g: all scales carry signal.
    #[default]
    White,
    /// The right singular vector of the least singular value.
    Worst,
    /// Standard normal numbers.
    Gauss,
}

/// One response on a design of n rows and d columns.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// Number of rows n, at least 1.
    pub n: usize,
    /// Number of columns d, at least 1.
    pub d: usize,
    /// Size of the support, from 1 to the lesser of n and d; the estimators know it.
    pub k: usize,
    /// The columns.
    pub design: Design,
    /// How far columns are from depending on each other, between 0 and 1.
    pub delta: f64,
    /// The support is a random union of k/block blocks of this many neighbouring columns; must divide k and d. With 1 it
    /// is a uniform set of k columns; with 2 and `design = "pairs"` it consists of whole pairs.
    #[serde(default = "one")]
    pub block: usize,
    /// Coefficients on the support.
    #[serde(default)]
    pub coefficients: Coefficients,
    /// Standard deviation σ of the noise, at least 0.
    #[serde(default = "half")]
    pub sigma: f64,
}

fn one() -> usize {
    1
}

fn half() -> f64 {
    0.5
}

impl Check for Problem {
    fn check(&self) -> Result<(), Invalid> {
        let fail = |key: &str, message: String| Err(Invalid::new(key, message));
        if self.n == 0 {
            return fail("n", "expected at least 1 row, found 0".to_owned());
        }
        if self.d == 0 {
            return fail("d", "expected at least 1 column, found 0".to_owned());
        }
        if self.n as f64 * self.d as f64 > LARGEST {
            return fail("d", format!("a design of {} × {} exceeds {LARGEST:.0e} numbers", self.n, self.d));
        }
        if self.k == 0 || self.k > self.n.min(self.d) {
            let most = self.n.min(self.d);
            return fail(
                "k",
                format!("expected from 1 to {most} columns, the least of n and d, found {}", self.k),
            );
        }
        if self.block == 0 || !self.k.is_multiple_of(self.block) || !self.d.is_multiple_of(self.block) {
            let message =
                format!("expected a divisor of k = {} and d = {}, found {}", self.k, self.d, self.block);
            return fail("block", message);
        }
        if !(self.delta > 0.0 && self.delta < 1.0) {
            return fail("delta", format!("expected a number between 0 and 1, found {}", self.delta));
        }
        if !(self.sigma >= 0.0 && self.sigma.is_finite()) {
            return fail("sigma", format!("expected a number of at least 0, found {}", self.sigma));
        }
        Ok(())
    }
}

/// The data of one replicate.
#[derive(Clone, Debug)]
pub struct Instance {
    /// `X`, n × d, with columns of norm `√n`.
    pub design: numerics::Design,
    /// `T`, ascending, length k.
    pub support: Vec<usize>,
    /// `w`, in the order of the support.
    pub weights: Vec<f64>,
    /// `v = X_T w`, length n, with `‖v‖² = n`.
    pub signal: Vec<f64>,
    /// `y`, length n.
    pub response: Vec<f64>,
}

impl Problem {
    /// Draws one replicate.
    ///
    /// # Errors
    /// The columns of the support are dependent to working precision.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Instance> {
        let design = self.draw_design(&mut streams.stream("design"));
        let blocks = index::sample(&mut streams.stream("support"), self.d / self.block, self.k / self.block);
        let columns = blocks.into_iter().flat_map(|b| b * self.block..(b + 1) * self.block);
        let mut support: Vec<usize> = columns.collect();
        support.sort_unstable();
        let (weights, signal) = self.draw_signal(&design, &support, &mut streams.stream("signal"))?;
        let noise = &mut streams.stream("noise");
        let response =
            signal.iter().map(|v| v + self.sigma * noise.sample::<f64, _>(StandardNormal)).collect();
        Ok(Instance { design, support, weights, signal, response })
    }

    fn draw_design(&self, stream: &mut Stream) -> numerics::Design {
        let (n, d, delta) = (self.n, self.d, self.delta);
        let mut normals = |columns: usize| -> Vec<f64> {
            (0..n * columns).map(|_| stream.sample(StandardNormal)).collect()
        };
        let shared = match self.design {
            Design::Iid | Design::Pairs => Vec::new(),
            Design::Common | Design::Twoscale => normals(1),
            Design::Lowrank2 => normals(2),
            Design::Tree => normals(1 + 8 + 64),
        };
        let mut design = numerics::Design::from_columns(n, d, normals(d));
        let mixing: Vec<f64> = match self.design {
            Design::Lowrank2 => (0..2 * d).map(|_| stream.sample(StandardNormal)).collect(),
            _ => Vec::new(),
        };
        let part = |l: usize| &shared[l * n..(l + 1) * n];
        for j in 0..d {
            let before = (self.design == Design::Pairs && j % 2 == 1).then(|| design.column(j - 1).to_vec());
            let column = design.column_mut(j);
            let own = match self.design {
                Design::Iid => 1.0,
                Design::Twoscale | Design::Pairs if j % 2 == 0 => 1.0,
                Design::Tree => delta.powi(3),
                _ => delta,
            };
            column.iter_mut().for_each(|v| *v *= own);
            match self.design {
                Design::Common => kernels::axpy(1.0, part(0), column),
                Design::Twoscale if j % 2 == 1 => kernels::axpy(1.0, part(0), column),
                Design::Lowrank2 => {
                    kernels::axpy(mixing[2 * j], part(0), column);
                    kernels::axpy(mixing[2 * j + 1], part(1), column);
                }
                Design::Tree => {
                    kernels::axpy(1.0, part(0), column);
                    kernels::axpy(delta, part(1 + j * 8 / d), column);
                    kernels::axpy(delta * delta, part(9 + j * 64 / d), column);
                }
                _ => {}
            }
            if let Some(before) = before {
                // The column before has norm √n by now, as nearly has z_i.
                kernels::axpy(1.0, &before, column);
            }
            let scale = (n as f64 / kernels::squared_norm(column)).sqrt();
            column.iter_mut().for_each(|v| *v *= scale);
        }
        design
    }

    /// The coefficients on the support and the signal.
    fn draw_signal(
        &self,
        design: &numerics::Design,
        support: &[usize],
        stream: &mut Stream,
    ) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
        let (n, k) = (self.n, self.k);
        let columns = Mat::from_fn(n, k, |i, l| design.column(support[l])[i]);
        let svd = columns.thin_svd().map_err(|e| anyhow::anyhow!("singular values of the support: {e:?}"))?;
        let values = svd.S().column_vector();
        // UᵀX_T w = s, from which w = VΣ⁻¹s.
        let normals: Vec<f64> = (0..k).map(|_| stream.sample(StandardNormal)).collect();
        let along: Vec<f64> = match self.coefficients {
            Coefficients::White => normals,
            Coefficients::Worst => (0..k).map(|l| f64::from(u8::from(l + 1 == k))).collect(),
            Coefficients::Gauss => {
                let rotated = |l: usize| (0..k).map(|j| svd.V()[(j, l)] * normals[j]).sum::<f64>();
                (0..k).map(|l| values[l] * rotated(l)).collect()
            }
        };
        let norm = kernels::squared_norm(&along).sqrt();
        let least = values.iter().copied().last().context("no columns")?;
        anyhow::ensure!(least > 0.0 && norm > 0.0, "the columns of the support are dependent");
        let scale = (n as f64).sqrt() / norm;
        let weight = |j: usize| (0..k).map(|l| svd.V()[(j, l)] * along[l] / values[l]).sum::<f64>() * scale;
        let value = |i: usize| (0..k).map(|l| svd.U()[(i, l)] * along[l]).sum::<f64>() * scale;
        Ok(((0..k).map(weight).collect(), (0..n).map(value).collect()))
    }
}
