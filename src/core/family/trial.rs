//! One trial: the data are drawn once, then the estimators are fitted one by one.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::time::Duration;

use super::{Family, Input, Measurement, Metric, Outcome, Recorder};
use crate::deadline;
use crate::format::tamed;
use crate::stream::Streams;

/// The result of one estimator in one trial.
#[derive(Clone, Debug)]
pub struct FitRecord {
    /// How the fit ended.
    pub outcome: Outcome,
    /// The recorded numbers; empty if the fit failed.
    pub measured: Vec<Measurement>,
    /// Wall time of the fit, in seconds.
    pub seconds: Option<f64>,
}

impl FitRecord {
    /// A row for an estimator that produced no fit.
    #[must_use]
    pub fn without_fit(outcome: Outcome) -> Self {
        Self { outcome, measured: Vec::new(), seconds: None }
    }

    /// A row for an estimator that failed.
    #[must_use]
    pub fn failed(message: String) -> Self {
        Self::without_fit(Outcome::Failed(message))
    }
}

/// One estimator to run in a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Position among the config's estimators.
    pub estimator: usize,
    /// Time limit for fit and measurements together; `None` for no limit.
    pub limit: Option<Duration>,
}

/// Progress of a trial; attempts are given by their position.
#[derive(Clone, Debug)]
pub enum TrialEvent {
    /// The data have been drawn, and this attempt begins.
    Started(usize),
    /// This attempt has ended.
    Finished(usize, FitRecord),
}

/// One cell, ready to run trials.
pub trait Runner: Send + Sync {
    /// Runs one trial, attempt by attempt, and reports to `each`. An attempt that exceeds its limit is
    /// recorded as timed out, whatever it returned. If the data cannot be drawn, all attempts finish without
    /// having started.
    fn trial(&self, streams: &Streams, attempts: &[Attempt], each: &mut dyn FnMut(TrialEvent));

    /// Files and data sets that the problem reads.
    fn inputs(&self) -> Vec<Input>;

    /// Metrics that are never recorded for the problem.
    fn never(&self) -> Vec<Metric>;
}

/// A family's problem and estimators for one cell.
pub(super) struct Cell<'a, P: 'static, D: 'static, E: ?Sized + 'static> {
    pub(super) family: &'a Family<P, D, E>,
    pub(super) problem: P,
    pub(super) estimators: Vec<Box<E>>,
}

impl<P: Send + Sync, D, E: ?Sized + Send + Sync> Runner for Cell<'_, P, D, E> {
    fn inputs(&self) -> Vec<Input> {
        (self.family.inputs)(&self.problem).to_vec()
    }

    fn never(&self) -> Vec<Metric> {
        (self.family.never)(&self.problem)
    }

    fn trial(&self, streams: &Streams, attempts: &[Attempt], each: &mut dyn FnMut(TrialEvent)) {
        // Data that a program draws have the time of the slowest fit.
        let limits: Option<Vec<Duration>> = attempts.iter().map(|attempt| attempt.limit).collect();
        let limit = limits.and_then(|limits| limits.into_iter().max());
        let draw = || guarded(|| (self.family.draw)(&self.problem, streams));
        let data = match deadline::for_programs(limit, draw) {
            Ok(data) => data,
            Err(message) => {
                let message = format!("drawing the data: {message}");
                for position in 0..attempts.len() {
                    each(TrialEvent::Finished(position, FitRecord::failed(message.clone())));
                }
                return;
            }
        };
        for (position, attempt) in attempts.iter().enumerate() {
            let estimator = &*self.estimators[attempt.estimator];
            // If this panics, the fit will fail too and say why.
            let _ = guarded(|| {
                (self.family.ready)(estimator);
                Ok(())
            });
            each(TrialEvent::Started(position));
            let mut recorder = Recorder::new(self.family.metrics);
            let (measured, late) = deadline::within(attempt.limit, || {
                guarded(|| (self.family.measure)(&self.problem, &data, estimator, streams, &mut recorder))
            });
            let row = match (measured, attempt.limit) {
                // The fit may have stopped early because of the deadline, or failed as a consequence.
                (_, Some(limit)) if late => FitRecord::without_fit(Outcome::TimedOut(limit)),
                (Ok(shortfall), _) => {
                    let (measured, seconds) = recorder.into_parts();
                    FitRecord {
                        outcome: shortfall.map_or(Outcome::Ok, Outcome::NotConverged),
                        measured,
                        seconds,
                    }
                }
                (Err(message), _) => FitRecord::failed(message),
            };
            each(TrialEvent::Finished(position, row));
        }
    }
}

thread_local! {
    /// Message of the last panic on this thread while a trial runs on it.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics of trials off the terminal; their messages become outcomes instead.
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

/// Runs `work` and turns an error or a panic into its message.
fn guarded<T>(work: impl FnOnce() -> anyhow::Result<T>) -> Result<T, String> {
    install_panic_hook();
    PANIC.set(Some(String::new()));
    let result = catch_unwind(AssertUnwindSafe(work));
    let message = PANIC.take().unwrap_or_default();
    match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(tamed(format!("{error:#}"))),
        Err(_) => Err(tamed(message)),
    }
}
