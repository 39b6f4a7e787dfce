//! Bad input, and graphs at the edge.

use super::*;

/// The key and the message of an error.
fn refused<T>(result: Result<T, Invalid>) -> (String, String) {
    match result {
        Err(error) => (error.key, error.message),
        Ok(_) => panic!("should be refused"),
    }
}

#[test]
fn impossible_settings_are_named() {
    for (lines, key, part) in [
        ("model = \"one-class\"\nnu = 0.0", "nu", "a share ν above 0 and at most 1, found 0"),
        ("model = \"one-class\"\nnu = 1.5", "nu", "found 1.5"),
        ("model = \"one-class\"\nnu = nan", "nu", "found NaN"),
        ("model = \"ridge\"\nnu = 0.2", "nu", "model = \"ridge\" does not have this key; remove it"),
        ("model = \"one-class\"\nridge = 0.2", "ridge", "does not have this key"),
        ("model = \"logistic\"\nnoise = 1.0", "noise", "does not have this key"),
        ("model = \"ridge\"\nspread = 1.0", "spread", "does not have this key"),
        ("model = \"ridge\"\nridge = 0.0", "ridge", "above 0"),
        ("model = \"ridge\"\nnodes = 0", "nodes", "between 1 and 20000, found 0"),
        ("model = \"ridge\"\nclusters = 13", "clusters", "between 1 and the number of nodes, 12, found 13"),
        ("model = \"ridge\"\nrows = 0", "rows", "between 1"),
        ("model = \"ridge\"\nwithin = 1.2", "within", "a probability"),
        (
            "model = \"ridge\"\ndegree = 9.0",
            "degree",
            "need a probability above 1 with 12 nodes in 3 clusters",
        ),
        ("model = \"ridge\"\npath = [1.0, 0.5]", "path", "ascending numbers above 0"),
        ("model = \"ridge\"\npath = [0.0, 0.5]", "path", "ascending numbers above 0"),
    ] {
        let (found, message) = refused(synthetic(lines));
        assert!(found == key && message.contains(part), "{lines}: {found}: {message}");
    }
    assert_eq!(refused(problem("kind = \"regions\"")).0, "kind");
}

#[test]
fn impossible_estimators_are_named() {
    for (text, key) in [
        ("kind = \"network-lasso\"\nlambda = -1.0", "lambda"),
        ("kind = \"network-lasso\"\nlambda = 1.0\nrho = 0.0", "rho"),
        ("kind = \"network-lasso\"\nlambda = 1.0\ngap = 0.0", "gap"),
        ("kind = \"network-lasso\"\nlambda = 1.0\nmax_iterations = 0", "max_iterations"),
        ("kind = \"network-lasso\"\nlambda = 1.0\nabsolute = -1.0", "absolute"),
        ("kind = \"network-path\"\nchoose = \"last\"\nfolds = 3", "folds"),
        ("kind = \"network-path\"\nchoose = \"cv\"\nfolds = 1", "folds"),
        ("kind = \"federated-averaging\"\nrounds = 0", "rounds"),
        ("kind = \"federated-averaging\"\nstep = 0.0", "step"),
        ("kind = \"linfa-local\"\ntolerance = 0.0", "tolerance"),
    ] {
        assert_eq!(refused(estimator(text)).0, key, "{text}");
    }
    let ridge = synthetic("model = \"ridge\"\nrows = 4\npath = [0.1]").unwrap();
    let normal = synthetic("model = \"one-class\"\npath = [0.1]").unwrap();
    let pathless = synthetic("model = \"ridge\"").unwrap();
    for (problem, text, key, part) in [
        (
            &ridge,
            "kind = \"network-path\"\nchoose = \"cv\"",
            "folds",
            "at most as many as a node has rows, 4, found 5",
        ),
        (
            &normal,
            "kind = \"network-path\"\nchoose = \"cv\"",
            "choose",
            "cannot be cross-validated on normal rows",
        ),
        (&pathless, "kind = \"network-path\"\nchoose = \"last\"", "kind", "`path`, which is empty"),
        (&ridge, "kind = \"linfa-local\"", "kind", "one-class"),
        (&ridge, "kind = \"random-score\"", "kind", "one-class"),
        (&normal, "kind = \"zero\"", "kind", "random-score"),
    ] {
        let (found, message) = refused(estimator(text).unwrap().admit(problem));
        assert!(found == key && message.contains(part), "{text}: {found}: {message}");
    }
}

