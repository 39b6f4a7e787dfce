//! Compares a run with a baseline.

use crate::words::words;
use std::collections::HashMap;

use remeasure_core::family::Sense;
use remeasure_core::numerics::statistics::{benjamini_yekutieli, benjamini_yekutieli_alone};
use serde::{Serialize, Serializer};

use super::difference::{Difference, Method, difference, of_shares};
use super::power::{Power, power};
use super::snapshot::{ClaimLine, Fit, Series, Snapshot};

/// Error rates and tolerance of a check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Upper limit of the expected share of false alarms among the alarms of an experiment.
    pub rate: f64,
    /// Differences up to this fraction of the values' root mean square are ignored.
    pub tolerance: f64,
    /// Power for which the smallest detectable change is reported.
    pub power: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { rate: 0.05, tolerance: 1e-6, power: 0.8 }
    }
}

/// Whether the replicates of both sides use the same data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// The same data: differences are tested by replicate.
    SameData,
    /// Another seed, problem or input file: two independent samples.
    NewData,
}

words! {
    /// State compared with the baseline, from best to worst.
    pub enum State {
        /// Equal to the last bit.
        Identical = "identical",
        /// Different, but no significant change.
        Compatible = "compatible",
        /// Not in the baseline.
        New = "new",
        /// In the baseline, but no longer measured.
        Missing = "missing",
        /// Changed significantly.
        Moved = "moved",
    }
}

impl State {
    /// Whether a check fails because of it.
    #[must_use]
    pub fn alarms(self) -> bool {
        matches!(self, Self::Moved | Self::Missing)
    }
}

/// One metric of one estimator in one cell that is not identical.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The cell, as `n=100, snr_db=10`.
    pub cell: String,
    /// The estimator.
    pub estimator: String,
    /// The metric; in parentheses for shares of fits by outcome.
    pub metric: String,
    /// Coordinate such as the iteration; `None` for the final fit.
    pub coordinate: Option<f64>,
    /// Its state.
    pub state: State,
    /// Mean of the baseline; NaN if there is none.
    pub before: f64,
    /// Mean now.
    pub now: f64,
    /// Now minus before; if paired, over the replicates that both have.
    pub difference: f64,
    /// Its standard error; NaN if unknown.
    #[serde(rename = "standard_error")]
    pub se: f64,
    /// p-value; NaN if nothing was tested.
    pub p: f64,
    /// p-value adjusted for all tests of the experiment.
    #[serde(rename = "p_adjusted")]
    pub adjusted: f64,
    /// The test.
    #[serde(rename = "test")]
    pub method: Method,
    /// Number of replicates whose value changed, and number of replicates, if known.
    #[serde(rename = "replicates_changed", serialize_with = "first")]
    pub changed: Option<(usize, usize)>,
    /// The smallest change that would have been detected.
    #[serde(rename = "smallest_caught")]
    pub smallest: f64,
    /// Whether the change is an improvement; `None` if the metric has no direction.
    pub better: Option<bool>,
}

fn first<S: Serializer>(changed: &Option<(usize, usize)>, to: S) -> Result<S::Ok, S::Error> {
    changed.map(|(n, _)| n).serialize(to)
}

/// One estimator in one cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The cell.
    pub cell: String,
    /// The estimator.
    pub estimator: String,
    /// The worst state of its numbers.
    pub state: State,
}

/// A claim whose verdict changed; a verdict is empty if that side does not have the claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimChange {
    /// Id of the claim.
    pub id: String,
    /// The claim in words.
    pub statement: String,
    /// The verdict of the baseline.
    pub before: String,
    /// The verdict now.
    pub now: String,
}

/// The result of a check.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// Cells and estimators, in the order of the baseline, new ones last.
    pub places: Vec<Place>,
    /// All numbers that are not identical, in the same order.
    pub comparisons: Vec<Comparison>,
    /// Claims whose verdict changed.
    pub claims: Vec<ClaimChange>,
    /// Number of tests, for which p-values are adjusted.
    pub tests: usize,
    /// Cells and estimators with failed or timed-out fits that have none in the baseline.
    pub failing: Vec<(String, String)>,
    /// The detectable changes, by headline metric.
    pub power: Vec<Power>,
    /// The rules used.
    pub rules: Rules,
}

impl Judgement {
    /// The worst state of all.
    #[must_use]
    pub fn state(&self) -> State {
        self.places.iter().map(|p| p.state).max().unwrap_or(State::Identical)
    }

    /// Whether any number moved or is missing.
    #[must_use]
    pub fn alarms(&self) -> bool {
        self.places.iter().any(|p| p.state.alarms())
    }

