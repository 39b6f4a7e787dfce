//! Steps of the library ProSper.

use serde_json::Value;

use super::*;
use remeasure_coding::em::Schedule;

fn list(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// Runs the steps of a file one after the other and compares each.
fn compare(text: &str, learner: impl Fn(Arc<Design>, usize, Truncation) -> Box<dyn Learner>) {
    let file: Value = serde_json::from_str(text).expect("JSON");
    let size = |key: &str| file[key].as_u64().expect("a size") as usize;
    let (n, units, pixels) = (size("N"), size("H"), size("D"));
    let y: Vec<f64> = file["y"].as_array().expect("data").iter().flat_map(list).collect();
    let y = Arc::new(Design::from_columns(pixels, n, y));
    let w: Vec<Vec<f64>> = file["init"]["W"].as_array().expect("atoms").iter().map(list).collect();
    let w = (0..units).flat_map(|h| w.iter().map(move |row| row[h])).collect();
    let mut parameters = Parameters {
        dictionary: Design::from_columns(pixels, units, w),
        prior: number(&file["init"]["pi"]),
        sigma: number(&file["init"]["sigma"]),
        shares: vec![1.0],
        means: Vec::new(),
    };
    let steps = size("steps_total");
    let schedule = Schedule {
        iterations: steps,
        temperature: number(&file["T"][0][1]),
        cooled: 0.8,
        cut: Some(2.0 / 3.0),
    };
    let mut learner = learner(y, units, Truncation { candidates: size("Hprime"), causes: size("gamma") });
    let trace = file["trace"].as_array().expect("steps");
    assert_eq!(trace.len(), 7);
    let mut least_kept = n;
    for step in trace {
        let position = step["position"].as_u64().expect("a position") as usize;
        let anneal = Anneal { temperature: number(&step["T"]), cut: number(&step["Ncut"]) };
        let ours = schedule.at(position);
        assert!((ours.temperature - anneal.temperature).abs() < 1e-14, "{position}");
        assert!((ours.cut - anneal.cut).abs() < 1e-14, "{position}");
        least_kept = least_kept.min(learner.step(&mut parameters, anneal).expect("a step").kept);
        let values = parameters.dictionary.as_slice();
        let pairs = [
            ("pi", parameters.prior),
            ("sigma", parameters.sigma),
            ("W_sum", values.iter().sum()),
            ("W_sq", values.iter().map(|w| w * w).sum()),
        ];
        for (key, ours) in pairs {
            let theirs = number(&step[key]);
            assert!((ours / theirs - 1.0).abs() < 1e-10, "{key} at {position}: {ours} {theirs}");
        }
        for (ours, theirs) in parameters.dictionary.column(0).iter().zip(list(&step["W_col0"])) {
            // The file has eight decimals of them.
            assert!((ours - theirs).abs() < 5.1e-9, "{position}: {ours} {theirs}");
        }
    }
    assert!(least_kept <= n);
}

#[test]
fn seven_steps_of_binary_sparse_coding_are_those_of_the_library() {
    compare(include_str!("../data/coding/bsc.json"), |y, units, truncation| {
        Box::new(Linear::new(y, units, Kind::Binary, truncation, Ranking::AsPublished))
    });
}

#[test]
fn seven_steps_of_maximal_causes_are_those_of_the_library() {
    compare(include_str!("../data/coding/mca.json"), |y, units, truncation| {
        let choices = (Singletons::AsPublished, Ranking::AsPublished);
        Box::new(Maximal::new(y, units, false, truncation, choices))
    });
}

#[test]
#[should_panic(expected = "at 0")]
fn the_corrected_weight_of_singletons_is_another_step() {
    compare(include_str!("../data/coding/mca.json"), |y, units, truncation| {
        let choices = (Singletons::Corrected, Ranking::AsPublished);
        Box::new(Maximal::new(y, units, false, truncation, choices))
    });
}
