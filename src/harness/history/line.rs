//! The lines of the history.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::baseline::{Judgement, Snapshot, State};
use crate::digest::of_bytes;
use crate::digits;
use crate::plan::Plan;
use crate::provenance::{Code, now};
use crate::words::words;

words! {
    /// The command that wrote a line.
    pub enum WrittenBy {
        /// `baseline accept`
        Accept = "accept",
        /// `check`
        Check = "check",
    }
}

words! {
    /// What a line contains.
    #[derive(Hash)]
    pub enum Kind {
        /// The value behind a claim's verdict.
        Claim = "claim",
        /// A headline number.
        Metric = "metric",
    }
}

/// The date and subject of a measurement, which all its lines share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occasion {
    /// Date and time, UTC, RFC 3339, to the second.
    pub date: String,
    /// The command that wrote it.
    pub event: WrittenBy,
    /// The experiment.
    pub experiment: String,
    /// Its profile.
    pub profile: String,
    /// Hash of the config; behind it, after `-`, a digest of the files that the problem read, if any.
    pub config: String,
    /// Short commit, with `+` if the sources differed from it.
    pub code: String,
    /// Target triple.
    pub target: String,
}

impl Occasion {
    /// A measurement of `plan` by `code`, now.
    #[must_use]
    pub fn new(event: WrittenBy, plan: &Plan<'_>, code: &Code) -> Self {
        let commit = code.commit.get(..10).unwrap_or(&code.commit);
        Self {
            date: now(),
            event,
            experiment: plan.resolved.experiment.clone(),
            profile: plan.resolved.profile.clone(),
            config: with_inputs(plan.resolved.hash(), &plan.inputs()),
            code: format!("{commit}{}", if code.dirty { "+" } else { "" }),
            target: code.target.clone(),
        }
    }

    /// The hash of the config alone, and the digest of the input files; empty if it read none.
    #[must_use]
    pub fn config_and_inputs(&self) -> (&str, &str) {
        self.config.split_once('-').unwrap_or((&self.config, ""))
    }
}

/// The hash of a config with a digest of the input files' names and contents, if there are any.
fn with_inputs(config: String, inputs: &BTreeMap<String, String>) -> String {
    if inputs.is_empty() {
        return config;
    }
    let listed: String = inputs.iter().map(|(name, digest)| format!("{digest} {name}\n")).collect();
    format!("{config}-{}", of_bytes(listed.as_bytes()))
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The measurement that it belongs to.
    pub occasion: Occasion,
    /// Claim or metric.
    pub kind: Kind,
    /// Id of the claim, or the metric.
    pub name: String,
    /// The estimator of a metric; empty for a claim.
    pub estimator: String,
    /// The number; NaN if there is none.
    #[serde(with = "digits")]
    pub value: f64,
    /// Its standard error; NaN if unknown.
    #[serde(with = "digits")]
    pub se: f64,
    /// The word of a claim's verdict, or of a metric's state.
    pub verdict: String,
}

