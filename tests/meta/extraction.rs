//! Scores compared with those of the authors' code, and with counts by hand.

use remeasure_meta::extraction::{
    Corpus, Outcome, SOURCES, Scoring, Source, clustered, compare, effects, fields, score,
};
use serde_json::Value;

use crate::{trial, value};

fn expected() -> Value {
    serde_json::from_str(include_str!("../data/meta/expected_metrics.json")).unwrap()
}

fn whole(corpus: &Corpus) -> Vec<usize> {
    (0..corpus.trials.len()).collect()
}

fn near(found: f64, expected: &Value, what: &str) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{what}: {found} {expected}");
}

#[test]
fn scores_are_those_of_the_authors_code() {
    let all = expected();
    for (outcome, name) in [(Outcome::Binary, "binary"), (Outcome::Continuous, "continuous")] {
        let corpus = Corpus::shared(outcome, Scoring::Published).unwrap();
        let drawn = whole(&corpus);
        for source in SOURCES.into_iter().filter(|s| *s != Source::AlwaysUnknown) {
            let (of, what) = (&all[name][source.name()], format!("{name} {source}"));
            let scores = score(&corpus, corpus.answers(source), &drawn);
            near(scores.rows as f64, &of["rows"], &what);
            near(scores.exact, &of["exact_match"], &what);
            near(scores.exact_complete.unwrap(), &of["exact_match_complete_reference"], &what);
            near(scores.unknown as f64, &of["model_unknown"], &what);
            near(scores.computed as f64, &of["computable_both"], &what);
            near(scores.computable.unwrap(), &of["computable_fraction"], &what);
            let partial = of["partial"].as_array().unwrap();
            assert_eq!(partial.len(), scores.partial.len());
            scores.partial.iter().zip(partial).for_each(|(found, expected)| near(*found, expected, &what));
            let Some(errors) = scores.errors else {
                assert!(of["mae"].is_null(), "{what}");
                continue;
            };
            near(errors.mean, &of["mae"], &what);
            near(errors.se_signed, &of["se_as_published"], &what);
            near(errors.se.unwrap(), &of["se_corrected"], &what);
            near(errors.median, &of["median_abs_error"], &what);
            assert!(errors.largest >= errors.mean);
        }
        let unknown = score(&corpus, corpus.answers(Source::AlwaysUnknown), &drawn);
        near(unknown.exact, &all[name]["gpt4"]["always_unknown_exact_match"], name);
        assert!(unknown.errors.is_none() && unknown.exact_complete == Some(0.0));
    }
}

#[test]
fn scores_with_signs_are_those_of_an_independent_program() {
    let all: Value = serde_json::from_str(include_str!("../data/meta/expected_signed.json")).unwrap();
    let corpus = Corpus::shared(Outcome::Continuous, Scoring::Corrected).unwrap();
    for source in [Source::Gpt4, Source::Gpt35, Source::Mistral] {
        let (of, what) = (&all[source.name()], source.name());
        let scores = score(&corpus, corpus.answers(source), &whole(&corpus));
        near(scores.exact, &of["exact_match"], what);
        near(scores.exact_complete.unwrap(), &of["exact_match_complete_reference"], what);
        near(scores.computed as f64, &of["computable_both"], what);
        near(scores.errors.unwrap().mean, &of["mae"], what);
    }
}

#[test]
fn the_reference_has_the_published_effects() {
    let texts = [
        (Outcome::Binary, include_str!("../../src/meta/data/binary_reference.csv")),
        (Outcome::Continuous, include_str!("../../src/meta/data/continuous_reference.csv")),
    ];
    for (outcome, text) in texts {
        let corpus = Corpus::shared(outcome, Scoring::Published).unwrap();
        let textbook = Corpus::shared(outcome, Scoring::Corrected).unwrap();
        let mut differences = Vec::new();
        for (i, record) in csv::Reader::from_reader(text.as_bytes()).records().enumerate() {
            let record = record.unwrap();
            let cell = &record[record.len() - 1];
            match corpus.rows[i].effect {
                Some(effect) => {
                    assert!((effect - cell.parse::<f64>().unwrap()).abs() <= 1e-14, "{record:?}");
                    differences.push((effect - textbook.rows[i].effect.unwrap()).abs());
                }
                None => assert!(cell.is_empty(), "{record:?}"),
            }
        }
        let most = differences.iter().fold(0.0_f64, |m, d| m.max(*d));
        let mean = differences.iter().sum::<f64>() / differences.len() as f64;
        match outcome {
            // The library's correction of zeros, against the textbook's.
            Outcome::Binary => {
                assert!((mean - 0.036).abs() < 6e-4 && (most - 0.588).abs() < 6e-4, "{mean} {most}")
            }
            Outcome::Continuous => assert!(most == 0.0),
        }
    }
    let binary = Corpus::shared(Outcome::Binary, Scoring::Published).unwrap();
    let continuous = Corpus::shared(Outcome::Continuous, Scoring::Published).unwrap();
    assert_eq!([binary.rows.len(), binary.trials.len()], [171, 50]);
    assert_eq!([continuous.rows.len(), continuous.trials.len()], [485, 97]);
    let negative = |r: &&remeasure_meta::extraction::Row| r.fields.iter().any(|f| f.starts_with('-'));
    assert_eq!(continuous.rows.iter().filter(negative).count(), 42);
    assert_eq!(continuous.rows.iter().filter(|r| !r.is_complete()).count(), 243);
}

