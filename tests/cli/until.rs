//! Runs with growing replicates, until every claim is decided.

use std::collections::BTreeMap;
use std::path::Path;

use crate::determinism::files;
use crate::program::{SMALL, folder_with, remeasure};

/// Two claims: the first is decided early, the second never, as both sides are the same.
const CLAIMS: &str = r#"
[[claim]]
id = "early"
statement = "The oracle has a small error"
source = "a text"
form = "within"
metric = "nmse"
estimator = "oracle"
upper = 1.0

[[claim]]
id = "never"
statement = "One solver of the Lasso is better than the other"
source = "a text"
form = "below"
metric = "nmse"
a = "lasso"
b = "fista"
resolution = 0.01
"#;

fn config() -> String {
    let (before, _) = SMALL.split_once("[[claim]]").unwrap();
    format!("{before}{CLAIMS}")
}

fn kept(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = files(folder);
    found.retain(|name, _| name != "journal" && name != "timings.md");
    found
}

const RUN: &str = "run --config small.toml --until decided --max-replicates 30";

#[test]
fn verdicts_and_bytes_do_not_depend_on_threads_or_on_how_far_it_came_before() {
    let folder = folder_with(&config());
    let it = folder.path();
    let run = remeasure(it, &format!("{RUN} --out one"));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("next look at 12 replicates"), "{}", run.stderr);
    assert!(run.stdout.contains("reproduced  The oracle has a small error"), "{}", run.stdout);
    let expected = kept(&it.join("one/small/quick"));
    let report = String::from_utf8(expected["report.md"].clone()).unwrap();
    assert!(report.contains("Planned looks at 6, 12, 24 replicates"), "{report}");
    // The number of planned looks counts, however many were needed.
    assert!(report.contains("p-values are multiplied by the number of looks, 3"), "{report}");
    let csv = String::from_utf8(expected["claims.csv"].clone()).unwrap();
    let header: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let look = header.iter().position(|name| *name == "look").unwrap();
    let row = csv::Reader::from_reader(csv.as_bytes()).records().next().unwrap().unwrap();
    assert_eq!(&row[look], "6", "{csv}");
    // One thread; a plain run first, then the looks; and once more, with nothing left to run.
    assert_eq!(remeasure(it, &format!("{RUN} --jobs 1 --out two")).code, 0);
    assert_eq!(remeasure(it, "run --config small.toml --out three --replicates 9").code, 0);
    for out in ["three", "one"] {
        assert_eq!(remeasure(it, &format!("{RUN} --out {out}")).code, 0);
    }
    for out in ["two", "three", "one"] {
        let found = kept(&it.join(out).join("small/quick"));
        for (name, bytes) in &expected {
            assert!(found.get(name) == Some(bytes) || name == "manifest.toml", "{out}: {name}");
        }
    }
    // What is stored gives the same verdicts, and nothing is stale.
    let claims = remeasure(it, "report --config small.toml --out one");
    assert_eq!(claims.code, 0, "{}", claims.stderr);
    assert!(kept(&it.join("one/small/quick"))["claims.csv"] == expected["claims.csv"]);
    let verify = remeasure(it, "verify one --redraw");
    assert_eq!(verify.code, 0, "{}", verify.stdout);
}

#[test]
fn a_profile_can_plan_its_looks_and_is_published_with_them() {
    let looks = "replicates = 6\nuntil = \"decided\"\nmax_replicates = 24\n";
    let folder = folder_with(&config().replacen("replicates = 6\n", looks, 1));
    let it = folder.path();
    let run = remeasure(it, "run --config small.toml");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("next look at 12 replicates"), "{}", run.stderr);
    let run = remeasure(it, "publish --config small.toml --profile quick --out shown --from results");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(remeasure(it, "verify shown results").code, 0);
    let report = std::fs::read_to_string(it.join("results/small/quick/report.md")).unwrap();
    assert!(!report.contains("--replicates"), "{report}");
}

#[test]
fn only_what_an_undecided_claim_needs_gets_more_replicates() {
    let folder = folder_with(&config().replacen(
        "resolution = 0.01",
        "resolution = 0.01\nwhere = { n = [10, 20] }",
        1,
    ));
    let it = folder.path();
    let run = remeasure(it, &format!("{RUN} --out one"));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let one = kept(&it.join("one/small/quick"));
    let mut outcomes: BTreeMap<(String, String), u32> = BTreeMap::new();
    for row in csv::Reader::from_reader(&*one["outcomes.csv"]).records() {
        let row = row.unwrap();
        *outcomes.entry((row[0].to_owned(), row[2].to_owned())).or_default() += 1;
    }
    for ((n, estimator), count) in &outcomes {
        let needed = n != "40" && (estimator == "lasso" || estimator == "fista");
        assert_eq!(*count, if needed { 24 } else { 6 }, "{estimator} at n = {n}");
    }
    let report = String::from_utf8(one["report.md"].clone()).unwrap();
    assert!(report.contains("3 cells × 6 to 24 replicates"), "{report}");
    let summary = String::from_utf8(one["summary.csv"].clone()).unwrap();
    let mut summary = csv::Reader::from_reader(summary.as_bytes());
    let header = summary.headers().unwrap().clone();
    let column = |wanted: &str| header.iter().position(|name| name == wanted).unwrap();
    let (coordinate, missing) = (column("coordinate"), column("missing"));
    let finals = summary.records().map(Result::unwrap).filter(|row| row[coordinate].is_empty());
    assert_eq!(finals.filter(|row| &row[missing] != "0").count(), 0);
    // What a longer run has stored beyond that is not used; a stopped one goes on to the same bytes.
    assert_eq!(remeasure(it, "run --config small.toml --out two --replicates 20").code, 0);
    assert_eq!(remeasure(it, "run --config small.toml --out three --replicates 3").code, 0);
    for out in ["two", "three"] {
        assert_eq!(remeasure(it, &format!("{RUN} --out {out}")).code, 0);
        let found = kept(&it.join(out).join("small/quick"));
        for (name, bytes) in &one {
            assert!(found.get(name) == Some(bytes) || name == "manifest.toml", "{out}: {name}");
        }
    }
    let verify = remeasure(it, "verify one --redraw");
    assert_eq!(verify.code, 0, "{}", verify.stdout);
    assert_eq!(remeasure(it, "diff one/small/quick two/small/quick").code, 0);
}

