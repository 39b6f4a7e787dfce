//! What each form of claim tests.

use remeasure_core::curve::Curve;
use remeasure_core::family::Outcome;
use remeasure_core::format::exact;
use remeasure_core::numerics::statistics::{Estimate, alike};

use super::evidence::{Evidence, alone, discordant, exponentiated, rate, region};
use super::select::View;
use super::spec::{Bounds, Direction, Event, Form, Location, Over, Scale, Statistic};
use super::steps::{monotone_mean, monotone_ratio};
use super::ties::{self, Distance};
use super::transitions::{midpoint, monotone_fit};
use super::within::{slope, within_mean, within_median};

/// The evidence on a claim, group by group.
pub(super) struct Tested {
    /// Label and evidence of each group; never empty.
    pub(super) groups: Vec<(String, Evidence)>,
    /// What the measured value is.
    pub(super) measures: String,
    /// What is claimed of it.
    pub(super) hypothesis: String,
    /// Anything a reader should know.
    pub(super) notes: Vec<String>,
}

/// The evidence, or why there is none.
pub(super) type Evaluated = Result<Tested, String>;

/// Tests a claim on its view of the store.
///
/// # Errors
/// Why it cannot be tested.
pub(super) fn evaluate(view: &mut View<'_>, curves: &[Curve]) -> Evaluated {
    let mut tested = test(view, curves)?;
    for (_, evidence) in tested.groups.iter_mut().filter(|(_, e)| e.n < 2) {
        *evidence = alone(evidence.clone());
    }
    Ok(tested)
}

fn test(view: &mut View<'_>, curves: &[Curve]) -> Evaluated {
    // The confidence is that of one-sided tests: two of them make an interval of this level.
    let level = 2.0 * view.spec.confidence - 1.0;
    match &view.spec.form {
        Form::Below { metric, a, b, margin, factor, scale, resolution } => {
            below(view, metric, (a, b), (*margin, *factor, *scale), *resolution, level)
        }
        Form::Within { metric, estimator, relative_to, statistic, limits } => {
            let estimators = (estimator.as_str(), relative_to.as_deref());
            match statistic {
                Location::Mean => within_mean(view, metric, estimators, limits, level),
                Location::Median => within_median(view, metric, estimators, limits, level),
            }
        }
        Form::Rate { metric, estimator, axis, limits } => slope(view, metric, estimator, axis, limits, level),
        Form::Monotone { metric, estimator, relative_to, axis, direction, statistic, resolution } => {
            match statistic {
                Statistic::Mean => {
                    let how = (*direction, *resolution);
                    match relative_to {
                        Some(other) => monotone_ratio(view, metric, (estimator, other), axis, how, level),
                        None => monotone_mean(view, (metric, estimator), axis, how, level),
                    }
                }
                Statistic::Midpoint(along) => {
                    monotone_fit(view, (metric, estimator), axis, *direction, (along, false), level)
                }
                Statistic::Width(along) => {
                    monotone_fit(view, (metric, estimator), axis, *direction, (along, true), level)
                }
            }
        }
        Form::AtMost { estimator, event, limit } => at_most(view, estimator, event, *limit, level),
        Form::Midpoint { metric, estimator, along, curve, tolerance } => {
            let named = curves.iter().find(|c| c.name == curve);
            let curve = named.ok_or_else(|| format!("there is no reference curve `{curve}`"))?;
            midpoint(view, (metric, estimator), along, curve, *tolerance, level)
        }
        Form::Untestable { reason } => Err(reason.clone()),
    }
}

/// Claimed bounds in words.
pub(super) fn words(bounds: Bounds) -> String {
    match (bounds.lower.is_finite(), bounds.upper.is_finite()) {
        (true, true) => format!("within [{}, {}]", exact(bounds.lower), exact(bounds.upper)),
        (true, false) => format!("above {}", exact(bounds.lower)),
        _ => format!("below {}", exact(bounds.upper)),
    }
}

/// One label for an average over cells.
pub(super) fn average(cells: usize) -> String {
    format!("average over {cells} cells")
}

/// Their average, each with equal weight.
pub(super) fn pool(estimates: &[Estimate]) -> Estimate {
    let share = 1.0 / estimates.len() as f64;
    Estimate::contrast(&estimates.iter().map(|e| (share, *e)).collect::<Vec<_>>())
}

