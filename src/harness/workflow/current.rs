//! The numbers that the current code gives for a config: stored if there are any, else measured now.

use std::path::Path;

use anyhow::Result;

use super::run::run;
use super::{Ended, Options, Planned, Progress};
use crate::journal::{Mode, survey};

/// Suffix of the folder to use instead if the run's own folder holds a run of other code or of another
/// config, which is left unchanged.
const BESIDE: &str = "-check";

/// Whether the run in the folder can be used or resumed: it has no conflict, or nothing is left to run.
fn sound(out: &Path, planned: &Planned<'_>) -> Result<bool> {
    let found = survey(&planned.folder(out), &planned.plan, &planned.session()?, false)?;
    Ok(found.is_none_or(|s| s.conflict.is_none() || s.coverage.done() == planned.plan.trials()))
}

/// The current code's run: stored trials are read from its folder, the others are run. A stored run of
/// other code or of another config is left unchanged; a folder with the suffix `-check` is used instead.
///
/// # Errors
/// As for [`super::run()`].
pub fn current<'a>(
    mut planned: Planned<'a>,
    options: &Options<'_>,
    progress: &mut dyn Progress,
) -> Result<Ended<'a>> {
    let mut mode = Mode::default();
    if !sound(options.out, &planned)? {
        planned.name.push_str(BESIDE);
        mode.fresh = !sound(options.out, &planned)?;
    }
    run(planned, &Options { mode, ..*options }, progress)
}
