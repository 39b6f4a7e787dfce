//! From evidence to verdicts.

use std::collections::BTreeSet;

use remeasure_core::curve::Curve;
use remeasure_core::format::{count, exact};
use remeasure_core::numerics::statistics::{Estimate, holm};

use super::claim::ClaimSpec;
use super::evidence::{Evidence, Sizing, alone, compared};
use super::origin::{self, Origin};
use super::select::View;
use super::tested::Tested;
use super::values::Published;
use crate::records::Store;

/// The verdict on a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Shown to hold.
    Reproduced,
    /// Neither, but shown to be equal for practical purposes, as the claim's `tie` defines it.
    Tied,
    /// Shown not to hold.
    Contradicted,
    /// Neither.
    Undecided {
        /// Replicates per cell that would decide it with 80 % power if the
        /// measured values are the true ones; `None` if more than 10⁶ would
        /// be needed or no number can be given.
        replicates: Option<u64>,
    },
    /// Not testable on these records.
    NotTestable {
        /// The reason.
        reason: String,
    },
}

impl Default for Verdict {
    fn default() -> Self {
        Self::Undecided { replicates: None }
    }
}

impl Verdict {
    /// The words for all verdicts, best first.
    pub const WORDS: [&'static str; 5] = ["reproduced", "tied", "undecided", "contradicted", "not testable"];

    /// Whether more replicates may decide it.
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        matches!(self, Self::Undecided { .. })
    }

    /// What each of [`WORDS`](Self::WORDS) means.
    pub const MEANINGS: [&'static str; 5] = [
        "the test supports the claim",
        "neither side is shown to be better, and the test shows that they differ by less than the claim's margin for a tie",
        "the data support neither the claim nor its opposite; more replicates may decide",
        "the test supports the claim's opposite",
        "these records cannot answer the claim, for the reason given",
    ];

    /// The word for it in tables.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Reproduced => "reproduced",
            Self::Tied => "tied",
            Self::Contradicted => "contradicted",
            Self::Undecided { .. } => "undecided",
            Self::NotTestable { .. } => "not testable",
        }
    }
}

/// The evidence on a claim from one group of cells.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupFinding {
    /// The group, as `n = 100, snr = 5`; empty if there is only one.
    pub label: String,
    /// The value measured, with its Monte Carlo standard error.
    pub measured: Estimate,
    /// The published or expected value of this group, if each group has a separate one.
    pub published: Option<f64>,
    /// Confidence interval of the measured value, if its standard error is positive.
    pub interval: Option<(f64, f64)>,
    /// Number of values or pairs (the smallest sample, if several are compared).
    pub n: u64,
    /// The test used.
    pub method: &'static str,
    /// Unadjusted p-value for the claim.
    pub p_support: f64,
    /// Unadjusted p-value against the claim.
    pub p_against: f64,
}

/// A claim, what was measured, and the verdict.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finding {
    /// The claim's id.
    pub id: String,
    /// The claim in words.
    pub statement: String,
    /// Where the paper makes it.
    pub source: String,
    /// Who makes it.
    pub origin: Origin,
    /// How the published number was got.
    pub evidence: Option<origin::Evidence>,
    /// Largest error of a number that was read off a figure.
    pub read_off: Option<f64>,
    /// The published value, that of the deciding group if each group has a separate one; empty if
    /// there is none.
    pub published: String,
    /// The expected value, likewise; empty if there is none.
    pub expected: String,
    /// The deciding group: for a contradicted claim the one with the strongest evidence
    /// against it, otherwise the one with the weakest evidence for it. `None` if there is one group.
    pub group: Option<String>,
    /// The measured value of the deciding group.
    pub measured: Option<Estimate>,
    /// The measured quantity in words.
    pub measures: String,
    /// The test, with n.
    pub test: String,
    /// Holm-adjusted p-value for the claim.
    pub p_support: Option<f64>,
    /// The same before the adjustment.
    pub p_support_raw: Option<f64>,
    /// Holm-adjusted p-value against the claim.
    pub p_against: Option<f64>,
    /// The same before the adjustment.
    pub p_against_raw: Option<f64>,
    /// Holm-adjusted p-value for a tie, if the claim says what that is.
    pub p_tie: Option<f64>,
    /// Unadjusted confidence interval of the measured value.
    pub interval: Option<(f64, f64)>,
    /// Level of the interval, 1 − 2α.
    pub interval_level: f64,
    /// Replicates at the look that decided it, if there are several looks.
    pub look: Option<u32>,
    /// The verdict.
    pub verdict: Verdict,
    /// If it is undecided: the cells and estimators of which more replicates may decide it, as indices into the
    /// store.
    pub needs: BTreeSet<(usize, usize)>,
    /// Remarks for the reader; may be empty.
    pub note: String,
    /// Every group, in plan order.
    pub groups: Vec<GroupFinding>,
}

