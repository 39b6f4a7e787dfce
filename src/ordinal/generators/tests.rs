use remeasure_core::numerics::statistics::{mean, sd};

use super::*;

fn simulation(text: &str) -> Simulation {
    Simulation::read(text.parse().unwrap()).unwrap()
}

fn streams(replicate: u32) -> Streams {
    Streams { seed: 2023, cell: 7, replicate }
}

/// A setting of the paper: 2500 rows, 10 features, 4 classes.
fn published(design: &str, q: Option<f64>, intercepts: &str) -> Simulation {
    let q = q.map_or(String::new(), |q| format!("q = {q}"));
    simulation(&format!("n = 2500\np = 10\ndesign = {design:?}\nintercepts = {intercepts:?}\n{q}"))
}

#[test]
fn rare_shares_are_those_published() {
    const REPLICATES: u32 = 200;
    let (sparse, dense) = ("sparse-differences", "dense-differences");
    let third = Some(1.0 / 3.0);
    // Rare percentages of Faletto and Bien (2023), over 700 replicates.
    let cases = [
        (sparse, third, "0 3 5", 0.996),
        (sparse, third, "0 3.5 5.5", 0.614),
        (sparse, third, "0 4 6", 0.370),
        (sparse, Some(0.5), "0 3 5", 1.166),
        (sparse, Some(0.5), "0 3.5 5.5", 0.709),
        (sparse, Some(0.5), "0 4 6", 0.435),
        (dense, None, "0 2.5 4.5", 1.598),
        (dense, None, "0 3 5", 0.994),
        (dense, None, "0 3.5 5.5", 0.616),
        (dense, None, "0 4 6", 0.364),
    ];
    for (design, q, intercepts, percent) in cases {
        let problem = published(design, q, intercepts);
        let (mut truth, mut seen) = (Vec::new(), Vec::new());
        for replicate in 0..REPLICATES {
            let instance = problem.draw(&streams(replicate)).unwrap();
            let rare: Vec<f64> = instance.truth.unwrap().iter().skip(3).step_by(4).copied().collect();
            truth.push(100.0 * mean(&rare));
            seen.push(100.0 * instance.train.counts()[3] as f64 / 2500.0);
        }
        // Published shares are of drawn labels; ours are the true ones, which vary less.
        let error = (sd(&truth).powi(2) / f64::from(REPLICATES) + sd(&seen).powi(2) / 700.0).sqrt();
        let gap = (mean(&truth) - percent) / error;
        assert!(gap.abs() < 3.5, "{design} {q:?} {intercepts}: {} % is {gap} errors off", mean(&truth));
        let error = (sd(&seen).powi(2) * (1.0 / f64::from(REPLICATES) + 1.0 / 700.0)).sqrt();
        let gap = (mean(&seen) - percent) / error;
        assert!(gap.abs() < 3.5, "{design} {q:?} {intercepts}: labels {gap} errors off");
    }
}

/// First slopes and differences of many draws, each with as many values.
fn differences(problem: &Simulation) -> (Vec<f64>, Vec<f64>) {
    let (mut first, mut later) = (Vec::new(), Vec::new());
    for replicate in 0..400 {
        let slopes = problem.draw_slopes(&mut streams(replicate).stream("slopes"));
        assert_eq!(slopes.len(), 3);
        first.extend_from_slice(&slopes[0]);
        for pair in slopes.windows(2) {
            later.extend(pair[1].iter().zip(&pair[0]).map(|(after, before)| after - before));
        }
    }
    (first, later)
}

#[test]
fn sparse_differences_are_as_described() {
    let (first, later) = differences(&published("sparse-differences", Some(1.0 / 3.0), "0 3 5"));
    let share =
        |values: &[f64], x: f64| values.iter().filter(|v| **v == x).count() as f64 / values.len() as f64;
    // 4000 first slopes and 8000 differences: standard errors of at most .0075.
    assert!((share(&first, 0.5) - 1.0 / 3.0).abs() < 0.03);
    assert_eq!(share(&first, 0.5) + share(&first, 0.0), 1.0);
    assert!((share(&later, 0.5) - 1.0 / 6.0).abs() < 0.02);
    assert!((share(&later, -0.5) - 1.0 / 6.0).abs() < 0.02);
    assert!((share(&later, 0.0) - 2.0 / 3.0).abs() < 0.03);
    assert!(share(&later, 0.0) + share(&later, 0.5) + share(&later, -0.5) == 1.0);
}

