//! Instances drawn from the linear model.

use rand::Rng;
use rand_distr::StandardNormal;
use remeasure_core::Invalid;
use remeasure_core::numerics::dense;
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::params::{self, Check, Kind};
use remeasure_core::stream::{Stream, Streams};
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Table;

use super::allocation::Costs;
use super::problem::{Budget, Instance, Truth};
use super::statistics::Statistics;
use super::theory;

/// Maximum size of the statistics of all tasks, `T d²`: 4 GB.
const LARGEST: f64 = 5e8;

/// How to draw the heads of the tasks and of the target; all have norm 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Heads {
    /// Independent, uniform on the sphere.
    Random,
    /// The instance that is hard for `ν²`: `e_1, …, e_{k−1}` once each, then copies of `e_k`; target
    /// `(1, …, 1)/√k`.
    Hard,
    /// `groups` heads uniform on the sphere, each with near duplicates: the normalised sum of the head and
    /// `spread` times a standard normal vector. Task `t` is in group `t mod groups`.
    NearDuplicates,
    /// As `random`, but the target's head is that of one of the sources.
    TargetAmongSources,
}

/// Sources and target drawn from the linear model.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wire {
    /// How to draw the heads of the tasks and of the target.
    kind: Heads,
    /// Dimension `d` of an observation, at least 1.
    d: usize,
    /// Rank `k` of the representation, from 1 to `d`.
    k: usize,
    /// Number of sources, at least `k`.
    tasks: usize,
    /// Standard deviation of the noise, at least 0.
    sigma: f64,
    /// Number of observations of the target, at least `k`.
    target_samples: u64,
    /// Total number of observations of all sources; with costs, their total cost.
    budget: f64,
    /// Minimum number of observations of each source.
    #[serde(default)]
    floor: u64,
    /// Number of distinct heads, from 1 to `tasks` (required with `kind = "near-duplicates"`; not otherwise).
    groups: Option<usize>,
    /// Spread of near duplicates, at least 0 (`kind = "near-duplicates"` only). Default: 0.
    spread: Option<f64>,
    /// Minimum number of observations of each source that is sampled at all, for plans without a floor.
    #[serde(default)]
    least: u64,
    /// Maximum number of sources that a plan may sample, between `k` and `tasks`. Default: all.
    most_tasks: Option<usize>,
    /// Spread `s ≥ 1` of the cost of one observation of a task, log-uniform between `1/s` and `s`. Default:
    /// every observation counts 1.
    cost_spread: Option<f64>,
    /// One-time cost of observing a task, at least 0. Default: none.
    access_cost: Option<f64>,
}

/// The linear model: sizes, heads, budget and costs.
///
/// | key | meaning |
/// |---|---|
/// | `kind` | `"random"`, `"hard"`, `"near-duplicates"`, `"target-among-sources"`: see [`Heads`] |
/// | `d`, `k`, `tasks` | dimension, rank `k ≤ d`, number of sources `T ≥ k` |
/// | `target_samples` | number of observations of the target, at least `k` |
/// | `target_samples` | observations of the target, at least `k` |
/// | `budget` | total number of observations of all sources; with costs, their total cost |
/// | `floor` | minimum number of observations of each source, default 0 |
/// | `groups`, `spread` | number of distinct heads and spread of near duplicates |
/// | `least` | minimum for each source that is sampled at all, for plans without a floor; default 0 |
/// | `most_tasks` | maximum number of sources that a plan may sample, between `k` and `tasks`; default all |
/// | `cost_spread` | `s ≥ 1`: an observation of a task costs a log-uniform amount between `1/s` and `s` |
/// | `access_cost` | one-time cost of observing a task |
#[derive(Clone, Debug)]
pub struct Model {
    /// How heads are drawn.
    pub heads: Heads,
    /// Dimension `d`.
    pub d: usize,
    /// Rank `k`.
    pub k: usize,
    /// Number of sources `T`.
    pub tasks: usize,
    /// Standard deviation of the noise.
    pub sigma: f64,
    /// Observations of the target.
    pub target_samples: u64,
    /// Total number of observations of the sources, or their total cost.
    pub budget: f64,
    /// Minimum number of observations of each source.
    pub floor: u64,
    groups: usize,
    spread: f64,
    least: u64,
    most_tasks: Option<usize>,
    cost_spread: Option<f64>,
    access_cost: Option<f64>,
}

