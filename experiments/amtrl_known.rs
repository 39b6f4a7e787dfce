//! Source tasks sampled by their true relevance to the target: what each way of doing it could reach.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rand::{Rng, SeedableRng};
use rand_distr::StandardNormal;
use remeasure::core::curve::Curve;
use remeasure::core::{numerics::Design, stream::Stream};
use remeasure::harness::experiment::Experiment;
use remeasure::multitask::Multitask;
use remeasure::multitask::theory::{design_variance, hard_instance, hard_ratio};
use remeasure::multitask::{allocation, relevance};

/// Settings of the config that no axis tells.
const DIMENSION: f64 = 30.0;
const FLOOR: u64 = 10;

/// Draws of random heads that a curve is the mean of.
const DRAWS: usize = 200;

/// Shares of the budget from heads and target.
type Rule = fn(&Design, &[f64]) -> anyhow::Result<Vec<f64>>;

fn nu1(heads: &Design, target: &[f64]) -> anyhow::Result<Vec<f64>> {
    Ok(allocation::absolute(&relevance::l1(heads, target)?.weights))
}

fn nu2(heads: &Design, target: &[f64]) -> anyhow::Result<Vec<f64>> {
    Ok(allocation::squared(&relevance::l2(heads, target)?.weights))
}

fn uniform(heads: &Design, _: &[f64]) -> anyhow::Result<Vec<f64>> {
    Ok(allocation::uniform(heads.columns()))
}

/// Heads, target and shares of the budget.
type Plan = (Design, Vec<f64>, Vec<f64>);

/// First-order error at σ = 1 of plans at a budget: the mean over them, or no number.
fn first_order(plans: &[Plan], budget: f64, k: f64) -> f64 {
    let variance = |(heads, target, shares): &Plan| -> anyhow::Result<f64> {
        let sizes = allocation::allocate(shares, budget.round() as u64, FLOOR)?;
        let counts: Vec<f64> = sizes.iter().map(|n| *n as f64).collect();
        design_variance(heads, target, &counts)
    };
    let sum: anyhow::Result<f64> = plans.iter().map(variance).sum();
    sum.map_or(f64::NAN, |s| 0.5 * (DIMENSION - k) * s / plans.len() as f64)
}

/// On the hard instance; arguments: budget, tasks, k.
fn hard(arguments: &[f64], rule: Rule) -> f64 {
    let (heads, target) = hard_instance(arguments[1] as usize, arguments[2] as usize);
    rule(&heads, &target)
        .map_or(f64::NAN, |shares| first_order(&[(heads, target, shares)], arguments[0], arguments[2]))
}

/// `count` unit vectors of dimension `k`, uniform on the sphere.
fn sphere(k: usize, count: usize, stream: &mut Stream) -> Design {
    let mut heads = Design::from_columns(k, count, vec![0.0; k * count]);
    for j in 0..count {
        let column = heads.column_mut(j);
        column.iter_mut().for_each(|v| *v = stream.sample(StandardNormal));
        let norm = column.iter().map(|v| v * v).sum::<f64>().sqrt();
        column.iter_mut().for_each(|v| *v /= norm);
    }
    heads
}

/// Plans of one rule by tasks and rank.
type Plans = Mutex<BTreeMap<(usize, usize), Vec<Plan>>>;

/// Averaged over random heads; arguments: budget, tasks, k. `plans` keeps what was drawn.
fn random(arguments: &[f64], rule: Rule, plans: &Plans) -> f64 {
    let (tasks, k) = (arguments[1] as usize, arguments[2] as usize);
    let mut plans = plans.lock().unwrap_or_else(PoisonError::into_inner);
    let drawn = plans.entry((tasks, k)).or_insert_with(|| {
        let mut stream = Stream::seed_from_u64(20_230_602);
        let draw = |_| {
            let (heads, target) = (sphere(k, tasks, &mut stream), sphere(k, 1, &mut stream));
            let target = target.as_slice().to_vec();
            rule(&heads, &target).ok().map(|shares| (heads, target, shares))
        };
        (0..DRAWS).filter_map(draw).collect()
    });
    first_order(drawn, arguments[0], arguments[2])
}

static UNIFORM: Plans = Mutex::new(BTreeMap::new());
static NU2: Plans = Mutex::new(BTreeMap::new());
static NU1: Plans = Mutex::new(BTreeMap::new());

const fn theory(name: &'static str, label: &'static str, evaluate: fn(&[f64]) -> f64) -> Curve {
    let source = "derived by remeasure: see multitask::theory";
    Curve { name, label, source, arguments: &["budget", "tasks", "k"], evaluate }
}

/// Registration.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "amtrl-known",
    config: include_str!("../configs/active-multitask/amtrl-known.toml"),
    path: "configs/active-multitask/amtrl-known.toml",
    family: &Multitask,
    curves: &[
        theory("hard-uniform", "theory, uniform", |x| hard(x, uniform)),
        theory("hard-nu2", "theory, ν²", |x| hard(x, nu2)),
        theory("hard-nu1", "theory, ν¹", |x| hard(x, nu1)),
        theory("random-uniform", "theory, uniform", |x| random(x, uniform, &UNIFORM)),
        theory("random-nu2", "theory, ν²", |x| random(x, nu2, &NU2)),
        theory("random-nu1", "theory, ν¹", |x| random(x, nu1, &NU1)),
        Curve {
            name: "hard-ratio",
            label: "theory",
            source: "derived by remeasure: see multitask::theory::hard_ratio",
            arguments: &["tasks", "k"],
            evaluate: |x| hard_ratio(x[0], x[1]),
        },
    ],
};