/// The claims of the paper and its code, and those of our own.
#[must_use]
pub fn by_origin(findings: &[Finding]) -> [Vec<&Finding>; 2] {
    let (papers, own) = findings.iter().partition(|finding| finding.origin.is_the_papers());
    [papers, own]
}

/// Judges every claim of an experiment.
///
/// Each claim is tested in two directions, for it and against it, with
/// α = 1 − confidence for each. Within a claim, all groups must support it
/// (intersection–union: the largest p-value counts), and any group can
/// contradict it (the smallest counts, times the number of groups). Across the
/// testable claims Holm's correction is applied on the two sides separately.
/// So the probability that any claim is wrongly called reproduced is at most
/// α, and the probability that any is wrongly called contradicted is at most
/// α (the largest α, where claims have different ones), whatever the
/// dependence between the claims.
#[must_use]
pub fn judge(store: &Store, claims: &[ClaimSpec], curves: &[Curve]) -> Vec<Finding> {
    judge_at(store, claims, curves, 1)
}

/// One of several looks at growing records, each at level α divided by their number: adjusted p-values are multiplied
/// by it.
pub(super) fn judge_at(store: &Store, claims: &[ClaimSpec], curves: &[Curve], looks: usize) -> Vec<Finding> {
    let over_looks = |p: f64| (p * looks as f64).min(1.0);
    let mut findings = Vec::with_capacity(claims.len());
    let mut tested: Vec<(usize, Tested)> = Vec::new();
    let mut views: Vec<View<'_>> = Vec::new();
    for (i, claim) in claims.iter().enumerate() {
        let mut finding = blank(claim);
        match test(store, claim, curves) {
            Ok((result, view)) => {
                tested.push((i, result));
                views.push(view);
            }
            Err(reason) => finding.verdict = Verdict::NotTestable { reason },
        }
        findings.push(finding);
    }
    let raw: Vec<(f64, f64)> = tested.iter().map(|(_, t)| claim_p_values(t)).collect();
    let adjust = |p: Vec<f64>| holm(&p).into_iter().map(over_looks).collect::<Vec<_>>();
    let support = adjust(raw.iter().map(|p| p.0).collect());
    let against = adjust(raw.iter().map(|p| p.1).collect());
    let family = tested.len() * looks;
    // Ties are tests of their own: the probability that any is wrong is at most α, too.
    let ties: Vec<Option<f64>> = tested.iter().map(|(_, t)| p_tie(t)).collect();
    let mut adjusted = adjust(ties.iter().flatten().copied().collect()).into_iter();
    let ties: Vec<Option<f64>> = ties.into_iter().map(|p| p.and_then(|_| adjusted.next())).collect();
    for (j, (i, result)) in tested.into_iter().enumerate() {
        let alpha = 1.0 - claims[i].common.confidence;
        let open = open_groups(&result, alpha / family as f64);
        conclude(&mut findings[i], &claims[i], result, raw[j], (support[j], against[j]), family);
        findings[i].tie(ties[j], alpha);
        if findings[i].verdict.is_undecided() {
            findings[i].needs = views[j].behind(open);
        }
    }
    findings
}

