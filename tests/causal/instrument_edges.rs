//! Invalid problems with an instrument, and data that identify nothing: one message, or numbers with a reason.

use std::io::Write;

use remeasure_causal::instrument::Observed;
use remeasure_core::family::AnyFamily;
use remeasure_core::numerics::Design;

use crate::instrument::{average, draw, estimate};
use crate::{method, problem, streams};

/// The message about a file with these contents and keys.
fn refusal(contents: &str, keys: &str) -> String {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(contents.as_bytes()).expect("written");
    let path = file.path().display();
    let text = format!("kind = \"csv\"\ndata = \"{path}\"\n{keys}");
    problem(&text).err().map_or_else(String::new, |e| e.to_string())
}

const KEYS: &str = "outcome = \"y\"\ntreatment = \"a\"\ninstrument = \"z\"\ncovariates = [\"x\"]";

/// 40 rows, with one cell replaced.
fn table(row: usize, column: usize, cell: &str) -> String {
    let mut out = String::from("y,a,z,x\n");
    for i in 0..40 {
        let (a, z) = ((i / 2) % 2, i % 2);
        let mut cells = [format!("{}", (i * 7) % 13), a.to_string(), z.to_string(), format!("{}.5", i % 5)];
        if i == row {
            cells[column] = cell.to_owned();
        }
        out.push_str(&(cells.join(",") + "\n"));
    }
    out
}

