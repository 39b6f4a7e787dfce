//! The bilevel family, as the harness sees it.

mod curves;
pub(crate) mod metrics;

use remeasure_core::family::{Family, Metric, Recorder};
use remeasure_core::numerics::statistics::{Estimate, Weights, log_log_slope, quantile};
use remeasure_core::stream::Streams;

use crate::estimator::Step;
use crate::methods::ENTRIES;
use crate::problem::{Picture, Truth};
use crate::vectors::squared_distance;
use crate::{Cost, Estimator, Fit, Instance, Problem, Task};

use curves::CURVES;
use metrics::*;

/// Hyperparameters learned through an inexact lower level.
pub static BILEVEL: Family<Problem, Instance, dyn Estimator> = Family {
    name: "bilevel",
    metrics: METRICS,
    estimators: ENTRIES,
    curves: CURVES,
    study: include_str!("study.toml"),
    problems: Problem::kinds,
    problem: Problem::read,
    admit: |problem, estimator| estimator.admit(problem),
    inputs: Problem::inputs,
    never: |problem| {
        let own = problem.spec().measures();
        OF_SOME_PROBLEMS.iter().filter(|metric| !own.contains(metric)).copied().collect()
    },
    ready: |estimator| estimator.ready(),
    draw: Problem::draw,
    measure,
};

/// Metrics that only some problems have.
const OF_SOME_PROBLEMS: &[Metric] =
    &[PSNR, PSNR_TRAINING, PSNR_NOISY, RECOVERED, ORIGINAL, NOISY, TEST_LOSS, TEST_ERROR, NONZEROS];

/// Relative distances to the minimum below this are rounding.
const ROUNDING: f64 = 1e-12;

/// Points of a trajectory for each factor of ten in cost.
const PER_DECADE: f64 = 8.0;

/// Fewest iterations for which a rate is fitted.
const LEAST_ITERATIONS: f64 = 100.0;

/// Maximum number of hyperparameters that are recorded one by one.
const PARAMETERS: usize = 20;

/// The grid of costs up to `most`: powers of `10^{1/8}` starting at 10.
fn cost_grid(most: f64) -> Vec<f64> {
    (0..).map(|j| 10_f64.powf(1.0 + f64::from(j) / PER_DECADE)).take_while(|c| *c <= most).collect()
}

/// The grid of iterations up to `most`, among those of [`looks`](crate::estimator::looks): `⌈10^{j/8}⌉`.
fn iteration_grid(most: f64) -> Vec<f64> {
    let mut grid: Vec<f64> =
        (0..).map(|j| 10_f64.powf(f64::from(j) / PER_DECADE).ceil()).take_while(|k| *k <= most).collect();
    grid.dedup();
    grid
}

/// The last step that a method had reached at a cost.
fn reached_at(steps: &[Step], cost: f64, total: impl Fn(&Cost) -> f64) -> Option<usize> {
    steps.partition_point(|s| total(&s.cost) <= cost).checked_sub(1)
}

/// Values of `f` at the evaluated steps, by position; at all steps if that is cheap.
struct Looked<'a> {
    truth: Box<dyn Truth + 'a>,
    values: Vec<Option<f64>>,
}

impl Looked<'_> {
    fn at(&mut self, steps: &[Step], position: usize) -> anyhow::Result<f64> {
        if let Some(value) = self.values[position] {
            return Ok(value);
        }
        let value = self.truth.exact(&steps[position].theta, false)?.value;
        anyhow::ensure!(value.is_finite(), "the loss is not finite");
        self.values[position] = Some(value);
        Ok(value)
    }
}

