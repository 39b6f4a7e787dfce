//! Mutual information of kernel density estimates on a grid.

use remeasure_core::numerics::kernels;
use schemars::JsonSchema;
use serde::Deserialize;

use super::class_rows;
use crate::problem::Features;

/// What is computed for a binary outcome.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The densities on the whole grid.
    #[default]
    None,
    /// The densities at the first point of the grid only, as in the published code.
    FirstPoint,
}

/// Density estimates with the kernel of Epanechnikov on a regular grid that reaches as far beyond the data as the kernel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Density {
    /// Grid points for each variable.
    pub points: usize,
    /// Standard deviation of the kernel.
    pub bandwidth: f64,
    /// For a binary outcome.
    pub fault: Fault,
}

impl Density {
    /// The kernel at each grid point and value, `points × n`.
    fn kernel(&self, values: &[f64]) -> Vec<Vec<f64>> {
        // The kernel ¾(1 − u²) has variance 1/5.
        let reach = self.bandwidth * 5.0_f64.sqrt();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min) - reach;
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max) + reach;
        let at = |k: usize| low + (high - low) * (k as f64 + 0.5) / self.points as f64;
        let weight = |point: f64, v: &f64| (1.0 - ((point - v) / reach).powi(2)).max(0.0);
        (0..self.points).map(|k| values.iter().map(|v| weight(at(k), v)).collect()).collect()
    }

    /// A score of every feature.
    #[must_use]
    pub fn scores(&self, features: &Features) -> Vec<f64> {
        let columns = (0..features.x.columns()).map(|j| features.x.column(j));
        if features.binary {
            let rows = class_rows(features);
            return columns.map(|x| self.of_classes(x, &rows)).collect();
        }
        let outcome = self.kernel(&features.y);
        columns.map(|x| self.of_numbers(x, &outcome)).collect()
    }

    /// `Σ p log(p/(p_x p_y))` over the grid, the densities scaled to sum to 1.
    fn of_numbers(&self, x: &[f64], outcome: &[Vec<f64>]) -> f64 {
        let m = self.points;
        let kernel = self.kernel(x);
        let mut joint = vec![0.0; m * m];
        kernels::for_each_product(
            0..m,
            0..m,
            |a| kernel[a].as_slice(),
            |b| outcome[b].as_slice(),
            |a, b, product| joint[a * m + b] += product,
        );
        let total: f64 = joint.iter().sum();
        let rows: Vec<f64> = joint.chunks(m).map(|row| row.iter().sum()).collect();
        let mut columns = vec![0.0; m];
        joint.chunks(m).for_each(|row| kernels::axpy(1.0, row, &mut columns));
        let mut information = 0.0;
        for (row, a) in joint.chunks(m).zip(&rows) {
            for (p, b) in row.iter().zip(&columns).filter(|(p, _)| **p > 0.0) {
                information += p / total * (p * total / (a * b)).ln();
            }
        }
        information
    }

    /// The same for two classes, given by their rows.
    fn of_classes(&self, x: &[f64], rows: &[Vec<usize>; 2]) -> f64 {
        let kernel = self.kernel(x);
        let whole: f64 = kernel.iter().flatten().sum();
        let grid = if self.fault == Fault::FirstPoint { &kernel[..1] } else { &kernel[..] };
        let mut information = 0.0;
        for rows in rows {
            let share = rows.len() as f64 / x.len() as f64;
            for point in grid {
                let (both, all) = (rows.iter().map(|&i| point[i]).sum::<f64>(), point.iter().sum::<f64>());
                if both > 0.0 {
                    information += both / whole * (both / (all * share)).ln();
                }
            }
        }
        information
    }
}