fn below(
    view: &mut View<'_>,
    metric: &str,
    (a, b): (&str, &str),
    (margin, factor, scale): (f64, f64, Scale),
    resolution: f64,
    level: f64,
) -> Evaluated {
    let (ia, ib, im) = (view.estimator(a)?, view.estimator(b)?, view.metric(metric)?);
    let ratio = scale == Scale::Ratio;
    let plain = !ratio && margin == 0.0 && factor == 1.0;
    let upper = if ratio { factor.ln() } else { -margin };
    let bounds = Bounds { lower: f64::NEG_INFINITY, upper };
    let mut groups = Vec::new();
    let mut notes = Vec::new();
    let mut estimates = Vec::new();
    let mut distances = Vec::new();
    let mut all = Vec::new();
    let cells = view.cells.clone();
    for group in view.groups(&cells, &[]) {
        let pairs = view.pairs(group.cells[0], (ia, ib), im, ratio)?;
        let difference = |(x, y): &(f64, f64)| if ratio { (x / y).ln() } else { x - factor * y };
        let values: Vec<f64> = pairs.iter().map(difference).collect();
        let size = pairs.iter().map(|(x, y)| x.abs().max((factor * y).abs())).fold(0.0, f64::max);
        let estimate = Estimate::of_mean(&values, if ratio { 1.0 } else { size });
        estimates.push(estimate);
        distances.push(Distance::paired(&pairs, (factor, scale), (estimate, upper), resolution));
        let exact = if plain { discordant(&pairs, level) } else { None };
        let evidence = exact.unwrap_or_else(|| region(estimate, bounds, level, "paired t test"));
        groups.push((group.label, evidence));
        all.extend(pairs);
    }
    if view.spec.over == Over::Pooled {
        let pooled = pool(&estimates);
        let mean = region(pooled, bounds, level, "t test on the average of paired differences");
        let exact = if plain { discordant(&all, level) } else { None };
        // The exact test of all pairs decides; the average is what is shown.
        let evidence = match exact {
            Some(e) => Evidence { measured: mean.measured, interval: mean.interval, plan: mean.plan, ..e },
            None => mean,
        };
        groups = vec![(average(cells.len()), evidence)];
        distances = vec![Distance::paired(&all, (factor, scale), (pooled, upper), resolution)];
    }
    ties::mark(&mut groups, &distances, upper, &mut notes);
    let times = if factor == 1.0 { String::new() } else { format!("{} · ", exact(factor)) };
    let less = if margin == 0.0 { String::new() } else { format!(" − {}", exact(margin)) };
    let (measures, hypothesis) = if ratio {
        groups = groups.into_iter().map(|(l, e)| (l, exponentiated(e))).collect();
        (format!("geometric mean of {metric} of {a} / {b}"), format!("below {}", exact(factor)))
    } else {
        (format!("mean of {metric} of {a} − {times}{b}"), format!("{a} < {times}{b}{less}"))
    };
    Ok(Tested { groups, measures, hypothesis, notes })
}

/// A group's label and what is compared within it.
pub(super) fn joined(label: &str, course: String) -> String {
    if label.is_empty() { course } else { format!("{label}, {course}") }
}

/// The claimed course in words.
pub(super) fn course(direction: Direction, axis: &str) -> String {
    match direction {
        Direction::Increasing => format!("rises at every step of {axis}"),
        Direction::Decreasing => format!("falls at every step of {axis}"),
    }
}

fn at_most(view: &mut View<'_>, estimator: &str, event: &Event, limit: f64, level: f64) -> Evaluated {
    let ie = view.estimator(estimator)?;
    let bounds = Bounds { lower: f64::NEG_INFINITY, upper: limit };
    let threshold = match event {
        Event::Above(m, t) => Some((view.metric(m)?, *t, 1.0)),
        Event::Below(m, t) => Some((view.metric(m)?, *t, -1.0)),
        _ => None,
    };
    let mut groups = Vec::new();
    let mut total = (0, 0);
    let cells = view.cells.clone();
    for group in view.groups(&cells, &[]) {
        let cell = group.cells[0];
        let (k, n) = if let Some((metric, t, sign)) = threshold {
            let values = view.sample(cell, ie, metric)?;
            let beyond = |v: &&f64| sign * **v > sign * t && !alike(**v, t);
            (values.iter().filter(beyond).count() as u64, values.len() as u64)
        } else {
            view.outcomes(cell, ie, |o| match event {
                Event::Failed => matches!(o, Outcome::Failed(_)),
                Event::TimedOut => matches!(o, Outcome::TimedOut(_)),
                Event::NotConverged => matches!(o, Outcome::NotConverged(_)),
                _ => *o != Outcome::Ok,
            })?
        };
        total = (total.0 + k, total.1 + n);
        groups.push((group.label, rate(k, n, 1, bounds, level)));
    }
    if view.spec.over == Over::Pooled {
        let label = format!("all {} cells together", cells.len());
        groups = vec![(label, rate(total.0, total.1, cells.len() as u64, bounds, level))];
    }
    let what = match event {
        Event::NotOk => "a fit that is not ok".to_string(),
        Event::Failed => "a failed fit".to_string(),
        Event::TimedOut => "a fit that ran out of time".to_string(),
        Event::NotConverged => "a fit that did not converge".to_string(),
        Event::Above(m, t) => format!("{m} above {}", exact(*t)),
        Event::Below(m, t) => format!("{m} below {}", exact(*t)),
    };
    let measures = format!("rate of {what}, {estimator}");
    Ok(Tested { groups, measures, hypothesis: format!("at most {}", exact(limit)), notes: Vec::new() })
}