#[test]
fn an_isolated_node_gets_its_own_fit_and_parts_of_a_graph_their_own_consensus() {
    for model in ["ridge", "logistic", "one-class"] {
        let mut instance = instance(&format!("model = \"{model}\"\nnodes = 5"), 1);
        let edges = [[0, 1], [2, 3]].map(|ends| Edge { ends, weight: 1.0 });
        instance.graph = Graph::new(5, edges.to_vec()).unwrap();
        assert_eq!((instance.graph.components(|_| true), instance.graph.isolated()), (3, 1));
        let p = instance.size();
        let fused =
            fit("kind = \"network-lasso\"\nlambda = 100.0\nabsolute = 1e-10\nrelative = 0.0", &instance);
        let local = fit("kind = \"local\"", &instance);
        let a = models(&fused);
        assert_eq!(a[4 * p..], models(&local)[4 * p..], "{model}");
        assert!(
            apart(&a[..p], &a[p..2 * p]) < 1e-8 && apart(&a[2 * p..3 * p], &a[3 * p..4 * p]) < 1e-8,
            "{model}"
        );
        assert!(apart(&a[..p], &a[2 * p..3 * p]) > 1e-3, "{model}");
        assert_eq!(fused.clusters, Some(3));
        assert!(fused.gap.unwrap() < 1e-7, "{model}: {:e}", fused.gap.unwrap());
    }
}

#[test]
fn a_graph_without_edges_is_fitted_node_by_node() {
    let instance = instance("model = \"one-class\"\nwithin = 0.0\nbetween = 0.0", 1);
    let lasso = fit("kind = \"network-lasso\"\nlambda = 1.0", &instance);
    assert_eq!(models(&lasso), models(&fit("kind = \"local\"", &instance)));
    assert_eq!((lasso.iterations, lasso.clusters), (Some(0), Some(12)));
    assert!(lasso.gap.unwrap() < 1e-9 && lasso.shortfall.is_none());
}

#[test]
fn one_row_a_node_is_enough_for_a_finite_fit() {
    for model in ["ridge", "logistic", "one-class"] {
        let instance = instance(&format!("model = \"{model}\"\nrows = 1"), 2);
        for text in ["kind = \"local\"", "kind = \"network-lasso\"\nlambda = 0.3", "kind = \"global\""] {
            let fit = fit(text, &instance);
            assert!(models(&fit).iter().all(|v| v.is_finite()), "{model} {text}");
            assert!(fit.gap.unwrap().abs() < 1e-4, "{model} {text}: {:e}", fit.gap.unwrap());
        }
    }
}

#[test]
fn graphs_of_all_sizes_have_the_degree_that_is_asked_for() {
    for nodes in [30, 300] {
        let mut edges = 0;
        for replicate in 0..20 {
            let lines = format!("model = \"ridge\"\nnodes = {nodes}\ndegree = 8.0\nrows = 1\ntest_rows = 1");
            edges += instance(&lines, replicate).graph.edges().len();
        }
        let degree = 2.0 * edges as f64 / (20 * nodes) as f64;
        assert!((degree - 8.0).abs() < 0.4, "{nodes}: {degree}");
    }
}

#[test]
fn a_draw_is_its_identity_and_rows_are_those_of_their_cluster() {
    let problem = synthetic("model = \"one-class\"\nspread = 0.001\nrows = 2").unwrap();
    let [first, again, other] = [0, 0, 1].map(|replicate| problem.draw(&streams(replicate)).unwrap());
    assert_eq!(first.train, again.train);
    assert_ne!(first.train, other.train);
    let near = |i: usize, j: usize| apart(first.train[i].rows.row(0), first.train[j].rows.row(0)) < 0.02;
    assert!(near(0, 3) && near(1, 10) && !near(0, 1));
    assert_eq!(first.clusters.as_ref().unwrap()[10], 1);
    // An incident has .4 times the mean, or the same.
    let (normal, incident) = (first.test[0].rows.row(0), first.test[0].rows.row(60));
    assert_eq!((first.test[0].labels[0], first.test[0].labels[60]), (1.0, -1.0));
    for (n, i) in normal.iter().zip(incident) {
        assert!((i / n - 0.4).abs() < 0.02 || (i / n - 1.0).abs() < 0.02, "{n} {i}");
    }
}
