//! Test functions with known minima, rotated and shifted if asked for.

use std::f64::consts::PI;

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use remeasure_core::numerics::Design;
use remeasure_core::numerics::dense::orthonormalise;
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::Deserialize;

/// A function on a box, to be minimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Function {
    /// Branin on [−5, 10] × [0, 15].
    Branin,
    /// Hartmann's function with 6 coordinates, on the unit cube.
    #[serde(rename = "hartmann-6")]
    Hartmann,
    /// Rosenbrock's function on [−5, 10]^d.
    Rosenbrock,
    /// Ackley's function on [−5, 5]^d.
    Ackley,
    /// Rastrigin's function on [−5, 5]^d.
    Rastrigin,
    /// Griewank's function on [−600, 600]^d.
    Griewank,
}

/// Rows of the matrices `A` and `10⁴P` of Hartmann-6, with the weights of its terms.
const HARTMANN: [(f64, [f64; 6], [f64; 6]); 4] = [
    (1.0, [10.0, 3.0, 17.0, 3.5, 1.7, 8.0], [1312.0, 1696.0, 5569.0, 124.0, 8283.0, 5886.0]),
    (1.2, [0.05, 10.0, 17.0, 0.1, 8.0, 14.0], [2329.0, 4135.0, 8307.0, 3736.0, 1004.0, 9991.0]),
    (3.0, [3.0, 3.5, 1.7, 10.0, 17.0, 8.0], [2348.0, 1451.0, 3522.0, 2883.0, 3047.0, 6650.0]),
    (3.2, [17.0, 8.0, 0.05, 10.0, 0.1, 14.0], [4047.0, 8828.0, 8732.0, 5743.0, 1091.0, 381.0]),
];

impl Function {
    /// The number of coordinates, of functions that have only one.
    #[must_use]
    pub fn fixed_dimension(self) -> Option<usize> {
        match self {
            Self::Branin => Some(2),
            Self::Hartmann => Some(6),
            _ => None,
        }
    }

    /// The ends of coordinate `j`.
    #[must_use]
    pub fn bounds(self, j: usize) -> (f64, f64) {
        match self {
            Self::Branin if j == 0 => (-5.0, 10.0),
            Self::Branin => (0.0, 15.0),
            Self::Hartmann => (0.0, 1.0),
            Self::Rosenbrock => (-5.0, 10.0),
            Self::Ackley | Self::Rastrigin => (-5.0, 5.0),
            Self::Griewank => (-600.0, 600.0),
        }
    }

    /// The least value.
    #[must_use]
    pub fn minimum(self) -> f64 {
        match self {
            Self::Branin => 10.0 / (8.0 * PI),
            Self::Hartmann => -3.322_368_011_415_515,
            _ => 0.0,
        }
    }

    /// Coordinate `j` of a point with the least value.
    #[must_use]
    pub fn minimiser(self, j: usize) -> f64 {
        const HARTMANN_AT: [f64; 6] =
            [0.201_689_5, 0.150_010_7, 0.476_874, 0.275_332_4, 0.311_651_6, 0.657_300_5];
        match self {
            Self::Branin => [PI, 2.275][j],
            Self::Hartmann => HARTMANN_AT[j],
            Self::Rosenbrock => 1.0,
            _ => 0.0,
        }
    }

    /// The value at a point, also outside the box.
    #[must_use]
    pub fn value(self, x: &[f64]) -> f64 {
        let d = x.len() as f64;
        match self {
            Self::Branin => {
                let (b, c) = (5.1 / (4.0 * PI * PI), 5.0 / PI);
                let valley = x[1] - b * x[0] * x[0] + c * x[0] - 6.0;
                valley * valley + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x[0].cos() + 10.0
            }
            Self::Hartmann => {
                let term = |(weight, a, p): &(f64, [f64; 6], [f64; 6])| {
                    let inner: f64 = (0..6).map(|j| a[j] * (x[j] - 1e-4 * p[j]).powi(2)).sum();
                    weight * (-inner).exp()
                };
                -HARTMANN.iter().map(term).sum::<f64>()
            }
            Self::Rosenbrock => {
                let term =
                    |pair: &[f64]| 100.0 * (pair[1] - pair[0] * pair[0]).powi(2) + (1.0 - pair[0]).powi(2);
                x.windows(2).map(term).sum()
            }
            Self::Ackley => {
                let squares: f64 = x.iter().map(|v| v * v).sum();
                let waves: f64 = x.iter().map(|v| (2.0 * PI * v).cos()).sum();
                -20.0 * (-0.2 * (squares / d).sqrt()).exp() - (waves / d).exp() + 20.0 + 1f64.exp()
            }
            Self::Rastrigin => x.iter().map(|v| v * v - 10.0 * (2.0 * PI * v).cos()).sum::<f64>() + 10.0 * d,
            Self::Griewank => {
                let squares: f64 = x.iter().map(|v| v * v).sum();
                let waves: f64 = x.iter().zip(1..).map(|(v, j)| (v / f64::from(j).sqrt()).cos()).product();
                squares / 4000.0 - waves + 1.0
            }
        }
    }
}

