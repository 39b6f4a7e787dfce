//! Tree-structured Parzen estimators (Bergstra et al. 2011).

use remeasure_core::entry;
use remeasure_core::params::Check;
use remeasure_core::stream::{Stream, Streams};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Method, Search};
use crate::black_box::BlackBox;
use crate::models::parzen::{Parzen, Width};

pub(super) const TPE: Entry =
    entry!(Method::Search, Tpe, "tpe", "tree-structured Parzen estimator, all coordinates at once");

/// How values are split, weighted and smoothed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Rule {
    /// As optuna: the better tenth (at most 25), equal weights, widths from their number.
    #[default]
    Optuna,
    /// As the authors' own baseline: the better .15, weights by improvement, widths by hyperopt's rule of neighbours, at
    /// least .03 and 1/(1 + k)² for k points (our reading of its exponent 2).
    Baseline,
}

/// Two densities in the unit cube, l of the better points and g of the others, with a wide window in the middle each. Of the
/// candidates drawn from l, the one with the largest l/g is next.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tpe {
    /// How values are split, weighted and smoothed.
    #[serde(default)]
    rule: Rule,
}

/// Candidates of a trial.
const CANDIDATES: usize = 20;

impl Check for Tpe {}

impl Tpe {
    /// The densities of the better and of the other points (n × `dimension`, point by point).
    #[must_use]
    pub fn densities(&self, dimension: usize, points: &[f64], values: &[f64]) -> [Parzen; 2] {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
        let share = |share: f64| (share * values.len() as f64).ceil() as usize;
        let count = match self.rule {
            Rule::Optuna => share(0.1).min(25),
            Rule::Baseline => share(0.15),
        };
        let (better, others) = order.split_at(count);
        let taken = |rows: &[usize]| -> Vec<f64> {
            rows.iter().flat_map(|&i| points[i * dimension..][..dimension].iter().copied()).collect()
        };
        let width = |count: usize| match self.rule {
            Rule::Optuna => Width::Scott,
            Rule::Baseline => Width::Neighbours((1.0 / (1.0 + count as f64).powi(2)).max(0.03)),
        };
        let mut weights = vec![1.0; better.len()];
        if let (Rule::Baseline, Some(&first)) = (self.rule, others.first()) {
            let gains: Vec<f64> = better.iter().map(|&i| values[first] - values[i]).collect();
            if gains.iter().sum::<f64>() > 0.0 {
                weights = gains;
            }
        }
        [
            Parzen::new(dimension, &taken(better), &weights, width(better.len())),
            Parzen::new(dimension, &taken(others), &vec![1.0; others.len()], width(others.len())),
        ]
    }

    /// Searches with numbers from a stream.
    ///
    /// # Errors
    /// Those of [`BlackBox::evaluate`].
    pub fn run(&self, function: &mut BlackBox<'_>, stream: &mut Stream) -> anyhow::Result<()> {
        let d = function.dimension();
        let (mut point, mut chosen) = (vec![0.0; d], vec![0.0; d]);
        while function.left() > 0 {
            let values = function.usable().unwrap_or_else(|| vec![0.0; function.values().len()]);
            let [better, others] = self.densities(d, function.points(), &values);
            let mut most = f64::NEG_INFINITY;
            for _ in 0..CANDIDATES {
                better.draw(stream, &mut point);
                let ratio = better.ln_density(&point) - others.ln_density(&point);
                if ratio > most {
                    most = ratio;
                    chosen.copy_from_slice(&point);
                }
            }
            function.evaluate(&chosen)?;
        }
        Ok(())
    }
}

impl Search for Tpe {
    fn search(&self, function: &mut BlackBox<'_>, streams: &Streams) -> anyhow::Result<()> {
        self.run(function, &mut streams.stream("tpe"))
    }
}
