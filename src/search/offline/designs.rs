//! Given designs: the worse part of points drawn from a box.

use rand::Rng;
use remeasure_core::numerics::statistics::{mean, quantile, sd};
use remeasure_core::stream::Streams;

use crate::functions::Placed;
use crate::problem::Placing;

/// What designs are drawn from. Their values are those of minus the function, so that larger ones are better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DesignsLaw {
    /// The function.
    pub placing: Placing,
    /// Points drawn uniformly from the box.
    pub drawn: usize,
    /// Those whose value is below this quantile are kept.
    pub kept: f64,
    /// Of these, the first ones are for training.
    pub train: usize,
    /// The next ones are held out.
    pub held_out: usize,
    /// Radius at which sharpness is measured.
    pub radius: f64,
}

/// Given designs, standardised by all that were kept: coordinates and values have mean 0 and standard deviation 1.
#[derive(Clone, Debug)]
pub struct Designs {
    placed: Placed,
    /// Mean and standard deviation of each coordinate of the unit cube.
    scales: Vec<(f64, f64)>,
    /// Mean and standard deviation of the values.
    unit: (f64, f64),
    /// Training points (n × d, point by point).
    pub train: Vec<f32>,
    /// Their values.
    pub values: Vec<f32>,
    /// Points held out.
    pub held_out: Vec<f32>,
    /// Their values.
    pub held_out_values: Vec<f32>,
    /// Radius at which sharpness is measured.
    pub radius: f64,
}

impl DesignsLaw {
    /// Draws designs.
    ///
    /// # Errors
    /// Too few points are kept, or they have no spread.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Designs> {
        let d = self.placing.dimension;
        let placed = self.placing.draw(streams)?;
        let mut stream = streams.stream("designs");
        let points: Vec<f64> = (0..self.drawn * d).map(|_| stream.r#gen()).collect();
        let values: Vec<f64> = points.chunks_exact(d).map(|u| -placed.value(u)).collect();
        let mut ascending = values.clone();
        ascending.sort_by(f64::total_cmp);
        let bound = quantile(&ascending, self.kept);
        let kept: Vec<usize> = (0..self.drawn).filter(|&i| values[i] < bound).collect();
        let needed = self.train + self.held_out;
        anyhow::ensure!(kept.len() >= needed, "{} points are kept, {needed} are needed", kept.len());
        let spread = |column: &[f64]| (mean(column), sd(column));
        let column = |j: usize| -> Vec<f64> { kept.iter().map(|&i| points[i * d + j]).collect() };
        let scales: Vec<(f64, f64)> = (0..d).map(|j| spread(&column(j))).collect();
        let unit = spread(&kept.iter().map(|&i| values[i]).collect::<Vec<f64>>());
        anyhow::ensure!(scales.iter().chain([&unit]).all(|s| s.1 > 0.0), "designs without spread");
        let take = |rows: &[usize]| -> (Vec<f32>, Vec<f32>) {
            let scaled = |&i: &usize| -> Vec<f32> {
                scales.iter().enumerate().map(|(j, (m, s))| ((points[i * d + j] - m) / s) as f32).collect()
            };
            let y = rows.iter().map(|&i| ((values[i] - unit.0) / unit.1) as f32).collect();
            (rows.iter().flat_map(scaled).collect(), y)
        };
        let (train, values) = take(&kept[..self.train]);
        let (held_out, held_out_values) = take(&kept[self.train..needed]);
        Ok(Designs { placed, scales, unit, train, values, held_out, held_out_values, radius: self.radius })
    }
}

impl Designs {
    /// Number of coordinates d.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.scales.len()
    }

    /// True values of standardised points (m × d), in the unit of the function, also outside its box.
    #[must_use]
    pub fn truths(&self, points: &[f32]) -> Vec<f64> {
        let unscaled = |point: &[f32]| -> Vec<f64> {
            point.iter().zip(&self.scales).map(|(x, (m, s))| m + s * f64::from(*x)).collect()
        };
        points.chunks_exact(self.dimension()).map(|point| -self.placed.value(&unscaled(point))).collect()
    }

    /// A prediction in the unit of the function.
    #[must_use]
    pub fn natural(&self, value: f64) -> f64 {
        self.unit.0 + self.unit.1 * value
    }

    /// A point of the unit cube, standardised.
    #[must_use]
    pub fn standardised(&self, u: &[f64]) -> Vec<f32> {
        u.iter().zip(&self.scales).map(|(u, (m, s))| ((u - m) / s) as f32).collect()
    }

    /// The best training points, at most `count`, best first.
    #[must_use]
    pub fn best(&self, count: usize) -> Vec<f32> {
        let d = self.dimension();
        let mut order: Vec<usize> = (0..self.values.len()).collect();
        order.sort_by(|&a, &b| self.values[b].total_cmp(&self.values[a]).then(a.cmp(&b)));
        order.iter().take(count).flat_map(|&i| self.train[i * d..(i + 1) * d].iter().copied()).collect()
    }
}
