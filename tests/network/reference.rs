//! The optima of an interior-point solver.

use serde_json::Value;

use super::*;

struct Reference {
    instance: Instance,
    solutions: Vec<(f64, f64, Vec<f64>)>,
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn lists(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().expect("a list").iter().map(numbers).collect()
}

fn read(text: &str, model: Model, weights: &str, models: &str) -> Reference {
    let file: Value = serde_json::from_str(text).expect("JSON");
    let weights = numbers(&file[weights]);
    let edges = lists(&file["edges"])
        .iter()
        .zip(weights)
        .map(|(ends, weight)| Edge { ends: [ends[0] as usize, ends[1] as usize], weight })
        .collect();
    let nodes = file["V"].as_u64().expect("V") as usize;
    let train: Vec<Sample> = (0..nodes)
        .map(|i| {
            let rows = lists(&file["X"][i]);
            let labels = if file["y"].is_null() { vec![1.0; rows.len()] } else { numbers(&file["y"][i]) };
            Sample { rows: Rows::new(rows[0].len(), rows.concat()), labels }
        })
        .collect();
    let solutions = file["solutions"].as_array().expect("solutions").iter();
    let solutions = solutions
        .map(|s| (s["lam"].as_f64().unwrap(), s["objective"].as_f64().unwrap(), lists(&s[models]).concat()))
        .collect();
    let instance = Instance {
        model,
        graph: Graph::new(nodes, edges).expect("a graph"),
        test: train.clone(),
        train,
        clusters: None,
        truth: None,
        path: Vec::new(),
    };
    Reference { instance, solutions }
}

fn ridge() -> Reference {
    read(include_str!("../data/network/ls.json"), Model::Ridge { ridge: 0.05 }, "w", "x")
}

fn one_class() -> Reference {
    read(include_str!("../data/network/ocsvm.json"), Model::OneClass { nu: 0.2 }, "weights", "w_rho")
}

/// Largest difference of models. One-class nodes with the same model, alone or all of them, that have exactly `νn` rows
/// below the plane are compared by `w` alone: their `r` is free within an interval.
fn off(instance: &Instance, found: &[f64], expected: &[f64]) -> f64 {
    let p = instance.size();
    let Model::OneClass { nu } = instance.model else { return apart(found, expected) };
    // Rows below the plane beyond νn.
    let surplus: Vec<f64> = expected
        .chunks_exact(p)
        .zip(&instance.train)
        .map(|(b, sample)| {
            let below = sample.rows.iter().filter(|x| instance.model.score(b, x) < -1e-4).count() as f64;
            below - nu * sample.rows.count() as f64
        })
        .collect();
    let consensus = expected.chunks_exact(p).all(|b| b == &expected[..p]);
    let all: f64 = surplus.iter().sum();
    let nodes = found.chunks_exact(p).zip(expected.chunks_exact(p)).zip(&surplus);
    nodes
        .map(|((a, b), surplus)| {
            let surplus = if consensus { all } else { *surplus };
            if surplus.abs() < 1e-9 { apart(&a[..p - 1], &b[..p - 1]) } else { apart(a, b) }
        })
        .fold(0.0, f64::max)
}

/// The objective to 1e-6, the models to 1e-4, and a certified gap that encloses both objectives.
fn check(reference: &Reference, rho: f64) {
    for (lambda, objective, expected) in &reference.solutions {
        let fit = fit(
            &format!(
                "kind = \"network-lasso\"\nlambda = {lambda:?}\nrho = {rho:?}\nabsolute = 1e-9\nrelative = 0.0"
            ),
            &reference.instance,
        );
        assert_eq!(fit.shortfall, None, "λ = {lambda}");
        let found = fit.objective.unwrap();
        assert!((found - objective).abs() <= 1e-6 * objective.abs(), "λ = {lambda}: {found} {objective}");
        let off = off(&reference.instance, models(&fit), expected);
        assert!(off <= 1e-4, "λ = {lambda}: models are off by {off}");
        let gap = fit.gap.unwrap();
        assert!((-1e-12..1e-7).contains(&gap), "λ = {lambda}: gap {gap:e}");
    }
}

#[test]
fn ridge_nodes_reach_the_reference_optima() {
    check(&ridge(), 1.0);
    check(&ridge(), 0.2);
}

#[test]
fn one_class_nodes_reach_the_reference_optima() {
    check(&one_class(), 1.0);
    check(&one_class(), 3.0);
}

#[test]
fn a_path_with_warm_starts_and_growing_rho_reaches_them_too() {
    for (mut reference, solved) in [(ridge(), 1), (one_class(), 1)] {
        let solutions = &reference.solutions[solved..];
        reference.instance.path = solutions.iter().map(|s| s.0).collect();
        for variant in ["corrected", "public-code"] {
            for growth in ["none", "sqrt"] {
                let fit = fit(
                    &format!(
                        "kind = \"network-path\"\nchoose = \"last\"\nabsolute = 1e-9\nrelative = 0.0\n\
                         growth = \"{growth}\"\nvariant = \"{variant}\""
                    ),
                    &reference.instance,
                );
                assert_eq!(fit.shortfall, None, "{variant} {growth}");
                let off = off(&reference.instance, models(&fit), &solutions.last().unwrap().2);
                assert!(off <= 1e-4, "{:?} {variant} {growth}: {off}", reference.instance.model);
                assert!(fit.gap.unwrap() < 1e-7, "{variant} {growth}: {:e}", fit.gap.unwrap());
                assert_eq!(fit.path.len(), solutions.len());
            }
        }
    }
}

#[test]
fn linfa_finds_the_local_one_class_fits() {
    let reference = one_class();
    let (ours, theirs) =
        (fit("kind = \"local\"", &reference.instance), fit("kind = \"linfa-local\"", &reference.instance));
    let (_, objective, expected) = &reference.solutions[0];
    for (name, fit) in [("local", &ours), ("linfa", &theirs)] {
        let off = off(&reference.instance, models(fit), expected);
        assert!(off <= 1e-4, "{name}: {off}");
        assert!((fit.objective.unwrap() / objective - 1.0).abs() < 1e-6, "{name}");
        assert!((-1e-12..1e-7).contains(&fit.gap.unwrap()), "{name}: {:e}", fit.gap.unwrap());
    }
    assert!(off(&reference.instance, models(&theirs), models(&ours)) < 1e-6);
    assert!(ours.gap.unwrap() < 1e-12);
}