impl Check for Wire {
    fn check(&self) -> Result<(), Invalid> {
        if self.d == 0 {
            return Err(Invalid::new("d", "expected a dimension of at least 1, found 0"));
        }
        if self.k == 0 || self.k > self.d {
            let message = format!("expected a rank between 1 and d = {}, found {}", self.d, self.k);
            return Err(Invalid::new("k", message));
        }
        if self.tasks < self.k {
            let message =
                format!("{} tasks cannot span k = {} dimensions: raise it or lower k", self.tasks, self.k);
            return Err(Invalid::new("tasks", message));
        }
        if self.tasks as f64 * (self.d as f64).powi(2) > LARGEST {
            let message = format!(
                "the statistics, tasks · d² numbers, exceed the limit of {LARGEST:.0e}: lower `tasks` or `d`"
            );
            return Err(Invalid::new("tasks", message));
        }
        if !(self.sigma.is_finite() && self.sigma >= 0.0) {
            let message = format!("expected a standard deviation of at least 0, found {}", self.sigma);
            return Err(Invalid::new("sigma", message));
        }
        if self.target_samples < self.k as u64 {
            let message = format!("expected at least k = {} samples, found {}", self.k, self.target_samples);
            return Err(Invalid::new("target_samples", message));
        }
        self.check_budget()?;
        self.check_groups()
    }
}

impl Wire {
    fn has_costs(&self) -> bool {
        self.cost_spread.is_some() || self.access_cost.is_some()
    }

    fn check_budget(&self) -> Result<(), Invalid> {
        // Floating point represents counts exactly up to 2⁵³.
        if !(self.budget > 0.0 && self.budget < 9e15) {
            return Err(Invalid::new(
                "budget",
                format!("expected a number above 0 and below 9e15, found {}", self.budget),
            ));
        }
        if !self.has_costs() {
            if self.budget.fract() != 0.0 {
                let message = format!("expected a whole number of observations, found {}", self.budget);
                return Err(Invalid::new("budget", message));
            }
            let floors = self.tasks as f64 * self.floor as f64;
            if floors > self.budget {
                let message = format!(
                    "{} observations are fewer than the floor of {} for each of {} tasks: raise this or lower `floor`",
                    self.budget, self.floor, self.tasks
                );
                return Err(Invalid::new("budget", message));
            }
        }
        if let Some(most) = self.most_tasks {
            if most < self.k || most > self.tasks {
                let message =
                    format!("expected between k = {} and tasks = {}, found {most}", self.k, self.tasks);
                return Err(Invalid::new("most_tasks", message));
            }
            if self.floor > 0 {
                let message = format!("a floor of {} samples every task: lower it to 0", self.floor);
                return Err(Invalid::new("most_tasks", message));
            }
        }
        if let Some(spread) = self.cost_spread.filter(|s| !(s.is_finite() && *s >= 1.0)) {
            let message = format!(
                "expected a number of at least 1, found {spread}; of a task that costs nothing there would be no end \
                 of observations"
            );
            return Err(Invalid::new("cost_spread", message));
        }
        if let Some(cost) = self.access_cost.filter(|c| !(c.is_finite() && *c >= 0.0)) {
            return Err(Invalid::new(
                "access_cost",
                format!("expected a number of at least 0, found {cost}"),
            ));
        }
        Ok(())
    }

    fn check_groups(&self) -> Result<(), Invalid> {
        if self.kind != Heads::NearDuplicates {
            let given = [("groups", self.groups.is_some()), ("spread", self.spread.is_some())];
            return given.iter().find(|g| g.1).map_or(Ok(()), |(key, _)| {
                Err(Invalid::new(*key, "only kind = \"near-duplicates\" has this key: remove it"))
            });
        }
        let spread = self.spread.unwrap_or(0.0);
        if !(spread.is_finite() && spread >= 0.0) {
            return Err(Invalid::new("spread", format!("expected a number of at least 0, found {spread}")));
        }
        match self.groups {
            None => {
                Err(Invalid::new("groups", "near duplicates need the number of distinct heads: set `groups`"))
            }
            Some(g) if g == 0 || g > self.tasks => Err(Invalid::new(
                "groups",
                format!("expected between 1 and tasks = {}, found {g}", self.tasks),
            )),
            Some(g) if g < self.k && spread == 0.0 => {
                let message =
                    format!("{g} distinct heads do not span k = {} dimensions: raise it or `spread`", self.k);
                Err(Invalid::new("groups", message))
            }
            Some(_) => Ok(()),
        }
    }
}

/// `n × columns` independent standard normal numbers.
fn normal(rows: usize, columns: usize, stream: &mut Stream) -> Design {
    let values = (0..rows * columns).map(|_| stream.sample(StandardNormal)).collect();
    Design::from_columns(rows, columns, values)
}

