//! The seam between the harness and a family of problems.
//!
//! A family says how a `[problem]` table becomes a problem, how one replicate
//! is drawn, which estimators there are and what is measured of a fit. The
//! harness does the rest.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::time::{Duration, Instant};

use toml::Table;

mod outcome;

pub use outcome::Outcome;

use crate::params::Entry;

use crate::stream::Streams;
use crate::{Invalid, deadline};

/// A number that a family measures of every fit.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Name in configs and records.
    pub name: &'static str,
    /// What it is, with its unit.
    pub about: &'static str,
}

/// Which way a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// An error, say.
    Lower,
    /// A rate of success, say.
    Higher,
}

/// An estimator that a family offers.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Name in configs: `kind = "…"`.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
}

/// A family of problems with its estimators and metrics.
pub trait Family: Sync {
    /// A validated `[problem]`.
    type Problem: Send + Sync;
    /// What one replicate draws; all estimators of a trial see the same.
    type Data;
    /// A validated `[[estimator]]`.
    type Estimator: Send + Sync;

    /// Name in configs: `family = "…"`.
    fn name(&self) -> &'static str;

    /// Everything that [`Family::measure`] may record.
    fn metrics(&self) -> &'static [Metric];

    /// Which way a metric is better, where that can be said of it.
    fn better(&self, _metric: &str) -> Option<Better> {
        None
    }

    /// Metrics that say how far from optimal a fit can be: gaps and residuals.
    fn certificates(&self) -> &'static [&'static str] {
        &[]
    }

    /// The estimators it offers.
    fn kinds(&self) -> Vec<Kind>;

    /// Reads a `[problem]` table.
    ///
    /// # Errors
    /// The first unusable key.
    fn problem(&self, table: Table) -> Result<Self::Problem, Invalid>;

    /// Reads an `[[estimator]]` of a known `kind`.
    ///
    /// # Errors
    /// The first unusable key.
    fn estimator(&self, kind: &str, table: Table) -> Result<Self::Estimator, Invalid>;

    /// Refuses an estimator that cannot run on a problem.
    ///
    /// # Errors
    /// The estimator's key that does not fit, and why.
    fn admit(&self, problem: &Self::Problem, estimator: &Self::Estimator) -> Result<(), Invalid>;

    /// Files that a problem reads: name and SHA-256, for the manifest.
    fn inputs(&self, _problem: &Self::Problem) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Draws one replicate.
    ///
    /// # Errors
    /// A message; every estimator of the trial is then recorded as failed.
    fn draw(&self, problem: &Self::Problem, streams: &Streams) -> anyhow::Result<Self::Data>;

    /// Fits one estimator and records its numbers.
    ///
    /// Where the estimator has a time limit, its [`deadline`] is set: iterations should end soon
    /// after it has passed. What comes back then is thrown away, so it need not be a fit.
    ///
    /// # Errors
    /// A message; the estimator is then recorded as failed in this trial.
    fn measure(
        &self,
        problem: &Self::Problem,
        data: &Self::Data,
        estimator: &Self::Estimator,
        streams: &Streams,
        out: &mut Recorder,
    ) -> anyhow::Result<Outcome>;
}

/// One number as the family recorded it.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Index into [`Family::metrics`].
    pub metric: u16,
    /// Iteration and the like; `None` for the final fit.
    pub coordinate: Option<f64>,
    /// The number.
    pub value: f64,
}

/// Takes the numbers and the fit time of one estimator in one trial.
#[derive(Debug)]
pub struct Recorder {
    metrics: &'static [Metric],
    rows: Vec<Measured>,
    seconds: Option<f64>,
}

impl Recorder {
    /// An empty recorder for a family's metrics.
    #[must_use]
    pub fn new(metrics: &'static [Metric]) -> Self {
        Self { metrics, rows: Vec::new(), seconds: None }
    }

    /// The numbers recorded so far.
    #[must_use]
    pub fn rows(&self) -> &[Measured] {
        &self.rows
    }

    /// Records a number of the final fit.
    ///
    /// # Panics
    /// If the family did not declare `metric`.
    pub fn record(&mut self, metric: &str, value: f64) {
        self.push(metric, None, value);
    }

    /// Records a number at a `coordinate`, such as an iteration.
    ///
    /// # Panics
    /// If the family did not declare `metric`.
    pub fn record_at(&mut self, metric: &str, coordinate: f64, value: f64) {
        self.push(metric, Some(coordinate), value);
    }

