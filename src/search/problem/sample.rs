//! Values of a function at points of earlier searches, some of them observed.

use rand::Rng;
use rand::seq::SliceRandom;
use remeasure_core::numerics::statistics::{mean, sd};
use remeasure_core::stream::Streams;

use super::Placing;
use crate::black_box::{BlackBox, Instance, Objective};
use crate::estimators::Tpe;

/// What observed rows and candidates are drawn from: the pooled trials of searches by TPE. Values are scaled to a mean and
/// a standard deviation over the pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleLaw {
    /// The function.
    pub placing: Placing,
    /// Searches, each from its own first points.
    pub searches: usize,
    /// Trials of a search.
    pub trials: usize,
    /// Rows observed.
    pub observed: usize,
    /// Rows to be predicted.
    pub candidates: usize,
    /// Mean of the values in the pool.
    pub mean: f64,
    /// Their standard deviation.
    pub sd: f64,
}

/// Rows observed and rows to be predicted.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Number of coordinates d.
    pub dimension: usize,
    /// Observed points in the unit cube (n × d, point by point).
    pub points: Vec<f64>,
    /// Their values.
    pub values: Vec<f64>,
    /// Candidates (m × d).
    pub candidates: Vec<f64>,
    /// Their true values.
    pub truths: Vec<f64>,
}

/// First points of a search.
const STARTS: usize = 5;

impl SampleLaw {
    /// Draws a pool and takes rows of it.
    ///
    /// # Errors
    /// The rotation drawn is singular, or all values are equal.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Sample> {
        let d = self.placing.dimension;
        let placed = self.placing.draw(streams)?;
        let (mut points, mut values) = (Vec::new(), Vec::new());
        for search in 0..self.searches {
            let mut stream = streams.stream(&format!("starts {search}"));
            let starts = (0..STARTS * d).map(|_| stream.r#gen()).collect();
            let objective = Objective::Placed(placed.clone());
            let instance = Instance { objective, dimension: d, minimum: None, starts, trials: self.trials };
            let mut function = BlackBox::new(&instance, streams)?;
            Tpe::default().run(&mut function, &mut stream)?;
            points.extend_from_slice(function.points());
            values.extend_from_slice(function.values());
        }
        let (centre, spread) = (mean(&values), sd(&values));
        anyhow::ensure!(spread > 0.0, "all values of the pool are equal");
        values.iter_mut().for_each(|v| *v = self.mean + self.sd * (*v - centre) / spread);
        let mut rows: Vec<usize> = (0..values.len()).collect();
        rows.shuffle(&mut streams.stream("rows"));
        let (observed, rest) = rows.split_at(self.observed);
        let take = |rows: &[usize]| -> (Vec<f64>, Vec<f64>) {
            let points = rows.iter().flat_map(|&i| points[i * d..(i + 1) * d].iter().copied()).collect();
            (points, rows.iter().map(|&i| values[i]).collect())
        };
        let ((points, observed), (candidates, truths)) = (take(observed), take(&rest[..self.candidates]));
        Ok(Sample { dimension: d, points, values: observed, candidates, truths })
    }
}
