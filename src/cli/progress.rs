//! Progress on standard error: a bar with rate and time left on a terminal, plain lines otherwise.

use std::fmt::Write;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use remeasure_core::advise;
use remeasure_core::format::count;
use remeasure_harness::journal::Recovery;
use remeasure_harness::run::RunEnd;
use remeasure_harness::workflow::{Opened, Progress};

/// Shows the progress of one experiment.
pub(super) struct Bar {
    name: String,
    total: usize,
    /// Trials done before this run began.
    before: usize,
    jobs: usize,
    bar: Option<ProgressBar>,
    started: Instant,
    last: Instant,
}

/// Time between plain lines.
const QUIET: Duration = Duration::from_secs(10);

impl Bar {
    pub(super) fn new(jobs: usize) -> Self {
        let now = Instant::now();
        Self { name: String::new(), total: 0, before: 0, jobs, bar: None, started: now, last: now }
    }
}

/// Reports stored trials, and damage found on opening the journal.
fn tell_recovery(recovery: &Recovery, trials: usize) {
    if recovery.torn > 0 {
        advise!("  the journal's last entry was cut short: {} bytes dropped", recovery.torn);
    }
    for damage in &recovery.damage {
        advise!(
            "  warning: the journal is damaged: {} bytes at offset {}; the trials stored there run again",
            damage.length,
            damage.offset
        );
    }
    if recovery.orphans > 0 {
        advise!(
            "  warning: {} of the journal cannot be matched to a config; their trials run again",
            if recovery.orphans == 1 {
                "1 entry".to_owned()
            } else {
                format!("{} entries", recovery.orphans)
            }
        );
    }
    if recovery.done > 0 {
        advise!("  {} of {} are stored already", recovery.done, count(trials, "trial"));
    }
}

impl Progress for Bar {
    fn begin(&mut self, run: &Opened<'_>) {
        let plan = &run.planned.plan;
        let resolved = &plan.resolved;
        let share = run.shard.map_or_else(String::new, |shard| format!(", shard {shard}"));
        advise!(
            "{}, profile {}: {} × {}, {}{share}",
            resolved.experiment,
            resolved.profile,
            count(plan.cells.len(), "cell"),
            count(resolved.replicates as usize, "replicate"),
            count(plan.wanted.len(), "estimator"),
        );
        tell_recovery(run.recovery(), run.trials());
        self.name.clone_from(&resolved.experiment);
        (self.total, self.before) = (run.trials(), run.done());
        self.bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(self.total as u64);
            let style =
                ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} trials, {rate}, {eta} left");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style.with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
                // Formatting into the bar's own buffer cannot fail.
                let _ = write!(out, "{:.0}/s", state.per_sec());
            }));
            bar.set_message(self.name.clone());
            bar.set_position(self.before as u64);
            bar.reset_eta();
            bar
        });
        self.started = Instant::now();
        self.last = self.started;
    }

    fn advance(&mut self, run: usize) {
        let done = self.before + run;
        if let Some(bar) = &self.bar {
            bar.set_position(done as u64);
        } else if self.last.elapsed() > QUIET {
            self.last = Instant::now();
            let rate = run as f64 / self.started.elapsed().as_secs_f64();
            let left = (self.total - done) as f64 / rate;
            advise!("{}: {done}/{} trials, {rate:.1}/s, {left:.0} s left", self.name, self.total);
        }
    }

    fn end(&mut self, end: Option<&RunEnd>) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let Some(end) = end else { return };
        if end.trials == 0 && self.before == self.total {
            advise!("  nothing had to be run");
            return;
        }
        let seconds = self.started.elapsed().as_secs_f64();
        advise!("  {} in {seconds:.1} s on {}", count(end.trials, "trial"), count(self.jobs, "thread"));
        if end.interrupted {
            advise!(
                "  stopped: {} of {} are done and kept; run the same command to resume",
                self.before + end.trials,
                count(self.total, "trial")
            );
        }
    }
}
