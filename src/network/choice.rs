//! Paths of fits over `λ`, and the choice of one of them.

use rand::seq::SliceRandom;
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::admm::{Admm, Report, Settings};
use crate::graph::Graph;
use crate::node::Node;
use crate::problem::{Instance, Sample};
use crate::scores;

/// How `ρ` changes along a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Growth {
    /// It does not.
    #[default]
    None,
    /// With the square root of `λ`: `ρ = ρ₁ √(λ/λ₁)`, as in public code of the method.
    Sqrt,
}

/// How to fit a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// `ρ` at the first `λ`, above 0.
    pub rho: f64,
    /// How it changes.
    pub growth: Growth,
    /// When to stop at each `λ`.
    pub settings: Settings,
}

impl Plan {
    /// Fits all `λ` in their order, each from the solution of the one before, and calls `each` with its position.
    pub fn walk(
        &self,
        graph: &Graph,
        nodes: Vec<Box<dyn Node>>,
        lambdas: &[f64],
        each: &mut dyn FnMut(usize, &mut Admm<'_>, Report),
    ) {
        let mut admm = Admm::new(graph, nodes, self.rho);
        for (at, lambda) in lambdas.iter().enumerate() {
            if self.growth == Growth::Sqrt && at > 0 {
                admm.set_rho(self.rho * (lambda / lambdas[0]).sqrt(), self.settings.variant);
            }
            let report = admm.run(*lambda, &self.settings, &mut |_, _| ());
            each(at, &mut admm, report);
        }
    }

    /// The mean loss, over nodes and held-out rows, of each `λ` in a cross-validation within the nodes: the rows of each
    /// node are dealt to `folds` parts, and each part is predicted from the others.
    ///
    /// # Errors
    /// A node has fewer rows than folds, or a loss is not finite.
    pub fn cross_validate(
        &self,
        instance: &Instance,
        folds: usize,
        streams: &Streams,
    ) -> anyhow::Result<Vec<f64>> {
        let mut stream = streams.stream("folds");
        let orders: Vec<Vec<usize>> = instance
            .train
            .iter()
            .map(|sample| {
                let mut order: Vec<usize> = (0..sample.rows.count()).collect();
                order.shuffle(&mut stream);
                order
            })
            .collect();
        let least = orders.iter().map(Vec::len).min().unwrap_or(0);
        anyhow::ensure!(least >= folds, "a node has {least} rows, fewer than the {folds} folds");
        let p = instance.size();
        let mut losses = vec![0.0; instance.path.len()];
        for fold in 0..folds {
            let part = |held: bool| -> Vec<Sample> {
                let rows = orders.iter().map(|order| {
                    let all = order.iter().enumerate();
                    all.filter(|(at, _)| (at % folds == fold) == held)
                        .map(|(_, row)| *row)
                        .collect::<Vec<_>>()
                });
                instance.train.iter().zip(rows).map(|(sample, rows)| sample.take(&rows)).collect()
            };
            let (fitted, held) = (part(false), part(true));
            let nodes = fitted.iter().map(|sample| instance.model.node(&[sample])).collect();
            self.walk(&instance.graph, nodes, &instance.path, &mut |at, admm, _| {
                for (a, sample) in admm.models().chunks_exact(p).zip(&held) {
                    let scores = scores::of_rows(instance.model, a, sample);
                    losses[at] += scores::loss(instance.model, &scores, &sample.labels).unwrap_or(0.0);
                }
            });
        }
        anyhow::ensure!(losses.iter().all(|l| l.is_finite()), "a loss of the cross-validation is not finite");
        let count = (folds * instance.train.len()) as f64;
        Ok(losses.into_iter().map(|loss| loss / count).collect())
    }
}

/// Position of the least value, the first among equals.
#[must_use]
pub fn least(values: &[f64]) -> Option<usize> {
    (0..values.len()).min_by(|i, j| values[*i].total_cmp(&values[*j]))
}

/// The residuals that fell short, for the outcome of a fit; `None` if none did.
#[must_use]
pub fn shortfall(report: &Report, settings: &Settings) -> Option<String> {
    if report.converged {
        return None;
    }
    let residuals = report.residuals;
    let goal = match settings.gap {
        Some(gap) => format!("a relative gap of {gap:e}"),
        None => "a tolerance of the residuals".to_owned(),
    };
    Some(format!(
        "after {} iterations, {goal} is not reached: primal residual {:.1e}, dual residual {:.1e}; raise \
         `max_iterations` or change `rho`",
        report.iterations, residuals.primal, residuals.dual
    ))
}
