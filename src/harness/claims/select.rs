//! The records that a claim covers: cells, groups, samples and missing values.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use remeasure_core::family::Outcome;

use super::claim::ClaimSpec;
use super::forms::Kind;
use super::limits::Limits;
use crate::records::{self, AxisValue, Store};
use crate::summary::{Tallies, planned};

/// Why a replicate has no usable value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    Failed,
    TimedOut,
    NotFinite,
    NotPositive,
    NotRecorded,
    NotRun,
    /// Skipped by the config, so neither planned nor missing.
    Skipped,
}

/// Numbers of planned and used values, and of gaps by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) planned: u64,
    pub(super) used: u64,
    gaps: [u64; 6],
}

impl Counts {
    fn of<T>(column: &[Result<T, Gap>]) -> Self {
        let mut counts = Self::default();
        for entry in column {
            match entry {
                Err(Gap::Skipped) => continue,
                Ok(_) => counts.used += 1,
                Err(gap) => counts.gaps[*gap as usize] += 1,
            }
            counts.planned += 1;
        }
        counts
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.planned += other.planned;
        self.used += other.used;
        for (mine, theirs) in self.gaps.iter_mut().zip(other.gaps) {
            *mine += theirs;
        }
    }

    pub(super) fn missing(&self) -> u64 {
        self.planned - self.used
    }

    /// "3 of 50 planned values missing: 2 failed, 1 not finite".
    pub(super) fn describe(&self) -> String {
        let mut text = format!("{} of {} planned values missing", self.missing(), self.planned);
        let words = ["failed", "timed out", "not finite", "not positive", "not recorded", "not run"];
        let kinds = words.iter().zip(self.gaps).filter(|(_, n)| *n > 0);
        for (i, (word, n)) in kinds.enumerate() {
            let _ = write!(text, "{} {n} {word}", if i == 0 { ":" } else { "," });
        }
        text
    }
}

/// Cells that share the values of all axes that a form does not consume.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) label: String,
    pub(super) cells: Vec<usize>,
}

/// Checks that the run has the settings that a claim presumes.
///
/// # Errors
/// The presumed and the actual settings, where they differ.
fn presumed(store: &Store, spec: &ClaimSpec) -> Result<(), String> {
    let (mut stated, mut found) = (Vec::new(), Vec::new());
    for g in &spec.given {
        let has = match store.settings.get(&g.key) {
            Some(value) if value.same(&g.value) => continue,
            Some(value) => format!("{} = {value}", g.key),
            None if store.axes.iter().any(|a| g.swept_by(a)) => format!("a sweep over {}", g.key),
            None => format!("no {}", g.key),
        };
        stated.push(format!("{} = {}", g.key, g.value));
        found.push(has);
    }
    if stated.is_empty() {
        return spec
            .common
            .stated_for
            .as_ref()
            .map_or(Ok(()), |text| Err(format!("the claim is stated for {text}")));
    }
    Err(format!("the claim is stated for {}; this run has {}", stated.join(", "), found.join(", ")))
}

/// The cells in which no estimator that the claim needs is skipped, and a description of the other cells.
///
/// # Errors
/// The description, if no cell remains.
fn without_skipped(
    store: &Store,
    spec: &ClaimSpec,
    cells: Vec<usize>,
) -> Result<(Vec<usize>, String), String> {
    let needed: Vec<usize> = spec.named(Kind::Estimator).filter_map(|e| store.estimator(e)).collect();
    let tallies = Tallies::of(store);
    let skipped = |c: usize, e: usize| tallies.get(c, e).is_skipped();
    let all = cells.len();
    let (out, kept): (Vec<usize>, Vec<usize>) =
        cells.into_iter().partition(|&c| needed.iter().any(|&e| skipped(c, e)));
    if out.is_empty() {
        return Ok((kept, String::new()));
    }
    let names: Vec<String> = (needed.iter().filter(|&&e| out.iter().any(|&c| skipped(c, e))))
        .map(|&e| format!("`{}`", store.estimators[e]))
        .collect();
    let by = format!("{} skipped by the config", names.join(" or "));
    match kept.is_empty() {
        true => Err(format!("in all cells of the claim ({all}), {by}")),
        false => Ok((kept, format!("{} of {all} cells left out: {by}", out.len()))),
    }
}

