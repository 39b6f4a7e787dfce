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
        let off = apart(models(&fit), expected);
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
                assert!(apart(models(&fit), &solutions.last().unwrap().2) <= 1e-4, "{variant} {growth}");
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
        assert!(apart(models(fit), expected) <= 1e-4, "{name}: {}", apart(models(fit), expected));
        assert!((fit.objective.unwrap() / objective - 1.0).abs() < 1e-6, "{name}");
        assert!((-1e-12..1e-7).contains(&fit.gap.unwrap()), "{name}: {:e}", fit.gap.unwrap());
    }
    assert!(apart(models(&ours), models(&theirs)) < 1e-6);
    assert!(ours.gap.unwrap() < 1e-12);
}
