//! A stand-in for the Medicare Advantage plans of Liao et al. (2025, arXiv 2511.08603), whose data are not
//! public: collinear features in blocks, three classes of market share, plans that recur over years.

use rand::Rng;
use rand_distr::StandardNormal;
use remeasure_core::Invalid;
use remeasure_core::numerics::split::held_out;
use remeasure_core::numerics::{Design, Standard};
use remeasure_core::params::{Check, Kind};
use remeasure_core::stream::{Stream, Streams};
use schemars::JsonSchema;
use serde::Deserialize;

use super::generators::draw_labels;
use super::model::{Crossing, Cumulative, Model, Multinomial};
use super::partition::{By, Rows};
use super::problem::{DrawError, Instance};
use super::sample::Sample;

/// Plans of each class among the 172 of the paper: market shares below .3 %, up to 1.5 %, and above.
const SHARES: [f64; 3] = [47.0 / 172.0, 60.0 / 172.0, 65.0 / 172.0];

/// Every third column is a yes or no.
const BINARY: usize = 3;

/// Maximum number of entries of a design: 8 GB.
const LARGEST_DESIGN: f64 = 1e9;

/// How classes arise from features.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// A score for each class; labels from their softmax.
    Multinomial,
    /// One score plus logistic noise, cut in three at its quantiles, as market shares are.
    Latent,
    /// One score plus an effect of the plan, which does not change over the years, and some noise; cut likewise.
    Sticky,
}

/// Synthetic plans: `x = √ρ·f + √(1 − ρ)·z` with one factor `f` for each block of columns; every third column is
/// binary (`x > 0`). Three classes of 47, 60 and 65 in 172.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plans {
    /// Number of plans, at least 10.
    #[serde(default = "plans")]
    plans: usize,
    /// Years in which each is observed, one row each; at least 1.
    #[serde(default = "one")]
    years: usize,
    /// Blocks of columns, at least 1.
    #[serde(default = "twelve")]
    blocks: usize,
    /// Columns of a block, at least 1.
    #[serde(default = "five")]
    block: usize,
    /// Correlation `ρ` of the columns of a block, from 0 to below 1.
    #[serde(default = "high")]
    correlation: f64,
    /// Blocks in which one column has an effect, for each score; from 1 to `blocks`.
    #[serde(default = "four")]
    active: usize,
    /// Size `s` of the effects, at least 0: coefficients are `±s·U(.75, 1.25)` on standardised columns.
    signal: f64,
    /// How classes arise from features.
    link: Link,
    /// Standard deviation of the change of a feature from year to year (with `years` above 1), at least 0.
    #[serde(default = "tenth")]
    drift: f64,
    /// Standard deviation of the effect of a plan (`link = "sticky"`), at least 0.
    #[serde(default = "unit")]
    effect: f64,
    /// Standard deviation of the yearly noise of its score (`link = "sticky"`), at least 0.
    #[serde(default = "three_tenths")]
    noise: f64,
    /// Whether rows are held out at random (`"rows"`), or all years of a plan together (`"groups"`).
    #[serde(default = "rows")]
    split: By,
    /// Fraction of the plans, or of as many rows, held out; between 0 and 1.
    #[serde(default = "fifth")]
    test_fraction: f64,
}

fn plans() -> usize {
    172
}

fn one() -> usize {
    1
}

fn twelve() -> usize {
    12
}

fn five() -> usize {
    5
}

fn four() -> usize {
    4
}

fn high() -> f64 {
    0.95
}

fn tenth() -> f64 {
    0.1
}

fn unit() -> f64 {
    1.0
}

fn three_tenths() -> f64 {
    0.3
}

fn fifth() -> f64 {
    0.2
}

fn rows() -> By {
    By::Rows
}