/// The mean over the cells in which an estimator has final values of a metric, with its standard error.
fn headline(snapshot: &Snapshot, estimator: &str, metric: &str) -> Option<(f64, f64)> {
    let fits = snapshot.fits.iter().filter(|f| f.estimator == estimator).flat_map(|f| &f.series);
    let finals = fits.filter(|s| s.coordinate.is_none() && s.metric == metric && s.count > 0);
    let (mut cells, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for series in finals {
        cells += 1.0;
        sum += series.mean;
        squares += series.se * series.se;
    }
    (cells > 0.0).then(|| (sum / cells, f64::sqrt(squares) / cells))
}

/// The worst state of a metric's final values over the cells of an estimator.
fn state(verdict: &Judgement, estimator: &str, metric: &str) -> State {
    let of_cells = verdict.places.iter().filter(|p| p.estimator == estimator);
    // In a cell that differs, each metric has its own state.
    let whole = of_cells.map(|p| p.state).filter(|s| matches!(s, State::New | State::Missing));
    let compared = verdict.comparisons.iter();
    let compared =
        compared.filter(|c| c.estimator == estimator && c.metric == metric && c.coordinate.is_none());
    whole.chain(compared.map(|c| c.state)).max().unwrap_or(State::Identical)
}

/// The lines of a measurement: claims in the order of the config, then the headline numbers of the
/// `claimed` metrics by estimator. `verdict` is the result of a check.
#[must_use]
pub fn lines(
    occasion: &Occasion,
    snapshot: &Snapshot,
    claimed: &[String],
    verdict: Option<&Judgement>,
) -> Vec<Line> {
    let claims = snapshot.claims.iter().map(|c| Line {
        occasion: occasion.clone(),
        kind: Kind::Claim,
        name: c.id.clone(),
        estimator: String::new(),
        value: c.value,
        se: c.se,
        verdict: c.verdict.clone(),
    });
    let mut lines: Vec<Line> = claims.collect();
    let mut estimators: Vec<&String> = Vec::new();
    for fit in &snapshot.fits {
        if !estimators.contains(&&fit.estimator) {
            estimators.push(&fit.estimator);
        }
    }
    for metric in claimed {
        for estimator in &estimators {
            let Some((value, se)) = headline(snapshot, estimator, metric) else { continue };
            let state = verdict.map(|v| state(v, estimator, metric).word());
            lines.push(Line {
                occasion: occasion.clone(),
                kind: Kind::Metric,
                name: metric.clone(),
                estimator: (*estimator).clone(),
                value,
                se,
                verdict: state.unwrap_or_default().to_owned(),
            });
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use remeasure_core::family::Sense;

    use super::*;
    use crate::baseline::{Fit, Pairing, Rules, compare};
    use crate::summary::Tally;

    fn series(metric: &str, coordinate: Option<f64>, mean: f64, se: f64) -> crate::baseline::Series {
        let values = if coordinate.is_none() { vec![Some(mean); 4] } else { Vec::new() };
        let metric = metric.to_owned();
        crate::baseline::Series { metric, coordinate, count: 4, missing: 0, mean, se, values }
    }

    fn snapshot(shift: f64) -> Snapshot {
        let fit = |cell: &str, estimator: &str, mean: f64, se: f64| Fit {
            cell: vec![cell.to_owned()],
            estimator: estimator.to_owned(),
            tally: Tally { ok: 4, ..Tally::default() },
            digest: format!("{cell}{estimator}{mean}"),
            series: vec![series("error", None, mean, se), series("error", Some(1.0), 77.0, 1.0)],
        };
        let fits = vec![
            fit("1", "a", 2.0, 0.3),
            fit("1", "b", 5.0, f64::NAN),
            fit("2", "a", 4.0 + shift, 0.4),
            Fit { series: Vec::new(), ..fit("2", "b", 0.0, 0.0) },
        ];
        Snapshot { axes: vec!["n".to_owned()], fits, claims: Vec::new() }
    }

    #[test]
    fn headline_numbers_are_means_over_the_cells_that_have_values() {
        let occasion = Occasion {
            date: "2026-01-01T00:00:00Z".into(),
            event: WrittenBy::Check,
            experiment: "e".into(),
            profile: "quick".into(),
            config: "0".into(),
            code: "c".into(),
            target: "t".into(),
        };
        let now = snapshot(1.0);
        let pairing = Pairing::SameData;
        let verdict = compare(&snapshot(0.0), &now, pairing, &[], &|_| Sense::Neither, Rules::default());
        let found = lines(&occasion, &now, &["error".to_owned(), "none".to_owned()], Some(&verdict));
        let found: Vec<_> =
            found.iter().map(|l| (l.estimator.as_str(), l.value, l.se, l.verdict.as_str())).collect();
        assert_eq!((found.len(), found[0]), (2, ("a", 3.5, 0.25, "moved")));
        assert_eq!((found[1].0, found[1].1, found[1].2.is_nan(), found[1].3), ("b", 5.0, true, "identical"));
        assert_eq!(lines(&occasion, &now, &["error".to_owned()], None)[0].verdict, "");
    }
}
