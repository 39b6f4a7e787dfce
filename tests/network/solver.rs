//! The alternating direction method.

use remeasure_network::admm::share;

use super::*;

#[test]
fn the_share_of_an_edge_is_a_half_where_copies_meet() {
    assert_eq!(share(0.3, 0.0), (0.5, true));
    assert_eq!(share(0.0, 0.0), (0.5, true));
    assert_eq!(share(0.3, 0.6), (0.5, true));
    assert_eq!(share(0.0, 2.0), (0.0, false));
    let (apart, threshold) = (2.0, 0.3);
    let (share, fused) = share(threshold, apart);
    assert!(!fused && (share - 0.15).abs() < 1e-15);
    // The copies θA + (1 − θ)B and θB + (1 − θ)A minimise threshold·|x − y| + ½(A − x)² + ½(B − y)².
    let (a, b) = (1.0, 1.0 + apart);
    let cost = |x: f64, y: f64| threshold * (x - y).abs() + 0.5 * (a - x) * (a - x) + 0.5 * (b - y) * (b - y);
    let (x, y) = (a + share * apart, b - share * apart);
    for (dx, dy) in [(1e-3, 0.0), (-1e-3, 0.0), (0.0, 1e-3), (0.0, -1e-3), (1e-3, -1e-3)] {
        assert!(cost(x + dx, y + dy) > cost(x, y));
    }
}

/// A solved network.
fn solved(instance: &Instance, lambda: f64, rho: f64) -> Admm<'_> {
    let mut admm = Admm::new(&instance.graph, losses(instance), rho);
    let report = admm.run(lambda, &TIGHT, &mut |_, _| ());
    assert!(report.converged, "{:?} {report:?}", instance.model);
    admm
}

#[test]
fn a_solution_stays_one_when_rho_changes_and_duals_are_rescaled() {
    for model in ["ridge", "logistic", "one-class"] {
        let instance = instance(&format!("model = \"{model}\""), 1);
        let mut admm = solved(&instance, 0.2, 1.0);
        let before = admm.models().to_vec();
        admm.set_rho(4.0, Variant::Corrected);
        let residuals = admm.iterate(0.2);
        assert!(residuals.primal < 1e-8 && residuals.dual < 1e-7, "{model}: {residuals:?}");
        assert!(apart(admm.models(), &before) < 1e-8, "{model}");
        // Kept as they are, they are four times too large.
        admm.set_rho(1.0, Variant::Corrected);
        admm.set_rho(4.0, Variant::PublicCode);
        let residuals = admm.iterate(0.2);
        assert!(residuals.primal > 1e-3 && apart(admm.models(), &before) > 1e-3, "{model}: {residuals:?}");
        // But the limit is the same.
        assert!(admm.run(0.2, &TIGHT, &mut |_, _| ()).converged);
        assert!(apart(admm.models(), &before) < 1e-7, "{model}: {:e}", apart(admm.models(), &before));
    }
}

#[test]
fn edge_duals_are_feasible_and_balance_the_gradients() {
    let instance = instance("model = \"ridge\"\nweights = \"uniform\"", 2);
    let (lambda, rho, p) = (0.15, 0.7, 3);
    let admm = solved(&instance, lambda, rho);
    let mut sums = vec![0.0; admm.models().len()];
    for (edge, u) in instance.graph.edges().iter().zip(admm.duals().chunks_exact(p)) {
        let size = rho * u.iter().map(|u| u * u).sum::<f64>().sqrt();
        assert!(size <= lambda * edge.weight * (1.0 + 1e-12), "{size}");
        for k in 0..p {
            sums[edge.ends[0] * p + k] += rho * u[k];
            sums[edge.ends[1] * p + k] -= rho * u[k];
        }
    }
    for (i, node) in losses(&instance).iter().enumerate() {
        let mut gradient = vec![0.0; p];
        node.gradient(&admm.models()[i * p..(i + 1) * p], &mut gradient);
        for k in 0..p {
            assert!((gradient[k] + sums[i * p + k]).abs() < 1e-8, "node {i}");
        }
    }
}

