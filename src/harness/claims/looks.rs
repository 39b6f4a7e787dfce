//! Looks at growing numbers of replicates, until every claim is decided.

use std::collections::{BTreeMap, BTreeSet};

use remeasure_core::curve::Curve;

use super::claim::ClaimSpec;
use super::judge::{Finding, Verdict, judge_at};
use crate::records::{Store, cell_label};

/// Replicates by estimator and cell, as in `fewer.lasso."n=100, snr_db=5" = 20`, where there are fewer than elsewhere.
pub type Fewer = BTreeMap<String, BTreeMap<String, u32>>;

/// A look at growing replicates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Replicates of what an undecided claim needs.
    pub replicates: u32,
    /// Those of everything else.
    pub fewer: Fewer,
}

/// Looks at n, 2n, 4n, … replicates of each cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looks {
    /// Replicates at the first look.
    pub first: u32,
    /// No look has more replicates.
    pub most: u32,
}

impl Looks {
    /// Looks from `first` replicates to at most `most`, by default 64 times as many.
    #[must_use]
    pub fn new(first: u32, most: Option<u32>) -> Self {
        Self { first, most: most.unwrap_or(first.saturating_mul(64)) }
    }

    /// The replicates at each planned look. Their number is fixed beforehand: each look tests at α divided by it.
    #[must_use]
    pub fn planned(self) -> Vec<u32> {
        let doubled = std::iter::successors(Some(self.first).filter(|n| *n > 0), |n| n.checked_mul(2));
        let within = doubled.take_while(|n| *n <= self.most);
        if self.most < self.first { vec![self.first] } else { within.collect() }
    }

    /// The look after one with these records and findings: more replicates of the cells and estimators that an
    /// undecided claim needs, as many as before of the others. `None` if there is no further look, or none is needed.
    #[must_use]
    pub fn after(self, store: &Store, findings: &[Finding]) -> Option<Look> {
        let replicates = self.planned().into_iter().find(|n| *n > store.replicates)?;
        let needed: BTreeSet<(usize, usize)> = findings.iter().flat_map(|f| &f.needs).copied().collect();
        if needed.is_empty() {
            return None;
        }
        let mut fewer = Fewer::new();
        for (cell, values) in store.cells.iter().enumerate() {
            for (estimator, name) in store.estimators.iter().enumerate() {
                if !needed.contains(&(cell, estimator)) {
                    let label = cell_label(&store.axes, values);
                    fewer.entry(name.clone()).or_default().insert(label, store.due(cell, estimator));
                }
            }
        }
        Some(Look { replicates, fewer })
    }
}

/// Judges every claim at each look up to the store's replicates; a verdict once reached stays. Where a cell has fewer
/// replicates, it keeps those at later looks.
///
/// Each look is judged as by [`judge`](super::judge) at level α divided by the number of planned looks. By the union
/// bound, the probability that any claim is wrongly called reproduced at any look is at most α, whatever the form of
/// the claims and the dependence between looks; likewise for contradicted. Which cells get more replicates may depend
/// on the earlier looks, because the bound is over the p-values of all cells at all looks.
#[must_use]
pub fn judge_looks(store: &Store, claims: &[ClaimSpec], curves: &[Curve], looks: Looks) -> Vec<Finding> {
    let planned = looks.planned();
    let cells: Vec<usize> = (0..store.cells.len()).collect();
    let mut taken: Vec<u32> = planned.iter().copied().filter(|n| *n <= store.replicates).collect();
    if taken.is_empty() {
        // Fewer replicates than at the first look.
        taken.push(store.replicates);
    }
    let open = |finding: &Finding| {
        finding.verdict.is_undecided() || matches!(finding.verdict, Verdict::NotTestable { .. })
    };
    let mut findings: Vec<Finding> = Vec::new();
    for n in taken {
        let mut now = judge_at(&store.restricted(&cells, n), claims, curves, planned.len());
        now.iter_mut().filter(|finding| !open(finding)).for_each(|finding| finding.look = Some(n));
        if findings.is_empty() {
            findings = now;
            continue;
        }
        for (old, new) in findings.iter_mut().zip(now).filter(|(old, _)| open(old)) {
            *old = new;
        }
    }
    findings
}