#[test]
fn a_budget_ends_it_and_says_what_is_undecided() {
    let folder = folder_with(&config());
    let run = remeasure(folder.path(), &format!("{RUN} --budget 1ms"));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stderr.contains("the budget has ended with 1 claim undecided; the next look has 12 replicates"),
        "{}",
        run.stderr
    );
}

#[test]
fn looks_that_cannot_be_are_refused() {
    let folder = folder_with(&config());
    for (arguments, part) in [
        ("--until decided --max-replicates 3", "max_replicates`: expected at least 6"),
        ("--max-replicates 30", "max_replicates`: needs `until = \"decided\"`"),
        ("--until decided --shard 1/2", "cannot be used with"),
        ("--until bored", "possible values: decided"),
    ] {
        let run = remeasure(folder.path(), &format!("run --config small.toml {arguments}"));
        assert_eq!(run.code, 2, "{arguments}: {}", run.stderr);
        assert!(run.stderr.contains(part), "{arguments}: {}", run.stderr);
    }
}

#[test]
fn show_estimates_from_a_stored_run_what_would_decide() {
    let folder = folder_with(&config());
    let it = folder.path();
    let show = "show --config small.toml --until decided --max-replicates 24";
    let none = remeasure(it, show);
    assert_eq!(none.code, 0, "{}", none.stderr);
    assert!(
        none.stdout.contains("no complete run in results/small/quick to estimate from"),
        "{}",
        none.stdout
    );
    assert_eq!(remeasure(it, "run --config small.toml").code, 0);
    let some = remeasure(it, show);
    let (_, told) = some.stdout.split_once("Until decided:").unwrap();
    assert!(told.contains("\n  never: ") && !told.contains("\n  early: "), "{told}");
    // Two estimators in three cells, 18 replicates more than the 6 of the run.
    assert!(some.stdout.contains("\n  108 more fits, "), "{}", some.stdout);
    assert_eq!(remeasure(it, "run --config small.toml --until decided --max-replicates 24").code, 0);
    let rest = remeasure(it, show);
    assert!(rest.stdout.contains("\n  0 more fits, "), "{}", rest.stdout);
}

#[test]
fn show_agrees_with_what_a_run_until_decided_stored() {
    // Only two of three cells need more.
    let text = config().replacen("resolution = 0.01", "resolution = 0.01\nwhere = { n = [10, 20] }", 1);
    let half = "\n[[claim]]\nid = \"half\"\nstatement = \"OMP is better\"\nsource = \"a text\"\nform = \"below\"\n\
        metric = \"nmse\"\na = \"omp\"\nb = \"lasso\"\nwhere = { n = 20 }\n";
    let folder = folder_with(&format!("{text}{half}"));
    let it = folder.path();
    let fine = |arguments: &str| {
        let run = remeasure(it, arguments);
        assert_eq!(run.code, 0, "{arguments}: {}", run.stderr);
        run.stdout
    };
    fine("run --config small.toml --until decided --max-replicates 24");
    let shown = fine("show small");
    assert!(
        shown.contains("Stored: 72 of 72 trials of the run with 24 replicates in results/small/quick"),
        "{shown}"
    );
    let status = fine("status");
    assert!(status.contains("72 of 72 trials"), "{status}");
    assert!(fine("show small --replicates 6").contains("Stored: 18 of 18 trials in results"));
    // The looks are those of the run, so the numbers of replicates are those of its verdicts.
    let claims = fine("claims small");
    let needed: Vec<&str> = claims.lines().filter_map(|l| l.split_once("(about ")).map(|l| l.1).collect();
    let needed: Vec<&str> = needed.iter().filter_map(|l| l.split(' ').next()).collect();
    assert!(!needed.is_empty(), "{claims}");
    let shown = fine("show small --until decided").replace(',', "");
    assert!(shown.contains("Looks at 6 12 24 replicates"), "{shown}");
    for number in needed {
        assert!(shown.contains(&format!("would take about {number} replicates")), "{number}: {shown}");
    }
    assert!(!shown.contains("`claims` judges"), "{shown}");
    let other = fine("show small --until decided --max-replicates 48");
    assert!(other.contains("`claims` judges the stored run at 3 looks, and these are 4 looks"), "{other}");
}
