//! `[problem]` of the multitask family, and the data of one replicate.

use std::fmt::Debug;

use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::numerics::Design;
use remeasure_core::params::Kind;
use remeasure_core::stream::{Stream, Streams};
use toml::Table;

use super::allocation::{self, Costs};
use super::digits::Digits;
use super::generators::Model;
use super::statistics::Statistics;

/// A validated problem.
#[derive(Clone, Debug)]
pub enum Problem {
    /// Drawn from the linear model.
    Model(Model),
    /// Corrupted handwritten digits.
    Digits(Digits),
}

/// Source of the observations of the source tasks.
pub trait Sources: Debug + Send + Sync {
    /// Number of tasks `T`.
    fn tasks(&self) -> usize;

    /// Dimension `d` of an observation.
    fn dimension(&self) -> usize;

    /// Adds `count` new observations of `task`.
    fn sample(&self, task: usize, count: u64, stream: &mut Stream, into: &mut Statistics);
}

/// The truth behind an instance drawn from the linear model; it also generates the observations.
#[derive(Clone, Debug)]
pub struct Truth {
    /// `B`, `d × k`, with orthonormal columns.
    pub basis: Design,
    /// `W`, `k × T`.
    pub heads: Design,
    /// Head `w` of the target, length `k`.
    pub target: Vec<f64>,
    /// Standard deviation of the noise.
    pub sigma: f64,
}

impl Truth {
    /// `B w` for a head `w`, length `d`.
    #[must_use]
    pub fn coefficients(&self, head: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.basis.rows()];
        self.basis.mul(head, &mut out);
        out
    }
}

impl Sources for Truth {
    fn tasks(&self) -> usize {
        self.heads.columns()
    }

    fn dimension(&self) -> usize {
        self.basis.rows()
    }

    fn sample(&self, task: usize, count: u64, stream: &mut Stream, into: &mut Statistics) {
        into.add_gaussian(&self.coefficients(self.heads.column(task)), self.sigma, count, stream);
    }
}

/// The budget for observations of the sources.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Total number of observations, or their total cost.
    pub amount: f64,
    /// Minimum number of observations of a task in a plan that samples all of them.
    pub floor: u64,
    /// Minimum number of observations of a task that a plan samples at all, if that exceeds the floor.
    pub least: u64,
    /// Maximum number of sources that a plan may sample; the first stage of a plan that estimates the relevance samples
    /// all.
    pub most_tasks: Option<usize>,
    /// The costs of observations; `None` if each counts as one.
    pub costs: Option<Costs>,
}

impl Budget {
    /// Sample sizes `∝ shares` for `amount`, at least `floor` each; with a floor of 0, at least `least` for
    /// each task with a share.
    ///
    /// # Errors
    /// As [`allocation::allocate`] and [`allocation::allocate_cost`].
    pub fn allocate(&self, shares: &[f64], amount: f64, floor: u64) -> Result<Vec<u64>, Invalid> {
        let plan = |shares: &[f64], costs: Option<&Costs>, floor: u64| match costs {
            None => allocation::allocate(shares, amount as u64, floor),
            Some(costs) => allocation::allocate_cost(shares, costs, amount, floor),
        };
        if floor > 0 || self.least == 0 {
            return plan(shares, self.costs.as_ref(), floor);
        }
        let sampled: Vec<usize> = (0..shares.len()).filter(|&t| shares[t] > 0.0).collect();
        let of = |values: &[f64]| sampled.iter().map(|&t| values[t]).collect::<Vec<f64>>();
        let costs = self.costs.as_ref().map(|c| Costs { sample: of(&c.sample), access: c.access });
        let mut sizes = vec![0; shares.len()];
        for (&t, size) in sampled.iter().zip(plan(&of(shares), costs.as_ref(), self.least)?) {
            sizes[t] = size;
        }
        Ok(sizes)
    }

