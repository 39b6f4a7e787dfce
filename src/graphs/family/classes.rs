//! Records of estimated equivalence classes and of single tests.

use remeasure_core::family::{Metric, Recorder};

use super::metrics::*;
use crate::dag::{Pdag, cpdag, shd, skeleton_f1};
use crate::dropouts::{ClassFit, Expression, Tested, Views};

/// Metrics of equivalence classes and tests alone.
pub(super) const OWN: &[Metric] = &[
    OTHER_MARKS,
    MARK,
    TRUE_MARK,
    TESTS,
    DEPTH,
    VOID_TESTS,
    ZERO_SHARE,
    P_VALUE,
    REJECTED,
    CORRELATION,
    ROWS,
];

/// Metrics that need the true class.
const DISTANCES: [Metric; 6] = [SHD_CPDAG, SKELETON_F1, EXTRA, MISSING, OTHER_MARKS, TRUE_MARK];

/// Metrics that a problem never has.
pub(super) fn never(problem: &Expression) -> Vec<Metric> {
    let has = |metric: &Metric| {
        let test = [P_VALUE, REJECTED, CORRELATION, ROWS].contains(metric);
        let distance = DISTANCES.contains(metric);
        match problem {
            _ if test => matches!(problem, Expression::Fork(_)),
            _ if distance => problem.has_truth(),
            _ => *metric == EDGES || OWN.contains(metric),
        }
    };
    METRICS.iter().filter(|metric| !has(metric)).copied().collect()
}

/// Records an estimated class, with its marks if they are asked for; returns why the search fell short, if it did.
pub(super) fn record(views: &Views, fit: ClassFit, marks: bool, out: &mut Recorder) -> Option<String> {
    let graph = &fit.found.graph;
    out.record(EDGES, graph.edges() as f64);
    if let Some(truth) = &views.truth {
        let class = cpdag(truth);
        let both = graph.pairs().filter(|&(i, j)| class.adjacent(i, j)).count();
        let distance = shd(&class, graph);
        let (extra, missing) = (graph.edges() - both, class.edges() - both);
        out.record(SHD_CPDAG, distance as f64);
        out.record(SKELETON_F1, skeleton_f1(&class, graph));
        out.record(EXTRA, extra as f64);
        out.record(MISSING, missing as f64);
        out.record(OTHER_MARKS, (distance - extra - missing) as f64);
        if marks {
            record_marks(TRUE_MARK, &class, out);
        }
    }
    if marks {
        record_marks(MARK, graph, out);
    }
    if let Some(void) = fit.void {
        out.record(VOID_TESTS, void as f64);
    }
    if fit.found.tests > 0 {
        out.record(TESTS, fit.found.tests as f64);
        out.record(DEPTH, fit.found.depth as f64);
    }
    if let Some(zeros) = fit.zeros {
        out.record(ZERO_SHARE, zeros);
    }
    fit.found.shortfall
}

fn record_marks(metric: Metric, graph: &Pdag, out: &mut Recorder) {
    let d = graph.nodes();
    for (i, j) in (0..d).flat_map(|i| (0..d).map(move |j| (i, j))) {
        // The diagonal tells how many nodes there are.
        if i == j || graph.has_mark(i, j) {
            out.record_at(metric, (1000 * (i + 1) + j + 1) as f64, f64::from(u8::from(i != j)));
        }
    }
}

/// Records a test.
pub(super) fn record_test(result: Tested, out: &mut Recorder) {
    out.record(P_VALUE, result.p);
    out.record(REJECTED, f64::from(u8::from(result.p <= 0.05)));
    out.record(CORRELATION, result.rho);
    out.record(ROWS, result.rows as f64);
}
