//! Selection with a model chosen for each test point.

use anyhow::bail;
use rand::Rng;
use remeasure_core::entry;
use remeasure_core::params::{Check, Invalid};
use remeasure_core::stream::{Stream, Streams};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Estimator, Selection};
use crate::msel::{Candidates, Evalues, Final, Pruning, Ties};
use crate::problem::{Data, Problem, Source};

/// Conformal selection with a model chosen for each test point by auxiliary selections that leave it out (algorithm MSel),
/// e-values, and pruning.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OptCs {
    /// How the e-values are pruned.
    pruning: Pruning,
    /// Factor β of the threshold of p-values, above 0 and at most 1; e-values grow by 1/β.
    #[serde(default = "one")]
    beta: f64,
    /// Which of several models with equally many auxiliary rejections is chosen.
    #[serde(default)]
    ties: Ties,
    /// Which calibration scores count for the final p-value.
    #[serde(default, rename = "final")]
    which: Final,
}

fn one() -> f64 {
    1.0
}

pub(super) const OPTCS: Entry =
    entry!(OptCs, "optcs", "a model chosen for each test point, and pruned e-values (MSel)");

/// Refuses a factor that is none.
pub(super) fn check_beta(beta: f64) -> Result<(), Invalid> {
    if beta > 0.0 && beta <= 1.0 {
        return Ok(());
    }
    Err(Invalid::new("beta", format!("expected a number above 0 and at most 1, found {beta}")))
}

impl Check for OptCs {
    fn check(&self) -> Result<(), Invalid> {
        check_beta(self.beta)
    }
}

/// Prunes the e-values of a level; uniform numbers are above 0.
pub(super) fn pruned(found: Evalues, q: f64, pruning: Pruning, stream: &mut Stream) -> Selection {
    let rows = found.pruned(q, pruning, &mut || 1.0 - stream.r#gen::<f64>());
    Selection { rows, e: found.e(), p: found.p }
}

impl Estimator for OptCs {
    fn select(&self, data: &Data, levels: &[f64], streams: &Streams) -> anyhow::Result<Vec<Selection>> {
        let Data::Split(sample) = data else { bail!("there are no calibration rows") };
        // The same for all prunings, so that they prune the same e-values.
        let (mut ties, mut uniform) = (streams.stream("ties"), streams.stream("pruning"));
        let candidates = Candidates::new(&sample.scores, self.which);
        let of = |q: &f64| {
            let found = candidates.evalues(*q, self.beta, self.ties, &mut ties);
            pruned(found, *q, self.pruning, &mut uniform)
        };
        Ok(levels.iter().map(of).collect())
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        with_calibration(problem)
    }
}

/// Refuses a problem without calibration rows.
pub(super) fn with_calibration(problem: &Problem) -> Result<(), Invalid> {
    match problem.source {
        Source::Full { .. } => {
            let message = "kind = \"full\" of the problem sets no calibration rows aside: use \"full\", \"sample-split\" \
                           or \"fresh-labels\"";
            Err(Invalid::new("kind", message))
        }
        _ => Ok(()),
    }
}
