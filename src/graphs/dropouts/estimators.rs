//! Estimators of equivalence classes, and single tests.

use anyhow::Context;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::fisher::{Deletion, FisherZ, Sample, Tested};
use super::ges::ges;
use super::mechanism::Dropout;
use super::pc::{Found, Separation, pc};
use super::problem::Views;
use crate::dag::{Dag, Pdag, d_separated};
use crate::estimator::{Entry, Method};

/// An estimated equivalence class.
#[derive(Clone, Debug)]
pub struct ClassFit {
    /// What the search found.
    pub found: Found,
    /// Tests among them in which there was nothing to test; `None` without data.
    pub void: Option<u64>,
    /// Share of zeros in the data; `None` without data.
    pub zeros: Option<f64>,
}

/// An estimator of an equivalence class, with validated parameters.
pub trait ClassEstimator: Send + Sync {
    /// Estimates the class.
    ///
    /// # Errors
    /// A test cannot be computed.
    fn fit(&self, views: &Views) -> anyhow::Result<ClassFit>;

    /// The dropouts whose data it sees.
    fn dropout(&self) -> Dropout {
        Dropout::None
    }

    /// Whether it reads the true graph.
    fn needs_truth(&self) -> bool {
        false
    }
}

/// PC with Fisher's z test.
pub(crate) const PC: Entry =
    entry!(Method::Class, Pc, "pc", "PC with Fisher's z test, with or without deletion of zeros");
/// GES with scores from partial correlations.
pub(crate) const GES: Entry = entry!(
    Method::Class,
    Ges,
    "ges",
    "greedy equivalence search on partial correlations, with or without deletion of zeros"
);
/// PC that knows all independences.
pub(crate) const ORACLE: Entry = entry!(
    Method::Class,
    SeparationOracle,
    "d-separation",
    "PC with true independences; a yardstick and a check"
);
/// The graph without edges.
pub(crate) const EMPTY: Entry = entry!(
    Method::Class,
    EmptyClass,
    "empty-class",
    "no edges at all: its distance is the number of edges; a yardstick"
);
/// One test.
pub(crate) const TEST: Entry =
    entry!(Method::Test, FisherTest, "fisher-z", "Fisher's z test of the two branches of a fork");

fn level() -> f64 {
    0.05
}

fn million() -> u64 {
    1_000_000
}

fn once() -> f64 {
    1.0
}

/// PC with Fisher's z test, in the form of causal-learn.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Pc {
    /// Which values dropped out of the data that it sees (simulated problems only).
    #[serde(default)]
    dropout: Dropout,
    /// Which rows a test leaves out.
    #[serde(default)]
    deletion: Deletion,
    /// Level of the tests, between 0 and 1.
    #[serde(default = "level")]
    alpha: f64,
    /// Whether the variables come in a random order, the same for all estimators of a replicate.
    #[serde(default)]
    permuted: bool,
    /// Most tests of a fit, at least 1: conditioning sets of a size that would need more are not tested.
    #[serde(default = "million")]
    most_tests: u64,
}

/// Greedy equivalence search, forward and backward.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ges {
    /// Which values dropped out of the data that it sees (simulated problems only).
    #[serde(default)]
    dropout: Dropout,
    /// Which rows a partial correlation leaves out.
    #[serde(default)]
    deletion: Deletion,
    /// c: an edge costs log(n)/c. 1 as published; 2 is that of the Bayesian information criterion.
    #[serde(default = "once")]
    c: f64,
    /// Whether the variables come in a random order, the same for all estimators of a replicate.
    #[serde(default)]
    permuted: bool,
    /// Most different partial correlations of a fit, at least 1.
    #[serde(default = "million")]
    most_tests: u64,
}

/// PC with d-separation in the true graph in place of tests.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SeparationOracle {
    /// Most tests of a fit, at least 1.
    #[serde(default = "million")]
    most_tests: u64,
}

/// No edges.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EmptyClass {}

/// Fisher's z test that the two branches of a fork are independent given its root, at the level 0.05.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FisherTest {
    /// Which values dropped out of the data that it sees.
    #[serde(default)]
    pub(crate) dropout: Dropout,
    /// Which rows it leaves out.
    #[serde(default)]
    deletion: Deletion,
}

fn check_most(most: u64) -> Result<(), Invalid> {
    if most == 0 {
        return Err(Invalid::new("most_tests", "expected at least 1 test, found 0"));
    }
    Ok(())
}

impl Check for Pc {
    fn check(&self) -> Result<(), Invalid> {
        if !(self.alpha > 0.0 && self.alpha < 1.0) {
            return Err(Invalid::new(
                "alpha",
                format!("expected a level between 0 and 1, found {}", self.alpha),
            ));
        }
        check_most(self.most_tests)
    }
}

