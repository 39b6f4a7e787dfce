//! Searches without a model of the function.

use rand::Rng;
use rand::seq::SliceRandom;
use remeasure_core::entry;
use remeasure_core::params::Check;
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Method, Search};
use crate::black_box::BlackBox;
use crate::checks::{check_positive, check_size};
use crate::models::cma::Cma;

pub(super) const RANDOM: Entry = entry!(Method::Search, Random, "random", "uniform points");
pub(super) const GRID: Entry = entry!(Method::Search, Grid, "grid", "points of a grid, in random order");
pub(super) const STARTS: Entry =
    entry!(Method::Search, Starts, "starts", "the first points alone: what a search adds to");
pub(super) const CMA: Entry =
    entry!(Method::Search, CmaEs, "cma-es", "covariance matrix adaptation from the best first point");

/// Uniform points.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Random {
    /// Trials in units of the problem's, at least 1: 2 is the yardstick of random search with twice the trials.
    #[serde(default = "one")]
    trials: usize,
}

fn one() -> usize {
    1
}

/// The least grid of cell centres with at least as many points as trials are left, in random order.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Grid {}

/// No point but the first ones.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Starts {}

/// CMA-ES with its default constants; points outside the box are moved to its boundary, and the last generation may be cut.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CmaEs {
    /// First standard deviation, in units of the box, above 0.
    #[serde(default = "quarter")]
    sigma: f64,
}

fn quarter() -> f64 {
    0.25
}

impl Check for Random {
    fn check(&self) -> Result<(), remeasure_core::Invalid> {
        check_size("trials", 1, 100, self.trials)
    }
}

impl Check for Grid {}

impl Check for Starts {}

impl Check for CmaEs {
    fn check(&self) -> Result<(), remeasure_core::Invalid> {
        check_positive("sigma", self.sigma)
    }
}

impl Search for Random {
    fn search(&self, function: &mut BlackBox<'_>, streams: &Streams) -> anyhow::Result<()> {
        function.extend(self.trials);
        let mut stream = streams.stream("random");
        let mut point = vec![0.0; function.dimension()];
        while function.left() > 0 {
            point.fill_with(|| stream.r#gen());
            function.evaluate(&point)?;
        }
        Ok(())
    }
}

impl Search for Grid {
    fn search(&self, function: &mut BlackBox<'_>, streams: &Streams) -> anyhow::Result<()> {
        let (d, left) = (function.dimension(), function.left());
        let size =
            |side: usize| (0..d).try_fold(1usize, |size, _| size.checked_mul(side)).unwrap_or(usize::MAX);
        let side = (1..).find(|&side| size(side) >= left).unwrap_or(1);
        let mut stream = streams.stream("grid");
        // Cells are numbered with `side` as the base; a grid of 2^100 cells is drawn from, not listed.
        let cells = size(side);
        let chosen: Vec<usize> = if cells <= 1 << 20 {
            let mut all: Vec<usize> = (0..cells).collect();
            all.shuffle(&mut stream);
            all.truncate(left);
            all
        } else {
            (0..left).map(|_| stream.gen_range(0..cells)).collect()
        };
        let mut point = vec![0.0; d];
        for mut cell in chosen {
            for x in &mut point {
                *x = ((cell % side) as f64 + 0.5) / side as f64;
                cell /= side;
            }
            function.evaluate(&point)?;
        }
        Ok(())
    }
}

impl Search for Starts {
    fn search(&self, _: &mut BlackBox<'_>, _: &Streams) -> anyhow::Result<()> {
        Ok(())
    }
}

impl Search for CmaEs {
    fn search(&self, function: &mut BlackBox<'_>, streams: &Streams) -> anyhow::Result<()> {
        let d = function.dimension();
        let mut cma = Cma::new(function.best().to_vec(), self.sigma)?;
        let mut stream = streams.stream("cma-es");
        loop {
            let points = cma.ask(&mut stream);
            let mut values = Vec::with_capacity(Cma::size(d));
            for point in points.chunks_exact(d) {
                if function.left() == 0 {
                    return Ok(());
                }
                let inside: Vec<f64> = point.iter().map(|x| x.clamp(0.0, 1.0)).collect();
                let value = function.evaluate(&inside)?;
                values.push(if value.is_finite() { value } else { f64::INFINITY });
            }
            cma.tell(&points, &values)?;
        }
    }
}