impl Check for Plans {
    fn check(&self) -> Result<(), Invalid> {
        let least = |key: &str, found: usize, least: usize| match found < least {
            true => Err(Invalid::new(key, format!("expected at least {least}, found {found}"))),
            false => Ok(()),
        };
        let scale = |key: &str, v: f64| match v.is_finite() && v >= 0.0 {
            true => Ok(()),
            false => Err(Invalid::new(key, format!("expected a number of at least 0, found {v}"))),
        };
        least("plans", self.plans, 10)?;
        least("years", self.years, 1)?;
        least("blocks", self.blocks, 1)?;
        least("block", self.block, 1)?;
        least("active", self.active, 1)?;
        if self.active > self.blocks {
            let message = format!("expected at most `blocks` = {}, found {}", self.blocks, self.active);
            return Err(Invalid::new("active", message));
        }
        if !(0.0..1.0).contains(&self.correlation) {
            let message = format!("expected a number from 0 to below 1, found {}", self.correlation);
            return Err(Invalid::new("correlation", message));
        }
        for (key, v) in
            [("signal", self.signal), ("drift", self.drift), ("effect", self.effect), ("noise", self.noise)]
        {
            scale(key, v)?;
        }
        let (rows, columns) = (self.plans as f64 * self.years as f64, self.blocks as f64 * self.block as f64);
        if rows * columns > LARGEST_DESIGN {
            let message = format!(
                "{rows:.3e} rows of {columns:.3e} columns exceed the limit of {LARGEST_DESIGN:.0e} numbers"
            );
            return Err(Invalid::new("plans", message));
        }
        if !(self.test_fraction > 0.0 && self.test_fraction <= 0.5) {
            let message =
                format!("expected a fraction above 0 and at most 0.5, found {}", self.test_fraction);
            return Err(Invalid::new("test_fraction", message));
        }
        Ok(())
    }
}

impl Plans {
    /// The name and keys in configs.
    pub(super) fn kind() -> Kind {
        Kind::of::<Self>("plans", "synthetic insurance plans with collinear features and three classes")
    }

    /// Whether a model of the features alone has the true probabilities.
    #[must_use]
    pub fn has_model(&self) -> bool {
        self.link != Link::Sticky
    }

    /// Columns of a block.
    #[must_use]
    pub fn block(&self) -> usize {
        self.block
    }

    /// Draws the plans and splits them.
    ///
    /// # Errors
    /// A class was missing among the training rows in each of 100 splits.
    pub(super) fn draw(&self, streams: &Streams) -> Result<Instance, DrawError> {
        let (sample, model) = self.sample(&mut streams.stream("plans"));
        let groups: Vec<usize> = (0..sample.labels.len()).map(|i| i / self.years).collect();
        let plans = held_out(self.plans, self.test_fraction);
        let held_out = if self.split == By::Groups { plans } else { plans * self.years };
        let rows = Rows { sample: &sample, groups: Some(&groups), by: self.split, held_out };
        Ok(Instance { model, ..rows.split(streams)? })
    }

    /// All rows, plan by plan, and the true model.
    fn sample(&self, stream: &mut Stream) -> (Sample, Option<Model>) {
        let design = self.design(stream);
        let n = design.rows();
        if self.link == Link::Multinomial {
            let slopes: Vec<Vec<f64>> = SHARES.iter().map(|_| self.slopes(stream)).collect();
            let model = balanced(&design, slopes);
            let labels = draw_labels(&model.probabilities(&design).values, SHARES.len(), stream);
            let sample = Sample { design, labels, classes: SHARES.len() };
            return (sample, Some(Model::Multinomial(model)));
        }
        let slopes = self.slopes(stream);
        let mut score = vec![0.0; n];
        design.mul(&slopes, &mut score);
        if self.link == Link::Latent {
            score.iter_mut().for_each(|v| {
                let u: f64 = stream.gen_range(f64::MIN_POSITIVE..1.0);
                *v += (u / (1.0 - u)).ln();
            });
        } else {
            for plan in score.chunks_exact_mut(self.years) {
                let own = self.effect * stream.sample::<f64, _>(StandardNormal);
                plan.iter_mut()
                    .for_each(|v| *v += own + self.noise * stream.sample::<f64, _>(StandardNormal));
            }
        }
        let (labels, cuts) = cut(&score);
        // logit P(y ≤ k) = c_k − xᵀβ, given the cuts.
        let opposite: Vec<f64> = slopes.iter().map(|v| -v).collect();
        let model =
            Cumulative { intercepts: cuts.to_vec(), slopes: vec![opposite; 2], crossing: Crossing::Pooled };
        let model = self.has_model().then_some(Model::Cumulative(model));
        (Sample { design, labels, classes: SHARES.len() }, model)
    }