/// Scales every column to norm 1.
fn normalise(matrix: &mut Design) {
    for j in 0..matrix.columns() {
        let norm = kernels::squared_norm(matrix.column(j)).sqrt();
        matrix.column_mut(j).iter_mut().for_each(|v| *v /= norm);
    }
}

/// `columns` heads uniform on the sphere of dimension `k`.
fn sphere(k: usize, columns: usize, stream: &mut Stream) -> Design {
    let mut heads = normal(k, columns, stream);
    normalise(&mut heads);
    heads
}

impl Model {
    /// The keys in configs; `kind` determines how heads are drawn.
    pub(super) fn kind() -> Kind {
        Kind::of::<Wire>("", "sources and target drawn from the linear model")
    }

    /// Reads a `[problem]` table.
    ///
    /// # Errors
    /// The first invalid key.
    pub fn read(table: Table) -> Result<Self, Invalid> {
        let wire: Wire = params::read(table)?;
        Ok(Self {
            heads: wire.kind,
            d: wire.d,
            k: wire.k,
            tasks: wire.tasks,
            sigma: wire.sigma,
            target_samples: wire.target_samples,
            budget: wire.budget,
            floor: wire.floor,
            groups: wire.groups.unwrap_or(wire.tasks),
            spread: wire.spread.unwrap_or(0.0),
            least: wire.least,
            most_tasks: wire.most_tasks,
            cost_spread: wire.cost_spread,
            access_cost: wire.access_cost,
        })
    }

    /// Whether the budget is a cost rather than a number of observations.
    #[must_use]
    pub fn has_costs(&self) -> bool {
        self.cost_spread.is_some() || self.access_cost.is_some()
    }

    /// Heads of the sources, `k × T`, and of the target.
    #[must_use]
    pub fn draw_heads(&self, streams: &Streams) -> (Design, Vec<f64>) {
        let (mut sources, mut target) = (streams.stream("heads"), streams.stream("target head"));
        match self.heads {
            Heads::Hard => theory::hard_instance(self.tasks, self.k),
            Heads::Random => {
                let heads = sphere(self.k, self.tasks, &mut sources);
                (heads, sphere(self.k, 1, &mut target).as_slice().to_vec())
            }
            Heads::TargetAmongSources => {
                let heads = sphere(self.k, self.tasks, &mut sources);
                let chosen = heads.column(target.gen_range(0..self.tasks)).to_vec();
                (heads, chosen)
            }
            Heads::NearDuplicates => {
                let centres = sphere(self.k, self.groups, &mut sources);
                let mut heads = normal(self.k, self.tasks, &mut sources);
                for t in 0..self.tasks {
                    let centre = centres.column(t % self.groups);
                    for (value, c) in heads.column_mut(t).iter_mut().zip(centre) {
                        *value = self.spread.mul_add(*value, *c);
                    }
                }
                normalise(&mut heads);
                (heads, sphere(self.k, 1, &mut target).as_slice().to_vec())
            }
        }
    }

    fn draw_costs(&self, streams: &Streams) -> Option<Costs> {
        self.has_costs().then(|| {
            let mut stream = streams.stream("costs");
            let spread = self.cost_spread.unwrap_or(1.0);
            let sample = (0..self.tasks).map(|_| spread.powf(stream.gen_range(-1.0..1.0))).collect();
            Costs { sample, access: self.access_cost.unwrap_or(0.0) }
        })
    }

    /// Draws one replicate.
    ///
    /// # Errors
    /// A draw that has probability 0.
    pub(super) fn draw(&self, streams: &Streams) -> anyhow::Result<Instance> {
        let (heads, head) = self.draw_heads(streams);
        let mut basis = normal(self.d, self.k, &mut streams.stream("representation"));
        dense::orthonormalise(&mut basis)?;
        let truth = Truth { basis, heads, target: head, sigma: self.sigma };
        let mut target = Statistics::empty(self.d);
        let coefficients = truth.coefficients(&truth.target);
        target.add_gaussian(&coefficients, self.sigma, self.target_samples, &mut streams.stream("target"));
        Ok(Instance {
            rank: self.k,
            sigma: self.sigma,
            sources: Box::new(truth.clone()),
            target,
            budget: Budget {
                amount: self.budget,
                floor: self.floor,
                least: self.least,
                most_tasks: self.most_tasks,
                costs: self.draw_costs(streams),
            },
            truth: Some(truth),
            held_out: None,
        })
    }
}
