//! From samples to p-values: one function per kind of evidence.

use remeasure_core::numerics::statistics::{
    Estimate, clopper_pearson, fisher_less, median_interval, median_standard_error, p_at_least, p_at_most,
    quantile, replicates_to_decide, sides, trials_to_decide,
};

use super::bounds::{Bounds, Direction};

/// Probability with which the suggested number of replicates would decide the claim.
const POWER: f64 = 0.8;

/// The data from which to compute how many replicates would decide.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sizing {
    /// An estimate that should lie within bounds.
    Region(Estimate, Bounds),
    /// Events and trials, over a number of cells, of a rate that should lie within bounds.
    Rate { events: u64, trials: u64, cells: u64, bounds: Bounds },
    /// A median of `n` values that should lie within bounds, and how many of them lie below and
    /// above the lower and the upper bound.
    Signs { median: f64, n: u64, at_lower: (u64, u64), at_upper: (u64, u64), bounds: Bounds },
}

impl Sizing {
    fn bounds(&self) -> Bounds {
        match self {
            Self::Region(_, b) | Self::Rate { bounds: b, .. } | Self::Signs { bounds: b, .. } => *b,
        }
    }

    fn value(&self) -> f64 {
        match self {
            Self::Region(e, _) => e.value,
            Self::Rate { events, trials, .. } => *events as f64 / *trials as f64,
            Self::Signs { median, .. } => *median,
        }
    }

    /// Whether the measured value lies inside the claimed region.
    pub(super) fn supports(&self) -> bool {
        let (b, value) = (self.bounds(), self.value());
        // A value on a bound can never be distinguished from one just outside.
        value > b.lower && value < b.upper
    }

    /// Replicates per cell that would show, with 80 % power, that the value lies within `bounds`.
    fn needed(&self, bounds: Bounds, alpha: f64) -> Option<u64> {
        match self {
            Self::Region(e, _) => {
                let n = replicates_to_decide(e, bounds.lower, bounds.upper, alpha, POWER)?;
                Some(n.max(e.n + 1))
            }
            Self::Rate { events, trials, cells, .. } => {
                let n = trials_to_decide(*events, *trials, bounds.lower, bounds.upper, alpha, POWER)?;
                Some(n.max(trials + 1).div_ceil(*cells))
            }
            Self::Signs { n, at_lower, at_upper, bounds: own, .. } => {
                // A median lies on the side of a bound on which more than half of the values lie.
                let above = if bounds.lower == own.lower { at_lower.1 } else { at_upper.1 };
                let below = if bounds.upper == own.upper { at_upper.0 } else { at_lower.0 };
                let mut needed = n + 1;
                for (bound, k) in [(bounds.lower, above), (bounds.upper, below)] {
                    if bound.is_finite() {
                        let trials = trials_to_decide(k, *n, 0.5, f64::INFINITY, alpha, POWER)?;
                        needed = needed.max(trials);
                    }
                }
                Some(needed)
            }
        }
    }

    /// Replicates that would show that the measured value lies inside the bounds.
    pub(super) fn to_support(self, alpha: f64) -> Option<u64> {
        self.needed(self.bounds(), alpha)
    }

    /// Replicates that would show that the measured value lies outside the bounds.
    pub(super) fn to_contradict(self, alpha: f64) -> Option<u64> {
        let (b, value) = (self.bounds(), self.value());
        let sides = if b.lower.is_finite() && b.upper.is_finite() { 2.0 } else { 1.0 };
        let outside = if value < b.lower {
            Bounds::below(b.lower)
        } else if value > b.upper {
            Bounds::above(b.upper)
        } else {
            return None;
        };
        self.needed(outside, alpha / sides)
    }
}

/// The evidence of one group.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    /// On the scale shown.
    pub(super) measured: Estimate,
    pub(super) interval: Option<(f64, f64)>,
    pub(super) p_support: f64,
    pub(super) p_against: f64,
    pub(super) n: u64,
    pub(super) method: &'static str,
    pub(super) plan: Sizing,
    /// P-value for both sides being equal for practical purposes, if the claim says what that is.
    pub(super) p_tie: Option<f64>,
    /// The target of this group, if each group has a separate published value.
    pub(super) target: Option<Target>,
    /// The cell whose values it is made of; `None` if it is made of several.
    pub(super) cell: Option<usize>,
}

