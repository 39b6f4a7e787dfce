//! The interface between the harness and a family of problems.
//!
//! A [`Family`] is a plain value. It defines how a `[problem]` table becomes a problem, how one replicate is
//! drawn, which estimators exist, and what is measured for each fit. The harness does the rest, and uses the
//! family as a type-erased [`AnyFamily`].

mod metric;
mod outcome;
pub mod path;
mod recorder;
mod trial;

use toml::Table;

pub use metric::{Metric, Sense};
pub use outcome::Outcome;
pub use recorder::{Measurement, Recorder};
pub use trial::{Attempt, FitRecord, Runner, TrialEvent};

use crate::curve::Curve;
use crate::params::{Entry, Kind};
use crate::stream::Streams;
use crate::{Invalid, hint};

/// A family of problems with its estimators, metrics and reference curves.
///
/// `P` is a validated `[problem]`; `D` is the data of one replicate, shared by all estimators of a trial; `E`
/// is a validated `[[estimator]]`, usually `dyn` of the family's own trait.
///
/// ```
/// use rand::Rng;
/// use remeasure_core::family::{AnyFamily, Attempt, TrialEvent, Family};
/// use remeasure_core::params::{self, Check, Entry, Kind};
/// use remeasure_core::stream::Streams;
/// use remeasure_core::{Invalid, metrics};
///
/// metrics! {
///     /// What is measured of an estimate.
///     METRICS:
///     ERROR = Lower, "error", "(x̂ − ½)² from n uniform numbers";
/// }
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Problem {
///     /// Numbers drawn, at least 1.
///     n: usize,
/// }
///
/// impl Check for Problem {
///     fn check(&self) -> Result<(), Invalid> {
///         if self.n == 0 { Err(Invalid::new("n", "expected at least 1, found 0")) } else { Ok(()) }
///     }
/// }
///
/// /// An estimator is a function of the numbers drawn.
/// type Estimate = fn(&[f64]) -> f64;
///
/// static UNIFORM: Family<Problem, Vec<f64>, Estimate> = Family {
///     name: "uniform",
///     metrics: METRICS,
///     estimators: &[Entry {
///         name: "mean",
///         about: "the mean",
///         schema: params::schema::<()>,
///         read: |_| Ok(Box::new(|x| x.iter().sum::<f64>() / x.len() as f64)),
///     }],
///     curves: &[],
///     study: "",
///     problems: || vec![Kind::of::<Problem>("", "uniform numbers")],
///     problem: params::read,
///     admit: |_, _| Ok(()),
///     inputs: |_| &[],
///     never: |_| Vec::new(),
///     ready: |_| (),
///     draw: |problem, streams| {
///         let mut stream = streams.stream("numbers");
///         Ok((0..problem.n).map(|_| stream.r#gen()).collect())
///     },
///     measure: |_, numbers, estimate, _, out| {
///         let x = out.timed(|| estimate(numbers));
///         out.record(ERROR, (x - 0.5).powi(2));
///         Ok(None)
///     },
/// };
///
/// // What the harness does with it, here for one cell and one trial.
/// let problem = toml::from_str("n = 1000")?;
/// let runner = UNIFORM.prepare(problem, vec![("mean", toml::Table::new())], &[]).unwrap();
/// let streams = Streams { seed: 1, cell: 0, replicate: 0 };
/// runner.trial(&streams, &[Attempt { estimator: 0, limit: None }], &mut |event| {
///     if let TrialEvent::Finished(_, row) = event {
///         assert!(row.measured[0].value < 0.001);
///     }
/// });
/// # Ok::<(), toml::de::Error>(())
/// ```
pub struct Family<P: 'static, D: 'static, E: ?Sized + 'static> {
    /// Name in configs: `family = "…"`.
    pub name: &'static str,
    /// Everything that `measure` may record, declared with [`metrics!`](crate::metrics!).
    pub metrics: &'static [Metric],
    /// The estimators that a config can use.
    pub estimators: &'static [Entry<E>],
    /// The reference curves that figures and claims can use.
    pub curves: &'static [Curve],
    /// A small commented config, which `remeasure new` starts from; empty if there is none. `NAME` stands for the
    /// experiment's name. Lines between `#: drawn` and `#: end` are for problems that are drawn, those between
    /// `#: csv` and `#: end` for the user's own data, which stand at `#: data`; the names of their features, as a key of a
    /// figure, stand at `#: names`.
    pub study: &'static str,
    /// The kinds of `[problem]`, with their keys.
    pub problems: fn() -> Vec<Kind>,
    /// Reads a `[problem]` table. Fails with the first invalid key.
    pub problem: fn(Table) -> Result<P, Invalid>,
    /// Rejects an estimator that cannot run on a problem; the error gives the estimator's offending key.
    pub admit: fn(&P, &E) -> Result<(), Invalid>,
    /// Files and data sets that a problem reads.
    pub inputs: fn(&P) -> &[Input],
    /// Metrics that are never recorded for a problem, whatever the estimator.
    pub never: fn(&P) -> Vec<Metric>,
    /// Makes an estimator ready to fit on this thread before its time is taken, such as by starting a program.
    pub ready: fn(&E),
    /// Draws the data of one replicate. If this fails, every estimator of the trial is recorded as failed.
    pub draw: fn(&P, &Streams) -> anyhow::Result<D>,
    /// Fits one estimator and records its metrics. Returns the reason if the fit stopped before meeting its
    /// own stopping rule, and `None` otherwise; an error is recorded as a failure.
    ///
    /// If the estimator has a time limit, its [`deadline`](crate::deadline) is set: iterations should end
    /// soon after it has passed. What is returned after that is discarded, so it need not be a valid fit.
    pub measure: fn(&P, &D, &E, &Streams, &mut Recorder) -> anyhow::Result<Option<String>>,
}

