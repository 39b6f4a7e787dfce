//! Progress: a bar with rate and time left on a terminal, plain lines otherwise.

use std::fmt::Write;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// Shows how far one experiment has come.
pub(super) struct Progress {
    name: String,
    total: usize,
    /// Done before this run began.
    before: usize,
    bar: Option<ProgressBar>,
    started: Instant,
    last: Instant,
}

/// Time between plain lines.
const QUIET: Duration = Duration::from_secs(10);

impl Progress {
    pub(super) fn start(name: &str, total: usize, before: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total as u64);
            let style =
                ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} trials, {rate}, {eta} left");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style.with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
                // Formatting into the bar's own buffer cannot fail.
                let _ = write!(out, "{:.0}/s", state.per_sec());
            }));
            bar.set_message(name.to_owned());
            bar.set_position(before as u64);
            bar.reset_eta();
            bar
        });
        let now = Instant::now();
        Self { name: name.to_owned(), total, before, bar, started: now, last: now }
    }

    /// Takes the number of trials that this run has done.
    pub(super) fn update(&mut self, run: usize) {
        let done = self.before + run;
        if let Some(bar) = &self.bar {
            bar.set_position(done as u64);
        } else if self.last.elapsed() > QUIET {
            self.last = Instant::now();
            let rate = run as f64 / self.started.elapsed().as_secs_f64();
            let left = (self.total - done) as f64 / rate;
            eprintln!("{}: {done}/{} trials, {rate:.1}/s, {left:.0} s left", self.name, self.total);
        }
    }

    pub(super) fn finish(self) -> Duration {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.started.elapsed()
    }
}