#[test]
fn dense_differences_are_as_described() {
    for values in <[_; 2]>::from(differences(&published("dense-differences", None, "0 3 5"))) {
        assert!(values.iter().all(|v| v.abs() <= 0.5 + 1e-12));
        assert!(values.iter().any(|v| *v > 0.49) && values.iter().any(|v| *v < -0.49));
        // 1/√12, and the error of a mean of 4000 such numbers is .0046.
        assert!(mean(&values).abs() < 0.02 && (sd(&values) - 12f64.sqrt().recip()).abs() < 0.01);
    }
}

#[test]
fn probabilities_of_known_cases() {
    let design = Design::from_columns(2, 1, vec![0.0, 1.0]);
    let ln = f64::ln;
    let got = class_probabilities(&[0.0, ln(3.0)], &[vec![ln(3.0)], vec![ln(3.0)]], &design).unwrap();
    // Cumulative probabilities: 1/2 and 3/4; 3/4 and 9/10.
    for (a, b) in got.iter().zip([0.5, 0.25, 0.25, 0.75, 0.15, 0.1]) {
        assert!((a - b).abs() < 1e-15, "{a} against {b}");
    }
    // They cross at x = 1.
    assert!(class_probabilities(&[0.0, 1.0], &[vec![1.0], vec![-0.5]], &design).is_none());
    // All digits are kept in both tails.
    let far = class_probabilities(&[-50.0, 50.0, 51.0], &vec![vec![0.0]; 3], &design).unwrap();
    let ends =
        [(far[0], (-50f64).exp()), (far[3], (-51f64).exp()), (far[2], (-50f64).exp() - (-51f64).exp())];
    assert!(ends.iter().all(|(a, b)| (a / b - 1.0).abs() < 1e-14), "{ends:?}");
}

#[test]
fn labels_follow_their_probabilities() {
    let row = [0.5, 0.3, 0.0, 0.2];
    let labels = draw_labels(&row.repeat(10_000), 4, &mut streams(0).stream("labels"));
    for (k, p) in row.iter().enumerate() {
        let share = labels.iter().filter(|&&y| y == k).count() as f64 / 1e4;
        // Four standard errors.
        assert!((share - p).abs() <= 0.04 * (p * (1.0 - p)).sqrt(), "{k}: {share}");
    }
}

#[test]
fn replicates_are_functions_of_their_identity() {
    let problem = published("sparse-differences", Some(0.5), "0 3 5");
    let draw = |replicate| problem.draw(&streams(replicate)).unwrap();
    let (instance, again) = (draw(3), draw(3));
    assert_eq!((&instance.train, &instance.truth), (&again.train, &again.truth));
    assert_ne!(instance.train.labels, draw(4).train.labels);
    let truth = instance.truth.unwrap();
    assert_eq!((instance.train.design.rows(), instance.train.design.columns()), (2500, 10));
    assert!(instance.train.design.as_slice().iter().all(|x| (-1.0..1.0).contains(x)));
    assert!(truth.iter().all(|p| *p >= 0.0));
    assert!(truth.chunks(4).all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-14));
    assert_eq!((truth.len(), instance.train.classes, instance.test.is_none()), (10_000, 4, true));
    // The random numbers must not change between versions.
    assert_eq!(instance.train.design.as_slice()[..2], [0.542_080_662_938_974_3, 0.175_319_571_113_720_32]);
    assert_eq!(instance.train.counts(), [1235, 1056, 167, 42]);
}

