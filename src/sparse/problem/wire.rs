//! The keys of `[problem]` for problems drawn from a model, and their conditions.

use std::collections::BTreeMap;

use remeasure_core::Invalid;
use remeasure_core::params::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Correlation of the features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DesignKind {
    /// Independent standard normal entries.
    #[default]
    Gaussian,
    /// Rows with covariance `correlation^|i − j|`.
    Toeplitz,
}

/// Scale of the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnScale {
    /// As drawn: `E‖a_j‖² = n`.
    #[default]
    Raw,
    /// `‖a_j‖ = 1`.
    UnitNorm,
    /// As drawn, divided by `√n`: `E‖a_j‖² = 1`.
    UnitPower,
}

/// Distribution of the non-zero coefficients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    /// Exactly `k` standard normal entries at random positions.
    #[default]
    Gaussian,
    /// Each entry is standard normal with probability `k/p`, else zero.
    BernoulliGaussian,
    /// Exactly `k` entries of ±1 at random positions.
    Signs,
    /// Exactly `k` entries ±`decay^i`, `i = 0, …, k − 1`, at random positions.
    Decaying,
}

/// Drawn from a model: `y = A x + w`, with `A` of shape `n × p` and an `x` with `k` non-zero coefficients.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SyntheticWire {
    /// Number of features, at least 1.
    pub(super) p: usize,
    /// Number of observations, at least 1. Give this or `n_over_p`.
    pub(super) n: Option<usize>,
    /// Number of observations as a multiple of `p`, above 0.
    pub(super) n_over_p: Option<f64>,
    /// Number of non-zero coefficients, from 1 to `p`. Give this or `k_over_p`.
    pub(super) k: Option<usize>,
    /// Number of non-zero coefficients as a share of `p`, above 0 and at most 1.
    pub(super) k_over_p: Option<f64>,
    /// Correlation of the features.
    #[serde(default)]
    pub(super) design: DesignKind,
    /// Correlation of neighbouring features, between −1 and 1 (required with `design = "toeplitz"`; not
    /// otherwise).
    pub(super) correlation: Option<f64>,
    /// Scale of the columns.
    #[serde(default)]
    pub(super) columns: ColumnScale,
    /// Distribution of the non-zero coefficients.
    #[serde(default)]
    pub(super) signal: Signal,
    /// Number of neighbouring features that are non-zero together, for methods that select groups; it divides `p` and the
    /// number of non-zero coefficients. Default: 1. Not with `signal = "bernoulli-gaussian"`.
    pub(super) group_size: Option<usize>,
    /// Ratio of each coefficient to the one before, above 0 and at most 1 (`signal = "decaying"` only). Default: 0.9.
    pub(super) decay: Option<f64>,
    /// Signal-to-noise ratio in dB. Give this or `sigma`.
    pub(super) snr_db: Option<f64>,
    /// Standard deviation of the noise, at least 0.
    pub(super) sigma: Option<f64>,
    /// Normalised squared error up to which a recovery counts as a success, above 0. Default: 1e-6.
    #[serde(default)]
    pub(super) success_nmse: Option<f64>,
    /// Number of test signals, at least 1 (required with `kind = "ensemble"`; not otherwise).
    pub(super) signals: Option<usize>,
    /// λ of `½‖y − A x‖² + λ‖x‖₁`, at least 0 (`kind = "ensemble"` only). Default: set by each estimator.
    pub(super) penalty: Option<f64>,
    /// Name of the entry in `mismatches` that the test uses (`kind = "ensemble"` only). Default: `"none"`.
    pub(super) mismatch: Option<String>,
    /// Named differences between test and training (`kind = "ensemble"` only).
    pub(super) mismatches: Option<BTreeMap<String, MismatchWire>>,
}

/// How the test of an ensemble differs from training. Keys that are not given stay the same.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MismatchWire {
    /// Number of non-zero coefficients.
    pub(super) k: Option<usize>,
    /// Number of non-zero coefficients as a share of `p`.
    pub(super) k_over_p: Option<f64>,
    /// Signal-to-noise ratio in dB.
    pub(super) snr_db: Option<f64>,
    /// Standard deviation of the noise.
    pub(super) sigma: Option<f64>,
    /// How far the design of the test is from that of training: from 0, the same, to 1, a fresh draw.
    pub(super) design_change: Option<f64>,
}

impl SyntheticWire {
    /// A share of `p` as a number, at least 1.
    pub(super) fn part(ratio: Option<f64>, p: usize) -> usize {
        (ratio.unwrap_or(1.0) * p as f64).round().max(1.0) as usize
    }

    /// Rejects the keys of an ensemble in a problem with one signal.
    pub(super) fn refuse_ensemble_keys(&self) -> Result<(), Invalid> {
        let given = [
            ("signals", self.signals.is_some()),
            ("penalty", self.penalty.is_some()),
            ("mismatch", self.mismatch.is_some()),
            ("mismatches", self.mismatches.is_some()),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((key, _)) => {
                Err(Invalid::new(*key, "only kind = \"ensemble\" has this key: set the kind or remove it"))
            }
            None => Ok(()),
        }
    }

    /// The problem that an ensemble is tested on: this one, changed by `mismatch`.
    pub(super) fn mismatched(&self, mismatch: &MismatchWire) -> Self {
        let mut changed = self.clone();
        if mismatch.k.is_some() || mismatch.k_over_p.is_some() {
            (changed.k, changed.k_over_p) = (mismatch.k, mismatch.k_over_p);
        }
        if mismatch.snr_db.is_some() || mismatch.sigma.is_some() {
            (changed.snr_db, changed.sigma) = (mismatch.snr_db, mismatch.sigma);
        }
        changed
    }
}

