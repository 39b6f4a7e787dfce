use proptest::prelude::*;
use remeasure_core::stream::Streams;

use super::*;

/// `Σ price_t max{c s_t, floor} = budget` by bisection on `c`.
fn bisected(shares: &[f64], prices: &[f64], budget: f64, floor: f64) -> Vec<f64> {
    let at = |c: f64| shares.iter().map(|s| (c * s).max(floor)).collect::<Vec<f64>>();
    let cost = |c: f64| -> f64 { at(c).iter().zip(prices).map(|(n, p)| n * p).sum() };
    let (mut low, mut high) = (0.0, 1.0);
    while cost(high) < budget {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if cost(middle) < budget { low = middle } else { high = middle }
    }
    at(0.5 * (low + high))
}

fn some_shares() -> impl Strategy<Value = Vec<f64>> {
    let share = prop_oneof![1 => Just(0.0), 4 => 0.0..1.0, 1 => 0.0..1e-6];
    prop::collection::vec(share, 1..40).prop_filter("some share", |s| s.iter().any(|v| *v > 1e-9))
}

proptest! {
    #[test]
    fn samples_sum_to_the_budget_and_follow_the_shares(shares in some_shares(), more in 1_u64..100_000, floor in 0_u64..50) {
        let budget = shares.len() as u64 * floor + more;
        let sizes = allocate(&shares, budget, floor)?;
        prop_assert_eq!(sizes.iter().sum::<u64>(), budget);
        let expected = bisected(&shares, &vec![1.0; shares.len()], budget as f64, floor as f64);
        for (t, (n, e)) in sizes.iter().zip(&expected).enumerate() {
            prop_assert!(*n >= floor);
            prop_assert!(shares[t] > 0.0 || *n == floor);
            prop_assert!((*n as f64 - e).abs() < 1.0 + 1e-6, "task {t}: {n} for {e}");
        }
        for (a, b) in (0..shares.len()).flat_map(|a| (0..shares.len()).map(move |b| (a, b))) {
            prop_assert!(shares[a] <= shares[b] || sizes[a] >= sizes[b], "a larger share got less");
        }
    }

    #[test]
    fn costs_stay_within_the_budget(
        shares in some_shares(), seed: u64, more in 0.0..1e5, access in 0.0..10.0, floor in 0_u64..5,
    ) {
        use rand::Rng;
        let mut rng = Streams { seed, cell: 0, replicate: 0 }.stream("costs");
        let costs = Costs { sample: shares.iter().map(|_| rng.gen_range(0.1..10.0)).collect(), access };
        let used = if floor > 0 { shares.len() } else { shares.iter().filter(|s| **s > 0.0).count() };
        let least = access * used as f64 + costs.sample.iter().sum::<f64>() * floor as f64;
        let budget = least * (1.0 + 1e-12) + more;
        let sizes = allocate_cost(&shares, &costs, budget, floor)?;
        prop_assert!(costs.of(&sizes) <= budget * (1.0 + 1e-12));
        let samples: f64 = costs.sample.iter().zip(&sizes).map(|(c, n)| c * *n as f64).sum();
        prop_assert!(budget - access * used as f64 - samples < 10.0, "a sample could still be paid");
        let expected = bisected(&shares, &costs.sample, budget - access * used as f64, floor as f64);
        for (n, e) in sizes.iter().zip(&expected) {
            prop_assert!(*n >= floor && (*n as f64 - e).abs() < 1.0 + 1e-6, "{n} for {e}");
        }
    }
}

