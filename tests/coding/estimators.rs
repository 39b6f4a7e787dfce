//! Estimators on data whose atoms are known.

use super::*;

/// Data of bars, few and almost without noise.
fn easy() -> Data {
    problem("kind = \"bars\"\nsize = 3\nn = 300\nsigma = 0.3\nprior = 0.2")
        .unwrap()
        .draw(&streams(2))
        .unwrap()
}

fn all_found(fit: &Fit, data: &Data, scale: Scale) -> f64 {
    let truth = data.truth.as_ref().expect("bars");
    greedy(&truth.dictionary, &fit.dictionary, scale).errors.into_iter().fold(0.0, f64::max)
}

const EM: &str = "candidates = 6\ncauses = 4\niterations = 60\ntemperature = 3\n";

#[test]
fn each_model_learns_the_bars_of_its_own_data() {
    for (model, scale, limit) in [
        ("bsc", Scale::Own, 0.2),
        ("tsc", Scale::Sign, 0.2),
        ("dsc", Scale::Own, 0.2),
        ("mca", Scale::Own, 0.4),
        ("mmca", Scale::Own, 0.4),
        ("gsc", Scale::Own, 2.0),
    ] {
        let lines = format!("kind = \"bars\"\nsize = 3\nn = 400\nsigma = 0.5\nmodel = \"{model}\"");
        let data = problem(&lines).unwrap().draw(&streams(3)).unwrap();
        let text = format!("model = \"{model}\"\nstart = \"truth\"\n{EM}");
        let fit = fit("expectation-truncation", &text.replace("temperature = 3", "temperature = 1"), &data);
        let worst = all_found(&fit, &data, scale);
        assert!(worst < limit, "{model}: {worst}");
        assert!((fit.prior.unwrap() - 0.2).abs() < 0.03, "{model}: {:?}", fit.prior);
        assert!((fit.sigma.unwrap() - 0.5).abs() < 0.1, "{model}: {:?}", fit.sigma);
        assert!(fit.kept.unwrap() <= 1.0 && fit.likelihood.unwrap().is_finite());
    }
}

#[test]
fn annealed_learning_finds_bars_from_the_mean_of_the_data() {
    let data = easy();
    let found = fit("expectation-truncation", &format!("model = \"bsc\"\n{EM}"), &data);
    let worst = all_found(&found, &data, Scale::Own);
    assert!(worst < 1.0, "{worst}");
}

#[test]
fn factors_that_are_not_negative_are_found_where_they_are_unique() {
    // Two atoms with pixels of their own, and codes that are now and then 0: the factors are unique up to scale.
    let atoms = [[3.0, 1.0, 0.0, 2.0], [0.0, 1.0, 4.0, 1.0]];
    let codes: Vec<f64> = numbers(60, 1.0, 3);
    let values: Vec<f64> = (0..30)
        .flat_map(|n| {
            let code = [0, 1].map(|h| (codes[2 * n + h] - 0.4).max(0.0));
            (0..4).map(move |d| code[0] * atoms[0][d] + code[1] * atoms[1][d])
        })
        .collect();
    let y = Arc::new(Design::from_columns(4, 30, values));
    let truth = Design::from_columns(4, 2, atoms.concat());
    let data = Data { y, test: None, units: 2, width: 4, truth: None, planted: None };
    let found = fit("nmf", "tolerance = 1e-9\nmax_iterations = 5000", &data);
    assert!(found.residual.unwrap() <= 1e-9 && found.shortfall.is_none());
    let worst = greedy(&truth, &found.dictionary, Scale::Free).errors.into_iter().fold(0.0, f64::max);
    assert!(worst < 1e-4, "{worst}");
    assert!(found.dictionary.as_slice().iter().all(|w| *w >= 0.0));
    let hasty = fit("nmf", "tolerance = 1e-9\nmax_iterations = 2", &data);
    assert!(hasty.shortfall.unwrap().contains("after 2 sweeps"));
}

