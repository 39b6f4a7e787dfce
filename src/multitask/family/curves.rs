//! Reference curves for figures and claims: the first-order theory of sampling by known relevance.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rand::{Rng, SeedableRng};
use rand_distr::StandardNormal;
use remeasure_core::curve::Curve;
use remeasure_core::numerics::Design;
use remeasure_core::stream::Stream;

use crate::theory::{design_variance, hard_instance, hard_ratio};
use crate::{allocation, relevance};

/// The reference curves of the family.
pub(super) const CURVES: &[Curve] = &[
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
];

/// A curve of the error against the budget; [`Arguments`] parses the arguments.
const fn theory(name: &'static str, label: &'static str, evaluate: fn(&[f64]) -> f64) -> Curve {
    let source = "derived by remeasure: see multitask::theory";
    Curve { name, label, source, arguments: &["budget", "tasks", "k", "d", "floor", "sigma"], evaluate }
}

/// Number of draws of random heads that a curve averages over.
const DRAWS: usize = 200;

/// What the error depends on, from the sweep or the problem.
struct Arguments {
    budget: f64,
    tasks: usize,
    k: usize,
    d: f64,
    floor: u64,
    sigma: f64,
}

impl Arguments {
    fn of(x: &[f64]) -> Self {
        let (tasks, k, floor) = (x[1] as usize, x[2] as usize, x[4] as u64);
        Self { budget: x[0], tasks, k, d: x[3], floor, sigma: x[5] }
    }

    /// Mean first-order error of the plans; NaN if there are none.
    fn first_order(&self, plans: &[Shares]) -> f64 {
        let variance = |(heads, target, shares): &Shares| -> anyhow::Result<f64> {
            let sizes = allocation::allocate(shares, self.budget.round() as u64, self.floor)?;
            let counts: Vec<f64> = sizes.iter().map(|n| *n as f64).collect();
            design_variance(heads, target, &counts)
        };
        let sum: anyhow::Result<f64> = plans.iter().map(variance).sum();
        let half = 0.5 * self.sigma * self.sigma;
        sum.map_or(f64::NAN, |s| half * (self.d - self.k as f64) * s / plans.len() as f64)
    }
}

/// Computes shares of the budget from heads and target.
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
type Shares = (Design, Vec<f64>, Vec<f64>);

/// Error on the hard instance.
fn hard(x: &[f64], rule: Rule) -> f64 {
    let arguments = Arguments::of(x);
    if arguments.k == 0 || arguments.tasks < arguments.k {
        return f64::NAN;
    }
    let (heads, target) = hard_instance(arguments.tasks, arguments.k);
    rule(&heads, &target).map_or(f64::NAN, |shares| arguments.first_order(&[(heads, target, shares)]))
}

/// Plans of one rule by tasks and rank, cached.
type Plans = Mutex<BTreeMap<(usize, usize), Vec<Shares>>>;

static UNIFORM: Plans = Mutex::new(BTreeMap::new());
static NU2: Plans = Mutex::new(BTreeMap::new());
static NU1: Plans = Mutex::new(BTreeMap::new());

/// Error averaged over random heads.
fn random(x: &[f64], rule: Rule, plans: &Plans) -> f64 {
    let arguments = Arguments::of(x);
    let (tasks, k) = (arguments.tasks, arguments.k);
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
    arguments.first_order(drawn)
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