fn record_path(
    data: &Instance,
    fit: &Fit,
    looked: &mut Looked<'_>,
    out: &mut Recorder,
) -> anyhow::Result<()> {
    let currency = data.model.currency();
    let total = |c: &Cost| c.total(currency);
    let steps = &fit.steps;
    if looked.truth.is_cheap() {
        for position in 0..steps.len() {
            looked.at(steps, position)?;
        }
    }
    for cost in cost_grid(data.budget) {
        let Some(position) = reached_at(steps, cost, total) else { continue };
        let value = looked.at(steps, position)?;
        out.record_at(LOSS, cost, value);
        if let Some(minimum) = data.minimum.filter(|m| *m > 0.0) {
            out.record_at(SUBOPTIMALITY, cost, (value / minimum - 1.0).max(ROUNDING));
        }
        if steps[position].accuracy.is_finite() {
            out.record_at(ACCURACY, cost, steps[position].accuracy);
        }
    }
    let last = looked.at(steps, fit.answer)?;
    let best = looked.values.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    out.record(LOSS, last);
    out.record(BEST_LOSS, best);
    if best > 0.0 {
        out.record(DRIFT, last / best);
        let late = cost_grid(data.budget).into_iter().filter(|c| *c >= 0.1 * data.budget);
        let late = late.filter_map(|cost| looked.values[reached_at(steps, cost, total)?]);
        let (least, most) = late.fold((last, last), |(a, b), v| (a.min(v), b.max(v)));
        out.record(SWING, most / least);
    }
    if let Some(minimum) = data.minimum {
        out.record(EXCESS, last - minimum);
        if minimum > 0.0 {
            out.record(SUBOPTIMALITY, last / minimum - 1.0);
        }
    }
    for threshold in &data.thresholds {
        let first = looked.values.iter().position(|v| v.is_some_and(|v| v <= threshold.value));
        out.record_at(REACHED, threshold.name, f64::from(u8::from(first.is_some())));
        if let Some(first) = first {
            out.record_at(COST_TO, threshold.name, total(&steps[first].cost));
        }
    }
    Ok(())
}

/// Maximum side length of the part of a picture, at its centre, that is recorded.
const SIDE: usize = 48;

/// Records a picture's pixels to four digits; the coordinate is row + column/1000, from 0.
fn record_picture(picture: &Picture, out: &mut Recorder) {
    let Picture { width, original, noisy, recovered } = picture;
    let height = original.len() / width;
    let middle = |n: usize| n.saturating_sub(SIDE) / 2..n - n.saturating_sub(SIDE).div_ceil(2);
    for (metric, pixels) in [(ORIGINAL, original), (NOISY, noisy), (RECOVERED, recovered)] {
        for (i, row) in pixels.chunks_exact(*width).enumerate().take(middle(height).end) {
            let Some(i) = i.checked_sub(middle(height).start) else { continue };
            for (j, value) in row[middle(*width)].iter().enumerate() {
                out.record_at(metric, i as f64 + j as f64 / 1000.0, (value * 1e4).round() / 1e4);
            }
        }
    }
}

/// Records the bounds of the hypergradients along the trajectory.
fn record_bound_path(data: &Instance, fit: &Fit, out: &mut Recorder) {
    let currency = data.model.currency();
    for cost in cost_grid(data.budget) {
        let Some(position) = reached_at(&fit.steps, cost, |c| c.total(currency)) else { continue };
        let bound = fit.steps[position].hypergradient.as_ref().map(|z| z.bound);
        if let Some(bound) = bound.filter(|b| b.is_finite()) {
            out.record_at(BOUND, cost, bound);
        }
    }
}

/// Compares the bounds of the hypergradients with the true errors, if that is cheap.
fn record_bounds(
    data: &Instance,
    fit: &Fit,
    truth: &mut dyn Truth,
    out: &mut Recorder,
) -> anyhow::Result<()> {
    let currency = data.model.currency();
    let grid = cost_grid(data.budget);
    let (mut ratios, mut violations) = (Vec::new(), 0);
    for (position, step) in fit.steps.iter().enumerate() {
        let Some(z) = &step.hypergradient else { continue };
        let Some(gradient) = truth.exact(&step.theta, true)?.gradient else { return Ok(()) };
        let error = squared_distance(&z.vector, &gradient).sqrt();
        let scale = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        // This step counts for the costs from its own to that of the next.
        let from = step.cost.total(currency);
        let to = fit.steps.get(position + 1).map_or(f64::INFINITY, |next| next.cost.total(currency));
        for cost in grid.iter().filter(|c| from <= **c && **c < to) {
            out.record_at(BOUND_ERROR, *cost, error);
        }
        // The truth is only known up to rounding.
        if error > z.bound + 1e-9 * scale {
            violations += 1;
        }
        if error > 0.0 {
            ratios.push(z.bound / error);
        }
    }
    if !ratios.is_empty() {
        ratios.sort_by(f64::total_cmp);
        out.record(BOUND_RATIO, quantile(&ratios, 0.5));
        out.record(BOUND_VIOLATIONS, f64::from(violations));
    }
    Ok(())
}

