//! The sample converges to the closed forms, and limits of one method are other methods.

use remeasure_causal::estimators::ENTRIES;
use remeasure_causal::theory::Limit;
use remeasure_causal::{Instance, Method, models, ncer};

use crate::{fit, method, published, streams};

fn error(text: &str, instance: &Instance) -> f64 {
    ncer(&fit(text, instance).h, &instance.model.effect)
}

#[test]
fn errors_converge_to_the_closed_forms() {
    let distance = |n: usize| -> f64 {
        let problem = published(&format!("n = {n}"));
        let mut sum = 0.0;
        for replicate in 0..4 {
            let instance = problem.draw(&streams(replicate)).expect("data");
            for (text, limit) in [
                ("kind = \"erm\"", Limit::ERM),
                ("kind = \"da-erm\"", Limit::augmented(1.0)),
                ("kind = \"da-ivl\"\nalpha = 0.3", Limit::ivl(1.0, 0.3)),
                ("kind = \"invariant-ls\"", Limit::Invariant),
            ] {
                let found = fit(text, &instance);
                assert_eq!(found.limit, Some(limit));
                let expected =
                    problem.limit(&instance.model, limit).expect("a limit").expect("a closed form");
                sum += (ncer(&found.h, &instance.model.effect) - expected).abs();
            }
        }
        sum / 16.0
    };
    let (few, many) = (distance(500), distance(32_000));
    assert!(many < 0.003, "{many}");
    assert!(few > 4.0 * many, "errors fall like 1/√n: {few} {many}");
}

#[test]
fn a_large_weight_is_least_squares_and_much_noise_is_invariance() {
    let instance = published("").draw(&streams(3)).expect("data");
    let plain = fit("kind = \"da-erm\"", &instance).h;
    let heavy = fit("kind = \"da-ivl\"\nalpha = 1e12", &instance).h;
    assert!(plain.iter().zip(&heavy).all(|(a, b)| (a - b).abs() < 1e-9), "{plain:?} {heavy:?}");
    let noisy = published("gamma = 1e4").draw(&streams(3)).expect("data");
    let (augmented, invariant) =
        (fit("kind = \"da-erm\"", &noisy).h, fit("kind = \"invariant-ls\"", &noisy).h);
    assert!(
        augmented.iter().zip(&invariant).all(|(a, b)| (a - b).abs() < 1e-2),
        "{augmented:?} {invariant:?}"
    );
}

#[test]
fn without_confounding_all_but_instruments_find_the_effect() {
    let instance = published("kappa = 0.0").draw(&streams(1)).expect("data");
    for text in
        ["kind = \"erm\"", "kind = \"da-erm\"", "kind = \"invariant-ls\"", "kind = \"da-ivl\"\nalpha = 0.1"]
    {
        assert!(error(text, &instance) < 1e-3, "{text}: {}", error(text, &instance));
    }
    assert_eq!(error("kind = \"zero\"", &instance), 0.5);
}

#[test]
fn choices_are_among_the_weights_drawn_and_the_oracle_is_best() {
    for lines in ["", "directions = 5"] {
        let instance = published(lines).draw(&streams(2)).expect("data");
        let chosen = |choice: &str| fit(&format!("kind = \"da-ivl\"\nchoice = \"{choice}\""), &instance);
        let best = ncer(&chosen("oracle").h, &instance.model.effect);
        let largest = chosen("largest");
        assert_eq!(largest.largest, Some(true));
        for choice in ["cv", "confounding", "largest"] {
            let fit = chosen(choice);
            let weight = fit.weight.expect("a weight");
            assert!(weight >= 1e-4 && weight <= largest.weight.expect("a weight"), "{choice}: {weight}");
            assert!(ncer(&fit.h, &instance.model.effect) >= best, "{choice}");
        }
        assert_eq!(chosen("cv").weight, largest.weight, "held-out confounded risk prefers more of the loss");
    }
}

#[test]
fn every_estimator_is_deterministic_finite_and_certified() {
    for lines in ["", "directions = 5", "gamma = 0.0", "models = \"fresh\""] {
        let (a, b) = (published(lines).draw(&streams(9)), published(lines).draw(&streams(9)));
        let (a, b) = (a.expect("data"), b.expect("data"));
        for entry in ENTRIES {
            let more = match entry.name {
                "da-ivl" => "\nchoice = \"level-cv\"",
                "janzing" => "\npenalty = \"l1\"",
                _ => "",
            };
            let text = format!("kind = \"{}\"{more}", entry.name);
            if !matches!(method(&text), Ok(Method::Regression(_))) {
                continue;
            }
            let (first, again) = (fit(&text, &a), fit(&text, &b));
            assert_eq!(first.h, again.h, "{text}");
            assert!(first.h.iter().all(|v| v.is_finite()), "{text}");
            assert!(first.residual.is_none_or(|r| r < 1e-8), "{text}: {:?}", first.residual);
        }
    }
}

#[test]
fn a_chosen_weight_has_a_control_that_leaves_the_mean_over_the_models() {
    let problem = published("gamma = 0.3");
    let instance = problem.draw(&streams(0)).expect("data");
    for (choice, alpha) in [("cv", 0.5), ("level-cv", 0.5), ("confounding", 0.2)] {
        let found = fit(&format!("kind = \"da-ivl\"\nchoice = \"{choice}\""), &instance);
        assert_eq!((found.limit, found.control), (None, Some(Limit::ivl(0.3, alpha))), "{choice}");
        let control = found.control.expect("a control");
        let of = |model| problem.limit(model, control).expect("a limit").expect("a closed form");
        let models = models::published();
        let mean = models.iter().map(of).sum::<f64>() / models.len() as f64;
        let stated = problem.mean_limit(control).expect("a limit").expect("the published models");
        assert!((mean - stated).abs() < 1e-12, "{choice}: {mean} {stated}");
    }
    assert_eq!(fit("kind = \"da-ivl\"\nchoice = \"oracle\"", &instance).control, None);
}