#[test]
fn a_file_that_cannot_be_used_gets_one_message() {
    assert_eq!(refusal(&table(99, 0, ""), KEYS), "");
    for (contents, keys, expected) in [
        (table(3, 0, ""), KEYS, "column `y`: expected a finite number, found ``"),
        (table(3, 3, "NaN"), KEYS, "column `x`: expected a finite number, found `NaN`"),
        (table(3, 1, "2"), KEYS, "column `a`: expected 0 or 1, as the treatment must be, found `2`"),
        (table(3, 2, "0.5"), KEYS, "column `z`: expected 0 or 1, as the instrument must be, found `0.5`"),
        (table(3, 2, "yes"), KEYS, "column `z`: expected a finite number, found `yes`"),
        (table(99, 0, ""), &KEYS.replace("\"x\"", "\"w\""), "covariates[0]: "),
        (
            table(99, 0, ""),
            &KEYS.replace("\"x\"", "\"z\""),
            "covariates[0]: it is the same column as `instrument`",
        ),
        (table(99, 0, ""), &KEYS.replace("\"a\"", "\"y\""), "treatment: it is the same column as `outcome`"),
        (
            table(99, 0, "").lines().take(10).collect::<Vec<_>>().join("\n"),
            KEYS,
            "expected at least 20 rows, found 9",
        ),
    ] {
        let message = refusal(&contents, keys);
        assert!(message.contains(expected), "{message} / {expected}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    let lines = |change: fn(usize) -> String| {
        let rows: Vec<String> = (0..40).map(change).collect();
        format!("y,a,z,x\n{}\n", rows.join("\n"))
    };
    for (contents, expected) in [
        (
            lines(|i| format!("{i},{},1,0", i % 2)),
            "instrument: the instrument does not vary: 40 of 40 rows are 1",
        ),
        (
            lines(|i| format!("{i},0,{},0", i % 2)),
            "treatment: the treatment does not vary: 0 of 40 rows are 1",
        ),
        (lines(|i| format!("7,{},{},0", i % 2, i % 2)), "the outcome is constant"),
    ] {
        let message = refusal(&contents, KEYS);
        assert!(message.contains(expected), "{message} / {expected}");
    }
}

#[test]
fn impossible_keys_are_refused() {
    for (text, expected) in [
        ("kind = \"invalid-instrument\"\nn = 10", "n: expected between 50 and 1000000 rows, found 10"),
        ("kind = \"invalid-instrument\"\nn = 100\nslope = 0.5", "slope: expected a number from 0 to 0.35"),
        ("kind = \"invalid-instrument\"\nn = 100\ndirect = nan", "direct: expected a number from −10 to 10"),
        ("kind = \"many-instruments\"\nn = 100\nexposure = \"half\"", "exposure: unknown variant `half`"),
        ("kind = \"pension\"\nrows = 3", "rows: unknown field `rows`"),
    ] {
        let message = problem(text).expect_err("an error").to_string();
        assert!(message.starts_with(expected), "{text}: {message}");
    }
    for (text, expected) in [
        ("kind = \"cross-fitted\"", "learner: give a learner, or one each"),
        ("kind = \"cross-fitted\"\nlearner = \"forest\"", "learner: unknown variant `forest`"),
        ("kind = \"selected-learners\"\nlearners = [\"tree\"]", "learners: expected at least two different"),
        ("kind = \"selected-learners\"\nlearners = [\"tree\", \"tree\"]", "learners: expected at least two"),
        ("kind = \"multiply-robust\"\nwrong = [\"effect\", \"effect\"]", "wrong: \"effect\" is named twice"),
        ("kind = \"multiply-robust\"\nwrong = [\"all\"]", "wrong[0]: unknown variant `all`"),
        ("kind = \"least-squares\"\ncontrast = \"instrument\"", "contrast: the difference is between values"),
    ] {
        let message = method(text).err().expect("an error").to_string();
        assert!(message.starts_with(expected), "{text}: {message}");
    }
    let many = problem("kind = \"many-instruments\"\nn = 100\nexposure = \"continuous\"").expect("a problem");
    let pension = problem("kind = \"pension\"").expect("a problem");
    let other = problem("kind = \"one-map\"\nn = 1000\ntrials = 5\nlabels = 50").expect("a problem");
    for (text, problem, expected) in [
        ("kind = \"multiply-robust\"", &many, "kind: it needs one instrument of 0 or 1"),
        ("kind = \"genius\"\nexposure = \"logit\"", &many, "exposure: the treatment is a number"),
        ("kind = \"oracle-nuisances\"", &many, "kind: the nuisances are known in problems"),
        (
            "kind = \"least-squares\"\namong = \"encouraged\"",
            &many,
            "among: it needs one instrument; there are 10",
        ),
        ("kind = \"known-confounder\"", &pension, "kind: the confounder is known in drawn problems only"),
        (
            "kind = \"genius\"",
            &other,
            "kind: this estimator is for problems of kind = \"invalid-instrument\"",
        ),
        ("kind = \"erm\"", &pension, "kind: this estimator is for problems of kind = \"augmentation\", not"),
    ] {
        let message = method(text).expect("a method").admit(problem).expect_err("refused").to_string();
        assert!(message.starts_with(expected), "{text}: {message}");
    }
}

const ROBUST: &str = "kind = \"multiply-robust\"";

/// `n` rows of `(x, z, a, y)`.
fn observed(rows: &[(f64, f64, f64, f64)]) -> Observed {
    let n = rows.len();
    let of = |f: fn(&(f64, f64, f64, f64)) -> f64| rows.iter().map(f).collect::<Vec<f64>>();
    let (x, z) = (Design::from_columns(n, 1, of(|r| r.0)), Design::from_columns(n, 1, of(|r| r.1)));
    Observed::new(x, z, of(|r| r.2), of(|r| r.3))
}

#[test]
fn equal_variances_identify_nothing() {
    // P(A = 1) is .2 with Z = 0 and .8 with Z = 1, exactly, at both values of X.
    let row = |i: usize| {
        let (x, z, k) = ((i % 2) as f64, (i / 2) % 2, i / 4);
        let a = if z == 0 { k.is_multiple_of(5) } else { k % 5 != 0 };
        (x, z as f64, f64::from(u8::from(a)), ((i * 29) % 17) as f64)
    };
    let data = observed(&(0..400).map(row).collect::<Vec<_>>());
    for text in [ROBUST, "kind = \"plug-in\"", "kind = \"genius\"", "kind = \"genius\"\ncovariates = false"] {
        let error = average(text).estimate(&data, &streams(0)).err().map(|e| e.to_string());
        assert!(
            error.as_ref().is_some_and(|e| e.contains("the effect is not identified")),
            "{text}: {error:?}"
        );
    }
    estimate("kind = \"two-stage\"", &data);
}

#[test]
fn an_instrument_or_a_treatment_without_variation_is_named() {
    let rows = |z: fn(usize) -> f64, a: fn(usize) -> f64| {
        observed(&(0..200).map(|i| ((i % 7) as f64, z(i), a(i), ((i * 31) % 19) as f64)).collect::<Vec<_>>())
    };
    let (vary, one) = (|i: usize| (i % 2) as f64, |_: usize| 1.0);
    let third = |i: usize| f64::from(u8::from(i.is_multiple_of(3)));
    let no_instrument = rows(one, vary);
    for text in
        [ROBUST, "kind = \"genius\"", "kind = \"cross-fitted\"\nlearner = \"tree\"", "kind = \"two-stage\""]
    {
        let error = average(text).estimate(&no_instrument, &streams(0)).expect_err("an error").to_string();
        assert!(error.contains("the instrument does not"), "{text}: {error}");
    }
    let no_treatment = rows(third, one);
    for text in [
        ROBUST,
        "kind = \"genius\"",
        "kind = \"least-squares\"",
        "kind = \"cross-fitted\"\nlearner = \"lasso\"",
    ] {
        let error = average(text).estimate(&no_treatment, &streams(0)).expect_err("an error").to_string();
        assert!(error.contains("the treatment"), "{text}: {error}");
    }
}

#[test]
fn propensities_at_their_bounds_are_clipped_and_counted() {
    // X separates the instrument but for a few rows of its middle.
    let row = |i: usize| {
        let x = i as f64 / 100.0 - 2.0;
        let z = f64::from(u8::from(x > 0.3 || (x > -0.3 && i.is_multiple_of(2))));
        let a = f64::from(u8::from(if z > 0.0 { i.is_multiple_of(2) } else { i.is_multiple_of(9) }));
        (x, z, a, ((i * 37) % 23) as f64 + a)
    };
    let data = observed(&(0..400).map(row).collect::<Vec<_>>());
    let found = estimate(ROBUST, &data);
    let clipped = found.clipped.expect("counts");
    assert!(clipped.propensities > 50 && found.value.is_finite(), "{clipped:?} {}", found.value);
    // And entirely: no maximum of the likelihood.
    let separated = |i: usize| {
        let (x, _, a, y) = row(i);
        (x, f64::from(u8::from(x > 0.0)), a, y)
    };
    let data = observed(&(0..400).map(separated).collect::<Vec<_>>());
    let found = estimate(ROBUST, &data);
    assert!(found.value.is_finite() && found.se.is_some_and(f64::is_finite));
    assert!(found.shortfall.is_some_and(|s| s.contains("covariates separate it")));
}

#[test]
fn a_difference_near_zero_is_clipped_and_counted() {
    // V₁ − V₀ changes its sign along X.
    let row = |i: usize| {
        let (x, z, k) = ((i % 40) as f64 / 20.0 - 1.0, ((i / 40) % 2) as f64, (i / 80) as f64);
        let p = if z > 0.0 { 0.3 + 0.2 * x } else { 0.25 };
        let a = f64::from(u8::from((k * 0.618_033_988_75).fract() < p));
        (x, z, a, ((i * 37) % 23) as f64 + a)
    };
    let found = estimate(ROBUST, &observed(&(0..8000).map(row).collect::<Vec<_>>()));
    let clipped = found.clipped.expect("counts");
    assert!(clipped.differences > 0 && found.value.is_finite(), "{clipped:?}");
}

#[test]
fn small_bootstrap_samples_end_in_numbers_or_reasons() {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    let rows: String =
        (0..20).map(|i| format!("{},{},{},{}\n", (i * 7) % 13, u8::from(i < 2), i % 2, i % 3)).collect();
    file.write_all(format!("y,a,z,x\n{rows}").as_bytes()).expect("written");
    let text = format!("kind = \"csv\"\ndata = \"{}\"\n{KEYS}\nresample = true", file.path().display());
    let kinds = [
        ROBUST,
        "kind = \"genius\"\nexposure = \"logit\"",
        "kind = \"two-stage\"",
        "kind = \"least-squares\"",
    ];
    let mut failures = 0;
    for replicate in 0..100 {
        let data = draw(&text, replicate);
        for kind in kinds {
            match average(kind).estimate(&data, &streams(replicate)) {
                Ok(found) => assert!(found.shortfall.is_some() || !found.value.is_nan(), "{kind}: {found:?}"),
                Err(error) => {
                    failures += 1;
                    assert!(!error.to_string().is_empty());
                }
            }
        }
    }
    assert!(failures > 0, "a sample without a treated row must fail");
}

#[test]
fn the_family_records_no_number_that_is_not_finite() {
    use remeasure_core::family::{Attempt, TrialEvent};
    let estimators = ["two-stage", "genius", "multiply-robust", "plug-in"];
    let table: toml::Table = "kind = \"invalid-instrument\"\nn = 60".parse().expect("TOML");
    let listed = estimators
        .iter()
        .map(|kind| (*kind, format!("kind = \"{kind}\"").parse::<toml::Table>().expect("TOML")));
    let listed = listed.map(|(kind, mut table)| {
        table.remove("kind");
        (kind, table)
    });
    let runner =
        remeasure_causal::CAUSAL.prepare(table, listed.collect(), &[]).unwrap_or_else(|(_, e)| panic!("{e}"));
    let attempts: Vec<Attempt> =
        (0..estimators.len()).map(|estimator| Attempt { estimator, limit: None }).collect();
    let mut fits = 0;
    for replicate in 0..200 {
        runner.trial(&streams(replicate), &attempts, &mut |event| {
            if let TrialEvent::Finished(_, row) = event {
                fits += usize::from(row.outcome.has_fit());
                assert!(row.measured.iter().all(|m| m.value.is_finite()), "{:?}", row.measured);
            }
        });
    }
    assert!(fits > 700, "{fits}");
}