#[test]
fn cases_by_hand() {
    assert_eq!(allocate(&uniform(3), 10, 0).unwrap(), [4, 3, 3]);
    // The floor applies to the last two: 100 − 20 for the first two, 3 : 1.
    assert_eq!(allocate(&[3.0, 1.0, 0.1, 0.0], 100, 10).unwrap(), [60, 20, 10, 10]);
    // To be rounded: 2.5, 2.5 and 5; among tied remainders, the first is rounded up.
    assert_eq!(allocate(&[1.0, 1.0, 2.0], 10, 0).unwrap(), [3, 2, 5]);
    assert_eq!(allocate(&absolute(&[-2.0, 1.0]), 9, 0).unwrap(), [6, 3]);
    assert_eq!(allocate(&squared(&[-2.0, 1.0]), 10, 0).unwrap(), [8, 2]);
    assert_eq!(squared(&[1e-200, 2e-200]), [0.25, 1.0]);
    assert_eq!(top(&[1.0, 3.0, 3.0, 2.0], 2).unwrap(), [0.0, 3.0, 3.0, 0.0]);
    assert_eq!(cost_aware(&[-6.0, 1.0], &[4.0, 1.0]).unwrap(), [3.0, 1.0]);
    // Exactly the floors, whatever the shares.
    assert_eq!(allocate(&[0.0, 0.0], 14, 7).unwrap(), [7, 7]);
    // 2 × 10 for access leave 60 for samples at 1 and 4, equally many of each.
    let costs = Costs { sample: vec![1.0, 4.0, 1.0], access: 10.0 };
    let sizes = allocate_cost(&[1.0, 1.0, 0.0], &costs, 80.0, 0).unwrap();
    assert_eq!((costs.of(&sizes), sizes), (80.0, vec![12, 12, 0]));
}

#[test]
fn random_tasks_are_distinct_and_all_come_up() {
    let mut rng = Streams { seed: 1, cell: 2, replicate: 3 }.stream("tasks");
    let mut seen = [0; 10];
    for _ in 0..1000 {
        let shares = random(10, 3, &mut rng).unwrap();
        assert_eq!(shares.iter().sum::<f64>(), 3.0);
        seen.iter_mut().zip(&shares).for_each(|(s, v)| *s += *v as usize);
    }
    // 300 each on average, with standard deviation 14.5.
    assert!(seen.iter().all(|s| (230..370).contains(s)), "{seen:?}");
}

#[test]
fn what_cannot_be_paid_is_refused_by_name() {
    let costs = Costs { sample: vec![1.0, 2.0], access: 5.0 };
    let key = |result: Result<Vec<u64>, Invalid>| result.unwrap_err().key;
    assert_eq!(key(allocate(&[1.0, 1.0], 19, 10)), "budget");
    assert_eq!(key(allocate(&[1.0, 1.0], 19, u64::MAX)), "budget");
    assert_eq!(key(allocate(&[0.0, 0.0], 21, 10)), "shares");
    assert_eq!(key(allocate(&[1.0, -1.0], 21, 10)), "shares");
    assert_eq!(key(allocate(&[1.0, f64::NAN], 21, 10)), "shares");
    assert_eq!(key(allocate_cost(&[1.0, 1.0], &costs, 9.9, 0)), "budget");
    assert_eq!(key(allocate_cost(&[1.0, 1.0], &costs, 12.9, 1)), "budget");
    assert_eq!(key(allocate_cost(&[1.0, 1.0], &costs, f64::NAN, 0)), "budget");
    let free = Costs { sample: vec![1.0, 0.0], access: 0.0 };
    assert_eq!(key(allocate_cost(&[1.0, 1.0], &free, 10.0, 0)), "costs[1]");
    let odd = Costs { sample: vec![1.0, 1.0], access: -1.0 };
    assert_eq!(key(allocate_cost(&[1.0, 1.0], &odd, 10.0, 0)), "access");
    let mut rng = Streams { seed: 1, cell: 2, replicate: 3 }.stream("tasks");
    for tasks in [0, 3] {
        assert_eq!(top(&[1.0, 1.0], tasks).unwrap_err().key, "tasks");
        assert_eq!(random(2, tasks, &mut rng).unwrap_err().key, "tasks");
    }
}