    fn push(&mut self, metric: &str, coordinate: Option<f64>, value: f64) {
        let Some(index) = self.metrics.iter().position(|m| m.name == metric) else {
            panic!("the metric `{metric}` is not among those its family declares");
        };
        self.rows.push(Measured { metric: index as u16, coordinate, value });
    }

    /// Runs and times the fit, apart from the making of its measurements.
    pub fn timed<T>(&mut self, fit: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = fit();
        self.seconds = Some(self.seconds.unwrap_or(0.0) + start.elapsed().as_secs_f64());
        result
    }
}

/// What one estimator left in one trial.
#[derive(Clone, Debug)]
pub struct Row {
    /// How it ended.
    pub outcome: Outcome,
    /// Its numbers; empty when it failed.
    pub measured: Vec<Measured>,
    /// Wall time of the fit.
    pub seconds: Option<f64>,
}

impl Row {
    /// The row of an estimator that gave no fit.
    #[must_use]
    pub fn without_fit(outcome: Outcome) -> Self {
        Self { outcome, measured: Vec::new(), seconds: None }
    }

    /// The row of an estimator that failed.
    #[must_use]
    pub fn failed(message: String) -> Self {
        Self::without_fit(Outcome::Failed(message))
    }
}

/// One estimator to be run in a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Position among the config's estimators.
    pub estimator: usize,
    /// Time that fit and measurements together may take; `None` for as long as they like.
    pub limit: Option<Duration>,
}

/// What happens in a trial; attempts are named by their position.
#[derive(Clone, Debug)]
pub enum Event {
    /// The data are drawn, and this attempt begins.
    Started(usize),
    /// It is over.
    Finished(usize, Row),
}

/// One cell, ready to run trials.
pub trait Runner: Send + Sync {
    /// Runs one trial, attempt by attempt, and tells `each` about it. An attempt that outlasts its
    /// limit is recorded as timed out, whatever came back. Where the data cannot be drawn, all
    /// attempts finish without having started.
    fn trial(&self, streams: &Streams, attempts: &[Attempt], each: &mut dyn FnMut(Event));

    /// Files that the problem reads: name and SHA-256.
    fn inputs(&self) -> Vec<(String, String)>;
}

/// Which table of a config a problem lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `[problem]`.
    Problem,
    /// The estimator at this position.
    Estimator(usize),
}

/// A family without its types, as the harness keeps it. Implemented for every [`Family`].
pub trait AnyFamily: Sync {
    /// Name in configs.
    fn name(&self) -> &'static str;
    /// Everything it may record.
    fn metrics(&self) -> &'static [Metric];
    /// Which way a metric is better, where that can be said of it.
    fn better(&self, metric: &str) -> Option<Better>;
    /// Metrics that say how far from optimal a fit can be.
    fn certificates(&self) -> &'static [&'static str];
    /// The estimators it offers.
    fn kinds(&self) -> Vec<Kind>;
    /// Validates one cell and makes it ready to run. The estimators at the positions `left_out`
    /// are never run in it: their keys must be sound, but need not suit the problem.
    ///
    /// # Errors
    /// The first unusable key, and the table it stands in.
    fn prepare<'a>(
        &'a self,
        problem: Table,
        estimators: Vec<(&str, Table)>,
        left_out: &[usize],
    ) -> Result<Box<dyn Runner + 'a>, (Part, Invalid)>;
}

struct TypedRunner<'a, F: Family> {
    family: &'a F,
    problem: F::Problem,
    estimators: Vec<F::Estimator>,
}

