use std::collections::BTreeSet;

use super::*;

fn digits(target: &str, digit: usize) -> Digits {
    let text = format!(
        "target = \"{target}\"\ndigit = {digit}\nk = 10\ntarget_samples = 60\ntest_samples = 100\nbudget = 20000"
    );
    Digits::read(text.parse().unwrap()).unwrap()
}

fn streams(replicate: u32) -> Streams {
    Streams { seed: 1, cell: 2, replicate }
}

#[test]
fn all_images_are_there() {
    let images = Images::bundled().unwrap();
    let mut counts = [0; CLASSES];
    images.iter().for_each(|(_, digit)| counts[digit] += 1);
    // The counts stated by the repository for the test set.
    assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    assert!(images.iter().all(|(image, _)| image.iter().all(|x| (0.0..=1.0).contains(x))));
    // First image, second row.
    let second: Vec<f64> = images.image(0)[8..16].iter().map(|x| 16.0 * x).collect();
    assert_eq!(second, [0.0, 0.0, 13.0, 15.0, 10.0, 15.0, 5.0, 0.0]);
}

/// Identity leaves images recognisable, so that the target's can be searched for among the sources'.
#[test]
fn no_image_serves_two_purposes() {
    let problem = digits("identity", 3);
    let instance = problem.draw(&streams(0));
    let (test, labels) = instance.held_out.as_ref().unwrap();
    assert_eq!((test.rows(), test.columns()), (100, DIMENSION));
    assert_eq!(labels.iter().sum::<f64>(), 0.0);
    assert_eq!(instance.target.count(), 60);
    // Balanced: the product of the intercept with the labels is 0, and with itself their number.
    assert_eq!(instance.target.cross()[PIXELS], 0.0);
    assert_eq!(instance.target.gram().column(PIXELS)[PIXELS], 60.0);
    let key = |pixels: Vec<f64>| pixels.iter().map(|x| (16.0 * x) as u8).collect::<Vec<u8>>();
    let tested: BTreeSet<Vec<u8>> =
        (0..100).map(|i| key((0..PIXELS).map(|j| test.column(j)[i]).collect())).collect();
    assert_eq!(tested.len(), 100);
    // All images of the pool, in the sets of a replicate.
    let text = format!("{:?}", instance.sources);
    let pools: Vec<usize> = text[text.find("of_digit").unwrap()..]
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|n| n.parse().ok())
        .collect();
    assert_eq!(pools.len(), 1797 - 160);
    let pool: BTreeSet<Vec<u8>> = pools.iter().map(|&i| key(problem.images.image(i).to_vec())).collect();
    assert_eq!(pool.len(), 1797 - 160, "images differ from each other");
    assert!(pool.is_disjoint(&tested));
}

#[test]
fn sources_are_balanced_repeatable_and_leave_out_the_targets_corruption() {
    let problem = digits("fog", 7);
    let instance = problem.draw(&streams(1));
    let sources = &instance.sources;
    assert_eq!((sources.tasks(), sources.dimension()), (130, DIMENSION));
    assert!(!format!("{sources:?}").contains("Fog"));
    for task in [0, 57, 129] {
        let sample = |count: u64, role: &str| {
            let mut statistics = Statistics::empty(DIMENSION);
            sources.sample(task, count, &mut streams(1).stream(role), &mut statistics);
            statistics
        };
        let many = sample(10_000, "a");
        assert_eq!(many.count(), 10_000);
        assert_eq!(many, sample(10_000, "a"));
        assert_ne!(many, sample(10_000, "b"));
        // Half and half: the sum of labels ±1 has standard deviation 100.
        assert!(many.cross()[PIXELS].abs() < 400.0, "{}", many.cross()[PIXELS]);
        assert_eq!(many.gram().column(PIXELS)[PIXELS], 10_000.0);
    }
}

#[test]
fn draws_follow_the_digit() {
    let problem = digits("fog", 7);
    let mut of_digit = vec![Vec::new(); CLASSES];
    problem.images.iter().enumerate().for_each(|(i, (_, digit))| of_digit[digit].push(i));
    let mut stream = streams(2).stream("draws");
    let mut seen = [0.0; CLASSES];
    for _ in 0..20_000 {
        let (image, label) = draw_one(&of_digit, 4, &mut stream);
        let digit = problem.images.digits()[image];
        assert_eq!(label == 1.0, digit == 4);
        seen[digit] += 1.0;
    }
    for (digit, count) in seen.into_iter().enumerate() {
        let others = 1797.0 - of_digit[4].len() as f64;
        let share = if digit == 4 { 0.5 } else { 0.5 * of_digit[digit].len() as f64 / others };
        let expected = 20_000.0 * share;
        assert!((count - expected).abs() < 5.0 * expected.sqrt(), "digit {digit}: {count} for {expected}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let base =
        "target = \"fog\"\ndigit = 1\nk = 10\ntarget_samples = 60\ntest_samples = 100\nbudget = 20000\n";
    let key = |from: &str, to: &str| {
        assert!(base.contains(from));
        Digits::read(base.replace(from, to).parse().unwrap()).unwrap_err().key
    };
    assert_eq!(key("\"fog\"", "\"glass-blur\""), "target");
    assert_eq!(key("digit = 1", "digit = 10"), "digit");
    assert_eq!(key("k = 10", "k = 66"), "k");
    assert_eq!(key("target_samples = 60", "target_samples = 8"), "target_samples");
    assert_eq!(key("target_samples = 60", "target_samples = 61"), "target_samples");
    assert_eq!(key("test_samples = 100", "test_samples = 300"), "test_samples");
    assert_eq!(key("budget = 20000", "budget = 20000\nfloor = 200"), "budget");
    assert_eq!(key("budget = 20000", "budget = 0"), "budget");
    assert_eq!(key("budget = 20000", "budget = 20000\nsigma = -1.0"), "sigma");
}