/// Tests a claim on the records; also returns the view through which it read them.
fn test<'s>(store: &'s Store, claim: &'s ClaimSpec, curves: &[Curve]) -> Result<(Tested, View<'s>), String> {
    if let Some(reason) = claim.test.untestable() {
        return Err(reason.to_owned());
    }
    let mut view = View::new(store, claim)?;
    let left_out = std::mem::take(&mut view.left_out);
    let mut tested = claim.test.evaluate(&mut view, curves).map_err(|reason| match left_out.as_str() {
        "" => reason,
        left_out => format!("{reason}; {left_out}"),
    })?;
    let copies = copied(&view, &mut tested, claim.common.exact);
    if copies == tested.groups.len() && !claim.common.exact {
        return Err(format!(
            "nothing is drawn, so that {} are one data set and no evidence beyond it; `exact = true` judges the claim \
             on this data set alone",
            count(store.replicates as usize, "replicate")
        ));
    }
    if copies < tested.groups.len() && claim.common.exact {
        return Err("`exact = true`, but the values differ between replicates".to_owned());
    }
    for (_, evidence) in tested.groups.iter_mut().filter(|(_, e)| e.n < 2) {
        *evidence = alone(evidence.clone());
    }
    if !left_out.is_empty() {
        tested.notes.push(left_out);
    }
    if view.counts.missing() > 0 {
        tested.notes.push(format!("{}, left out", view.counts.describe()));
    }
    Ok((tested, view))
}

/// Replaces the evidence of groups whose values are the same in every replicate: n counts as one, or, if `exact`, the
/// values are compared as they are. Returns the number of such groups.
fn copied(view: &View<'_>, tested: &mut Tested, exact: bool) -> usize {
    let mut copies = 0;
    for (_, evidence) in &mut tested.groups {
        let behind = view.behind([evidence.cell]);
        if evidence.n > 1 && !behind.is_empty() && behind.iter().all(|&(c, e)| view.is_copied(c, e)) {
            copies += 1;
            *evidence =
                if exact { compared(evidence.clone()) } else { Evidence { n: 1, ..evidence.clone() } };
        }
    }
    copies
}

fn blank(claim: &ClaimSpec) -> Finding {
    Finding {
        id: claim.common.id.clone(),
        statement: claim.common.statement.clone(),
        source: claim.common.source.clone(),
        origin: claim.common.origin,
        evidence: claim.common.evidence,
        read_off: claim.common.read_off,
        published: claim.published.as_ref().map(Published::to_string).unwrap_or_default(),
        expected: claim.expected.as_ref().map(Published::to_string).unwrap_or_default(),
        interval_level: claim.level(),
        ..Finding::default()
    }
}

impl Finding {
    /// An undecided claim is tied if every group is.
    fn tie(&mut self, p: Option<f64>, alpha: f64) {
        self.p_tie = p;
        if self.verdict.is_undecided() && p.is_some_and(|p| p <= alpha) {
            self.verdict = Verdict::Tied;
        }
    }
}

/// Intersection–union: a tie in every group. `None` if the claim does not say what a tie is.
fn p_tie(tested: &Tested) -> Option<f64> {
    tested.groups.iter().try_fold(0.0, |most: f64, (_, e)| Some(most.max(e.p_tie?)))
}

/// The cells of the groups that neither support the claim nor are tied, at the strictest level. A claim needs no more
/// replicates of the others: every p-value, of whatever look, is counted by the bound over all looks.
fn open_groups(tested: &Tested, level: f64) -> Vec<Option<usize>> {
    let settled = |e: &Evidence| e.p_support <= level || e.p_tie.is_some_and(|p| p <= level);
    tested.groups.iter().map(|(_, e)| e).filter(|e| !settled(e)).map(|e| e.cell).collect()
}

