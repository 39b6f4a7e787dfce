//! What each form of claim tests.

use super::evidence::{Evidence, alone, discordant, exponentiated, rate, region, step, successes};
use super::select::View;
use super::spec::{Bounds, Direction, Event, Form, Over, Scale, Statistic};
use super::ties::{self, Distance};
use super::transitions::{midpoint, monotone_fit};
use crate::harness::curve::Curve;
use crate::harness::format::{exact, number};
use crate::harness::records::Outcome;
use crate::numerics::statistics::{Estimate, RELATIVE_RESOLUTION, Weights, alike, log_log_slope};

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
        Form::Within { metric, estimator, relative_to, bounds } => {
            within(view, metric, estimator, relative_to.as_deref(), *bounds, level)
        }
        Form::Rate { metric, estimator, axis, bounds } => {
            slope(view, metric, estimator, axis, *bounds, level)
        }
        Form::Monotone { metric, estimator, axis, direction, statistic, resolution } => match statistic {
            Statistic::Mean => {
                monotone_mean(view, (metric, estimator), axis, (*direction, *resolution), level)
            }
            Statistic::Midpoint(along) => {
                monotone_fit(view, (metric, estimator), axis, *direction, (along, false), level)
            }
            Statistic::Width(along) => {
                monotone_fit(view, (metric, estimator), axis, *direction, (along, true), level)
            }
        },
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
fn average(cells: usize) -> String {
    format!("average over {cells} cells")
}

fn pool(estimates: &[Estimate]) -> Estimate {
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

fn within(
    view: &mut View<'_>,
    metric: &str,
    estimator: &str,
    relative_to: Option<&str>,
    bounds: Bounds,
    level: f64,
) -> Evaluated {
    let (ie, im) = (view.estimator(estimator)?, view.metric(metric)?);
    let reference = relative_to.map(|r| view.estimator(r)).transpose()?;
    let rate_bounds = [bounds.lower, bounds.upper].iter().all(|b| b.is_infinite() || (0.0..=1.0).contains(b));
    let mut notes = Vec::new();
    let mut groups = Vec::new();
    let mut estimates = Vec::new();
    let mut counts: Vec<Option<(u64, u64)>> = Vec::new();
    let cells = view.cells.clone();
    for group in view.groups(&cells, &[]) {
        let cell = group.cells[0];
        let (estimate, binary, method) = if let Some(ir) = reference {
            let pairs = view.pairs(cell, (ie, ir), im, false)?;
            (ratio_of_means(&pairs, &group.label, &mut notes)?, None, "t test of the ratio (delta method)")
        } else {
            let values = view.sample(cell, ie, im)?;
            let binary = if rate_bounds { successes(&values) } else { None };
            let binary = binary.map(|k| (k, values.len() as u64));
            (Estimate::of_mean(&values, 0.0), binary, "t test")
        };
        let evidence = match binary {
            Some((k, n)) => rate(k, n, 1, bounds, level),
            None => region(estimate, bounds, level, method),
        };
        estimates.push(estimate);
        counts.push(binary);
        groups.push((group.label, evidence));
    }
    if view.spec.over == Over::Pooled {
        groups = vec![(average(cells.len()), pooled_within(&estimates, &counts, bounds, level))];
    }
    let measures = match relative_to {
        Some(other) => format!("mean of {metric} of {estimator} / mean of {other}"),
        None => format!("mean of {metric} of {estimator}"),
    };
    Ok(Tested { groups, measures, hypothesis: words(bounds), notes })
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
fn ratio_of_means(pairs: &[(f64, f64)], label: &str, notes: &mut Vec<String>) -> Result<Estimate, String> {
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

fn slope(
    view: &mut View<'_>,
    metric: &str,
    estimator: &str,
    axis: &str,
    bounds: Bounds,
    level: f64,
) -> Evaluated {
    let (ie, im, ia) = (view.estimator(estimator)?, view.metric(metric)?, view.axis(axis)?);
    let mut groups = Vec::new();
    let mut notes = Vec::new();
    let cells = view.cells.clone();
    for group in view.groups(&cells, &[ia]) {
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
        groups.push((group.label, region(e, bounds, level, method)));
    }
    let measures = format!("log-log slope of mean {metric} of {estimator} against {axis}");
    Ok(Tested { groups, measures, hypothesis: words(bounds), notes })
}

/// Largest relative distance of a mean from the fitted power law.
fn largest_departure(points: &[(f64, Estimate)], slope: f64) -> f64 {
    let residuals: Vec<f64> = points.iter().map(|(x, m)| m.value.ln() - slope * x.ln()).collect();
    let centre = residuals.iter().sum::<f64>() / residuals.len() as f64;
    residuals.iter().map(|r| (r - centre).abs().exp_m1()).fold(0.0, f64::max)
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

fn monotone_mean(
    view: &mut View<'_>,
    (metric, estimator): (&str, &str),
    axis: &str,
    (direction, resolution): (Direction, f64),
    level: f64,
) -> Evaluated {
    let (ie, im, ia) = (view.estimator(estimator)?, view.metric(metric)?, view.axis(axis)?);
    let (mut groups, mut distances, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    let cells = view.cells.clone();
    for group in view.groups(&cells, &[ia]) {
        let ordered = view.ordered(&group.cells, ia);
        let samples = ordered.iter().map(|&c| view.sample(c, ie, im)).collect::<Result<Vec<_>, _>>()?;
        for i in 1..ordered.len() {
            let at = |j: usize| &view.store.cells[ordered[j]].values[ia];
            let label = joined(&group.label, format!("{axis} = {} → {}", at(i - 1), at(i)));
            groups.push((label, step(&samples[i - 1], &samples[i], direction, level)));
            distances.push(Distance::between(&samples[i - 1], &samples[i], resolution));
        }
    }
    if groups.is_empty() {
        return Err(format!("fewer than two values of {axis}"));
    }
    ties::mark(&mut groups, &distances, 0.0, &mut notes);
    let measures = format!("step in mean {metric} of {estimator}");
    Ok(Tested { groups, measures, hypothesis: course(direction, axis), notes })
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
