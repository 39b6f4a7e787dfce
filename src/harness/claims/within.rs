//! Claims that a number lies within bounds: a mean, a median, a ratio or a slope.

use remeasure_core::format::number;
use remeasure_core::numerics::statistics::{Estimate, RELATIVE_RESOLUTION, Weights, log_log_slope};

use super::evidence::{Evidence, median, rate, region, successes};
use super::forms::{Evaluated, Tested, average, pool, words};
use super::select::View;
use super::spec::{Bounds, Limits, Over};

/// What is claimed of all groups; those with values of their own say it themselves.
fn hypothesis(limits: &Limits) -> String {
    match limits {
        Limits::Same(bounds) => words(*bounds),
        Limits::PerCell(_) => String::new(),
    }
}

/// Whether a mean, or a ratio of means, lies within bounds.
pub(super) fn within_mean(
    view: &mut View<'_>,
    metric: &str,
    (estimator, relative_to): (&str, Option<&str>),
    limits: &Limits,
    level: f64,
) -> Evaluated {
    let (ie, im) = (view.estimator(estimator)?, view.metric(metric)?);
    let reference = relative_to.map(|r| view.estimator(r)).transpose()?;
    let mut notes = Vec::new();
    let mut groups = Vec::new();
    let mut estimates = Vec::new();
    let mut counts: Vec<Option<(u64, u64)>> = Vec::new();
    let cells = view.cells.clone();
    for group in view.groups(&cells, &[]) {
        let cell = group.cells[0];
        let (bounds, target) = view.limits(limits, &group)?;
        let rates = [bounds.lower, bounds.upper].iter().all(|b| b.is_infinite() || (0.0..=1.0).contains(b));
        let (estimate, binary, method) = if let Some(ir) = reference {
            let pairs = view.pairs(cell, (ie, ir), im, false)?;
            (ratio_of_means(&pairs, &group.label, &mut notes)?, None, "t test of the ratio (delta method)")
        } else {
            let values = view.sample(cell, ie, im)?;
            let binary = if rates { successes(&values) } else { None };
            let binary = binary.map(|k| (k, values.len() as u64));
            (Estimate::of_mean(&values, 0.0), binary, "t test")
        };
        let evidence = match binary {
            Some((k, n)) => rate(k, n, 1, bounds, level),
            None => region(estimate, bounds, level, method),
        };
        estimates.push(estimate);
        counts.push(binary);
        groups.push((group.label, Evidence { target, ..evidence }));
    }
    // Cells with values of their own are not averaged.
    if let (Over::Pooled, Limits::Same(bounds)) = (view.spec.over, limits) {
        groups = vec![(average(cells.len()), pooled_within(&estimates, &counts, *bounds, level))];
    }
    let measures = match relative_to {
        Some(other) => format!("mean of {metric} of {estimator} / mean of {other}"),
        None => format!("mean of {metric} of {estimator}"),
    };
    Ok(Tested { groups, measures, hypothesis: hypothesis(limits), notes })
}

/// Whether a median, or the median of the replicates' ratios, lies within bounds.
pub(super) fn within_median(
    view: &mut View<'_>,
    metric: &str,
    (estimator, relative_to): (&str, Option<&str>),
    limits: &Limits,
    level: f64,
) -> Evaluated {
    let (ie, im) = (view.estimator(estimator)?, view.metric(metric)?);
    let reference = relative_to.map(|r| view.estimator(r)).transpose()?;
    let mut groups = Vec::new();
    let cells = view.cells.clone();
    for group in view.groups(&cells, &[]) {
        let cell = group.cells[0];
        let (bounds, target) = view.limits(limits, &group)?;
        let values = match reference {
            None => view.sample(cell, ie, im)?,
            Some(ir) => {
                let pairs = view.pairs(cell, (ie, ir), im, true)?;
                pairs.iter().map(|(x, y)| x / y).collect()
            }
        };
        groups.push((group.label, Evidence { target, ..median(&values, bounds, level) }));
    }
    let measures = match relative_to {
        Some(other) => format!("median ratio of {metric} of {estimator} / {other}"),
        None => format!("median of {metric} of {estimator}"),
    };
    Ok(Tested { groups, measures, hypothesis: hypothesis(limits), notes: Vec::new() })
}