    /// Number of cells × estimators in `state`.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.places.iter().filter(|p| p.state == state).count()
    }
}

/// Shares of fits, tested like metrics.
const ENDED_OK: &str = "(ended ok)";
const NO_FIT: &str = "(no fit)";

/// Context for the comparison of one fit.
struct Scope<'a> {
    cell: String,
    estimator: &'a str,
    same_data: bool,
    rules: &'a Rules,
    better: &'a dyn Fn(&str) -> Sense,
}

impl Scope<'_> {
    fn comparison(
        &self,
        metric: &str,
        coordinate: Option<f64>,
        state: State,
        means: (f64, f64),
    ) -> Comparison {
        Comparison {
            cell: self.cell.clone(),
            estimator: self.estimator.to_owned(),
            metric: metric.to_owned(),
            coordinate,
            state,
            before: means.0,
            now: means.1,
            difference: f64::NAN,
            se: f64::NAN,
            p: f64::NAN,
            adjusted: f64::NAN,
            method: Method::None,
            changed: None,
            smallest: f64::NAN,
            better: None,
        }
    }

    fn better(&self, metric: &str, change: f64) -> Option<bool> {
        let sense = match metric {
            ENDED_OK => Sense::Higher,
            NO_FIT => Sense::Lower,
            _ => (self.better)(metric),
        };
        match sense {
            _ if change == 0.0 || change.is_nan() => None,
            Sense::Lower | Sense::Certificate => Some(change < 0.0),
            Sense::Higher => Some(change > 0.0),
            Sense::Neither => None,
        }
    }

    /// A comparison with its test, whose p-value is not yet adjusted.
    fn tested(
        &self,
        metric: &str,
        coordinate: Option<f64>,
        means: (f64, f64),
        d: Difference,
    ) -> (Comparison, Option<Difference>) {
        let state = if d.beyond { State::Moved } else { State::Compatible };
        let comparison = Comparison {
            difference: d.value,
            se: d.se,
            p: d.p,
            method: d.method,
            changed: d.changed,
            better: self.better(metric, d.value),
            ..self.comparison(metric, coordinate, state, means)
        };
        (comparison, Some(d))
    }

    fn series(&self, before: &Fit, now: &Fit) -> Vec<(Comparison, Option<Difference>)> {
        let key = |s: &Series| (s.metric.clone(), s.coordinate.map(f64::to_bits));
        let present: HashMap<_, &Series> = now.series.iter().map(|s| (key(s), s)).collect();
        let known: HashMap<_, &Series> = before.series.iter().map(|s| (key(s), s)).collect();
        let mut found = Vec::new();
        for old in &before.series {
            match present.get(&key(old)) {
                Some(new) if old.count == 0 && new.count == 0 => {}
                Some(new) if new.count > 0 && old.count > 0 => {
                    let d = difference(old, new, self.same_data, self.rules.tolerance);
                    found.push(self.tested(&old.metric, old.coordinate, (old.mean, new.mean), d));
                }
                Some(new) if new.count > 0 => {
                    let means = (old.mean, new.mean);
                    found.push((self.comparison(&old.metric, old.coordinate, State::New, means), None));
                }
                // On other data a value may be missing by chance, unless the baseline always has it.
                Some(_) if old.coordinate.is_some() || !self.same_data && old.missing > 0 => {}
                // A path may end elsewhere; only a path that is missing completely counts.
                None if old.coordinate.is_some() && now.series.iter().any(|s| s.metric == old.metric) => {}
                Some(_) | None => {
                    let means = (old.mean, f64::NAN);
                    found.push((self.comparison(&old.metric, old.coordinate, State::Missing, means), None));
                }
            }
        }
        for new in now.series.iter().filter(|s| s.coordinate.is_none() && !known.contains_key(&key(s))) {
            found.push((self.comparison(&new.metric, None, State::New, (f64::NAN, new.mean)), None));
        }
        found
    }

    fn endings(&self, before: &Fit, now: &Fit) -> Vec<(Comparison, Option<Difference>)> {
        let (old, new) = (before.tally, now.tally);
        let without = |t: &crate::summary::Tally| t.failed + t.timed_out;
        let shares = [(ENDED_OK, old.ok, new.ok), (NO_FIT, without(&old), without(&new))];
        let of = |(name, k, l): (&str, u64, u64)| {
            let (a, b) = ((k, old.tried()), (l, new.tried()));
            let share = |(k, n): (u64, u64)| k as f64 / n as f64;
            self.tested(name, None, (share(a), share(b)), of_shares(a, b))
        };
        shares.into_iter().map(of).collect()
    }
}

