//! `speed.toml`: accepted ratios, with date, machine and reason.

use std::path::Path;

use anyhow::{Result, bail};
use remeasure_core::numerics::statistics::Estimate;
use serde::{Deserialize, Serialize};

use super::pairs::Place;
use super::ratio::TimeRatio;
use super::{MARGIN, MARGIN_ELSEWHERE};
use crate::baseline::{Acceptance, accepted, read_log};
use crate::digits::rounded;
use crate::files::{make_folder, write_atomic};
use crate::plan::Plan;
use crate::provenance::{Code, Hardware};

/// File name in the baseline's folder.
pub const SPEED: &str = "speed.toml";
/// Version of the file's format.
pub const FORMAT: u32 = 1;
/// Significant digits of times and ratios: more than can be measured.
const DIGITS: usize = 6;

/// An accepted ratio.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// The cell, as `n=100, snr_db=10`.
    pub cell: String,
    /// The estimator.
    pub estimator: String,
    /// The estimator whose time is the unit.
    pub against: String,
    /// Time of the estimator divided by that of the other one.
    pub ratio: f64,
    /// Standard error of the ratio's logarithm.
    pub log_se: f64,
    /// Degrees of freedom of the standard error.
    pub df: f64,
    /// Number of rounds.
    pub rounds: u32,
    /// Number of replicates of a round; checks use the same.
    pub replicates: u32,
    /// Milliseconds of a fit of the estimator, for information only.
    pub ms: f64,
    /// Milliseconds of a fit of the other one, for information only.
    pub against_ms: f64,
}

impl Known {
    /// A measured ratio, rounded.
    #[must_use]
    pub fn of(place: &Place, measured: &TimeRatio) -> Self {
        let [ms, against_ms] = measured.fit_seconds.map(|s| rounded(1e3 * s, DIGITS));
        Self {
            cell: place.cell.clone(),
            estimator: place.estimator.clone(),
            against: place.against.clone(),
            ratio: rounded(measured.ratio(), DIGITS),
            log_se: rounded(measured.log_ratio.se, DIGITS),
            df: measured.log_ratio.df,
            rounds: measured.rounds,
            replicates: measured.replicates,
            ms,
            against_ms,
        }
    }

    /// Its identity.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { cell: self.cell.clone(), estimator: self.estimator.clone(), against: self.against.clone() }
    }

    /// Logarithm of the ratio, with its standard error.
    #[must_use]
    pub fn log_ratio(&self) -> Estimate {
        Estimate { value: self.ratio.ln(), se: self.log_se, df: self.df, n: u64::from(self.rounds) }
    }

    fn is_sound(&self) -> bool {
        let positive = |x: f64| x > 0.0 && x.is_finite();
        positive(self.ratio)
            && self.log_se >= 0.0
            && self.log_se.is_finite()
            && positive(self.df)
            && self.replicates > 0
    }
}

/// The accepted ratios of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    /// [`FORMAT`].
    pub format: u32,
    /// The experiment.
    pub experiment: String,
    /// Its profile.
    pub profile: String,
    /// Hash of everything in the config that can change a number.
    pub config_hash: String,
    /// The code that was measured.
    pub code: Code,
    /// The machine it was measured on.
    pub hardware: Hardware,
    /// All acceptances, oldest first; the last one made this baseline.
    pub log: Vec<Acceptance>,
    /// The ratios.
    pub ratio: Vec<Known>,
}

impl Accepted {
    /// Ratios measured with `plan` by this program on this machine; `before` is what they replace.
    #[must_use]
    pub fn new(
        plan: &Plan<'_>,
        ratio: Vec<Known>,
        reason: &str,
        change: String,
        before: Option<Self>,
    ) -> Self {
        let resolved = &plan.resolved;
        let code = Code::of_this_binary();
        let log = accepted(plan, &code, reason, change, before.map(|b| b.log));
        Self {
            format: FORMAT,
            experiment: resolved.experiment.clone(),
            profile: resolved.profile.clone(),
            config_hash: resolved.hash(),
            code,
            hardware: Hardware::here(),
            log,
            ratio,
        }
    }

    /// Reads the file in `folder`; `None` if there is none.
    ///
    /// # Errors
    /// If this version cannot read the file. It must not count as missing, or its log would be lost.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(SPEED);
        let place = path.display();
        let Some(read) = read_log::<Self>(&path, FORMAT, "the file")? else { return Ok(None) };
        for (i, known) in read.ratio.iter().enumerate() {
            let named = format!("{place}: {}, {} against {}", known.cell, known.estimator, known.against);
            if !known.is_sound() {
                bail!(
                    "{named}: expected `ratio`, `df` and `replicates` above 0 and `log_se` at least 0; \
                     restore the file, or accept again"
                );
            }
            if read.ratio[..i].iter().any(|other| other.place() == known.place()) {
                bail!("{named}: occurs twice; restore the file, or accept again");
            }
        }
        Ok(Some(read))
    }

    /// Writes the file into `folder`, creating the folder if needed.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        make_folder(folder)?;
        write_atomic(&folder.join(SPEED), toml::to_string(self)?.as_bytes())
    }

    /// The acceptance that made this baseline.
    #[must_use]
    pub fn latest(&self) -> Option<&Acceptance> {
        self.log.last()
    }

    /// A note if `here` is not the processor and system of the baseline.
    #[must_use]
    pub fn elsewhere(&self, here: &Hardware) -> Option<String> {
        let (before, now) = (&self.hardware, here);
        let same = before.processor == now.processor && before.system == now.system;
        // Two unknown processors may differ.
        if same && now.processor != "unknown" {
            return None;
        }
        let of = |h: &Hardware| format!("{} ({})", h.processor, h.system);
        Some(format!("the baseline was measured on another processor: {}, here {}", of(before), of(now)))
    }

    /// The factor up to which changes are ignored on `here`.
    #[must_use]
    pub fn margin(&self, here: &Hardware) -> f64 {
        if self.elsewhere(here).is_some() { MARGIN_ELSEWHERE } else { MARGIN }
    }
}