    /// Standardised features, `plans · years × blocks · block`.
    fn design(&self, stream: &mut Stream) -> Design {
        let (n, p) = (self.plans * self.years, self.blocks * self.block);
        let mut normals =
            |count: usize| -> Vec<f64> { (0..count).map(|_| stream.sample(StandardNormal)).collect() };
        let factors = normals(self.plans * self.blocks);
        let own = normals(self.plans * p);
        let changes = if self.years > 1 { normals(n * p) } else { Vec::new() };
        let (common, rest) = (self.correlation.sqrt(), (1.0 - self.correlation).sqrt());
        let mut values = Vec::with_capacity(n * p);
        for j in 0..p {
            let start = values.len();
            for i in 0..n {
                let plan = i / self.years;
                let factor = factors[j / self.block * self.plans + plan];
                let change = changes.get(j * n + i).map_or(0.0, |z| self.drift * z);
                let x = common * factor + rest * own[j * self.plans + plan] + change;
                values.push(if j % BINARY == BINARY - 1 { f64::from(u8::from(x > 0.0)) } else { x });
            }
            let standard = Standard::of_slice(&values[start..]);
            values[start..].iter_mut().for_each(|v| *v = standard.apply(*v));
        }
        Design::from_columns(n, p, values)
    }

    /// Effects of one score: one column in each of `active` blocks.
    fn slopes(&self, stream: &mut Stream) -> Vec<f64> {
        let blocks = rand::seq::index::sample(stream, self.blocks, self.active).into_vec();
        let columns: Vec<usize> =
            blocks.iter().map(|b| b * self.block + stream.gen_range(0..self.block)).collect();
        let signs: Vec<f64> = columns.iter().map(|_| if stream.gen_bool(0.5) { 1.0 } else { -1.0 }).collect();
        let mut slopes = vec![0.0; self.blocks * self.block];
        for (j, sign) in columns.into_iter().zip(signs) {
            slopes[j] = sign * self.signal * stream.gen_range(0.75..1.25);
        }
        slopes
    }
}

/// The model with these slopes whose mean probabilities are those of [`SHARES`], by iterative scaling.
fn balanced(design: &Design, slopes: Vec<Vec<f64>>) -> Multinomial {
    let mut model = Multinomial { intercepts: SHARES.map(f64::ln).to_vec(), slopes };
    for _ in 0..100_000 {
        let probabilities = model.probabilities(design);
        let mut off = 0.0_f64;
        for (k, (share, intercept)) in SHARES.iter().zip(&mut model.intercepts).enumerate() {
            let column = probabilities.values.iter().skip(k).step_by(SHARES.len());
            let step = (share * design.rows() as f64 / column.sum::<f64>()).ln();
            *intercept += step;
            off = off.max(step.abs());
        }
        if off < 1e-12 {
            break;
        }
    }
    model
}