/// Intersection–union for the claim, Bonferroni against it.
fn claim_p_values(tested: &Tested) -> (f64, f64) {
    let support = tested.groups.iter().map(|(_, e)| e.p_support).fold(0.0, f64::max);
    let against = tested.groups.iter().map(|(_, e)| e.p_against).fold(1.0, f64::min);
    (support, (against * tested.groups.len() as f64).min(1.0))
}

fn conclude(
    finding: &mut Finding,
    claim: &ClaimSpec,
    tested: Tested,
    raw: (f64, f64),
    adjusted: (f64, f64),
    family: usize,
) {
    let alpha = 1.0 - claim.common.confidence;
    finding.verdict = if adjusted.0 <= alpha {
        Verdict::Reproduced
    } else if adjusted.1 <= alpha {
        Verdict::Contradicted
    } else {
        // The level of Holm's first, strictest step.
        Verdict::Undecided { replicates: replicates(&tested, alpha / family as f64) }
    };
    let contradicted = finding.verdict == Verdict::Contradicted;
    let (label, evidence) = &tested.groups[hinge(&tested, contradicted)];
    finding.group = (tested.groups.len() > 1).then(|| label.clone());
    if let Some(target) = &evidence.target {
        let shown = if claim.published.is_some() { &mut finding.published } else { &mut finding.expected };
        *shown = exact(target.published);
    }
    finding.measured = Some(evidence.measured);
    finding.interval = evidence.interval;
    finding.measures = tested.measures;
    finding.test = describe(&tested.hypothesis, (label, evidence), tested.groups.len(), contradicted);
    (finding.p_support, finding.p_against) = (Some(adjusted.0), Some(adjusted.1));
    (finding.p_support_raw, finding.p_against_raw) = (Some(raw.0), Some(raw.1));
    let mut notes = tested.notes;
    if evidence.n < 2 {
        notes.push("one value per cell cannot decide a claim".into());
    } else if evidence.measured.se == 0.0 && matches!(evidence.plan, Sizing::Region(..)) {
        notes.push(format!("no spread: all {} values are equal", evidence.n));
    }
    finding.note = notes.join("; ");
    finding.groups = (tested.groups.into_iter())
        .map(|(label, e)| GroupFinding {
            label,
            measured: e.measured,
            published: e.target.map(|t| t.published),
            interval: e.interval,
            n: e.n,
            method: e.method,
            p_support: e.p_support,
            p_against: e.p_against,
        })
        .collect();
}

/// Index of the deciding group: for a contradicted claim the one with the strongest evidence against
/// it, otherwise the one with the weakest evidence for it.
fn hinge(tested: &Tested, contradicted: bool) -> usize {
    let mut worst = 0;
    for (i, (_, e)) in tested.groups.iter().enumerate().skip(1) {
        let w = &tested.groups[worst].1;
        let worse = if contradicted { e.p_against < w.p_against } else { e.p_support > w.p_support };
        if worse {
            worst = i;
        }
    }
    worst
}

fn describe(hypothesis: &str, (label, e): (&str, &Evidence), groups: usize, contradicted: bool) -> String {
    let place = match (groups, label.is_empty()) {
        (1, true) => String::new(),
        (1, false) => format!("; {label}"),
        (k, _) if contradicted => format!("; strongest against, of {k}: {label}"),
        (k, _) => format!("; weakest of {k}: {label}"),
    };
    let hypothesis = e.target.as_ref().map_or(hypothesis, |t| &t.hypothesis);
    format!("{hypothesis}: {}, n = {}{place}", e.method, e.n)
}

/// Replicates that would decide the claim in the direction in which the measured values point.
fn replicates(tested: &Tested, alpha: f64) -> Option<u64> {
    let plans: Vec<&Sizing> = tested.groups.iter().map(|(_, e)| &e.plan).collect();
    if plans.iter().all(|p| p.supports()) {
        return plans.iter().map(|p| p.to_support(alpha)).try_fold(0, |most, n| Some(most.max(n?)));
    }
    plans.iter().filter_map(|p| p.to_contradict(alpha / plans.len() as f64)).min()
}