impl Check for Ges {
    fn check(&self) -> Result<(), Invalid> {
        if !(self.c > 0.0 && self.c.is_finite()) {
            return Err(Invalid::new("c", format!("expected a number above 0, found {}", self.c)));
        }
        check_most(self.most_tests)
    }
}

impl Check for SeparationOracle {
    fn check(&self) -> Result<(), Invalid> {
        check_most(self.most_tests)
    }
}

impl Check for EmptyClass {}
impl Check for FisherTest {}

/// Tests at a level.
#[derive(Debug)]
pub struct AtLevel<'a, 'b> {
    /// The test.
    pub test: &'a mut FisherZ<'b>,
    /// Its level: a pair counts as separated if p is above it.
    pub alpha: f64,
    /// Memory for results.
    pub results: Vec<Tested>,
}

impl Separation for AtLevel<'_, '_> {
    fn separated(
        &mut self,
        s: &[usize],
        pairs: &[(usize, usize)],
        out: &mut Vec<bool>,
    ) -> anyhow::Result<()> {
        self.test.tests(s, pairs, &mut self.results)?;
        out.extend(self.results.iter().map(|result| result.p > self.alpha));
        Ok(())
    }
}

/// What is true.
impl Separation for &Dag {
    fn separated(
        &mut self,
        s: &[usize],
        pairs: &[(usize, usize)],
        out: &mut Vec<bool>,
    ) -> anyhow::Result<()> {
        out.extend(pairs.iter().map(|&(x, y)| d_separated(self, x, y, s)));
        Ok(())
    }
}

/// Fits to the sample, or to its variables in a random order.
fn in_order(
    views: &Views,
    dropout: Dropout,
    permuted: bool,
    fit: impl Fn(&Sample) -> anyhow::Result<(Found, u64)>,
) -> anyhow::Result<ClassFit> {
    let sample = views.sample(dropout)?;
    let (mut found, void) = if permuted { fit(&sample.permuted(&views.order))? } else { fit(sample)? };
    if permuted {
        let d = views.variables();
        let mut graph = Pdag::empty(d);
        for (i, j) in (0..d).flat_map(|i| (0..d).map(move |j| (i, j))) {
            let (a, b) = (views.order[i], views.order[j]);
            if found.graph.undirected(i, j) {
                graph.connect(a, b);
            } else if found.graph.directed(i, j) {
                graph.direct(a, b);
            }
        }
        found.graph = graph;
    }
    Ok(ClassFit { found, void: Some(void), zeros: Some(sample.zero_share()) })
}

impl ClassEstimator for Pc {
    fn fit(&self, views: &Views) -> anyhow::Result<ClassFit> {
        in_order(views, self.dropout, self.permuted, |sample| {
            let mut test = FisherZ::new(sample, self.deletion);
            let mut level = AtLevel { test: &mut test, alpha: self.alpha, results: Vec::new() };
            let found = pc(sample.variables(), self.most_tests, &mut level)?;
            Ok((found, test.void()))
        })
    }

    fn dropout(&self) -> Dropout {
        self.dropout
    }
}

impl ClassEstimator for Ges {
    fn fit(&self, views: &Views) -> anyhow::Result<ClassFit> {
        in_order(views, self.dropout, self.permuted, |sample| {
            let mut test = FisherZ::new(sample, self.deletion);
            let found = ges(sample.variables(), self.c, self.most_tests, &mut test)?;
            Ok((found, test.void()))
        })
    }

    fn dropout(&self) -> Dropout {
        self.dropout
    }
}

impl ClassEstimator for SeparationOracle {
    fn fit(&self, views: &Views) -> anyhow::Result<ClassFit> {
        let mut truth = views.truth.as_ref().context("the true graph is not known")?;
        let found = pc(views.variables(), self.most_tests, &mut truth)?;
        Ok(ClassFit { found, void: None, zeros: None })
    }

    fn needs_truth(&self) -> bool {
        true
    }
}

impl ClassEstimator for EmptyClass {
    fn fit(&self, views: &Views) -> anyhow::Result<ClassFit> {
        let graph = Pdag::empty(views.variables());
        Ok(ClassFit { found: Found { graph, tests: 0, depth: 0, shortfall: None }, void: None, zeros: None })
    }
}

impl FisherTest {
    /// Tests the branches of a fork: variables 1 and 2 given 0.
    ///
    /// # Errors
    /// The test cannot be computed.
    pub fn test(&self, views: &Views) -> anyhow::Result<Tested> {
        FisherZ::new(views.sample(self.dropout)?, self.deletion).test(1, 2, &[0])
    }
}