/// Classes of scores cut so that they have the [`SHARES`], up to rounding, and the two cuts: each halfway between
/// the scores beside it.
fn cut(scores: &[f64]) -> (Vec<usize>, [f64; 2]) {
    let n = scores.len() as f64;
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let counts = [n * SHARES[0], n * (SHARES[0] + SHARES[1])].map(|count| count.round() as usize);
    let cuts = counts.map(|count| 0.5 * (sorted[count - 1] + sorted[count]));
    (scores.iter().map(|v| cuts.iter().filter(|c| v > c).count()).collect(), cuts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use remeasure_core::numerics::statistics::mean;

    fn plans(text: &str) -> Plans {
        remeasure_core::params::read(text.parse().unwrap()).unwrap()
    }

    fn streams(replicate: u32) -> Streams {
        Streams { seed: 1, cell: 2, replicate }
    }

    #[test]
    fn the_design_is_standardised_and_correlated_in_blocks() {
        let plans = plans("plans = 20000\nsignal = 1.0\nlink = \"latent\"");
        let (sample, _) = plans.sample(&mut streams(0).stream("plans"));
        let column = |j: usize| sample.design.column(j);
        let correlation = |a: usize, b: usize| {
            mean(&column(a).iter().zip(column(b)).map(|(x, y)| x * y).collect::<Vec<_>>())
        };
        assert!((correlation(0, 0) - 1.0).abs() < 1e-12);
        assert!((correlation(0, 1) - 0.95).abs() < 0.005 && correlation(0, 5).abs() < 0.03);
        // Column 2 is binary: the correlation is that of a normal with its sign, ρ√(2/π).
        assert!((correlation(0, 2) - 0.95 * (2.0 / std::f64::consts::PI).sqrt()).abs() < 0.01);
        assert_eq!(sample.counts(), [5465, 6977, 7558]);
    }

    #[test]
    fn classes_follow_the_true_model() {
        for link in ["multinomial", "latent"] {
            let plans = plans(&format!("plans = 20000\nsignal = 1.0\nlink = \"{link}\""));
            let (sample, model) = plans.sample(&mut streams(3).stream("plans"));
            let probabilities = model.unwrap().probabilities(&sample.design).unwrap();
            for k in 0..3 {
                // The labels differ from their probabilities by noise that the features do not explain.
                let residual =
                    |i: usize| f64::from(u8::from(sample.labels[i] == k)) - probabilities.row(i)[k];
                let residuals: Vec<f64> = (0..20000).map(residual).collect();
                assert!(mean(&residuals).abs() < 0.01, "{link}");
                for j in 0..60 {
                    let along: Vec<f64> =
                        sample.design.column(j).iter().zip(&residuals).map(|(x, r)| x * r).collect();
                    assert!(mean(&along).abs() < 0.015, "{link}: {k}, {j}: {}", mean(&along));
                }
            }
        }
    }

    #[test]
    fn intercepts_give_the_classes_their_shares() {
        let plans = plans("signal = 2.0\nlink = \"multinomial\"");
        let (sample, model) = plans.sample(&mut streams(1).stream("plans"));
        let probabilities = model.unwrap().probabilities(&sample.design).unwrap();
        for (k, share) in SHARES.iter().enumerate() {
            let column: Vec<f64> = (0..172).map(|i| probabilities.row(i)[k]).collect();
            assert!((mean(&column) - share).abs() < 1e-12);
        }
    }

    #[test]
    fn a_split_by_group_keeps_the_years_of_a_plan_together() {
        let text = "plans = 29\nyears = 6\nsignal = 2.0\nlink = \"sticky\"\nsplit = ";
        let draw = |by: &str| plans(&format!("{text}\"{by}\"")).draw(&streams(0)).unwrap();
        let (rows, groups) = (draw("rows"), draw("groups"));
        let counts = |instance: &Instance| {
            let of = instance.groups.clone().unwrap();
            (0..29).map(|g| of.iter().filter(|v| **v == g).count()).collect::<Vec<_>>()
        };
        assert!(counts(&groups).iter().all(|c| *c == 0 || *c == 6));
        assert_eq!(counts(&groups).iter().filter(|c| **c == 0).count(), 6);
        assert!(counts(&rows).iter().any(|c| (1..6).contains(c)));
        assert_eq!((rows.train.labels.len(), groups.train.labels.len()), (138, 138));
        assert!(rows.model.is_none());
    }

    #[test]
    fn unusable_keys_are_named() {
        for (text, key) in [
            ("plans = 9", "plans"),
            ("years = 0", "years"),
            ("active = 13", "active"),
            ("correlation = 1.0", "correlation"),
            ("drift = -1.0", "drift"),
            ("test_fraction = 0.6", "test_fraction"),
            ("plans = 1000000000", "plans"),
        ] {
            let table = format!("signal = 1.0\nlink = \"latent\"\n{text}").parse().unwrap();
            let error = remeasure_core::params::read::<Plans>(table).unwrap_err();
            assert_eq!(error.key, key, "{error}");
        }
    }
}