/// Records the errors of the method's value and hypergradient at its result.
fn record_errors(fit: &Fit, looked: &mut Looked<'_>, out: &mut Recorder) -> anyhow::Result<()> {
    let answer = &fit.steps[fit.answer];
    let truth = looked.at(&fit.steps, fit.answer)?;
    if answer.value.is_finite() {
        out.record(VALUE_ERROR, (answer.value - truth).abs());
    }
    let known = fit.steps.iter().zip(&looked.values).filter(|(s, _)| s.value.is_finite());
    let worst = known.filter_map(|(s, v)| v.map(|v| (s.value - v).abs())).fold(0.0, f64::max);
    if looked.truth.is_cheap() {
        out.record(WORST_VALUE_ERROR, worst);
    }
    let Some(z) = &answer.hypergradient else { return Ok(()) };
    if let Some(gradient) = looked.truth.exact(&answer.theta, true)?.gradient {
        let error = squared_distance(&z.vector, &gradient).sqrt();
        out.record(GRADIENT_ERROR, error);
    }
    Ok(())
}

/// Records the squared norm of the true hypergradient along the iterations, and its rate of decrease.
fn record_stationarity(
    data: &Instance,
    fit: &Fit,
    truth: &mut dyn Truth,
    out: &mut Recorder,
) -> anyhow::Result<()> {
    let mut at = |position: usize| -> anyhow::Result<Option<f64>> {
        let theta = &fit.steps[position].theta;
        let Some(gradient) = truth.exact(theta, true)?.gradient else { return Ok(None) };
        let squared = data.bounds.projected_gradient(theta, &gradient).iter().map(|v| v * v).sum::<f64>();
        anyhow::ensure!(squared.is_finite(), "the hypergradient is not finite");
        Ok(Some(squared))
    };
    if let Some(last) = at(fit.answer)? {
        out.record(STATIONARITY, last);
    }
    let total = fit.iterations.last().copied().unwrap_or(0) as f64;
    let mut tail = Vec::new();
    for iteration in iteration_grid(total) {
        let position = fit.iterations.partition_point(|i| *i as f64 <= iteration).saturating_sub(1);
        let Some(squared) = at(position)? else { return Ok(()) };
        out.record_at(STATIONARITY, iteration, squared);
        if iteration * iteration >= total && squared > 0.0 {
            tail.push((iteration, Estimate { value: squared, se: 0.0, df: f64::INFINITY, n: 1 }));
        }
    }
    if total >= LEAST_ITERATIONS
        && let Some(slope) = log_log_slope(&tail, Weights::Equal)
    {
        out.record(STATIONARITY_SLOPE, slope.value);
    }
    Ok(())
}

fn measure(
    _: &Problem,
    data: &Instance,
    estimator: &dyn Estimator,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
    let fit = out.timed(|| estimator.fit(Task { instance: data, streams }))?;
    let answer = &fit.steps[fit.answer];
    anyhow::ensure!(answer.theta.iter().all(|t| t.is_finite()), "the hyperparameters are not finite");
    let mut looked = Looked { truth: data.model.truth(), values: vec![None; fit.steps.len()] };
    record_path(data, &fit, &mut looked, out)?;
    record_bound_path(data, &fit, out);
    if estimator.draws_curve() {
        for (position, step) in fit.steps.iter().enumerate() {
            out.record_at(CURVE, step.theta[0], looked.at(&fit.steps, position)?);
            if let Some(gradient) = looked.truth.exact(&step.theta, true)?.gradient {
                out.record_at(CURVE_SLOPE, step.theta[0], gradient[0]);
            }
        }
    }
    record_errors(&fit, &mut looked, out)?;
    if looked.truth.is_cheap() {
        record_bounds(data, &fit, looked.truth.as_mut(), out)?;
        record_stationarity(data, &fit, looked.truth.as_mut(), out)?;
    }
    for (metric, value) in looked.truth.measures(&answer.theta)? {
        out.record(metric, value);
    }
    // One picture is enough, as it is only for viewing.
    if streams.replicate == 0
        && let Some(picture) = looked.truth.picture(&answer.theta)?
    {
        record_picture(&picture, out);
    }
    for (i, value) in answer.theta.iter().take(PARAMETERS).enumerate() {
        out.record_at(PARAMETER, (i + 1) as f64, *value);
    }
    fit.reported.record(REPORTED, OWN, out);
    out.record(COST, fit.cost.total(data.model.currency()));
    out.record(GRADIENTS, fit.cost.gradients as f64);
    out.record(HESSIAN_PRODUCTS, fit.cost.hessian_products as f64);
    out.record(PRODUCTS, fit.cost.products);
    out.record(SOLVES, fit.cost.solves as f64);
    out.record(STEPS, fit.steps.len() as f64);
    Ok(fit.shortfall)
}
