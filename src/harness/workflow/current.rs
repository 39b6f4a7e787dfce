//! The numbers of a config as the present code gives them: stored ones where they are, else measured now.

use std::path::Path;

use anyhow::Result;

use super::run::run;
use super::{Ended, Options, Planned, Progress};
use crate::journal::{Mode, survey};

/// Ends the name of the folder that is used where a run of another code or config is stored, which
/// stays as it is.
const BESIDE: &str = "-check";

/// Whether the run in the folder can be used or continued: nothing in the way, or nothing left to do.
fn sound(out: &Path, planned: &Planned<'_>) -> Result<bool> {
    let found = survey(&planned.folder(out), &planned.plan, &planned.session()?, false)?;
    Ok(found.is_none_or(|s| s.conflict.is_none() || s.coverage.done() == planned.plan.trials()))
}

/// The run of the present code: read from its folder as far as it is stored there, and run for the
/// rest. A stored run of other code or of another config is left alone, and a folder with the ending
/// `-check` used instead.
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
