//! Runs as library calls: resolve, plan, run and report a config.
//!
//! [`resolve`] binds a config to a profile and checks every name in it, [`run`] runs the trials that are
//! not stored yet and judges the claims, and [`report()`] writes tables, figures and the report. The
//! program's commands make these calls; your own program can make them in the same way:
//!
//! ```no_run
//! use remeasure_harness::config::{Document, Overrides};
//! use remeasure_harness::registry::Registry;
//! use remeasure_harness::workflow::{self, Ended, Options};
//!
//! # fn main() -> anyhow::Result<()> {
//! # let families = [];
//! let registry = Registry::new(&families, &[])?;
//! let document = Document::parse("my.toml", &std::fs::read_to_string("my.toml")?)?;
//! let planned = workflow::resolve(&registry, &document, "quick", &Overrides::default(), &[])?;
//! if let Ended::Complete(run) = workflow::run(planned, &Options::new("results".as_ref()), &mut ())? {
//!     for finding in &run.findings {
//!         println!("{}: {}", finding.id, finding.verdict.word());
//!     }
//!     workflow::report(&run)?;
//! }
//! # Ok(())
//! # }
//! ```

mod current;
mod folders;
mod forecast;
mod merge;
mod run;
mod stored;

use std::path::{Path, PathBuf};

use anyhow::Result;
use remeasure_core::family::AnyFamily;
use sha2::{Digest, Sha256};

pub use current::current;
pub use folders::{journals, named_shard, run_of_shard, shard_folder, shards, shards_folder};
pub use forecast::forecast;
pub use merge::Shards;
pub use run::{Ended, Opened, Options, Progress, Run, open, run};
pub use stored::{in_order, restyled, stored};

use super::config::{ConfigError, Document, Overrides, Resolved};
use super::journal::Session;
use super::plan::Plan;
use super::registry::{Host, Registry};
use super::report;

/// An experiment whose config has passed every check.
pub struct Planned<'a> {
    /// Its cells and estimators.
    pub plan: Plan<'a>,
    /// The patterns that selected them, as in `--only`.
    pub only: Vec<String>,
    /// Name of the run's folder within the experiment's.
    pub name: String,
    experiment: Host<'a>,
}

/// Binds a config to one of its profiles, applies `overrides`, keeps the cells and estimators that match
/// the patterns `only`, and checks every key and name before anything runs.
///
/// # Errors
/// If the config is not valid, a pattern matches nothing, or the family is not registered.
pub fn resolve<'a>(
    experiments: &'a Registry,
    document: &Document,
    profile: &str,
    overrides: &Overrides,
    only: &[String],
) -> Result<Planned<'a>, ConfigError> {
    let mut planned = Planned::new(experiments, document.resolve(profile, overrides)?, only)?;
    planned.name = folder_name(&planned.plan.resolved, overrides.change_settings(), only);
    Ok(planned)
}

impl<'a> Planned<'a> {
    /// The plan of a resolved config, in the folder of its profile.
    ///
    /// # Errors
    /// As for [`resolve`].
    pub fn new(experiments: &'a Registry, resolved: Resolved, only: &[String]) -> Result<Self, ConfigError> {
        let experiment = experiments.host(&resolved)?;
        Self::of(Plan::new(resolved, experiment.family, only)?, experiment, only)
    }

    /// The plan for reading a stored run. The family does not validate it, so the files that the problem
    /// reads need not exist, but nothing can be run.
    ///
    /// # Errors
    /// As for [`resolve`].
    pub fn stored(
        experiments: &'a Registry,
        resolved: Resolved,
        only: &[String],
    ) -> Result<Self, ConfigError> {
        let experiment = experiments.host(&resolved)?;
        Self::of(Plan::stored(resolved, only)?, experiment, only)
    }

    fn of(plan: Plan<'a>, experiment: Host<'a>, only: &[String]) -> Result<Self, ConfigError> {
        report::check_names(&plan.resolved, experiment, &plan.never())?;
        Ok(Self { name: plan.resolved.profile.clone(), plan, only: only.to_vec(), experiment })
    }

    /// The family that runs it, and its paper.
    #[must_use]
    pub fn experiment(&self) -> Host<'a> {
        self.experiment
    }

    /// The family that runs it.
    #[must_use]
    pub fn family(&self) -> &'a dyn AnyFamily {
        self.experiment.family
    }

    /// The run's folder, below the folder `out` of all results.
    #[must_use]
    pub fn folder(&self, out: &Path) -> PathBuf {
        out.join(&self.plan.resolved.experiment).join(&self.name)
    }

    /// The session in which this program runs it.
    ///
    /// # Errors
    /// If the config cannot be written as TOML.
    pub fn session(&self) -> Result<Session> {
        Session::of(&self.plan, self.family().metrics(), &self.only, &self.name)
    }
}

/// Name of a run's folder. A changed config or a filter gets its own folder, so that it cannot overwrite
/// the run of the unchanged profile. More or fewer replicates are the same run.
fn folder_name(resolved: &Resolved, changed: bool, only: &[String]) -> String {
    let mut name = resolved.profile.clone();
    if changed {
        let mut any_size = resolved.clone();
        any_size.replicates = 0;
        any_size.fewer.clear();
        name.push_str(&format!("-{}", &any_size.hash()[..8]));
    }
    if !only.is_empty() {
        let given = only.join("+");
        let plain = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
        let cleaned: String = given.chars().map(|c| if plain(c) { c } else { '_' }).collect();
        name.push_str(&format!("-only-{cleaned}"));
        if given.contains(|c: char| !plain(c) && c != '=' && c != ',') {
            // Keeps patterns apart that are equal once cleaned.
            let digest = Sha256::digest(given.as_bytes());
            name.push_str(&format!("-{:02x}{:02x}", digest[0], digest[1]));
        }
    }
    name
}

/// Writes the tables, figures and report of a run into its folder, with a manifest that lists them;
/// returns their paths, the report first.
///
/// # Errors
/// If files cannot be written.
pub fn report(run: &Run<'_>) -> Result<Vec<PathBuf>> {
    run.report_into(&run.folder)
}