impl<P, D, E: ?Sized> Clone for Family<P, D, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, D, E: ?Sized> Copy for Family<P, D, E> {}

impl<P, D, E: ?Sized> Family<P, D, E> {
    /// The same family with additional estimators. Leaks memory, so it lives as long as the program.
    #[must_use]
    pub fn with(&self, estimators: &[Entry<E>]) -> &'static Self {
        let all: Vec<Entry<E>> = self.estimators.iter().chain(estimators).copied().collect();
        Box::leak(Box::new(Self { estimators: all.leak(), ..*self }))
    }
}

/// A file or data set that a problem reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name, for a file as in the config.
    pub name: String,
    /// SHA-256 of its contents.
    pub digest: String,
    /// What was taken from it, such as "50 rows of 3 features: `a`, `b`, `c`".
    pub holds: String,
}

/// The table of a config that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `[problem]`.
    Problem,
    /// The estimator at this position.
    Estimator(usize),
}

/// A type-erased [`Family`], as the harness uses it.
pub trait AnyFamily: Sync {
    /// Name in configs.
    fn name(&self) -> &'static str;
    /// Every metric that the family may record.
    fn metrics(&self) -> &'static [Metric];
    /// The estimators that the family offers.
    fn kinds(&self) -> Vec<Kind>;
    /// The kinds of problems that the family has.
    fn problems(&self) -> Vec<Kind>;
    /// The reference curves of the family.
    fn curves(&self) -> &'static [Curve];
    /// A small commented config, see [`Family::study`].
    fn study(&self) -> &'static str;
    /// Validates one cell and makes it ready to run. The estimators at the positions `left_out` never run in
    /// this cell: their keys must be valid, but need not suit the problem.
    ///
    /// # Errors
    /// The first invalid key, and the table that contains it.
    fn prepare<'a>(
        &'a self,
        problem: Table,
        estimators: Vec<(&str, Table)>,
        left_out: &[usize],
    ) -> Result<Box<dyn Runner + 'a>, (Part, Invalid)>;

    /// Which direction of a metric is better; [`Sense::Neither`] if the family has no such metric.
    fn sense(&self, metric: &str) -> Sense {
        self.metrics().iter().find(|m| m.name == metric).map_or(Sense::Neither, |m| m.sense)
    }
}

impl<P: Send + Sync, D, E: ?Sized + Send + Sync> AnyFamily for Family<P, D, E> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn metrics(&self) -> &'static [Metric] {
        self.metrics
    }

    fn kinds(&self) -> Vec<Kind> {
        self.estimators.iter().map(Entry::kind).collect()
    }

    fn problems(&self) -> Vec<Kind> {
        (self.problems)()
    }

    fn curves(&self) -> &'static [Curve] {
        self.curves
    }

    fn study(&self) -> &'static str {
        self.study
    }

    fn prepare<'a>(
        &'a self,
        problem: Table,
        estimators: Vec<(&str, Table)>,
        left_out: &[usize],
    ) -> Result<Box<dyn Runner + 'a>, (Part, Invalid)> {
        let problem = (self.problem)(problem).map_err(|e| (Part::Problem, e))?;
        let mut ready = Vec::with_capacity(estimators.len());
        for (i, (kind, table)) in estimators.into_iter().enumerate() {
            let at = |e| (Part::Estimator(i), e);
            let mut named = self.estimators.iter().filter(|e| e.name == kind);
            let Some(entry) = named.next() else {
                let names = self.estimators.iter().map(|e| e.name);
                return Err(at(Invalid::new("kind", hint::unknown("estimator kind", kind, names))));
            };
            if named.next().is_some() {
                let message = format!("the family has two estimators named `{kind}`: rename one");
                return Err(at(Invalid::new("kind", message)));
            }
            let estimator = (entry.read)(table).map_err(at)?;
            if !left_out.contains(&i) {
                (self.admit)(&problem, &estimator).map_err(at)?;
            }
            ready.push(estimator);
        }
        Ok(Box::new(trial::Cell { family: self, problem, estimators: ready }))
    }
}
