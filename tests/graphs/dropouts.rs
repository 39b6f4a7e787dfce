//! Fisher's z test, PC and GES compared with the authors' program, and with what is known of them.

use rand::Rng;
use rand::seq::SliceRandom;
use rand_distr::StandardNormal;
use remeasure_core::numerics::Design;
use remeasure_core::stream::Streams;
use remeasure_graphs::dag::{Dag, Pdag, close, cpdag, shd};
use remeasure_graphs::dropouts::estimators::AtLevel;
use remeasure_graphs::dropouts::ges::ges;
use remeasure_graphs::dropouts::pc::pc;
use remeasure_graphs::dropouts::{Deletion, Dropout, Expression, FisherZ, Sample};
use remeasure_graphs::generate::with_edges;
use serde_json::Value;

const EXPECTED: &str = include_str!("../data/graphs/pc_expected.json");
const DATA: [(&str, &str); 2] = [
    ("car", include_str!("../data/graphs/car_X.csv")),
    ("logistic", include_str!("../data/graphs/logistic_X.csv")),
];

fn streams(replicate: u32) -> Streams {
    Streams { seed: 20240315, cell: 0, replicate }
}

fn read(text: &str) -> Sample {
    let rows: Vec<Vec<f64>> =
        text.lines().map(|line| line.split(',').map(|v| v.parse().unwrap()).collect()).collect();
    let d = rows[0].len();
    let values = (0..d).flat_map(|j| rows.iter().map(move |row| row[j])).collect();
    Sample::new(Design::from_columns(rows.len(), d, values))
}

fn numbers(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect()
}

fn graph(value: &Value) -> Pdag {
    let rows: Vec<Vec<usize>> = value.as_array().unwrap().iter().map(numbers).collect();
    Pdag::from_matrix(rows.len(), &rows.concat().iter().map(|v| *v == 1).collect::<Vec<_>>())
}

/// Each data set with the results of each test.
fn cases() -> Vec<(String, Sample, Value, Deletion, Value)> {
    let expected: Value = serde_json::from_str(EXPECTED).unwrap();
    let mut all = Vec::new();
    for (name, text) in DATA {
        for (method, deletion) in [("fisherz", Deletion::None), ("zerodel_fisherz", Deletion::Conditioning)] {
            let set = expected[name].clone();
            let found = set["methods"][method].clone();
            all.push((format!("{name} {method}"), read(text), set, deletion, found));
        }
    }
    all
}

#[test]
fn tests_have_the_correlations_rows_and_p_values_of_the_reference() {
    let mut made = 0;
    for (name, sample, _, deletion, expected) in cases() {
        let mut test = FisherZ::new(&sample, deletion);
        for case in expected["tests"].as_array().unwrap() {
            let [x, y] = ["x", "y"].map(|key| case[key].as_u64().unwrap() as usize);
            let found = test.test(x, y, &numbers(&case["S"])).unwrap();
            assert!((found.rho - case["rho"].as_f64().unwrap()).abs() < 1e-9, "{name}: {found:?} {case}");
            assert!((found.p - case["p"].as_f64().unwrap()).abs() < 1e-9, "{name}: {found:?} {case}");
            assert_eq!(found.rows as u64, case["n"].as_u64().unwrap(), "{name}");
            made += 1;
        }
    }
    assert_eq!(made, 64);
}

#[test]
fn pc_and_ges_find_the_classes_of_the_reference() {
    for (name, sample, set, deletion, expected) in cases() {
        let truth = graph(&set["true_cpdag"]);
        let mut test = FisherZ::new(&sample, deletion);
        let mut level = AtLevel { test: &mut test, alpha: 0.05, results: Vec::new() };
        let found = pc(6, 1_000_000, &mut level).unwrap();
        assert_eq!(found.graph, graph(&expected["pc_cpdag"]), "{name}: PC");
        assert_eq!(shd(&truth, &found.graph) as u64, expected["pc_shd"].as_u64().unwrap(), "{name}: PC");
        let found = ges(6, 1.0, 1_000_000, &mut test).unwrap();
        assert_eq!(found.graph, graph(&expected["ges_cpdag"]), "{name}: GES");
        assert_eq!(shd(&truth, &found.graph) as u64, expected["ges_shd"].as_u64().unwrap(), "{name}: GES");
    }
}