fn pooled_within(
    estimates: &[Estimate],
    counts: &[Option<(u64, u64)>],
    bounds: Bounds,
    level: f64,
) -> Evidence {
    let binary: Option<Vec<(u64, u64)>> = counts.iter().copied().collect();
    match binary {
        // Over all trials; the binomial tail bounds that of unequal rates (Hoeffding 1956).
        Some(c) => {
            let (k, n) = c.iter().fold((0, 0), |(k, n), (a, b)| (k + a, n + b));
            rate(k, n, c.len() as u64, bounds, level)
        }
        None => region(pool(estimates), bounds, level, "t test on the average"),
    }
}

/// Mean of the first over mean of the second, paired; delta method.
pub(super) fn ratio_of_means(
    pairs: &[(f64, f64)],
    label: &str,
    notes: &mut Vec<String>,
) -> Result<Estimate, String> {
    let a: Vec<f64> = pairs.iter().map(|p| p.0).collect();
    let b: Vec<f64> = pairs.iter().map(|p| p.1).collect();
    let (top, bottom) = (Estimate::of_mean(&a, 0.0), Estimate::of_mean(&b, 0.0));
    let place = if label.is_empty() { String::new() } else { format!(" at {label}") };
    if bottom.value == 0.0 {
        return Err(format!("the mean in the denominator is 0{place}"));
    }
    if bottom.se > bottom.value.abs() / 5.0 {
        notes.push(format!("the denominator is within 5 standard errors of 0{place}, so the ratio is rough"));
    }
    let ratio = top.value / bottom.value;
    let residuals: Vec<f64> = pairs.iter().map(|(x, y)| x - ratio * y).collect();
    let size = a.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    let spread = Estimate::of_mean(&residuals, size);
    Ok(Estimate { value: ratio, se: spread.se / bottom.value.abs(), ..spread })
}

/// Whether a log-log slope lies within bounds.
pub(super) fn slope(
    view: &mut View<'_>,
    metric: &str,
    estimator: &str,
    axis: &str,
    limits: &Limits,
    level: f64,
) -> Evaluated {
    let (ie, im, ia) = (view.estimator(estimator)?, view.metric(metric)?, view.axis(axis)?);
    let mut groups = Vec::new();
    let mut notes = Vec::new();
    let cells = view.cells.clone();
    for group in view.groups(&cells, &[ia]) {
        let (bounds, target) = view.limits(limits, &group)?;
        let mut points = Vec::new();
        for cell in view.ordered(&group.cells, ia) {
            let x = view.number(cell, ia)?;
            let m = Estimate::of_mean(&view.sample(cell, ie, im)?, 0.0);
            if m.value.is_nan() || m.value <= 0.0 {
                return Err(format!("the mean of {metric} is not positive at {axis} = {}", number(x)));
            }
            points.push((x, m));
        }
        // Equal weights: the slope of a bent line must not depend on how noisy its ends are.
        let fit = log_log_slope(&points, Weights::Equal);
        let e = fit.ok_or_else(|| format!("a slope needs two positive values of {axis}"))?;
        // A power law that runs along a bound but for rounding stands on it; a slope of 0 has no size
        // of its own to see that by.
        let along = |b: &f64| b.is_finite() && largest_departure(&points, *b) <= RELATIVE_RESOLUTION;
        let on = [bounds.lower, bounds.upper].into_iter().find(along);
        let e = Estimate { value: on.unwrap_or(e.value), ..e };
        let departure = largest_departure(&points, e.value);
        if departure > 0.1 {
            let place = if group.label.is_empty() { String::new() } else { format!(" at {}", group.label) };
            notes.push(format!("means depart from a power law by up to {:.0} %{place}", 100.0 * departure));
        }
        let method = "t test of the log-log slope (Satterthwaite)";
        groups.push((group.label, Evidence { target, ..region(e, bounds, level, method) }));
    }
    let measures = format!("log-log slope of mean {metric} of {estimator} against {axis}");
    Ok(Tested { groups, measures, hypothesis: hypothesis(limits), notes })
}

/// Largest relative distance of a mean from the fitted power law.
fn largest_departure(points: &[(f64, Estimate)], slope: f64) -> f64 {
    let residuals: Vec<f64> = points.iter().map(|(x, m)| m.value.ln() - slope * x.ln()).collect();
    let centre = residuals.iter().sum::<f64>() / residuals.len() as f64;
    residuals.iter().map(|r| (r - centre).abs().exp_m1()).fold(0.0, f64::max)
}