impl<F: Family> AnyFamily for F {
    fn name(&self) -> &'static str {
        Family::name(self)
    }

    fn metrics(&self) -> &'static [Metric] {
        Family::metrics(self)
    }

    fn better(&self, metric: &str) -> Option<Better> {
        Family::better(self, metric)
    }

    fn certificates(&self) -> &'static [&'static str] {
        Family::certificates(self)
    }

    fn kinds(&self) -> Vec<Kind> {
        Family::kinds(self)
    }

    fn prepare<'a>(
        &'a self,
        problem: Table,
        estimators: Vec<(&str, Table)>,
        left_out: &[usize],
    ) -> Result<Box<dyn Runner + 'a>, (Part, Invalid)> {
        let problem = self.problem(problem).map_err(|e| (Part::Problem, e))?;
        let mut ready = Vec::with_capacity(estimators.len());
        for (i, (kind, table)) in estimators.into_iter().enumerate() {
            let at = |e| (Part::Estimator(i), e);
            let kinds = Family::kinds(self);
            if !kinds.iter().any(|k| k.name == kind) {
                let names: Vec<&str> = kinds.iter().map(|k| k.name).collect();
                let message = crate::hint::unknown("estimator kind", kind, names);
                return Err(at(Invalid::new("kind", message)));
            }
            let estimator = self.estimator(kind, table).map_err(at)?;
            if !left_out.contains(&i) {
                self.admit(&problem, &estimator).map_err(at)?;
            }
            ready.push(estimator);
        }
        Ok(Box::new(TypedRunner { family: self, problem, estimators: ready }))
    }
}

thread_local! {
    /// While a trial runs on this thread: the message of its last panic.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics of trials off the terminal; their messages become outcomes.
fn install_panic_hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let kept = PANIC.with_borrow_mut(|slot| match slot {
                Some(message) => {
                    let text = info
                        .payload()
                        .downcast_ref::<&str>()
                        .map(|s| (*s).to_owned())
                        .or_else(|| info.payload().downcast_ref::<String>().cloned())
                        .unwrap_or_else(|| "no message".to_owned());
                    let at = info.location().map(|l| format!(" ({}:{})", l.file(), l.line()));
                    *message = format!("panicked: {text}{}", at.unwrap_or_default());
                    true
                }
                None => false,
            });
            if !kept {
                previous(info);
            }
        }));
    });
}

/// Runs `work`, turning an error or a panic into its message.
fn guarded<T>(work: impl FnOnce() -> anyhow::Result<T>) -> Result<T, String> {
    install_panic_hook();
    PANIC.set(Some(String::new()));
    let result = catch_unwind(AssertUnwindSafe(work));
    let message = PANIC.take().unwrap_or_default();
    match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(format!("{error:#}")),
        Err(_) => Err(message),
    }
}

impl<F: Family> Runner for TypedRunner<'_, F> {
    fn inputs(&self) -> Vec<(String, String)> {
        self.family.inputs(&self.problem)
    }

    fn trial(&self, streams: &Streams, attempts: &[Attempt], each: &mut dyn FnMut(Event)) {
        let data = match guarded(|| self.family.draw(&self.problem, streams)) {
            Ok(data) => data,
            Err(message) => {
                let message = format!("drawing the data: {message}");
                for position in 0..attempts.len() {
                    each(Event::Finished(position, Row::failed(message.clone())));
                }
                return;
            }
        };
        for (position, attempt) in attempts.iter().enumerate() {
            each(Event::Started(position));
            let mut recorder = Recorder::new(Family::metrics(self.family));
            let estimator = &self.estimators[attempt.estimator];
            let (measured, late) = deadline::within(attempt.limit, || {
                guarded(|| self.family.measure(&self.problem, &data, estimator, streams, &mut recorder))
            });
            let row = match (measured, attempt.limit) {
                // An iteration may have stopped short, or failed for having stopped short.
                (_, Some(limit)) if late => Row::without_fit(Outcome::TimedOut(limit)),
                (Ok(outcome), _) => Row { outcome, measured: recorder.rows, seconds: recorder.seconds },
                (Err(message), _) => Row::failed(message),
            };
            each(Event::Finished(position, row));
        }
    }
}

/// What a family's registered estimators are called.
pub fn kinds<E>(entries: &[Entry<E>]) -> Vec<Kind> {
    entries.iter().map(|e| Kind { name: e.name, about: e.about }).collect()
}

/// Reads the parameters of the registered estimator `kind`.
pub fn read_estimator<E>(entries: &[Entry<E>], kind: &str, table: Table) -> Result<E, Invalid> {
    let entry = entries.iter().find(|e| e.name == kind);
    entry.map_or_else(|| Err(Invalid::new("kind", "not an estimator of this family")), |e| (e.read)(table))
}

/// Which way a metric is better, by the family's lists.
pub fn better(metric: &str, lower: &[&str], higher: &[&str]) -> Option<Better> {
    let sense = |list: &[&str], sense| list.contains(&metric).then_some(sense);
    sense(lower, Better::Lower).or(sense(higher, Better::Higher))
}
