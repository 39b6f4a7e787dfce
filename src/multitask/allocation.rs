//! Converts shares of the tasks to numbers of samples.
//!
//! Shares determine how a budget is divided: [`uniform`], [`squared`] `ν²` (Chen, Jamieson and Du 2022),
//! [`absolute`] `|ν|` (Wang, Chen, Jamieson and Du 2023, theorem 3.4), [`cost_aware`] `|ν|/√c`; [`top`] and
//! [`random`] restrict them to some tasks. [`allocate`] turns them into sample sizes, as does
//! [`allocate_cost`] if samples have costs.

use rand::seq::index;
use remeasure_core::Invalid;
use remeasure_core::stream::Stream;

use super::relevance::check_costs;

/// Equal shares for `tasks` tasks.
#[must_use]
pub fn uniform(tasks: usize) -> Vec<f64> {
    vec![1.0; tasks]
}

/// Shares `∝ ν_t²`.
#[must_use]
pub fn squared(weights: &[f64]) -> Vec<f64> {
    // Divide first, so that the squares neither over- nor underflow.
    let largest = remeasure_core::numerics::kernels::max_abs(weights);
    if largest == 0.0 {
        return vec![0.0; weights.len()];
    }
    weights.iter().map(|v| (v / largest).powi(2)).collect()
}

/// Shares `∝ |ν_t|`.
#[must_use]
pub fn absolute(weights: &[f64]) -> Vec<f64> {
    weights.iter().map(|v| v.abs()).collect()
}

/// Shares `∝ |ν_t|/√c_t`: for the `ν` that minimises `Σ √c_t |ν_t|`, these give the least variance at a given
/// cost.
///
/// # Errors
/// A cost is not positive and finite, or the number of costs is not that of tasks.
pub fn cost_aware(weights: &[f64], costs: &[f64]) -> Result<Vec<f64>, Invalid> {
    check_costs(costs, weights.len())?;
    Ok(weights.iter().zip(costs).map(|(v, c)| v.abs() / c.sqrt()).collect())
}

/// Keeps the `tasks` largest shares and sets all others to 0; among ties, keeps the first.
///
/// # Errors
/// Names `tasks`: it is 0, or more than the number of shares.
pub fn top(shares: &[f64], tasks: usize) -> Result<Vec<f64>, Invalid> {
    check_tasks(tasks, shares.len())?;
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]));
    let mut kept = vec![0.0; shares.len()];
    order[..tasks].iter().for_each(|&t| kept[t] = shares[t]);
    Ok(kept)
}

/// Equal shares for `tasks` tasks drawn without replacement from `all`, 0 for the others.
///
/// # Errors
/// Names `tasks`: it is 0, or more than `all`.
pub fn random(all: usize, tasks: usize, rng: &mut Stream) -> Result<Vec<f64>, Invalid> {
    check_tasks(tasks, all)?;
    let mut shares = vec![0.0; all];
    index::sample(rng, all, tasks).iter().for_each(|t| shares[t] = 1.0);
    Ok(shares)
}

fn check_tasks(tasks: usize, all: usize) -> Result<(), Invalid> {
    if tasks == 0 || tasks > all {
        return Err(Invalid::new("tasks", format!("expected between 1 and {all}, found {tasks}")));
    }
    Ok(())
}

fn check_shares(shares: &[f64]) -> Result<(), Invalid> {
    if let Some(t) = shares.iter().position(|s| !(s.is_finite() && *s >= 0.0)) {
        let message = format!("expected a finite number of at least 0, found {} for task {t}", shares[t]);
        return Err(Invalid::new("shares", message));
    }
    if shares.iter().all(|s| *s == 0.0) {
        return Err(Invalid::new(
            "shares",
            "all are 0: no task is relevant, so no task can be chosen for sampling",
        ));
    }
    Ok(())
}

/// `n_t = max{c s_t, floor}` with the `c` for which `Σ_t price_t n_t = budget`, not rounded.
///
/// The tasks above the floor are those with the largest shares, so one pass over the sorted shares
/// finds `c` exactly.
fn fill(shares: &[f64], prices: impl Fn(usize) -> f64, budget: f64, floor: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]));
    let mut below: f64 = order.iter().map(|&t| prices(t) * floor).sum();
    let (mut above, mut scale) = (0.0, 0.0);
    for &t in order.iter().take_while(|&&t| shares[t] > 0.0) {
        // With the preceding tasks above the floor, the next one is above it too.
        if above > 0.0 && scale * shares[t] <= floor {
            break;
        }
        below -= prices(t) * floor;
        above += prices(t) * shares[t];
        scale = (budget - below).max(0.0) / above;
    }
    shares.iter().map(|s| (scale * s).max(floor)).collect()
}

