//! The least held-out error in the box, from exact values and hypergradients.
//!
//! Projected Newton steps with a finite-difference Hessian (Bertsekas 1982), from several starts. `f` is not
//! convex, so the result is the least of the local minima found.

use remeasure_core::deadline;
use remeasure_core::numerics::dense::eigen;
use remeasure_core::numerics::kernels;

use super::RidgeModel;
use crate::bounds::Bounds;

/// Maximum number of Newton steps from one start.
const STEPS: usize = 200;

/// Longest step, in the logarithms of the weights.
const FARTHEST: f64 = 3.0;

/// Smallest curvature used for a step, relative to the largest.
const FLATTEST: f64 = 1e-8;

/// Number of grid points for a single weight.
const GRID: usize = 200;

/// A point with its value and gradient.
struct Point {
    theta: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

impl Point {
    fn at(model: &RidgeModel, bounds: &Bounds, mut theta: Vec<f64>) -> anyhow::Result<Self> {
        bounds.project(&mut theta);
        let (value, gradient) = model.exact(&theta)?;
        anyhow::ensure!(value.is_finite(), "the held-out error is not finite at θ = {theta:?}");
        Ok(Self { theta, value, gradient })
    }
}

/// `min f` over the box.
pub(super) fn find(model: &RidgeModel, start: &[f64], bounds: &Bounds) -> anyhow::Result<f64> {
    let inside = |share: f64| -> Vec<f64> {
        bounds.lower().iter().zip(bounds.upper()).map(|(l, u)| l + share * (u - l)).collect()
    };
    let mut starts = vec![start.to_vec()];
    if bounds.finite() {
        starts.extend([0.25, 0.75].map(inside));
        if start.len() == 1 {
            let mut best = (f64::INFINITY, 0.0);
            for i in 0..=GRID {
                let share = i as f64 / GRID as f64;
                let value = model.exact(&inside(share))?.0;
                best = if value < best.0 { (value, share) } else { best };
            }
            starts = vec![inside(best.1)];
        }
    }
    let mut least = f64::INFINITY;
    for start in starts {
        least = least.min(descend(model, bounds, start)?);
    }
    Ok(least)
}

fn descend(model: &RidgeModel, bounds: &Bounds, start: Vec<f64>) -> anyhow::Result<f64> {
    let mut at = Point::at(model, bounds, start)?;
    for _ in 0..STEPS {
        if deadline::passed() {
            break;
        }
        let still = |i: usize| {
            let (theta, slope) = (at.theta[i], at.gradient[i]);
            (theta <= bounds.lower()[i] && slope >= 0.0) || (theta >= bounds.upper()[i] && slope <= 0.0)
        };
        let free: Vec<usize> = (0..at.theta.len()).filter(|&i| !still(i)).collect();
        let slopes: Vec<f64> = free.iter().map(|&i| at.gradient[i]).collect();
        if kernels::squared_norm(&slopes).sqrt() <= 1e-11 * at.value {
            break;
        }
        let direction = newton(model, &at, &free, &slopes)?;
        let Some(next) = search(model, bounds, &at, &free, &direction, &slopes)? else { break };
        at = next;
    }
    Ok(at.value)
}

/// The Newton step of the free hyperparameters, with the absolute values of the curvatures, so that it also
/// descends from a saddle; its length is at most [`FARTHEST`].
fn newton(model: &RidgeModel, at: &Point, free: &[usize], slopes: &[f64]) -> anyhow::Result<Vec<f64>> {
    const H: f64 = 1e-5;
    let n = free.len();
    let mut hessian = vec![0.0; n * n];
    for (a, &i) in free.iter().enumerate() {
        let moved = |h: f64| {
            let mut theta = at.theta.clone();
            theta[i] += h;
            model.exact(&theta)
        };
        let (up, down) = (moved(H)?.1, moved(-H)?.1);
        for (b, &j) in free.iter().enumerate() {
            let second = (up[j] - down[j]) / (2.0 * H);
            hessian[a * n + b] += 0.5 * second;
            hessian[b * n + a] += 0.5 * second;
        }
    }
    let (curvatures, directions) = eigen(n, &hessian)?;
    let largest = curvatures.iter().fold(0.0_f64, |m, c| m.max(c.abs()));
    let mut step = vec![0.0; n];
    for (j, curvature) in curvatures.iter().enumerate() {
        let v = directions.column(j);
        let along = kernels::dot(v, slopes) / curvature.abs().max(FLATTEST * largest).max(f64::MIN_POSITIVE);
        kernels::axpy(-along, v, &mut step);
    }
    let size = kernels::squared_norm(&step).sqrt();
    if size > FARTHEST {
        step.iter_mut().for_each(|s| *s *= FARTHEST / size);
    }
    Ok(step)
}

/// Finds the first of the steps 1, ½, ¼, … along the projected direction that decreases `f` enough.
fn search(
    model: &RidgeModel,
    bounds: &Bounds,
    at: &Point,
    free: &[usize],
    direction: &[f64],
    slopes: &[f64],
) -> anyhow::Result<Option<Point>> {
    let slope = kernels::dot(direction, slopes);
    let mut length = 1.0;
    for _ in 0..50 {
        let mut theta = at.theta.clone();
        free.iter().zip(direction).for_each(|(&i, d)| theta[i] += length * d);
        let next = Point::at(model, bounds, theta)?;
        if next.value < at.value + 1e-4 * length * slope.min(0.0) {
            return Ok(Some(next));
        }
        length *= 0.5;
    }
    Ok(None)
}
