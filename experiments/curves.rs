//! Reference curves by the experiment that may name them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rand::{Rng, SeedableRng};
use rand_distr::StandardNormal;
use remeasure_core::curve::Curve;
use remeasure_core::{numerics::Design, stream::Stream};
use remeasure_multitask::theory::{design_variance, hard_instance, hard_ratio};
use remeasure_multitask::{allocation, relevance};
use remeasure_relaxation::laplacian::Laplacian;
use remeasure_relaxation::theory as sor;
use remeasure_sparse::theory::l1_transition;

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

/// Cutoffs of age at which the paper reports means.
const CUTOFFS: [f64; 8] = [30.0, 35.0, 40.0, 45.0, 50.0, 55.0, 60.0, 65.0];

/// Published means of 49 splits, read off the vector figure.
const PRESTO: [f64; 8] = [0.00094, 0.00502, 0.0173, 0.0609, 0.124, 0.2349, 0.35362, 0.34554];
const LOGISTIC: [f64; 8] = [0.00962, 0.02365, 0.04683, 0.11519, 0.21109, 0.33601, 0.41353, 0.44802];
const PROPORTIONAL_ODDS: [f64; 8] = [0.00923, 0.02175, 0.04813, 0.11752, 0.21306, 0.34014, 0.41818, 0.44729];

/// Between the published means, straight on a logarithmic scale; nothing beyond them.
fn between(means: &[f64; 8], cutoff: f64) -> f64 {
    let above = CUTOFFS.partition_point(|c| *c < cutoff);
    match (above.checked_sub(1), CUTOFFS.get(above)) {
        (_, Some(c)) if *c == cutoff => means[above],
        (Some(below), Some(c)) => {
            let share = (cutoff - CUTOFFS[below]) / (c - CUTOFFS[below]);
            means[below] * (means[above] / means[below]).powf(share)
        }
        _ => f64::NAN,
    }
}

const fn published(name: &'static str, label: &'static str, evaluate: fn(&[f64]) -> f64) -> Curve {
    Curve { name, label, source: "Faletto and Bien 2023, Figure 4", arguments: &["cutoff"], evaluate }
}

/// Settings of `learning-to-relax-omega` that no axis tells.
const SIDE: usize = 10;
const TOLERANCE: f64 = 1e-8;

/// Iterations by `U` at ω and offset; see `theory::iterations`.
fn bound(x: &[f64], tau: f64) -> f64 {
    let radius = sor::sor_radius(x[0], Laplacian::new(SIDE).jacobi_radius(x[1]));
    sor::iterations(TOLERANCE, radius, tau)
}

/// The curves of each experiment that has any.
pub(crate) const CURVES: &[(&str, &[Curve])] = &[
    (
        "amtrl-known",
        &[
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
    ),
    (
        "learning-to-relax-omega",
        &[Curve {
            name: "asymptotic",
            label: "1 + ln ε / ln ρ(ω)",
            source: "Young 1971; Khodak et al. 2023, near-asymptotic bound with τ = 0",
            arguments: &["omega", "offset"],
            evaluate: |x| bound(x, 0.0),
        }],
    ),
    (
        "penalty-rates",
        &[
            Curve {
                name: "value-order",
                label: "O(σ), as on the documented data",
                source: "slope: Kwon et al., arXiv 2309.01753; height: closed form on the documented data, 5.08 at σ = .001",
                arguments: &["sigma"],
                evaluate: |a| 5.0785e3 * a[0],
            },
            Curve {
                name: "gradient-order",
                label: "O(σ), as on the documented data",
                source: "slope: Kwon et al., arXiv 2309.01753; height: closed form on the documented data, 5.00 at σ = .001",
                arguments: &["sigma"],
                evaluate: |a| 5.0025e3 * a[0],
            },
            Curve {
                name: "jump",
                label: "|g(−1) − g(½)| = 2.25",
                source: "closed form of the bilinear problem",
                arguments: &[],
                evaluate: |_| 2.25,
            },
        ],
    ),
    (
        "phase-transition",
        &[Curve {
            name: "l1-transition",
            label: "asymptotic ℓ1 transition",
            source: "Amelunxen, Lotz, McCoy and Tropp (2014); Donoho and Tanner (2009)",
            arguments: &["k_over_p"],
            evaluate: |arguments| l1_transition(arguments[0]),
        }],
    ),
    (
        "presto-prediabetes",
        &[
            published("published-presto", "published PRESTO", |x| between(&PRESTO, x[0])),
            published("published-proportional-odds", "published PO", |x| between(&PROPORTIONAL_ODDS, x[0])),
            published("published-logistic", "published logistic", |x| between(&LOGISTIC, x[0])),
        ],
    ),
];