    /// Further observations for `amount` that bring the totals, including those `at_hand`, as close to
    /// `∝ shares` as possible: `max{c s_t − at_hand_t, 0}`. All tasks have been observed, so access to them
    /// is already paid for.
    ///
    /// # Errors
    /// As [`Budget::allocate`].
    pub fn top_up(&self, shares: &[f64], at_hand: &[u64], amount: f64) -> Result<Vec<u64>, Invalid> {
        let price = |t: usize| self.costs.as_ref().map_or(1.0, |c| c.sample[t]);
        let level = |t: usize| at_hand[t] as f64 / shares[t];
        let mut order: Vec<usize> = (0..shares.len()).filter(|&t| shares[t] > 0.0).collect();
        order.sort_by(|&a, &b| level(a).total_cmp(&level(b)));
        // Top up the tasks with the lowest current c′; including each of them lowers c.
        let (mut whole, mut sum, mut scale) = (amount, 0.0, f64::INFINITY);
        for &t in &order {
            if level(t) >= scale {
                break;
            }
            whole += price(t) * at_hand[t] as f64;
            sum += price(t) * shares[t];
            scale = whole / sum;
        }
        let missing = |(t, share): (usize, &f64)| {
            if *share > 0.0 { (scale * share - at_hand[t] as f64).max(0.0) } else { 0.0 }
        };
        let fresh: Vec<f64> = shares.iter().enumerate().map(missing).collect();
        match &self.costs {
            None => allocation::allocate(&fresh, amount as u64, 0),
            Some(costs) => {
                let paid = Costs { sample: costs.sample.clone(), access: 0.0 };
                allocation::allocate_cost(&fresh, &paid, amount, 0)
            }
        }
    }

    /// Cost of sample sizes; their sum if there are no costs.
    #[must_use]
    pub fn spent(&self, sizes: &[u64]) -> f64 {
        self.costs.as_ref().map_or_else(|| sizes.iter().sum::<u64>() as f64, |c| c.of(sizes))
    }
}

/// The data of one replicate; estimators sample the sources themselves.
#[derive(Debug)]
pub struct Instance {
    /// Rank `k` of the representation.
    pub rank: usize,
    /// Standard deviation of the noise, for penalties that need it.
    pub sigma: f64,
    /// Observations of the source tasks on demand.
    pub sources: Box<dyn Sources>,
    /// The sample of the target.
    pub target: Statistics,
    /// The budget for the sources.
    pub budget: Budget,
    /// The truth, if it is known.
    pub truth: Option<Truth>,
    /// Rows of the target that no estimator sees, with labels ±1, to check the sign of predictions.
    pub held_out: Option<(Design, Vec<f64>)>,
}

impl Problem {
    /// The kinds that [`Problem::read`] accepts.
    #[must_use]
    pub fn kinds() -> Vec<Kind> {
        vec![Model::kind(), Digits::kind()]
    }

    /// Reads a `[problem]` table.
    ///
    /// # Errors
    /// The first invalid key.
    pub fn read(mut table: Table) -> Result<Self, Invalid> {
        if table.get("kind").and_then(|k| k.as_str()) == Some("digits") {
            table.remove("kind");
            return Ok(Self::Digits(Digits::read(table)?));
        }
        Ok(Self::Model(Model::read(table)?))
    }

    /// Name and SHA-256 of each data set.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        match self {
            Self::Model(_) => &[],
            Self::Digits(d) => std::slice::from_ref(d.input()),
        }
    }

    /// Number of source tasks `T`.
    #[must_use]
    pub fn tasks(&self) -> usize {
        match self {
            Self::Model(m) => m.tasks,
            Self::Digits(d) => d.tasks(),
        }
    }

    /// Rank `k` of the representation.
    #[must_use]
    pub fn rank(&self) -> usize {
        match self {
            Self::Model(m) => m.k,
            Self::Digits(d) => d.k,
        }
    }

    /// Whether the true relevance of the tasks is known.
    #[must_use]
    pub fn has_truth(&self) -> bool {
        match self {
            Self::Model(_) => true,
            Self::Digits(_) => false,
        }
    }

    /// The budget, and whether it is a cost rather than a number of observations.
    #[must_use]
    pub fn budget(&self) -> (f64, bool) {
        match self {
            Self::Model(m) => (m.budget, m.has_costs()),
            Self::Digits(d) => (d.budget as f64, false),
        }
    }

    /// Draws one replicate, which depends only on `streams`.
    ///
    /// # Errors
    /// A number is not finite.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Instance> {
        match self {
            Self::Model(m) => m.draw(streams),
            Self::Digits(d) => Ok(d.draw(streams)),
        }
    }
}