/// Maximum number of entries of a design: 8 GB.
const LARGEST_DESIGN: f64 = 1e9;

fn finite(key: &str, value: Option<f64>) -> Result<(), Invalid> {
    match value {
        Some(x) if !x.is_finite() => Err(Invalid::new(key, format!("expected a finite number, found {x}"))),
        _ => Ok(()),
    }
}

impl Check for SyntheticWire {
    fn check(&self) -> Result<(), Invalid> {
        for (key, value) in [
            ("n_over_p", self.n_over_p),
            ("k_over_p", self.k_over_p),
            ("correlation", self.correlation),
            ("decay", self.decay),
            ("snr_db", self.snr_db),
            ("sigma", self.sigma),
            ("success_nmse", self.success_nmse),
            ("penalty", self.penalty),
        ] {
            finite(key, value)?;
        }
        if self.p == 0 {
            return Err(Invalid::new("p", "expected at least 1 feature, found 0"));
        }
        one_of("n", self.n.is_some(), "n_over_p", self.n_over_p.is_some())?;
        one_of("k", self.k.is_some(), "k_over_p", self.k_over_p.is_some())?;
        one_of("snr_db", self.snr_db.is_some(), "sigma", self.sigma.is_some())?;
        if self.n == Some(0) {
            return Err(Invalid::new("n", "expected at least 1 observation, found 0"));
        }
        if let Some(r) = self.n_over_p.filter(|r| *r <= 0.0) {
            return Err(Invalid::new("n_over_p", format!("expected a ratio above 0, found {r}")));
        }
        if let Some(k) = self.k.filter(|k| *k > self.p) {
            let message = format!("k = {k} non-zero coefficients do not fit into p = {}", self.p);
            return Err(Invalid::new("k", message));
        }
        if let Some(r) = self.k_over_p.filter(|r| !(*r > 0.0 && *r <= 1.0)) {
            return Err(Invalid::new(
                "k_over_p",
                format!("expected a fraction above 0 and at most 1, found {r}"),
            ));
        }
        if self.k == Some(0) {
            return Err(Invalid::new("k", "expected at least 1 non-zero coefficient, found 0"));
        }
        // Use floating point, so that a huge size cannot overflow.
        let rows = self.n.map_or_else(|| self.n_over_p.unwrap_or(1.0) * self.p as f64, |n| n as f64);
        if rows * self.p as f64 > LARGEST_DESIGN {
            let message = format!(
                "a design of {rows:.3e} × {:.3e} numbers exceeds the limit of {LARGEST_DESIGN:.0e}",
                self.p as f64
            );
            let key =
                [("n", self.n.is_some()), ("n_over_p", self.n_over_p.is_some_and(|r| r > 1e3)), ("p", true)];
            return Err(Invalid::new(key.iter().find(|k| k.1).map_or("p", |k| k.0), message));
        }
        match (self.design, self.correlation) {
            (DesignKind::Toeplitz, None) => {
                return Err(Invalid::new("correlation", "a toeplitz design needs a correlation below 1"));
            }
            (DesignKind::Gaussian, Some(_)) => {
                let message =
                    "only a toeplitz design has a correlation: set design = \"toeplitz\" or remove it";
                return Err(Invalid::new("correlation", message));
            }
            (_, Some(c)) if c.abs() >= 1.0 => {
                return Err(Invalid::new(
                    "correlation",
                    format!("expected a value between -1 and 1, found {c}"),
                ));
            }
            _ => {}
        }
        if let Some(d) = self.decay {
            if self.signal != Signal::Decaying {
                return Err(Invalid::new(
                    "decay",
                    "only signal = \"decaying\" has a decay: set this signal or remove it",
                ));
            }
            if !(d > 0.0 && d <= 1.0) {
                return Err(Invalid::new(
                    "decay",
                    format!("expected a factor above 0 and at most 1, found {d}"),
                ));
            }
        }
        if let Some(size) = self.group_size {
            let k = self.k.unwrap_or_else(|| Self::part(self.k_over_p, self.p));
            if size == 0 || !self.p.is_multiple_of(size) || !k.is_multiple_of(size) {
                let message = format!("expected a divisor of p = {} and k = {k}, found {size}", self.p);
                return Err(Invalid::new("group_size", message));
            }
            if self.signal == Signal::BernoulliGaussian {
                let message =
                    "with this signal each feature is non-zero by itself: choose another or remove it";
                return Err(Invalid::new("group_size", message));
            }
        }
        if let Some(s) = self.sigma.filter(|s| *s < 0.0) {
            return Err(Invalid::new(
                "sigma",
                format!("expected a standard deviation of at least 0, found {s}"),
            ));
        }
        if let Some(s) = self.success_nmse.filter(|s| *s <= 0.0) {
            return Err(Invalid::new("success_nmse", format!("expected a threshold above 0, found {s}")));
        }
        Ok(())
    }
}

fn one_of(a: &str, has_a: bool, b: &str, has_b: bool) -> Result<(), Invalid> {
    match (has_a, has_b) {
        (true, true) => Err(Invalid::new(b, format!("give either `{a}` or `{b}`, not both"))),
        (false, false) => Err(Invalid::new("", format!("give one of `{a}` and `{b}`"))),
        _ => Ok(()),
    }
}