#[test]
fn pc_that_knows_the_independences_finds_the_class() {
    for replicate in 0..60 {
        let mut stream = streams(replicate).stream("graph");
        let d = stream.gen_range(2..12);
        let edges = with_edges(d, stream.gen_range(0..3 * d), &mut stream);
        // The order of the numbers must not matter here.
        let mut names: Vec<usize> = (0..d).collect();
        names.shuffle(&mut stream);
        let edges: Vec<(usize, usize)> = edges.iter().map(|&(i, j)| (names[i], names[j])).collect();
        let dag = Dag::from_edges(d, &edges).unwrap();
        let found = pc(d, 10_000_000, &mut &dag).unwrap();
        assert_eq!(found.graph, cpdag(&dag), "{edges:?}");
        assert!(found.shortfall.is_none());
        let mut closed = found.graph.clone();
        close(&mut closed);
        assert_eq!(closed, found.graph);
    }
}

#[test]
fn p_values_are_uniform_under_independence() {
    let (fork, mut deviation) = (problem("kind = \"dropouts-fork\"\nn = 500"), Vec::new());
    for deletion in [Deletion::None, Deletion::Conditioning, Deletion::All] {
        let mut p: Vec<f64> = (0..400)
            .map(|replicate| {
                let views = fork.draw(&streams(replicate)).unwrap();
                let sample = views.sample(Dropout::None).unwrap();
                FisherZ::new(sample, deletion).test(1, 2, &[0]).unwrap().p
            })
            .collect();
        p.sort_by(f64::total_cmp);
        let distance =
            |(i, p): (usize, &f64)| (p - i as f64 / 400.0).abs().max((p - (i + 1) as f64 / 400.0).abs());
        deviation.push(p.iter().enumerate().map(distance).fold(0.0, f64::max));
    }
    // The 99 % point of the Kolmogorov–Smirnov distance is 1.63/√400; nothing is 0, so nothing is deleted.
    assert!(deviation.iter().all(|v| *v < 0.0815), "{deviation:?}");
    // And the test has power: it is not uniform between a parent and its child.
    let views = fork.draw(&streams(0)).unwrap();
    assert!(
        FisherZ::new(views.sample(Dropout::None).unwrap(), Deletion::None).test(0, 1, &[]).unwrap().p < 1e-3
    );
}

fn problem(text: &str) -> Expression {
    let mut table: toml::Table = toml::from_str(text).unwrap();
    let kind = table.remove("kind").unwrap();
    Expression::read(kind.as_str().unwrap(), &table).unwrap().unwrap()
}

/// `n` rows of two dependent columns, and of one that says nothing.
fn columns(n: usize, seed: u32) -> [Vec<f64>; 3] {
    let mut stream = streams(seed).stream("columns");
    let mut draw = || -> f64 { stream.sample(StandardNormal) };
    let x: Vec<f64> = (0..n).map(|_| draw()).collect();
    let y = x.iter().map(|v| 0.5 * v + draw()).collect();
    [x, y, (0..n).map(|_| draw()).collect()]
}

fn sample(columns: &[&[f64]]) -> Sample {
    Sample::new(Design::from_columns(columns[0].len(), columns.len(), columns.concat()))
}

#[test]
fn deletion_uses_the_rows_that_it_says() {
    let [x, y, mut s] = columns(200, 1);
    let mut y = y;
    s[..50].fill(0.0);
    y[40..60].fill(0.0);
    let all = sample(&[&x, &y, &s]);
    let rows = |deletion, given: &[usize]| FisherZ::new(&all, deletion).test(0, 1, given).unwrap().rows;
    assert_eq!(
        [rows(Deletion::None, &[2]), rows(Deletion::Conditioning, &[]), rows(Deletion::All, &[])],
        [200, 200, 180]
    );
    assert_eq!([rows(Deletion::Conditioning, &[2]), rows(Deletion::All, &[2])], [150, 140]);
    // On these rows it is the plain test.
    let rest = sample(&[&x[50..], &y[50..], &s[50..]]);
    let plain = FisherZ::new(&rest, Deletion::None).test(0, 1, &[2]).unwrap();
    let found = FisherZ::new(&all, Deletion::Conditioning).test(0, 1, &[2]).unwrap();
    assert!((plain.rho - found.rho).abs() < 1e-12 && (plain.p - found.p).abs() < 1e-12);
}

#[test]
fn nothing_to_test_is_no_rejection_and_counted() {
    let [x, y, s] = columns(40, 2);
    let mut few = s.clone();
    few[..36].fill(0.0);
    let constant = vec![2.5; 40];
    let data = sample(&[&x, &y, &s, &few, &constant]);
    let mut test = FisherZ::new(&data, Deletion::Conditioning);
    // 4 rows are left, and 1 + 3 are too few.
    let found = test.test(0, 1, &[3]).unwrap();
    assert_eq!((found.p, found.rho, found.rows, test.void()), (1.0, 0.0, 4, 1));
    let found = test.test(0, 4, &[]).unwrap();
    assert_eq!((found.p, found.rho, test.void()), (1.0, 0.0, 2));
    // To condition on a constant is to condition on nothing.
    let (with, without) = (test.test(0, 1, &[4]).unwrap(), test.test(0, 1, &[]).unwrap());
    assert!((with.rho - without.rho).abs() < 1e-14 && test.void() == 2);
}

