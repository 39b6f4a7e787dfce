//! Codes of the proximal gradient, and what is learnt with them.

use proptest::prelude::*;
use remeasure_coding::CODING;
use remeasure_coding::codes::{self, Coder, Gram, Learning, Pursuit, Refit, Shrinkage, Update};
use remeasure_core::family::{AnyFamily, Attempt, TrialEvent};
use remeasure_core::numerics::kernels;
use serde_json::Value;

use super::*;

const ALL: [(Shrinkage, &str); 4] = [
    (Shrinkage::Soft, "soft"),
    (Shrinkage::Hard, "hard"),
    (Shrinkage::Half, "half"),
    (Shrinkage::Cel0, "cel0"),
];

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn numbers_of(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

/// The 5 × 8 dictionary of the reference, its data and λ.
fn reference() -> (Value, Design, f64) {
    let file = json(include_str!("../data/coding/beyond-l1.json"));
    let rows: Vec<Vec<f64>> = file["D"].as_array().expect("rows").iter().map(numbers_of).collect();
    let mut atoms = Design::from_columns(5, 8, (0..40).map(|at| rows[at % 5][at / 5]).collect());
    for j in 0..8 {
        let norm = kernels::squared_norm(atoms.column(j)).sqrt();
        assert!((norm - 1.0).abs() < 1e-5);
        atoms.column_mut(j).iter_mut().for_each(|w| *w /= norm);
    }
    let lambda = file["lam"].as_f64().expect("a number");
    (file, atoms, lambda)
}

#[test]
fn thresholds_are_those_of_the_reference() {
    let file = json(include_str!("../data/coding/prox.json"));
    let (gamma, lambda) = (file["gamma"].as_f64().unwrap(), file["lam"].as_f64().unwrap());
    // One unit: from 0, a step with .99 times the inner product x / .99 is the proximal operator at γ = .99.
    let atom = Design::from_columns(1, 1, vec![1.0]);
    let gram = Gram::new(&atom);
    for (shrinkage, name) in ALL {
        // Rescaled so that the step is .99: prox of γφ_λ at x, with u = s v.
        let scale = (gamma / 0.99_f64).sqrt();
        let level = match shrinkage {
            Shrinkage::Soft => lambda * scale,
            Shrinkage::Hard => lambda,
            Shrinkage::Half => lambda * scale.sqrt(),
            // Its shape depends on the scale of the atom.
            Shrinkage::Cel0 => continue,
        };
        let mut coder = Coder::new(&atom, &gram, shrinkage, level).unwrap();
        for (x, expected) in numbers_of(&file["x"]).iter().zip(numbers_of(&file[name])) {
            coder.encode(&[x / scale / 0.99], 1);
            let found = coder.code[0] * scale;
            assert!((found - expected).abs() < 1e-8, "{name} at {x}: {found}, not {expected}");
        }
    }
}

#[test]
fn end_points_and_objectives_are_those_of_the_reference() {
    let (file, atoms, lambda) = reference();
    let gram = Gram::new(&atoms);
    let mut along = vec![0.0; 8];
    for case in file["cases"].as_array().expect("cases") {
        let y = numbers_of(&case["y"]);
        let power = kernels::squared_norm(&y);
        atoms.tmul(&y, &mut along);
        let least = case["l0_min"].as_f64().unwrap();
        for (shrinkage, name) in ALL {
            let iterations = file["iterations"][name].as_u64().unwrap() as usize;
            let mut coder = Coder::new(&atoms, &gram, shrinkage, lambda).unwrap();
            let certificate = coder.certify(&along, power, iterations);
            let found = coder.objective(&along, power);
            let expected = case[name]["objective"].as_f64().unwrap();
            assert!((found - expected).abs() < 1e-5 * expected, "{name}: {found}, not {expected}");
            for (a, b) in coder.code.iter().zip(numbers_of(&case[name]["x"])) {
                assert!((a - b).abs() < 2e-5, "{name}: {a}, not {b}");
            }
            assert!(certificate.residual < 1e-6, "{name}: {certificate:?}");
            // The objective never rises, up to rounding.
            assert!(certificate.rise < 1e-13, "{name}: {certificate:?}");
            // Local minima of ℓ0 and of its relaxation are not below the enumerated one.
            if matches!(shrinkage, Shrinkage::Hard | Shrinkage::Cel0) {
                assert!(found > least - 1e-5, "{name}: {found} below {least}");
            }
        }
        // The support of the enumerated minimum, fitted by least squares.
        let support: Vec<usize> = numbers_of(&case["l0_support"]).iter().map(|j| *j as usize).collect();
        let mut code = vec![0.0; 8];
        Gram::new(&atoms).refit(&along, &mut code, &support).unwrap();
        let error = 0.5 * (power + gram.energy(&along, &code, &support));
        assert!((error + lambda * support.len() as f64 - least).abs() < 1e-5);
        for (j, expected) in support.iter().zip(numbers_of(&case["l0_coef"])) {
            assert!((code[*j] - expected).abs() < 1e-5);
        }
    }
}

#[test]
fn matching_pursuit_finds_orthogonal_atoms_and_stops() {
    let atoms = Design::from_columns(3, 3, vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    let mut errors = Vec::new();
    let along = [1.0, -3.0, 0.0];
    let mut gram = Gram::new(&atoms);
    Pursuit::default().run(&mut gram, &along, 10.0, 3, |m, error| errors.push((m, error))).unwrap();
    assert_eq!(errors, [(1, 1.0), (2, 0.0), (3, 0.0)]);
}

#[test]
fn a_planted_dictionary_is_learnt_by_all_penalties() {
    let text = "kind = \"planted\"\npixels = 16\natoms = 20\nactive = 2\nn = 1500\ntest = 100\nunits = 30";
    let data = problem(text).unwrap().draw(&streams(0)).unwrap();
    let planted = data.planted.as_deref().unwrap();
    let share = |text: &str| {
        let found = fit("proximal", text, &data);
        let trade = found.trade.unwrap();
        let recovered = remeasure_coding::matching::recovered(planted, &found.dictionary, 0.95);
        (recovered, trade.error_at(2.0).unwrap(), trade.unused)
    };
    let oracle = share("penalty = \"cel0\"\nlambda = 1.0\ndictionary = \"planted\"");
    assert_eq!(oracle.0, 1.0);
    // Hard thresholding from 0 leaves units unused, and finds fewer.
    for (penalty, lambda, least) in
        [("soft", 1.2, 0.9), ("hard", 1.0, 0.6), ("half", 1.5, 0.9), ("cel0", 1.0, 0.9)]
    {
        let keys = format!("penalty = \"{penalty}\"\nlambda = {lambda}\nrounds = 200");
        let (recovered, error, _) = share(&keys);
        assert!(recovered >= least, "{penalty}: {recovered}");
        let random = share(&format!("{keys}\ndictionary = \"random\""));
        assert!(error < random.1 && random.0 == 0.0, "{penalty}: {error} {random:?}");
        let refitted = share(&format!("{keys}\ncodes = \"refitted\""));
        assert!(refitted.0 == recovered && refitted.1 <= error + 1e-12, "{penalty}: {refitted:?} {error}");
        assert!(oracle.1 < error + 0.05, "{penalty}: {oracle:?} {error}");
    }
    let greedy = share("penalty = \"soft\"\nlambda = 1.2\nrounds = 200\ncodes = \"greedy\"");
    assert!(greedy.2.is_none() && greedy.1 < 0.5, "{greedy:?}");
    let components = fit("pca", "", &data).trade.unwrap();
    assert!(components.error_at(2.0).unwrap() > greedy.1);
}

/// `½‖y − W a‖² + λ‖a‖₁` of all data, with codes of many steps.
fn objective(y: &Design, atoms: &Design, lambda: f64) -> f64 {
    let gram = Gram::new(atoms);
    let mut coder = Coder::new(atoms, &gram, Shrinkage::Soft, lambda).unwrap();
    let mut along = vec![0.0; atoms.columns()];
    let of = |n: usize| {
        atoms.tmul(y.column(n), &mut along);
        coder.encode(&along, 2000);
        coder.objective(&along, kernels::squared_norm(y.column(n)))
    };
    (0..y.columns()).map(of).sum()
}

#[test]
fn both_updates_lower_the_objective_and_sums_lower_it_more() {
    let data =
        problem("kind = \"patches\"\nn = 600\ntest = 1\nunits = 96").unwrap().draw(&streams(0)).unwrap();
    let start = codes::gaussian(64, 96, &mut streams(0).stream("start"));
    let after = |update: Update| {
        let mut atoms = start.clone();
        let shrinkage = Shrinkage::Soft;
        let learning = Learning { shrinkage, lambda: 1.2, rounds: 60, batch: 100, steps: 15, update };
        learning.run(&data.y, &mut atoms, &mut streams(0).stream("batches")).unwrap();
        for j in 0..96 {
            assert!((kernels::squared_norm(atoms.column(j)) - 1.0).abs() < 1e-12);
        }
        objective(&data.y, &atoms, 1.2)
    };
    let (first, gradient, sums) =
        (objective(&data.y, &start, 1.2), after(Update::Gradient(5)), after(Update::Sums(0.9)));
    assert!(gradient < 0.9 * first && sums < 0.97 * gradient, "{first} {gradient} {sums}");
}

#[test]
fn patches_have_receptive_fields_and_errors() {
    let text = "kind = \"patches\"\nn = 300\ntest = 60\nunits = 20".parse().unwrap();
    let keys = "penalty = \"cel0\"\nlambda = 1.0\nrounds = 20".parse().unwrap();
    let runner = CODING.prepare(text, vec![("proximal", keys)], &[]).unwrap();
    let at = |name: &str| CODING.metrics.iter().position(|m| m.name == name).unwrap();
    let attempt = Attempt { estimator: 0, limit: None };
    let mut seen = false;
    runner.trial(&streams(0), &[attempt], &mut |event| {
        let TrialEvent::Finished(_, row) = event else { return };
        let values = |name: &str| -> Vec<(Option<f64>, f64)> {
            let of = row.measured.iter().filter(|m| usize::from(m.metric) == at(name));
            of.map(|m| (m.coordinate, m.value)).collect()
        };
        let errors = values("relative_error");
        let last = errors.iter().find(|(c, _)| c.is_none()).unwrap().1;
        assert!(errors.contains(&(Some(4.0), last)) && last < 1.0);
        let falls: Vec<f64> = errors.iter().filter(|(c, _)| c.is_some()).map(|(_, e)| *e).collect();
        assert!(falls.windows(2).all(|pair| pair[1] < pair[0]), "{falls:?}");
        assert_eq!(values("squared_error").iter().find(|(c, _)| c.is_none()).unwrap().1, last * last);
        // Three rows of eight atoms in frames.
        assert_eq!(values("atoms").len(), (3 * 11 - 1) * (8 * 11 - 1));
        assert!((0.0..=1.0).contains(&values("gabor")[0].1));
        assert!(values("rise")[0].1 < 1e-12);
        seen = true;
    });
    assert!(seen);
}

proptest! {
    /// The objective of no penalty rises in a step, whatever the dictionary and the datum.
    #[test]
    fn no_objective_rises(seed in 0_u64..1 << 40, units in 1_usize..12, lambda in 0.01_f64..2.0) {
        let mut atoms = (*design(6, units, 1.0, seed)).clone();
        for j in 0..units {
            let norm = kernels::squared_norm(atoms.column(j)).sqrt();
            atoms.column_mut(j).iter_mut().for_each(|w| *w /= norm);
        }
        let y = numbers(6, 4.0, seed + 1);
        let power = kernels::squared_norm(&y);
        let mut along = vec![0.0; units];
        atoms.tmul(&y, &mut along);
        let gram = Gram::new(&atoms);
        for (shrinkage, name) in ALL {
            let mut coder = Coder::new(&atoms, &gram, shrinkage, lambda).unwrap();
            let certificate = coder.certify(&along, power, 30);
            prop_assert!(certificate.rise < 1e-12, "{}: {:?}", name, certificate);
            prop_assert!(certificate.residual > -1e-12 && certificate.residual.is_finite());
            let objective = coder.objective(&along, power);
            prop_assert!(objective <= 0.5 * power * (1.0 + 1e-12));
        }
    }

    /// The grid of λ reaches both ends, and what is interpolated lies between its points.
    #[test]
    fn trades_are_interpolated_between_points(seed in 0_u64..1000) {
        let text = "kind = \"planted\"\npixels = 8\natoms = 10\nactive = 2\nn = 50\ntest = 40\nunits = 10";
        let data = problem(text).unwrap().draw(&Streams { seed, cell: 1, replicate: 0 }).unwrap();
        let learning = Learning {
            shrinkage: Shrinkage::Soft, lambda: 0.3, rounds: 1, batch: 50, steps: 5, update: Update::Gradient(1),
        };
        let atoms = data.planted.as_deref().unwrap();
        let trade = codes::grid(data.test.as_deref().unwrap(), atoms, &learning, 30, Refit::No).unwrap();
        let (first, last) = (trade.points[0], trade.points[trade.points.len() - 1]);
        prop_assert!(first.active <= 1.0 && last.error <= 0.7);
        let errors: Vec<f64> = [1.0, 2.0, 3.0, 4.0].iter().filter_map(|level| trade.error_at(*level)).collect();
        prop_assert!(errors.len() == 4 && errors.iter().all(|e| *e <= first.error && *e >= last.error));
        let active = trade.active_at(0.7).unwrap();
        prop_assert!(active >= first.active && active <= last.active);
    }
}