impl Evidence {
    fn new(
        measured: Estimate,
        interval: Option<(f64, f64)>,
        (p_support, p_against): (f64, f64),
        method: &'static str,
        plan: Sizing,
    ) -> Self {
        Self {
            measured,
            interval,
            p_support,
            p_against,
            n: measured.n,
            method,
            plan,
            p_tie: None,
            target: None,
            cell: None,
        }
    }
}

/// The published value of one group and the hypothesis about it.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) published: f64,
    pub(super) hypothesis: String,
}

/// Two one-sided p-values combined: inside both bounds, or outside either.
fn combine(bounds: Bounds, inside: (f64, f64), outside: (f64, f64)) -> (f64, f64) {
    let sides = if bounds.lower.is_finite() && bounds.upper.is_finite() { 2.0 } else { 1.0 };
    (inside.0.max(inside.1), (sides * outside.0.min(outside.1)).min(1.0))
}

/// The confidence interval of an estimate, if its standard error is positive and finite.
fn interval(estimate: &Estimate, level: f64) -> Option<(f64, f64)> {
    (estimate.se > 0.0 && estimate.se.is_finite()).then(|| estimate.interval(level))
}

/// Tests whether an estimate lies within bounds: t tests, one per finite bound.
pub(super) fn region(e: Estimate, bounds: Bounds, level: f64, method: &'static str) -> Evidence {
    let inside = (e.p_above(bounds.lower), e.p_below(bounds.upper));
    let outside = (e.p_below(bounds.lower), e.p_above(bounds.upper));
    let p = combine(bounds, inside, outside);
    let method = if e.se == 0.0 { "sign test, as all values are equal" } else { method };
    let plan = Sizing::Region(e, bounds);
    Evidence::new(e, interval(&e, level), p, method, plan)
}

/// Removes the evidence on both sides: the value lies on a bound, or is the only one.
fn silenced(evidence: Evidence, now: Estimate) -> Evidence {
    let plan = Sizing::Region(now, evidence.plan.bounds());
    Evidence { p_support: 1.0, p_against: 1.0, plan, ..evidence }
}

/// The evidence of a difference that counts as zero.
///
/// Ties only remove evidence, so they cannot raise the rate of wrong verdicts.
pub(super) fn tied(evidence: Evidence, bound: f64) -> Evidence {
    let now = match evidence.plan {
        Sizing::Region(e, _) => Estimate { value: bound, ..e },
        Sizing::Rate { .. } | Sizing::Signs { .. } => evidence.measured,
    };
    silenced(evidence, now)
}

/// The evidence of a single value, which has no standard error.
pub(super) fn alone(evidence: Evidence) -> Evidence {
    let measured = Estimate { se: f64::NAN, df: 0.0, ..evidence.measured };
    Evidence { measured, interval: None, ..silenced(evidence, measured) }
}

/// The comparison of values that nothing random enters.
pub(super) fn compared(evidence: Evidence) -> Evidence {
    let holds = evidence.plan.supports();
    let p = |claimed: bool| if claimed { 0.0 } else { 1.0 };
    let measured = Estimate { se: 0.0, ..evidence.measured };
    let method = "compared as they are, as nothing is drawn";
    Evidence { measured, interval: None, p_support: p(holds), p_against: p(!holds), method, ..evidence }
}

/// The same evidence, with value and interval exponentiated for display.
pub(super) fn exponentiated(evidence: Evidence) -> Evidence {
    Evidence {
        measured: evidence.measured.exp(),
        interval: evidence.interval.map(|(l, h)| (l.exp(), h.exp())),
        ..evidence
    }
}

/// Tests whether the rate of `events` in `trials` lies within bounds: exact binomial tests.
pub(super) fn rate(events: u64, trials: u64, cells: u64, bounds: Bounds, level: f64) -> Evidence {
    let (k, n) = (events, trials);
    // Every rate lies in [0, 1]: bounds there cannot be violated.
    let open = Bounds {
        lower: if bounds.lower <= 0.0 { f64::NEG_INFINITY } else { bounds.lower },
        upper: if bounds.upper >= 1.0 { f64::INFINITY } else { bounds.upper },
    };
    let inside = (
        if open.lower.is_infinite() { 0.0 } else { p_at_least(k, n, open.lower) },
        if open.upper.is_infinite() { 0.0 } else { p_at_most(k, n, open.upper) },
    );
    let outside = (p_at_most(k, n, open.lower), p_at_least(k, n, open.upper));
    let p = combine(open, inside, outside);
    let share = k as f64 / n as f64;
    let se = (share * (1.0 - share) / n as f64).sqrt();
    let measured = Estimate { value: share, se, df: f64::INFINITY, n };
    let plan = Sizing::Rate { events, trials, cells, bounds: open };
    Evidence::new(measured, Some(clopper_pearson(k, n, level)), p, "exact binomial test", plan)
}