#[test]
fn singular_correlations_give_a_finite_answer() {
    let [x, y, s] = columns(300, 3);
    let sum: Vec<f64> = x.iter().zip(&s).map(|(a, b)| a + b).collect();
    let data = sample(&[&x, &y, &s, &sum, &x]);
    let mut test = FisherZ::new(&data, Deletion::None);
    for (pair, given) in
        [((0, 4), &[][..]), ((0, 1), &[2, 3]), ((0, 1), &[4]), ((0, 2), &[3]), ((1, 2), &[0, 4])]
    {
        let found = test.test(pair.0, pair.1, given).unwrap();
        assert!(found.rho.abs() < 1.0 && (0.0..=1.0).contains(&found.p), "{pair:?} {given:?}: {found:?}");
    }
    assert!(test.test(0, 4, &[]).unwrap().p < 1e-12, "a copy depends on its original");
    let mut level = AtLevel { test: &mut test, alpha: 0.05, results: Vec::new() };
    assert!(pc(5, 1_000_000, &mut level).is_ok());
    assert!(ges(5, 1.0, 1_000_000, &mut test).is_ok());
}

#[test]
fn a_search_ends_at_the_cap_and_says_so() {
    let problem = problem("kind = \"dropouts\"\nd = 8\ndegree = 4\nn = 500");
    let views = problem.draw(&streams(0)).unwrap();
    let sample = views.sample(Dropout::Car).unwrap();
    let mut test = FisherZ::new(sample, Deletion::None);
    let search = |most, test: &mut FisherZ<'_>| {
        pc(8, most, &mut AtLevel { test, alpha: 0.05, results: Vec::new() }).unwrap()
    };
    let whole = search(1_000_000, &mut test);
    assert!(whole.shortfall.is_none() && whole.tests > 28 && whole.depth > 0, "{whole:?}");
    // Pairs alone: one test each, and nothing beyond.
    let short = search(28, &mut test);
    assert_eq!((short.tests, short.depth), (28, 0));
    assert!(short.shortfall.unwrap().contains("most_tests = 28"));
    assert_eq!(search(whole.tests, &mut test).graph, whole.graph);
    assert!(search(whole.tests - 1, &mut test).shortfall.is_some());
    let none = search(27, &mut test);
    assert_eq!((none.tests, none.graph.edges()), (0, 28));
    let greedy = ges(8, 1.0, 30, &mut test).unwrap();
    assert!(greedy.shortfall.is_some() && greedy.tests == 30);
}

#[test]
fn all_mechanisms_see_the_same_levels_and_drop_what_they_say() {
    for (values, shares) in [
        ("gaussian", [(0.4, 0.7), (0.2, 0.5), (0.1, 0.8)]),
        ("lognormal", [(0.3, 0.6), (0.2, 0.4), (0.2, 0.6)]),
        ("poisson", [(0.3, 0.95), (0.2, 0.95), (0.0, 0.95)]),
    ] {
        let text = format!("kind = \"dropouts\"\nd = 6\ndegree = 2\nn = 2000\nvalues = \"{values}\"");
        let views = problem(&text).draw(&streams(5)).unwrap();
        let levels = views.sample(Dropout::None).unwrap();
        for (dropout, (low, high)) in Dropout::ALL[1..].iter().zip(shares) {
            let seen = views.sample(*dropout).unwrap();
            for j in 0..6 {
                let pairs = || seen.column(j).iter().zip(levels.column(j));
                assert!(pairs().all(|(x, z)| *x == 0.0 || x == z), "{values} {dropout:?}");
                let share = pairs().filter(|(x, _)| **x == 0.0).count() as f64 / 2000.0;
                assert!((low - 0.04..=high + 0.04).contains(&share), "{values} {dropout:?}: {share}");
                if *dropout == Dropout::Truncated {
                    let kept =
                        pairs().filter(|(x, _)| **x != 0.0).map(|p| *p.1).fold(f64::INFINITY, f64::min);
                    let lost =
                        pairs().filter(|(x, _)| **x == 0.0).map(|p| *p.1).fold(f64::NEG_INFINITY, f64::max);
                    assert!(lost < kept, "{values}: {lost} {kept}");
                }
            }
        }
        assert_eq!(views.truth.unwrap().edges().count(), 6);
    }
}
