//! Plans under a budget: limits, floors and costs together.

use remeasure_core::stream::Streams;
use remeasure_multitask::allocation::Costs;
use remeasure_multitask::{Budget, Problem};

#[test]
fn the_least_binds_only_what_is_sampled() {
    let budget = Budget { amount: 100.0, floor: 0, least: 10, most_tasks: None, costs: None };
    // The rest is divided 1 : 3; among equal remainders the first is rounded up.
    let shares = [1.0, 0.0, 1e-3, 3.0];
    assert_eq!(budget.allocate(&shares, 100.0, 0).unwrap(), [23, 0, 10, 67]);
    // A floor applies to all tasks.
    assert_eq!(budget.allocate(&shares, 100.0, 5).unwrap(), [23, 5, 5, 67]);
    assert_eq!(budget.allocate(&shares, 29.0, 0).unwrap_err().key, "budget");
    // 2 × 3 for access to three tasks; the second task is expensive, but not sampled.
    let costs = Costs { sample: vec![1.0, 1e9, 1.0, 1.0], access: 2.0 };
    let priced = Budget { costs: Some(costs), ..budget };
    let sizes = priced.allocate(&shares, 106.0, 0).unwrap();
    assert_eq!((priced.spent(&sizes), sizes), (106.0, vec![23, 0, 10, 67]));
}

#[test]
fn keys_of_limits_and_costs_are_checked_by_name() {
    let base = "kind = \"random\"\nd = 6\nk = 2\ntasks = 8\nsigma = 1.0\ntarget_samples = 50\nbudget = 100\n";
    let read = |more: &str| Problem::read(format!("{base}{more}").parse().unwrap());
    for (more, key) in [
        ("most_tasks = 1", "most_tasks"),
        ("most_tasks = 9", "most_tasks"),
        ("most_tasks = 4\nfloor = 1", "most_tasks"),
        ("cost_spread = 0.5", "cost_spread"),
        ("cost_spread = inf", "cost_spread"),
        ("access_cost = -1.0", "access_cost"),
    ] {
        assert_eq!(read(more).unwrap_err().key, key, "{more}");
    }
    let problem = read("cost_spread = 10.0\naccess_cost = 2.0").unwrap();
    let instance = problem.draw(&Streams { seed: 1, cell: 2, replicate: 3 }).unwrap();
    let costs = instance.budget.costs.unwrap();
    assert_eq!((costs.sample.len(), costs.access), (8, 2.0));
    assert!(costs.sample.iter().all(|c| (0.1..=10.0).contains(c)));
    assert!(costs.sample.iter().any(|c| *c < 1.0) && costs.sample.iter().any(|c| *c > 1.0));
}