#[test]
fn the_textbook_differs_from_the_published_effects_for_binary_outcomes_alone() {
    let of = |outcome: &str, metric: &str| {
        let problem = format!("kind = \"extraction\"\noutcome = \"{outcome}\"");
        value(&trial(&problem, "textbook", "", 0), metric).unwrap()
    };
    assert!(
        (of("binary", "mae") - 0.036).abs() < 6e-4 && (of("binary", "largest_error") - 0.588).abs() < 6e-4
    );
    assert_eq!([of("binary", "exact_match"), of("binary", "computable")], [1.0; 2]);
    assert_eq!([of("continuous", "mae"), of("continuous", "largest_error")], [0.0; 2]);
}

#[test]
fn comparisons_are_clustered_by_trial() {
    for (outcome, first, second, advantage, se) in [
        (Outcome::Binary, Source::Gpt4, Source::Gpt35, 0.357, 0.073),
        (Outcome::Continuous, Source::Gpt4, Source::Gpt35, 0.206, 0.048),
        (Outcome::Binary, Source::Gpt35, Source::Mistral, 0.135, 0.040),
        (Outcome::Continuous, Source::Gpt35, Source::Mistral, 0.186, 0.035),
        (Outcome::Binary, Source::Mistral, Source::Gemma, 0.029, 0.047),
        (Outcome::Continuous, Source::Mistral, Source::Gemma, 0.008, 0.028),
    ] {
        let corpus = Corpus::shared(outcome, Scoring::Published).unwrap();
        let comparison =
            compare(&corpus, corpus.answers(first), corpus.answers(second), &whole(&corpus)).unwrap();
        let exact = comparison.exact;
        assert!((exact.mean - advantage).abs() < 6e-4, "{first} {second}: {exact:?}");
        // The expected errors are those of 2000 bootstraps.
        assert!((exact.se.unwrap() / se - 1.0).abs() < 0.08, "{first} {second}: {exact:?}");
    }
    for (outcome, change, se, rows, raw) in
        [(Outcome::Binary, -0.324, 0.125, 78, -0.340), (Outcome::Continuous, -0.118, 0.044, 117, -0.661)]
    {
        let corpus = Corpus::shared(outcome, Scoring::Published).unwrap();
        let answers = |s| corpus.answers(s);
        let comparison =
            compare(&corpus, answers(Source::Gpt4), answers(Source::Gpt35), &whole(&corpus)).unwrap();
        let error = comparison.error.unwrap();
        assert!((error.mean - change).abs() < 6e-4 && error.rows == rows, "{error:?}");
        assert!((error.se.unwrap() / se - 1.0).abs() < 0.15, "{error:?}");
        assert!((comparison.error_raw.unwrap() - raw).abs() < 6e-4, "{comparison:?}");
    }
    // Alone in its trial, each row is a cluster: the usual standard error.
    let rows: Vec<Vec<f64>> = [1.0, 0.0, 0.0, 1.0, 1.0].map(|v| vec![v]).to_vec();
    let usual = (5.0 / 4.0 * 5.0 * 0.24_f64).sqrt() / 5.0;
    assert!((clustered(&rows).unwrap().se.unwrap() - usual).abs() < 1e-15);
    // Copies of one trial add rows and no information about their spread.
    assert_eq!(clustered(&[vec![1.0; 4], vec![1.0; 3]]).unwrap().se, Some(0.0));
    assert!(clustered(&[vec![1.0, 0.0]]).unwrap().se.is_none());
    assert!(clustered(&[Vec::new()]).is_none());
}

#[test]
fn fields_are_read_as_the_scoring_says() {
    let published = |a, b| fields::agree(a, b, Scoring::Published);
    let corrected = |a, b| fields::agree(a, b, Scoring::Corrected);
    assert!(published("x", "x") && published("2.50", "2.5") && !published("x", "2"));
    assert!(!published("1525", "1,525") && corrected("1525", "1,525"));
    assert!(!published("nan", "inf") && !corrected("10.2±1.3", "10.2"));
    assert!(fields::is_unknown("unknown") && !fields::is_unknown("X."));
    let binary = |row: [&str; 4], scoring| effects::effect(&row, Outcome::Binary, scoring);
    assert_eq!(binary(["3", "2", "1", "5"], Scoring::Corrected), None);
    assert_eq!(binary(["x", "2", "1", "5"], Scoring::Published), None);
    assert_eq!(binary(["1.2", "2", "1", "5"], Scoring::Corrected), None);
    assert!(binary(["1.2", "2", "1", "5"], Scoring::Published).is_some());
    let known = binary(["15", "100", "10", "100"], Scoring::Corrected).unwrap();
    assert!((known - (15.0_f64 * 90.0 / (85.0 * 10.0)).ln()).abs() < 1e-14);
    let flat = ["0", "0", "10", "0", "0", "10"];
    assert_eq!(effects::effect(&flat, Outcome::Continuous, Scoring::Corrected), None);
    let smd = effects::effect(&["1", "2", "10", "0", "2", "10"], Outcome::Continuous, Scoring::Corrected);
    assert!((smd.unwrap() - 0.5 * (1.0 - 3.0 / 71.0)).abs() < 1e-15);
}
