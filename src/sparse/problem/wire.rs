//! The keys of `[problem]` for problems drawn from a model, and their conditions.

use std::collections::BTreeMap;

use remeasure_core::Invalid;
use remeasure_core::params::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the rows of a design are correlated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DesignKind {
    /// Independent standard normal entries.
    #[default]
    Gaussian,
    /// Rows with covariance `correlation^|i − j|`.
    Toeplitz,
}

/// How columns are scaled.
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

/// How the non-zero coefficients are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    /// Exactly `k` standard normal entries at random places.
    #[default]
    Gaussian,
    /// Each entry is standard normal with probability `k/p`, else zero.
    BernoulliGaussian,
    /// Exactly `k` entries of ±1 at random places.
    Signs,
    /// Exactly `k` entries ±`decay^i`, i = 0..k, at random places.
    Decaying,
}

/// `[problem]` drawn from a model: `y = A x + w`, `A` of `n × p`, `x` with `k` coefficients that are not 0.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SyntheticWire {
    /// Features, at least 1.
    pub(super) p: usize,
    /// Observations. Give this or `n_over_p`.
    pub(super) n: Option<usize>,
    /// Observations as a multiple of `p`.
    pub(super) n_over_p: Option<f64>,
    /// Coefficients that are not 0. Give this or `k_over_p`.
    pub(super) k: Option<usize>,
    /// The same as a share of `p`, above 0 and at most 1.
    pub(super) k_over_p: Option<f64>,
    /// How the rows of the design are correlated.
    #[serde(default)]
    pub(super) design: DesignKind,
    /// Correlation of neighbouring features, between −1 and 1 (`design = "toeplitz"` only).
    pub(super) correlation: Option<f64>,
    /// How the columns are scaled.
    #[serde(default)]
    pub(super) columns: ColumnScale,
    /// How the coefficients that are not 0 are drawn.
    #[serde(default)]
    pub(super) signal: Signal,
    /// Factor from one coefficient to the next, above 0 and at most 1, 0.9 unless given (`signal = "decaying"` only).
    pub(super) decay: Option<f64>,
    /// Signal-to-noise ratio in dB. Give this or `sigma`.
    pub(super) snr_db: Option<f64>,
    /// Standard deviation of the noise, at least 0.
    pub(super) sigma: Option<f64>,
    /// Normalised squared error up to which a recovery counts as a success, above 0; 1e-6 unless given.
    #[serde(default)]
    pub(super) success_nmse: Option<f64>,
    /// Number of signals (`kind = "ensemble"` only).
    pub(super) signals: Option<usize>,
    /// λ of `½‖y − A x‖² + λ‖x‖₁` (`kind = "ensemble"` only).
    pub(super) penalty: Option<f64>,
    /// Which of `mismatches` the test is drawn with (`kind = "ensemble"` only).
    pub(super) mismatch: Option<String>,
    /// Named ways in which test and training differ (`kind = "ensemble"` only).
    pub(super) mismatches: Option<BTreeMap<String, MismatchWire>>,
}

/// How the problem that an ensemble is tested on differs from the one it is trained on.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MismatchWire {
    /// Coefficients that are not 0.
    pub(super) k: Option<usize>,
    /// The same as a share of `p`.
    pub(super) k_over_p: Option<f64>,
    /// Signal-to-noise ratio in dB.
    pub(super) snr_db: Option<f64>,
    /// Standard deviation of the noise.
    pub(super) sigma: Option<f64>,
    /// How far the test's design lies from the one trained on: 0 the same, 1 a fresh draw.
    pub(super) design_change: Option<f64>,
}

impl SyntheticWire {
    /// Refuses the keys of an ensemble in a problem with one signal.
    pub(super) fn refuse_ensemble_keys(&self) -> Result<(), Invalid> {
        let given = [
            ("signals", self.signals.is_some()),
            ("penalty", self.penalty.is_some()),
            ("mismatch", self.mismatch.is_some()),
            ("mismatches", self.mismatches.is_some()),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((key, _)) => {
                Err(Invalid::new(*key, "only kind = \"ensemble\" takes it: set the kind or remove it"))
            }
            None => Ok(()),
        }
    }

    /// The problem of the ensemble that signals are tested on: this one, changed as `mismatch` says.
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

/// Most entries of a design: 8 GB of numbers.
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
        // In floating point, so that an absurd size cannot overflow.
        let rows = self.n.map_or_else(|| self.n_over_p.unwrap_or(1.0) * self.p as f64, |n| n as f64);
        if rows * self.p as f64 > LARGEST_DESIGN {
            let message = format!(
                "a design of {rows:.3e} × {:.3e} numbers is larger than remeasure will draw ({LARGEST_DESIGN:.0e})",
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
                    "only a toeplitz design takes a correlation; set design = \"toeplitz\" or remove it";
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
                return Err(Invalid::new("decay", "only signal = \"decaying\" takes a decay"));
            }
            if !(d > 0.0 && d <= 1.0) {
                return Err(Invalid::new(
                    "decay",
                    format!("expected a factor above 0 and at most 1, found {d}"),
                ));
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
