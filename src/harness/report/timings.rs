//! `timings.md`: what differs between two runs of the same config.

use std::fmt::Write;

use remeasure_core::format::{count, number};
use remeasure_core::numerics::statistics::{quantile, sum};

use super::Parts;
use crate::markdown::{self, escape};

/// File name, next to the report.
pub(super) const TIMINGS_MD: &str = "timings.md";

/// The median and total fit time of each estimator, and when, where and how the run was made.
pub(super) fn markdown(parts: &Parts<'_>) -> String {
    let manifest = parts.manifest;
    let mut text = format!(
        "# {}: fit times\n\nWall-clock times of the fits alone. They depend on the load of the machine, so they are \
         not comparable between runs and never repeat exactly. Everything else is in [`report.md`](report.md).\n\n",
        escape(&parts.plan.resolved.title)
    );
    let kinds = parts.experiment.family.kinds();
    let rows = parts.plan.wanted.iter().zip(parts.timings).map(|(&index, seconds)| {
        let estimator = &parts.plan.resolved.estimators[index];
        let about = kinds.iter().find(|k| k.name == estimator.kind).map_or("", |k| k.about);
        let mut sorted = seconds.clone();
        sorted.sort_by(f64::total_cmp);
        let median = number(1e3 * quantile(&sorted, 0.5));
        let total = number(sum(seconds));
        vec![escape(&estimator.name), median, total, escape(about)]
    });
    text.push_str(&markdown::table(&["estimator", "median (ms)", "total (s)", "what it is"], rows));
    // Writing into a String cannot fail.
    let _ = write!(
        text,
        "\n## When, where and how\n\n- {}\n- {} of {} ({}); numbers do not depend on the number of threads\n\
         - {}, {} to {}\n- command: `{}`\n",
        manifest.trace(),
        count(manifest.jobs, "thread"),
        escape(&manifest.hardware.processor),
        escape(&manifest.hardware.system),
        count(manifest.trials, "trial"),
        manifest.started,
        manifest.finished,
        manifest.command
    );
    text
}
