//! A run as a library call: a config is resolved, planned, run, and reported.
//!
//! [`resolve`] binds a config to a profile and checks every name in it, [`run`] measures what is not
//! stored yet and judges the claims, and [`report()`] writes tables, figures and the report. The
//! commands of the program are these calls; a program of a user makes them in the same way:
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
mod merge;
mod run;
mod stored;

use std::path::{Path, PathBuf};

use anyhow::Result;
use remeasure_core::family::AnyFamily;
use sha2::{Digest, Sha256};

pub use current::current;
pub use folders::{journals, named_shard, run_of_shard, shard_folder, shards, shards_folder};
pub use merge::Shards;
pub use run::{Ended, Opened, Options, Progress, Run, open, run};
pub use stored::{restyled, stored};

use super::config::{ConfigError, Document, Overrides, Resolved};
use super::journal::Session;
use super::plan::Plan;
use super::registry::{Host, Registry};
use super::report;

/// An experiment whose config has passed every check.
pub struct Planned<'a> {
    /// Its cells and estimators.
    pub plan: Plan<'a>,
    /// The patterns that chose them, as in `--only`.
    pub only: Vec<String>,
    /// Name of the run's folder within that of the experiment.
    pub name: String,
    experiment: Host<'a>,
}

/// Binds a config to one of its profiles, applies `overrides`, keeps the cells and estimators that the
/// patterns `only` leave, and checks every key and name before anything runs.
///
/// # Errors
/// A config that is not valid, a pattern that matches nothing, or a family that is not registered.
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
    /// The plan of a config that has been resolved already, in the folder of its profile.
    ///
    /// # Errors
    /// As for [`resolve`].
    pub fn new(experiments: &'a Registry, resolved: Resolved, only: &[String]) -> Result<Self, ConfigError> {
        let experiment = experiments.host(&resolved)?;
        Self::of(Plan::new(resolved, experiment.family, only)?, experiment, only)
    }

    /// The same for reading a stored run: the family validates nothing, so that files that the problem
    /// reads need not be here, and nothing can be run.
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
        report::check_names(&plan.resolved, experiment)?;
        Ok(Self { name: plan.resolved.profile.clone(), plan, only: only.to_vec(), experiment })
    }

    /// The family that runs it, and the paper that it is of.
    #[must_use]
    pub fn experiment(&self) -> Host<'a> {
        self.experiment
    }

    /// The family that runs it.
    #[must_use]
    pub fn family(&self) -> &'a dyn AnyFamily {
        self.experiment.family
    }

    /// The folder of the run below that of all results.
    #[must_use]
    pub fn folder(&self, out: &Path) -> PathBuf {
        out.join(&self.plan.resolved.experiment).join(&self.name)
    }

    /// The session in which this program runs it.
    ///
    /// # Errors
    /// A config that cannot be written as TOML.
    pub fn session(&self) -> Result<Session> {
        Session::of(&self.plan, self.family().metrics(), &self.only, &self.name)
    }
}

/// Where a run is kept: a changed config or a filter gets a folder of its own, so that it cannot
/// overwrite the run of the plain profile. More or fewer replicates are the same run.
fn folder_name(resolved: &Resolved, changed: bool, only: &[String]) -> String {
    let mut name = resolved.profile.clone();
    if changed {
        let mut any_size = resolved.clone();
        any_size.replicates = 0;
        name.push_str(&format!("-{}", &any_size.hash()[..8]));
    }
    if !only.is_empty() {
        let given = only.join("+");
        let plain = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
        let cleaned: String = given.chars().map(|c| if plain(c) { c } else { '_' }).collect();
        name.push_str(&format!("-only-{cleaned}"));
        if given.contains(|c: char| !plain(c) && c != '=' && c != ',') {
            // Patterns that look alike once cleaned keep apart.
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
/// Files that cannot be written.
pub fn report(run: &Run<'_>) -> Result<Vec<PathBuf>> {
    run.report_into(&run.folder)
}