#[test]
fn crossing_is_drawn_again_and_counted() {
    let problem = published("sparse-differences", Some(0.5), "0 3 5");
    let redraws: Vec<usize> = (0..50).map(|r| problem.draw(&streams(r)).unwrap().redraws.crossing).collect();
    // About half of the draws cross.
    assert!(redraws.iter().sum::<usize>() > 10 && redraws.contains(&0), "{redraws:?}");
    let hopeless = simulation(
        "n = 500\np = 10\ndesign = \"dense-differences\"\nintercepts = \"0 0.1 0.2\"\nbound = 20.0",
    );
    let error = hopeless.draw(&streams(0)).unwrap_err();
    assert_eq!(error, DrawError::Crossing { tries: 100 });
    assert!(error.to_string().contains("set the intercepts further apart"));
}

#[test]
fn unseen_classes_are_drawn_again_and_counted() {
    let few = simulation("n = 40\np = 2\ndesign = \"sparse-differences\"\nq = 0.0\nintercepts = [0, 4]");
    let instance = few.draw(&streams(1)).unwrap();
    assert!(instance.redraws.unseen > 0 && instance.redraws.crossing == 0);
    assert!(!instance.train.counts().contains(&0));
    let hopeless =
        simulation("n = 40\np = 2\ndesign = \"sparse-differences\"\nq = 0.0\nintercepts = [0, 60]");
    assert_eq!(hopeless.draw(&streams(1)).unwrap_err(), DrawError::Unseen { tries: 1000 });
}

#[test]
fn intercepts_are_a_list_or_a_text() {
    let base = "n = 100\np = 2\ndesign = \"dense-differences\"\nintercepts = ";
    let read = |intercepts: &str| Simulation::read(format!("{base}{intercepts}").parse().unwrap());
    assert_eq!(read("[0, 3.5, 5]").unwrap().intercepts, [0.0, 3.5, 5.0]);
    assert_eq!(read("\" 0  3.5 5\"").unwrap().intercepts, [0.0, 3.5, 5.0]);
    for (bad, message) in [
        ("[]", "expected at least 1 number, one for each boundary"),
        ("\"\"", "expected at least 1 number, one for each boundary"),
        (
            "\"0 3,5\"",
            "expected numbers, a list such as [0, 3, 5] or a string such as \"0 3 5\", found `3,5`",
        ),
        ("\"0 inf\"", "expected finite numbers, found inf"),
        ("[0, nan]", "expected finite numbers, found NaN"),
        ("[0, true]", "expected numbers, a list such as [0, 3, 5] or a string such as \"0 3 5\", found true"),
        (
            "[0, 3, 3]",
            "expected strictly increasing numbers, found 3 before 3: the cumulative probabilities \
             would cross at x = 0",
        ),
    ] {
        let error = read(bad).unwrap_err();
        assert_eq!((error.key.as_str(), error.message.as_str()), ("intercepts", message), "{bad}");
    }
}

#[test]
fn unusable_settings_are_refused_by_name() {
    let good = [
        ("n", "100"),
        ("p", "2"),
        ("intercepts", "[0, 3]"),
        ("design", "\"sparse-differences\""),
        ("q", "0.5"),
    ];
    let with = |key: &str, value: &str| {
        let line = |k: &str, v: &str| format!("{k} = {v}\n");
        let rest = good.iter().filter(|g| g.0 != key).map(|g| line(g.0, g.1)).collect::<String>();
        let own = if value.is_empty() { String::new() } else { line(key, value) };
        Simulation::read((rest + &own).parse().unwrap())
    };
    assert!(with("bound", "0.25").is_ok());
    for (key, value, named) in [
        ("n", "2", "n"),
        ("n", "10_000_000_000", "n"),
        ("n", "", "n"),
        ("p", "0", "p"),
        ("q", "", "q"),
        ("q", "1.5", "q"),
        ("q", "nan", "q"),
        ("bound", "0.0", "bound"),
        ("bound", "inf", "bound"),
        ("design", "\"dense-differences\"", "q"),
        ("design", "\"sparse\"", "design"),
        ("classes", "3", "classes"),
    ] {
        let error = with(key, value).unwrap_err();
        let names_it = error.key == named || error.message.contains(&format!("`{named}`"));
        assert!(names_it, "{key} = {value}: {error}");
    }
}