/// A claim's view of the store.
pub(super) struct View<'a> {
    pub(super) store: &'a Store,
    pub(super) spec: &'a ClaimSpec,
    /// Selected cells, in plan order, without those where an estimator that the claim needs is skipped.
    pub(super) cells: Vec<usize>,
    /// Description of the cells left out for that reason; empty if there are none.
    pub(super) left_out: String,
    /// Axes along which the selected cells differ.
    varying: Vec<usize>,
    /// Counts over all samples taken so far.
    pub(super) counts: Counts,
    /// Cells and estimators whose values were used so far.
    pub(super) touched: BTreeSet<(usize, usize)>,
}

impl<'a> View<'a> {
    /// Selects the cells of a claim.
    ///
    /// # Errors
    /// Why it cannot be tested: an axis or value that the run does not have,
    /// or a cell of the sweep that was not run.
    pub(super) fn new(store: &'a Store, spec: &'a ClaimSpec) -> Result<Self, String> {
        presumed(store, spec)?;
        for s in &spec.selection {
            let Some(axis) = store.axis(&s.axis) else {
                return Err(format!("the run has no axis `{}`", s.axis));
            };
            let known = |v: &&AxisValue| !store.axes[axis].values.iter().any(|w| w.same(v));
            if let Some(value) = s.values.iter().find(known) {
                return Err(format!("the run has no {} = {value}", s.axis));
            }
        }
        let mut ran = vec![false; store.cells.len()];
        store.outcomes.iter().for_each(|o| ran[o.cell as usize] = true);
        store.records().iter().for_each(|r| ran[r.cell as usize] = true);
        let wanted = |axis: usize, value: &AxisValue| {
            let chosen = spec.selection.iter().find(|s| s.axis == store.axes[axis].name);
            chosen.is_none_or(|s| s.values.iter().any(|v| v.same(value)))
        };
        let cells: Vec<usize> = (0..store.cells.len())
            .filter(|&c| ran[c] && store.cells[c].values.iter().enumerate().all(|(a, v)| wanted(a, v)))
            .collect();
        let chosen = |a: usize| store.axes[a].values.iter().filter(|v| wanted(a, v)).count();
        let expected: usize = (0..store.axes.len()).map(chosen).product();
        if cells.len() < expected || cells.is_empty() {
            return Err(format!("{} of the claim's {expected} cells were not run", expected - cells.len()));
        }
        let varying = (0..store.axes.len()).filter(|&a| chosen(a) > 1).collect();
        let (cells, left_out) = without_skipped(store, spec, cells)?;
        let touched = BTreeSet::new();
        Ok(Self { store, spec, cells, left_out, varying, counts: Counts::default(), touched })
    }

    /// Index of an axis, or the reason why there is none.
    pub(super) fn axis(&self, name: &str) -> Result<usize, String> {
        self.store.axis(name).ok_or_else(|| format!("the run has no axis `{name}`"))
    }

    pub(super) fn estimator(&self, name: &str) -> Result<usize, String> {
        let found = self.store.estimator(name).ok_or_else(|| format!("estimator `{name}` was not run"))?;
        let ran = |&c: &usize| {
            let outcome =
                |o: &crate::records::OutcomeRow| o.cell as usize == c && o.estimator as usize == found;
            let start = self.store.outcomes.partition_point(|o| (o.cell as usize) < c);
            let of_cell = self.store.outcomes[start..].iter().take_while(|o| o.cell as usize == c);
            let recorded = || {
                let key = (c as u32, found as u16);
                let at = self.store.records().partition_point(|r| (r.cell, r.estimator) < key);
                self.store.records().get(at).is_some_and(|r| (r.cell, r.estimator) == key)
            };
            of_cell.into_iter().any(outcome) || recorded()
        };
        if self.cells.iter().any(ran) { Ok(found) } else { Err(format!("estimator `{name}` was not run")) }
    }

    pub(super) fn metric(&self, name: &str) -> Result<usize, String> {
        self.store.metric(name).ok_or_else(|| format!("metric `{name}` was not recorded"))
    }

    /// Whether a metric is 1 or 0 in each fit.
    pub(super) fn is_event(&self, metric: usize) -> bool {
        self.store.metrics.get(metric).is_some_and(|name| self.store.events.contains(name))
    }