#[test]
fn a_large_lambda_gives_the_consensus_and_zero_the_local_fits() {
    for model in ["ridge", "logistic", "one-class"] {
        let instance = instance(&format!("model = \"{model}\"\nwithin = 1.0\nbetween = 0.3"), 3);
        assert_eq!(instance.graph.components(|_| true), 1);
        let consensus = solved(&instance, 50.0, 1.0);
        let p = instance.size();
        let global = fit("kind = \"global\"", &instance);
        for a in consensus.models().chunks_exact(p) {
            assert!(apart(a, &consensus.models()[..p]) < 1e-8, "{model}");
        }
        assert_eq!(consensus.clusters(), 1);
        assert!(
            apart(consensus.models(), models(&global)) < 1e-6,
            "{model}: {}",
            apart(consensus.models(), models(&global))
        );
        let local = fit("kind = \"local\"", &instance);
        let zero = fit("kind = \"network-lasso\"\nlambda = 0", &instance);
        assert_eq!(models(&local), models(&zero), "{model}");
        let tiny = solved(&instance, 1e-9, 1.0);
        assert!(
            apart(tiny.models(), models(&local)) < 1e-5,
            "{model}: {}",
            apart(tiny.models(), models(&local))
        );
        assert_eq!(tiny.clusters(), 12, "{model}");
    }
}

#[test]
fn every_start_and_rho_lead_to_the_same_optimum() {
    for model in ["ridge", "logistic", "one-class"] {
        let instance = instance(&format!("model = \"{model}\""), 4);
        let expected = solved(&instance, 0.1, 1.0).models().to_vec();
        for (replicate, rho) in [(1, 0.3), (2, 1.0), (3, 5.0)] {
            let mut admm = Admm::new(&instance.graph, losses(&instance), rho);
            admm.start_at_random(3.0, &mut streams(replicate).stream("start"));
            assert!(admm.run(0.1, &TIGHT, &mut |_, _| ()).converged);
            assert!(
                apart(admm.models(), &expected) < 1e-7,
                "{model} {rho}: {:e}",
                apart(admm.models(), &expected)
            );
        }
    }
}

#[test]
fn the_gap_encloses_the_optimum_at_every_iteration() {
    for model in ["ridge", "logistic", "one-class"] {
        let instance = instance(&format!("model = \"{model}\""), 5);
        let optimum = solved(&instance, 0.1, 1.0).objective(0.1);
        let mut admm = Admm::new(&instance.graph, losses(&instance), 1.0);
        let mut widths = Vec::new();
        for _ in 0..300 {
            admm.iterate(0.1);
            let gap = admm.gap(0.1);
            assert!(gap.primal >= optimum - 1e-9 && gap.dual <= optimum + 1e-9, "{model}: {gap:?} {optimum}");
            widths.push(gap.primal - gap.dual);
        }
        assert!(widths[299] < 1e-3 * widths[0], "{model}: {} {}", widths[0], widths[299]);
    }
}

#[test]
fn looking_at_the_gap_changes_no_iterate() {
    let instance = instance("model = \"one-class\"\nrows = 20", 6);
    let [mut quiet, mut watched] = [0, 1].map(|_| Admm::new(&instance.graph, losses(&instance), 1.0));
    for _ in 0..40 {
        quiet.iterate(0.3);
        watched.iterate(0.3);
        let _ = watched.gap(0.3);
    }
    assert_eq!(quiet.models(), watched.models());
}

#[test]
fn the_public_code_stops_no_later_at_a_small_rho_and_later_at_a_large_one() {
    let instance = instance("model = \"ridge\"", 7);
    let iterations = |rho: f64, variant: &str| {
        let text = format!(
            "kind = \"network-lasso\"\nlambda = 0.2\nrho = {rho:?}\nabsolute = 0.0\nrelative = 1e-3\nvariant = \"{variant}\""
        );
        fit(&text, &instance).iterations.unwrap()
    };
    assert!(iterations(0.02, "public-code") <= iterations(0.02, "corrected"));
    assert!(iterations(50.0, "public-code") > iterations(50.0, "corrected"));
    assert_eq!(iterations(1.0, "public-code"), iterations(1.0, "corrected"));
}
