//! A function of the unit cube that is asked a limited number of times.

use anyhow::{Context, ensure};
use remeasure_core::deadline;
use remeasure_core::stream::Streams;
use remeasure_external::{Array, Data, Method, Request};

use crate::functions::Placed;
use crate::tuning::Tuning;

/// What is minimised.
#[derive(Clone, Debug)]
pub enum Objective {
    /// A test function.
    Placed(Placed),
    /// A validation error.
    Tuning(Box<Tuning>),
    /// The user's program, with the ends of its box.
    Command(Method, Vec<f64>, Vec<f64>),
}

/// A function with its first points and the number of its trials.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The function.
    pub objective: Objective,
    /// Number of coordinates d.
    pub dimension: usize,
    /// The least value, where it is known.
    pub minimum: Option<f64>,
    /// First points in the unit cube, point by point: the same for all methods.
    pub starts: Vec<f64>,
    /// Trials, the first points included.
    pub trials: usize,
}

/// The function as a method sees it, with everything that was asked.
pub struct BlackBox<'a> {
    instance: &'a Instance,
    streams: &'a Streams,
    trials: usize,
    points: Vec<f64>,
    values: Vec<f64>,
    jittered: usize,
}

impl Objective {
    /// The value at a point `u` of the unit cube, the `trial`-th from 1; NaN if the user's program says that there is none.
    ///
    /// # Errors
    /// The user's program fails.
    fn value(&self, u: &[f64], trial: usize, streams: &Streams) -> anyhow::Result<f64> {
        match self {
            Self::Placed(placed) => Ok(placed.value(u)),
            Self::Tuning(tuning) => tuning.value(u),
            Self::Command(method, lower, upper) => {
                let x: Vec<f64> =
                    u.iter().zip(lower.iter().zip(upper)).map(|(u, (l, h))| l + u * (h - l)).collect();
                let data = Data::default().array("x", Array::Vector(&x)).value("trial", trial);
                let answer = method.ask(Request { streams, data: &data })?;
                Ok(answer.number("value")?.unwrap_or(f64::NAN))
            }
        }
    }
}

impl<'a> BlackBox<'a> {
    /// Asks at the first points.
    ///
    /// # Errors
    /// The user's program fails, or the deadline has passed.
    pub fn new(instance: &'a Instance, streams: &'a Streams) -> anyhow::Result<Self> {
        let (points, values) = (Vec::new(), Vec::new());
        let mut first = Self { instance, streams, trials: instance.trials, points, values, jittered: 0 };
        for start in instance.starts.chunks_exact(instance.dimension) {
            first.evaluate(start)?;
        }
        Ok(first)
    }

    /// Allows `factor` times the number of trials.
    pub fn extend(&mut self, factor: usize) {
        self.trials = self.instance.trials * factor;
    }

    /// Number of coordinates d.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.instance.dimension
    }

    /// Trials that are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.trials.saturating_sub(self.values.len())
    }

    /// Asks at a point of the unit cube, and keeps the value, which may be one that is not finite.
    ///
    /// # Errors
    /// No trial is left, the point is outside the cube, the user's program fails, or the deadline has passed.
    pub fn evaluate(&mut self, u: &[f64]) -> anyhow::Result<f64> {
        ensure!(!deadline::passed(), "out of time");
        ensure!(self.left() > 0, "all {} trials are spent", self.trials);
        let inside = u.len() == self.dimension() && u.iter().all(|u| (0.0..=1.0).contains(u));
        ensure!(inside, "a point is outside the box");
        let trial = self.values.len() + 1;
        let value = self
            .instance
            .objective
            .value(u, trial, self.streams)
            .with_context(|| format!("trial {trial}"))?;
        self.points.extend_from_slice(u);
        self.values.push(value);
        Ok(value)
    }

    /// All points so far, point by point.
    #[must_use]
    pub fn points(&self) -> &[f64] {
        &self.points
    }

    /// All values so far.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All values so far, with the largest finite one for those that are not finite, so that models avoid their points;
    /// `None` if none is finite.
    #[must_use]
    pub fn usable(&self) -> Option<Vec<f64>> {
        let worst = self.values.iter().copied().filter(|v| v.is_finite()).reduce(f64::max)?;
        Some(self.values.iter().map(|v| if v.is_finite() { *v } else { worst }).collect())
    }

    /// The point with the least finite value, or the last one.
    #[must_use]
    pub fn best(&self) -> &[f64] {
        let finite = self.values.iter().enumerate().filter(|(_, v)| v.is_finite());
        let best =
            finite.min_by(|a, b| a.1.total_cmp(b.1)).map_or(self.values.len().saturating_sub(1), |b| b.0);
        &self.points[best * self.dimension()..][..self.dimension()]
    }

    /// Notes that a model's matrix was singular without jitter.
    pub fn note_jitter(&mut self) {
        self.jittered += 1;
    }

    /// How often that was noted.
    #[must_use]
    pub fn jittered(&self) -> usize {
        self.jittered
    }
}