    /// A cell's value on an axis, as a number.
    pub(super) fn number(&self, cell: usize, axis: usize) -> Result<f64, String> {
        let value = &self.store.cells[cell].values[axis];
        let number = value.as_f64().filter(|x| x.is_finite());
        number.ok_or_else(|| format!("{} = {value} is not a number", self.store.axes[axis].name))
    }

    /// "n = 100, snr = 5", for the axes along which the selected cells differ.
    fn label(&self, cell: usize, consumed: &[usize]) -> String {
        let axes = self.varying.iter().filter(|a| !consumed.contains(a));
        let values = &self.store.cells[cell].values;
        records::label(axes.map(|&a| (&self.store.axes[a].name, &values[a])), " = ")
    }

    /// Whether every number of an estimator in a cell is the same in all replicates, bit by bit, as where the problem
    /// draws nothing. Events alone do not show it: they may all happen.
    pub(super) fn is_copied(&self, cell: usize, estimator: usize) -> bool {
        let records = self.store.records();
        let key = (cell as u32, estimator as u16);
        let start = records.partition_point(|r| (r.cell, r.estimator) < key);
        let length = records[start..].partition_point(|r| (r.cell, r.estimator) == key);
        let own = &records[start..start + length];
        let mut telling = false;
        let same = own
            .chunk_by(|a, b| {
                a.metric == b.metric && a.coordinate.map(f64::to_bits) == b.coordinate.map(f64::to_bits)
            })
            .all(|group| {
                telling |= group.len() > 1 && !self.is_event(usize::from(group[0].metric));
                group.iter().all(|r| r.value.to_bits() == group[0].value.to_bits())
            });
        same && telling
    }

    /// Cells and estimators whose values the evidence from these cells is made of; all, if some of it is not of one
    /// cell.
    pub(super) fn behind(&self, cells: impl IntoIterator<Item = Option<usize>>) -> BTreeSet<(usize, usize)> {
        let cells: Option<BTreeSet<usize>> = cells.into_iter().collect();
        match cells {
            Some(cells) => self.touched.iter().filter(|(cell, _)| cells.contains(cell)).copied().collect(),
            None => self.touched.clone(),
        }
    }

    /// The bounds that the claim sets.
    pub(super) fn limits(&self) -> Result<Limits, String> {
        self.spec
            .test
            .limits(self.spec)
            .map_err(|e| e.to_string())?
            .ok_or_else(|| "the claim sets no bounds".to_owned())
    }

    /// All cells, grouped by all axes except those consumed, in plan order.
    pub(super) fn groups(&self, consumed: &[usize]) -> Vec<Group> {
        self.groups_of(&self.cells, consumed)
    }