/// A function of the unit cube: the box of a [`Function`], with its minimum moved and the space around it rotated.
#[derive(Clone, Debug)]
pub struct Placed {
    function: Function,
    dimension: usize,
    /// Where the minimum is, in units of the box.
    at: Vec<f64>,
    rotation: Option<Design>,
}

impl Placed {
    /// Moves the minimum to a point drawn uniformly from the middle 60 % of each side (`shift`), and rotates the space
    /// around it (`rotate`), which may take the other parts of the function out of the box and others in.
    ///
    /// # Errors
    /// The matrix drawn is singular.
    pub fn draw(
        function: Function,
        dimension: usize,
        (rotate, shift): (bool, bool),
        streams: &Streams,
    ) -> anyhow::Result<Self> {
        let mut stream = streams.stream("shift");
        let place = |j: usize| {
            let (low, high) = function.bounds(j);
            let share: f64 = stream.gen_range(0.2..0.8);
            if shift { low + share * (high - low) } else { function.minimiser(j) }
        };
        let at = (0..dimension).map(place).collect();
        let mut stream = streams.stream("rotation");
        let rotation = rotate.then(|| {
            let values = (0..dimension * dimension).map(|_| StandardNormal.sample(&mut stream)).collect();
            let mut matrix = Design::from_columns(dimension, dimension, values);
            orthonormalise(&mut matrix).map(|()| matrix)
        });
        Ok(Self { function, dimension, at, rotation: rotation.transpose()? })
    }

    /// Number of coordinates.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The least value.
    #[must_use]
    pub fn minimum(&self) -> f64 {
        self.function.minimum()
    }

    /// The value at a point `u` of the unit cube, or outside it.
    #[must_use]
    pub fn value(&self, u: &[f64]) -> f64 {
        let ends = |j: usize| self.function.bounds(j);
        let x: Vec<f64> =
            u.iter().enumerate().map(|(j, u)| ends(j).0 + u * (ends(j).1 - ends(j).0)).collect();
        let home = |j: usize| self.function.minimiser(j);
        let Some(rotation) = &self.rotation else {
            let moved: Vec<f64> =
                x.iter().zip(&self.at).enumerate().map(|(j, (x, at))| x - (at - home(j))).collect();
            return self.function.value(&moved);
        };
        let away: Vec<f64> = x.iter().zip(&self.at).map(|(x, at)| x - at).collect();
        let mut turned = vec![0.0; x.len()];
        rotation.tmul(&away, &mut turned);
        turned.iter_mut().enumerate().for_each(|(j, v)| *v += home(j));
        self.function.value(&turned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [(Function, usize); 6] = [
        (Function::Branin, 2),
        (Function::Hartmann, 6),
        (Function::Rosenbrock, 4),
        (Function::Ackley, 3),
        (Function::Rastrigin, 5),
        (Function::Griewank, 2),
    ];

    #[test]
    fn minima_are_where_they_are_said_to_be_also_turned_and_moved() {
        for (function, d) in ALL {
            for places in [(false, false), (true, false), (false, true), (true, true)] {
                let streams = Streams { seed: 3, cell: 4, replicate: 5 };
                let placed = Placed::draw(function, d, places, &streams).unwrap();
                let ends = |j: usize| function.bounds(j);
                let u = |j: usize| (placed.at[j] - ends(j).0) / (ends(j).1 - ends(j).0);
                let at: Vec<f64> = (0..d).map(u).collect();
                assert!(at.iter().all(|u| (0.0..=1.0).contains(u)), "{at:?}");
                let value = placed.value(&at);
                assert!((value - placed.minimum()).abs() < 1e-9, "{function:?} {places:?}: {value}");
                // Near the minimum, and anywhere else, values are above it.
                for k in 0..200 {
                    let other: Vec<f64> = (0..d)
                        .map(|j| {
                            let share = ((k * d + j) as f64 * 0.618_034).fract();
                            if k % 2 == 0 { share } else { at[j] + 1e-3 * (share - 0.5) }
                        })
                        .collect();
                    assert!(placed.value(&other) > placed.minimum() - 1e-9, "{function:?}");
                }
            }
        }
    }
}
