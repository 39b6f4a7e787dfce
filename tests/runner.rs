//! The runner on a family whose estimators misbehave.

use rand::Rng;
use remeasure::harness::config::{Document, Overrides};
use remeasure::harness::family::{Family, Kind, Metric, Recorder};
use remeasure::harness::plan::Plan;
use remeasure::harness::records::{Outcome, Store};
use remeasure::harness::run::{RunEnd, execute};
use remeasure::harness::storage;
use remeasure::numerics::Invalid;
use remeasure::numerics::stream::Streams;
use toml::Table;

struct Unruly;

const METRICS: &[Metric] = &[Metric { name: "value", about: "the number drawn" }];

impl Family for Unruly {
    type Problem = bool;
    type Data = f64;
    type Estimator = String;

    fn name(&self) -> &'static str {
        "unruly"
    }
    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }
    fn kinds(&self) -> Vec<Kind> {
        ["good", "panics", "errs", "stops-early", "not-a-number", "undeclared"]
            .map(|name| Kind { name, about: "" })
            .to_vec()
    }
    fn problem(&self, table: Table) -> Result<bool, Invalid> {
        Ok(table.contains_key("undrawable"))
    }
    fn estimator(&self, kind: &str, _: Table) -> Result<String, Invalid> {
        Ok(kind.to_owned())
    }
    fn admit(&self, _: &bool, _: &String) -> Result<(), Invalid> {
        Ok(())
    }
    fn draw(&self, undrawable: &bool, streams: &Streams) -> anyhow::Result<f64> {
        anyhow::ensure!(!undrawable, "nothing to draw");
        Ok(streams.stream("value").r#gen())
    }
    fn measure(
        &self,
        _: &bool,
        data: &f64,
        kind: &String,
        _: &Streams,
        out: &mut Recorder,
    ) -> anyhow::Result<Outcome> {
        match kind.as_str() {
            // Only in some trials, so that the estimator is not lost altogether.
            "panics" if *data < 0.5 => panic!("index {} out of bounds", 7),
            "errs" => anyhow::bail!("singular matrix, \"really\"\nat row 3"),
            "not-a-number" => out.record("value", f64::NAN),
            "undeclared" => out.record("other", 1.0),
            _ => out.record("value", *data),
        }
        Ok(if kind == "stops-early" {
            Outcome::NotConverged("gap 0.1, too large".into())
        } else {
            Outcome::Ok
        })
    }
}

fn run(estimators: &[&str], problem: &str, jobs: usize) -> (RunEnd, Store) {
    let estimators: String = estimators.iter().map(|k| format!("[[estimator]]\nkind = \"{k}\"\n")).collect();
    let config = format!(
        "experiment = \"x\"\ntitle = \"x\"\nfamily = \"unruly\"\nseed = 3\n[problem]\n{problem}\n\
         [sweep]\nproblem.a = [1, 2]\n{estimators}[profile.quick]\nreplicates = 40\n"
    );
    let document = Document::parse("x.toml", &config).unwrap();
    let resolved = document.resolve("quick", &Overrides::default()).unwrap();
    let plan = Plan::new(resolved, &Unruly, &[]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut last = 0;
    let end = execute(&plan, METRICS, jobs, folder.path(), &mut |done| last = done).unwrap();
    assert_eq!((end.trials, last), (80, 80));
    (end, storage::load(folder.path(), &plan).unwrap())
}

fn values(store: &Store, name: &str) -> Vec<(u32, u32, f64)> {
    let index = store.estimator(name).unwrap();
    let of = store.records().iter().filter(|r| usize::from(r.estimator) == index);
    of.map(|r| (r.cell, r.replicate, r.value)).collect()
}

fn messages(store: &Store, name: &str, word: &str) -> Vec<String> {
    let index = store.estimator(name).unwrap();
    let of = store.outcomes.iter().filter(|o| usize::from(o.estimator) == index && o.outcome.word() == word);
    of.map(|o| o.outcome.message().into_owned()).collect()
}

#[test]
fn every_ending_is_a_row_and_the_others_are_untouched() {
    let (_, alone) = run(&["good"], "", 1);
    for jobs in [1, 3] {
        let (end, store) =
            run(&["panics", "good", "errs", "stops-early", "not-a-number", "undeclared"], "", jobs);
        assert_eq!(store.outcomes.len(), 6 * 80, "one row each");
        assert_eq!(values(&store, "good"), values(&alone, "good"));
        let drawn = values(&alone, "good");

        let panicked = messages(&store, "panics", "failed");
        assert_eq!(panicked.len(), drawn.iter().filter(|v| v.2 < 0.5).count());
        assert!(
            panicked[0].starts_with("panicked: index 7 out of bounds (tests/runner.rs:"),
            "{}",
            panicked[0]
        );
        assert_eq!(values(&store, "panics").len(), drawn.iter().filter(|v| v.2 >= 0.5).count());

        assert_eq!(messages(&store, "errs", "failed"), vec!["singular matrix, \"really\"\nat row 3"; 80]);
        assert!(values(&store, "errs").is_empty());

        assert_eq!(messages(&store, "stops-early", "not converged"), vec!["gap 0.1, too large"; 80]);
        assert_eq!(values(&store, "stops-early"), drawn, "its numbers are kept");

        assert!(values(&store, "not-a-number").iter().all(|v| v.2.is_nan()));
        assert!(messages(&store, "undeclared", "failed")[0].contains("not among those its family declares"));

        let named: Vec<(&str, &str, usize)> =
            end.troubles.iter().map(|t| (t.estimator.as_str(), t.outcome, t.trials)).collect();
        let expected = [
            ("panics", "failed", panicked.len()),
            ("errs", "failed", 80),
            ("stops-early", "not converged", 80),
            ("undeclared", "failed", 80),
        ];
        assert_eq!(named, expected);
        assert_eq!(end.failures(), panicked.len() + 160);
    }
}

#[test]
fn data_that_cannot_be_drawn_fail_every_estimator_of_the_trial() {
    let (end, store) = run(&["good", "panics"], "undrawable = true", 2);
    assert_eq!(end.failures(), 160);
    assert!(store.records().is_empty());
    assert_eq!(messages(&store, "good", "failed")[0], "drawing the data: nothing to draw");
}