    /// The same for the given cells.
    pub(super) fn groups_of(&self, cells: &[usize], consumed: &[usize]) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for &cell in cells {
            let values = &self.store.cells[cell].values;
            let same = |g: &&mut Group| {
                let other = &self.store.cells[g.cells[0]].values;
                (0..values.len()).all(|a| consumed.contains(&a) || values[a].same(&other[a]))
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.cells.push(cell),
                None => groups.push(Group { label: self.label(cell, consumed), cells: vec![cell] }),
            }
        }
        groups
    }

    /// Cells ordered along an axis: by number, or in the order in which the config lists the values.
    pub(super) fn ordered(&self, cells: &[usize], axis: usize) -> Vec<usize> {
        let mut sorted = cells.to_vec();
        let numeric = cells.iter().all(|&c| self.store.cells[c].values[axis].as_f64().is_some());
        let place = |c: usize| {
            let value = &self.store.cells[c].values[axis];
            let position = self.store.axes[axis].values.iter().position(|v| v.same(value)).unwrap_or(0);
            if numeric { value.as_f64().unwrap_or(0.0) } else { position as f64 }
        };
        sorted.sort_by(|&a, &b| place(a).total_cmp(&place(b)));
        sorted
    }

    /// Replicates planned for a cell, or seen in it if there are more.
    fn planned(&self, cell: usize, estimator: usize, metric: usize) -> u64 {
        let records = self.store.values(cell, estimator, metric, self.spec.common.coordinate);
        planned(self.store, cell, estimator).max(records.last().map_or(0, |r| u64::from(r.replicate) + 1))
    }

    /// One entry per planned replicate.
    fn column(&self, cell: usize, estimator: usize, metric: usize) -> Vec<Result<f64, Gap>> {
        let mut records =
            self.store.values(cell, estimator, metric, self.spec.common.coordinate).iter().peekable();
        (0..self.planned(cell, estimator, metric))
            .map(|replicate| {
                let replicate = replicate as u32;
                let record = records.next_if(|r| r.replicate == replicate);
                match (self.store.outcome(cell, replicate, estimator), record) {
                    (Some(Outcome::Skipped(_)), _) => Err(Gap::Skipped),
                    (Some(Outcome::Failed(_)), _) => Err(Gap::Failed),
                    (Some(Outcome::TimedOut(_)), _) => Err(Gap::TimedOut),
                    (_, Some(r)) if r.value.is_finite() => Ok(r.value),
                    (_, Some(_)) => Err(Gap::NotFinite),
                    (Some(_), None) => Err(Gap::NotRecorded),
                    (None, None) => Err(Gap::NotRun),
                }
            })
            .collect()
    }

    /// Accepts a sample unless more of its values are missing than `max_missing` allows.
    fn admit<T>(&mut self, cell: usize, column: Vec<Result<T, Gap>>) -> Result<(Vec<T>, Counts), String> {
        let counts = Counts::of(&column);
        self.counts.add(&counts);
        let label = self.label(cell, &[]);
        let place = if label.is_empty() { String::new() } else { format!(" at {label}") };
        if counts.missing() as f64 > self.spec.common.max_missing * counts.planned as f64 {
            // Replicates that never ran cause no survivorship bias, but the run is incomplete.
            let only_not_run = counts.gaps[Gap::NotRun as usize] == counts.missing();
            let kind = if only_not_run { "incomplete" } else { "survivors only" };
            return Err(format!("{kind}{place}: {}", counts.describe()));
        }
        if counts.used == 0 {
            return Err(format!("no values{place}"));
        }
        Ok((column.into_iter().flatten().collect(), counts))
    }

    /// The usable values of one estimator in one cell.
    pub(super) fn sample(
        &mut self,
        cell: usize,
        estimator: usize,
        metric: usize,
    ) -> Result<Vec<f64>, String> {
        self.touched.insert((cell, estimator));
        let column = self.column(cell, estimator, metric);
        Ok(self.admit(cell, column)?.0)
    }

    /// The pairs of values of two estimators that saw the same data; with `positive`,
    /// only pairs of positive values are usable.
    pub(super) fn pairs(
        &mut self,
        cell: usize,
        (a, b): (usize, usize),
        metric: usize,
        positive: bool,
    ) -> Result<Vec<(f64, f64)>, String> {
        self.touched.extend([(cell, a), (cell, b)]);
        let (mut left, mut right) = (self.column(cell, a, metric), self.column(cell, b, metric));
        let fewer = |e: usize| self.store.due(cell, e) < self.store.replicates;
        // Where another claim needed more replicates of one of them, the rest has no partner by plan.
        let count = match fewer(a) || fewer(b) {
            true => left.len().min(right.len()),
            false => left.len().max(right.len()),
        };
        left.resize(count, Err(Gap::NotRun));
        right.resize(count, Err(Gap::NotRun));
        let pair = |(x, y): (Result<f64, Gap>, Result<f64, Gap>)| {
            let (x, y) = (x?, y?);
            if positive && !(x > 0.0 && y > 0.0) { Err(Gap::NotPositive) } else { Ok((x, y)) }
        };
        let column = left.into_iter().zip(right).map(pair).collect();
        Ok(self.admit(cell, column)?.0)
    }

    /// Numbers of events and of outcomes of one estimator in one cell.
    pub(super) fn outcomes(
        &mut self,
        cell: usize,
        estimator: usize,
        event: impl Fn(&Outcome) -> bool,
    ) -> Result<(u64, u64), String> {
        self.touched.insert((cell, estimator));
        let column: Vec<Result<bool, Gap>> = (0..planned(self.store, cell, estimator))
            .map(|r| match self.store.outcome(cell, r as u32, estimator) {
                None => Err(Gap::NotRun),
                Some(Outcome::Skipped(_)) => Err(Gap::Skipped),
                Some(outcome) => Ok(event(outcome)),
            })
            .collect();
        let (events, counts) = self.admit(cell, column)?;
        Ok((events.iter().filter(|e| **e).count() as u64, counts.used))
    }
}
