//! How many replicates and how much time would decide a run's claims.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;
use remeasure_core::format::{count, thousands};

use super::Run;
use crate::claims::{Looks, Verdict};
use crate::storage::load_timings;

/// What is planned beyond a stored run, which serves as the pilot.
///
/// For each undecided claim it names the look that would decide it with 80 % power if the measured values are the true
/// ones. The time is that of all further fits on `jobs` threads, without drawing the data.
///
/// # Errors
/// If the timings cannot be read.
pub fn forecast(run: &Run<'_>, looks: Looks, jobs: usize) -> Result<String> {
    let planned = looks.planned();
    let most = planned.last().copied().unwrap_or(looks.first);
    let mut text = String::new();
    let mut extents: BTreeMap<(usize, usize), u32> = BTreeMap::new();
    for finding in &run.findings {
        let Verdict::Undecided { replicates } = finding.verdict else { continue };
        let deciding = replicates.and_then(|n| planned.iter().copied().find(|look| u64::from(*look) >= n));
        let told = match (deciding, replicates) {
            (Some(look), _) => format!("decided by the look at {}", count(look as usize, "replicate")),
            (None, Some(n)) => {
                format!("would take about {} replicates, more than {most}", thousands(n as usize))
            }
            (None, None) => format!("not decided by {most} replicates, as far as can be told"),
        };
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {}: {told}", finding.id);
        for pair in &finding.needs {
            let extent = extents.entry(*pair).or_default();
            *extent = (*extent).max(deciding.unwrap_or(most));
        }
    }
    if text.is_empty() {
        return Ok("  every claim is decided\n".to_owned());
    }
    let timings = load_timings(&run.folder, &run.planned.plan)?;
    let mean = |estimator: usize| {
        let own = timings.get(estimator).map_or(&[][..], Vec::as_slice);
        own.iter().sum::<f64>() / own.len().max(1) as f64
    };
    let (mut fits, mut seconds) = (0, 0.0);
    for ((cell, estimator), extent) in extents {
        let more = extent.saturating_sub(run.store.due(cell, estimator));
        fits += more as usize;
        seconds += f64::from(more) * mean(estimator);
    }
    let _ = writeln!(
        text,
        "  {} more fits, {} on {}; replicates are those that decide with 80 % power at the level of each look",
        thousands(fits),
        match seconds / jobs.max(1) as f64 {
            less if less < 1.0 => "less than a second".to_owned(),
            seconds => format!("about {seconds:.0} s"),
        },
        count(jobs, "thread")
    );
    Ok(text)
}