/// Sample sizes `n_t = max{c s_t, floor}` that sum to `budget`: Wang et al. (2023), theorem 3.4.
///
/// `c` is exact. What is left after rounding down goes to the largest remainders; among ties, to the first
/// task. With a floor of 0, a task without a share gets no samples.
///
/// # Errors
/// Names `budget` if it is below the sum of the floors, or `shares` if one is negative or not finite, or if
/// all are 0 and the budget exceeds the floors.
pub fn allocate(shares: &[f64], budget: u64, floor: u64) -> Result<Vec<u64>, Invalid> {
    let tasks = shares.len() as u64;
    let least = tasks.checked_mul(floor).filter(|least| *least <= budget).ok_or_else(|| {
        let message =
            format!("{budget} samples are fewer than the floor of {floor} for each of {tasks} tasks");
        Invalid::new("budget", format!("{message}: raise the budget or lower the floor"))
    })?;
    if least == budget && tasks > 0 {
        return Ok(vec![floor; shares.len()]);
    }
    check_shares(shares)?;
    let exact = fill(shares, |_| 1.0, budget as f64, floor as f64);
    let mut sizes: Vec<u64> = exact.iter().map(|n| n.floor() as u64).collect();
    let mut order: Vec<usize> = (0..shares.len()).filter(|&t| shares[t] > 0.0).collect();
    order.sort_by(|&a, &b| exact[b].fract().total_cmp(&exact[a].fract()).then(a.cmp(&b)));
    let given: u64 = sizes.iter().sum();
    // Beyond 2⁵³, rounding may leave more or less than one for each.
    for i in 0..budget.saturating_sub(given) {
        sizes[order[i as usize % order.len()]] += 1;
    }
    let mut over = given.saturating_sub(budget);
    for t in &mut sizes {
        let take = over.min(*t - floor);
        *t -= take;
        over -= take;
    }
    Ok(sizes)
}

/// The costs of samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Costs {
    /// Cost of one sample of each task, above 0.
    pub sample: Vec<f64>,
    /// One-time cost of every task with at least one sample; at least 0.
    pub access: f64,
}

impl Costs {
    /// Total cost of these sample sizes.
    #[must_use]
    pub fn of(&self, sizes: &[u64]) -> f64 {
        let samples: f64 = self.sample.iter().zip(sizes).map(|(c, n)| c * *n as f64).sum();
        samples + self.access * sizes.iter().filter(|n| **n > 0).count() as f64
    }
}

/// Sample sizes `n_t = max{c s_t, floor}` that cost `budget`, including access to the tasks.
///
/// Integers seldom use the budget exactly: sizes are rounded down, then tasks with a share get one more, in
/// the order of the largest remainders, while that is affordable. The budget is never exceeded.
///
/// With a floor of 0, access is planned for exactly the tasks with a share. If the size of such a task rounds
/// to 0, the money for its access is not spent, and [`Costs::of`] does not count it.
///
/// # Errors
/// Names `budget` if it is not finite or below access and floors together; `costs` as in [`cost_aware`];
/// `access` if it is negative or not finite; `shares` as in [`allocate`].
pub fn allocate_cost(shares: &[f64], costs: &Costs, budget: f64, floor: u64) -> Result<Vec<u64>, Invalid> {
    check_costs(&costs.sample, shares.len())?;
    check_shares(shares)?;
    if !(costs.access.is_finite() && costs.access >= 0.0) {
        let message = format!("expected a finite number of at least 0, found {}", costs.access);
        return Err(Invalid::new("access", message));
    }
    let used = if floor > 0 { shares.len() } else { shares.iter().filter(|s| **s > 0.0).count() };
    let access = costs.access * used as f64;
    let floors = costs.sample.iter().sum::<f64>() * floor as f64;
    if !(budget.is_finite() && budget >= access + floors) {
        let message =
            format!("{budget} does not pay for access ({access}) and the floor of each task ({floors})");
        return Err(Invalid::new("budget", message));
    }
    let exact = fill(shares, |t| costs.sample[t], budget - access, floor as f64);
    let mut sizes: Vec<u64> = exact.iter().map(|n| n.floor() as u64).collect();
    let spent = |sizes: &[u64]| -> f64 { costs.sample.iter().zip(sizes).map(|(c, n)| c * *n as f64).sum() };
    let mut order: Vec<usize> = (0..shares.len()).filter(|&t| shares[t] > 0.0).collect();
    order.sort_by(|&a, &b| exact[b].fract().total_cmp(&exact[a].fract()).then(a.cmp(&b)));
    let mut left = budget - access - spent(&sizes);
    for t in order {
        if costs.sample[t] <= left {
            sizes[t] += 1;
            left -= costs.sample[t];
        }
    }
    Ok(sizes)
}

#[cfg(test)]
mod tests;