/// Tests whether the median of values lies within bounds: exact sign tests, one per finite bound. A
/// value on a bound counts for neither side of it.
pub(super) fn median(values: &[f64], bounds: Bounds, level: f64) -> Evidence {
    let mut ascending = values.to_vec();
    ascending.sort_by(f64::total_cmp);
    let n = ascending.len() as u64;
    let (at_lower, at_upper) = (sides(&ascending, bounds.lower), sides(&ascending, bounds.upper));
    let p = |count: u64, bound: f64| if bound.is_infinite() { 0.0 } else { p_at_least(count, n, 0.5) };
    let inside = (p(at_lower.1, bounds.lower), p(at_upper.0, bounds.upper));
    let outside = (p_at_least(at_lower.0, n, 0.5), p_at_least(at_upper.1, n, 0.5));
    let tails = combine(bounds, inside, outside);
    let value = quantile(&ascending, 0.5);
    // The standard error is a large-sample approximation, for display only.
    let measured = Estimate { value, se: median_standard_error(&ascending), df: f64::INFINITY, n };
    let plan = Sizing::Signs { median: value, n, at_lower, at_upper, bounds };
    Evidence::new(measured, median_interval(&ascending, level), tails, "exact sign test", plan)
}

/// Number of successes, if all values are 0 or 1. Only of a metric that is an event.
pub(super) fn successes(values: &[f64]) -> Option<u64> {
    let binary = values.iter().all(|v| *v == 0.0 || *v == 1.0);
    binary.then(|| values.iter().filter(|v| **v == 1.0).count() as u64)
}

/// McNemar's exact test that the first of a pair is 1 less often than the second.
pub(super) fn discordant(pairs: &[(f64, f64)], level: f64) -> Option<Evidence> {
    if pairs.iter().any(|(a, b)| (*a != 0.0 && *a != 1.0) || (*b != 0.0 && *b != 1.0)) {
        return None;
    }
    let differences: Vec<f64> = pairs.iter().map(|(a, b)| a - b).collect();
    let fewer = differences.iter().filter(|d| **d < 0.0).count() as u64;
    let more = differences.iter().filter(|d| **d > 0.0).count() as u64;
    let e = Estimate::of_mean(&differences, 1.0);
    let bounds = Bounds::below(0.0);
    let p = (p_at_least(fewer, fewer + more, 0.5), p_at_least(more, fewer + more, 0.5));
    Some(Evidence::new(e, interval(&e, level), p, "McNemar's exact test", Sizing::Region(e, bounds)))
}

/// Tests whether the mean of an independent second sample differs from that of the first in a direction.
pub(super) fn step(first: &[f64], second: &[f64], direction: Direction, level: f64, event: bool) -> Evidence {
    let (one, two) = (Estimate::of_mean(first, 0.0), Estimate::of_mean(second, 0.0));
    let (n1, n2) = (first.len() as u64, second.len() as u64);
    if let (true, Some(k1), Some(k2)) = (event, successes(first), successes(second)) {
        let (rises, falls) = (fisher_less((k1, n1), (k2, n2)), fisher_less((k2, n2), (k1, n1)));
        let increasing = direction == Direction::Increasing;
        let (p_support, p_against) = if increasing { (rises, falls) } else { (falls, rises) };
        let evidence = change(one, two, direction, level, "Welch's t test");
        return Evidence { p_support, p_against, method: "Fisher's exact test", ..evidence };
    }
    change(one, two, direction, level, "Welch's t test")
}

/// Tests whether the estimate of an independent second cell differs from that of the first in a direction.
pub(super) fn change(
    one: Estimate,
    two: Estimate,
    direction: Direction,
    level: f64,
    method: &'static str,
) -> Evidence {
    let d = Estimate::contrast(&[(-1.0, one), (1.0, two)]);
    let evidence = region(d, direction.bounds(), level, method);
    if d.se == 0.0 && d.value != 0.0 {
        // Two constant samples: only one assignment of the values to the samples is as extreme.
        let p = fisher_less((0, one.n), (two.n, two.n));
        let claimed = (d.value > 0.0) == (direction == Direction::Increasing);
        let (p_support, p_against) = if claimed { (p, 1.0) } else { (1.0, p) };
        return Evidence {
            p_support,
            p_against,
            method: "permutation test, as both are constant",
            ..evidence
        };
    }
    evidence
}