fn claim_changes(before: &[ClaimLine], now: &[ClaimLine]) -> Vec<ClaimChange> {
    let change = |id: &str, old: Option<&ClaimLine>, new: Option<&ClaimLine>| ClaimChange {
        id: id.to_owned(),
        statement: new.or(old).map(|c| c.statement.clone()).unwrap_or_default(),
        before: old.map(|c| c.verdict.clone()).unwrap_or_default(),
        now: new.map(|c| c.verdict.clone()).unwrap_or_default(),
    };
    let find = |claims: &'_ [ClaimLine], id: &str| claims.iter().position(|c| c.id == id);
    let of_old = before.iter().map(|old| change(&old.id, Some(old), find(now, &old.id).map(|i| &now[i])));
    let of_new = now.iter().filter(|c| find(before, &c.id).is_none());
    let all = of_old.chain(of_new.map(|new| change(&new.id, None, Some(new))));
    all.filter(|c| c.before != c.now).collect()
}

/// Compares a run with a baseline.
///
/// Cells and estimators with the baseline's digest are identical and are not tested. In the others, every
/// metric that both sides have is tested ([`Method`]): final values, the coordinates that the baseline
/// keeps, and the shares of fits that ended ok and of those that gave no result. All p-values of the
/// experiment are adjusted together after Benjamini and Yekutieli (2001). Where no test is possible, a
/// number beyond the tolerance has moved.
#[must_use]
pub fn compare(
    before: &Snapshot,
    now: &Snapshot,
    pairing: Pairing,
    headline: &[String],
    better: &dyn Fn(&str) -> Sense,
    rules: Rules,
) -> Judgement {
    let key = |s: &Snapshot, f: &Fit| (f.label(&s.axes), f.estimator.clone());
    let present: HashMap<_, &Fit> = now.fits.iter().map(|f| (key(now, f), f)).collect();
    let known: HashMap<_, &Fit> = before.fits.iter().map(|f| (key(before, f), f)).collect();
    let mut tested: Vec<(Comparison, Option<Difference>)> = Vec::new();
    let (mut places, mut failing, mut identical) = (Vec::new(), Vec::new(), Vec::new());
    // Position of the place of each comparison.
    let mut owners = Vec::new();
    for old in &before.fits {
        let (cell, estimator) = key(before, old);
        let same_data = pairing == Pairing::SameData;
        let scope = Scope { cell: cell.clone(), estimator: &estimator, same_data, rules: &rules, better };
        let new = present.get(&(cell.clone(), estimator.clone()));
        identical.push(new.is_some_and(|n| n.digest == old.digest));
        let state = match new {
            None => State::Missing,
            Some(new) if new.digest == old.digest => State::Identical,
            Some(new) => {
                let without = |f: &Fit| f.tally.failed + f.tally.timed_out;
                if without(old) == 0 && without(new) > 0 {
                    failing.push((cell.clone(), estimator.clone()));
                }
                tested.extend(scope.series(old, new));
                tested.extend(scope.endings(old, new));
                owners.resize(tested.len(), places.len());
                State::Compatible
            }
        };
        places.push(Place { cell, estimator, state });
    }
    for new in &now.fits {
        let (cell, estimator) = key(now, new);
        if !known.contains_key(&(cell.clone(), estimator.clone())) {
            places.push(Place { cell, estimator, state: State::New });
        }
    }
    let at: Vec<usize> = (0..tested.len()).filter(|i| !tested[*i].0.p.is_nan()).collect();
    let adjusted = benjamini_yekutieli(&at.iter().map(|i| tested[*i].0.p).collect::<Vec<_>>());
    let alone = benjamini_yekutieli_alone(at.len(), rules.rate);
    for (&i, adjusted) in at.iter().zip(adjusted) {
        let comparison = &mut tested[i].0;
        comparison.adjusted = adjusted;
        if adjusted <= rules.rate {
            comparison.state = State::Moved;
        }
    }
    let mut comparisons = Vec::with_capacity(tested.len());
    for ((mut comparison, d), owner) in tested.into_iter().zip(owners) {
        let place: &mut Place = &mut places[owner];
        // A new metric does not make the cell new.
        if comparison.state != State::New {
            place.state = place.state.max(comparison.state);
        }
        comparison.smallest = d.map_or(f64::NAN, |d| d.detectable(alone, rules.power));
        comparisons.push(comparison);
    }
    Judgement {
        power: power(before, &comparisons, &identical, headline, &rules),
        places,
        comparisons,
        claims: claim_changes(&before.claims, &now.claims),
        tests: at.len(),
        failing,
        rules,
    }
}