#[test]
fn independent_components_are_unmixed() {
    // Uniform codes of three atoms in five dimensions.
    let atoms = design(5, 3, 1.0, 12);
    let codes = numbers(3 * 4000, 1.0, 13);
    let mut y = Design::from_columns(5, 4000, vec![0.0; 20_000]);
    for n in 0..4000 {
        atoms.mul(&codes[3 * n..3 * n + 3], y.column_mut(n));
    }
    let data = Data { y: Arc::new(y), test: None, units: 3, width: 5, truth: None, planted: None };
    let found = fit("ica", "", &data);
    let worst = greedy(&atoms, &found.dictionary, Scale::Free).errors.into_iter().fold(0.0, f64::max);
    assert!(worst < 0.05, "{worst}");
}

#[test]
fn an_l1_penalty_finds_orthogonal_atoms_that_are_seldom_active() {
    let mut y = Design::from_columns(4, 200, vec![0.0; 800]);
    let draws = numbers(400, 1.0, 4);
    for n in 0..200 {
        // One of four atoms, the axes, with a size of either sign.
        y.column_mut(n)[(draws[2 * n] * 4.0) as usize] = 2.0 * draws[2 * n + 1] - 1.0;
    }
    let data = Data { y: Arc::new(y), test: None, units: 4, width: 2, truth: None, planted: None };
    let found = fit("l1", "penalty = 0.05", &data);
    assert!(found.residual.unwrap() <= 1e-6, "{:?}", found.residual);
    let mut axes = Design::from_columns(4, 4, vec![0.0; 16]);
    (0..4).for_each(|h| axes.column_mut(h)[h] = 1.0);
    let worst = greedy(&axes, &found.dictionary, Scale::Free).errors.into_iter().fold(0.0, f64::max);
    assert!(worst < 1e-6, "{worst}");
}

#[test]
fn the_mean_image_has_the_error_that_follows_from_the_bars() {
    let data = problem("kind = \"bars\"\nn = 20000").unwrap().draw(&streams(0)).unwrap();
    let found = fit("mean-image", "", &data);
    let errors = greedy(&data.truth.as_ref().unwrap().dictionary, &found.dictionary, Scale::Own).errors;
    // Each pixel has mean 10 · 2 · .2 = 4: off by 6 on a fifth of the pixels and by 4 elsewhere.
    let mean = errors.iter().sum::<f64>() / 10.0;
    assert!((mean - 4.4).abs() < 0.05, "{mean}");
}

#[test]
fn bars_have_their_means_and_silent_data_are_zero() {
    let moment = |lines: &str| {
        let data =
            problem(&format!("kind = \"bars\"\nn = 20000\n{lines}")).unwrap().draw(&streams(4)).unwrap();
        let y = data.y.as_slice();
        let silent = (0..20_000).filter(|n| data.y.column(*n).iter().all(|v| *v == 0.0)).count();
        (y.iter().sum::<f64>() / y.len() as f64, silent as f64 / 20_000.0)
    };
    for (lines, mean) in [
        ("model = \"bsc\"", 4.0),
        ("model = \"tsc\"", 0.0),
        // .75 · 1 + .25 · 2 = 1.25.
        ("model = \"dsc\"", 5.0),
        // A pixel is in two bars: 1 − .8².
        ("model = \"mca\"", 3.6),
        ("model = \"mmca\"", 3.6),
        ("model = \"gsc\"", 4.0),
    ] {
        let (found, silent) = moment(lines);
        assert!((found - mean).abs() < 0.06 && silent == 0.0, "{lines}: {found}");
    }
    // No cause, or the first alone: .8⁹.
    let (_, silent) = moment("model = \"gsc\"\nsilent = \"as-published\"");
    assert!((silent - 0.8_f64.powi(9)).abs() < 0.01, "{silent}");
}

#[test]
fn evidence_that_underflows_ties() {
    // D/2 = 1250 is more than the 745 at which an exponential is 0.
    let data =
        problem("kind = \"bars\"\nsize = 50\nn = 60\nprior = 0.01").unwrap().draw(&streams(0)).unwrap();
    let kept = |ranking: &str| {
        let text = format!(
            "model = \"bsc\"\ncandidates = 4\ncauses = 2\niterations = 1\ncut = 0.5\nstart = \"truth\"\nranking = \"{ranking}\""
        );
        fit("expectation-truncation", &text, &data).kept.unwrap()
    };
    assert_eq!(kept("as-published"), 1.0);
    assert!(kept("corrected") < 0.95);
}
