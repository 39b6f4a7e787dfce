//! The shipped experiments, their listing, and the meaning of names on the command line.

use std::process::Command;

use remeasure::harness::columns;
use remeasure::harness::config::{Header, Overrides};
use remeasure::harness::registry::Registry;
use remeasure::harness::report::check_names;

use crate::program::{SMALL, folder_with, remeasure};

fn shipped() -> Registry {
    Registry::new(remeasure::FAMILIES, remeasure::CONFIGS).unwrap()
}

/// The program's output for a terminal with this many columns.
fn listed(columns: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_remeasure"));
    let output = command.arg("list").args(arguments).env("COLUMNS", columns).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_shipped_config_has_a_family_and_the_size_that_is_listed() {
    let registry = shipped();
    assert_eq!(registry.experiments().count(), remeasure::CONFIGS.len() - registry.papers().len());
    for experiment in registry.experiments() {
        let document = registry.document(experiment.name).unwrap().unwrap();
        let header = Header::read(experiment.path, experiment.config).unwrap();
        assert_eq!(header.experiment, experiment.name);
        let profiles: Vec<&str> = header.profiles.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(profiles, document.profiles(), "{}", experiment.name);
        for size in &header.profiles {
            let resolved = document.resolve(&size.name, &Overrides::default()).unwrap();
            let whole = (resolved.cell_count(), resolved.replicates);
            assert_eq!((size.cells, size.replicates), whole, "{} {}", experiment.name, size.name);
            assert_eq!((&resolved.title, &resolved.family), (&header.title, &header.family));
            let host = registry.host(&resolved).unwrap_or_else(|e| panic!("{e}"));
            assert!(host.paper.is_some());
            check_names(&resolved, host, &[]).unwrap_or_else(|e| panic!("{e}"));
        }
    }
}

#[test]
fn every_paper_says_what_was_read_and_found() {
    for paper in shipped().papers() {
        assert!((3..=6).contains(&paper.findings.len()), "{}: {} findings", paper.slug, paper.findings.len());
        assert!(!paper.read.is_empty() && !paper.experiments.is_empty(), "{}", paper.slug);
        let question = paper.authors.is_empty();
        assert_eq!(paper.year.is_none(), question, "{}: authors go with a year", paper.slug);
        assert!(!question || !paper.references.is_empty(), "{}: a question has references", paper.slug);
    }
}

#[test]
fn list_is_by_paper_and_fits_the_width() {
    for width in [60, 100] {
        let text = listed(&width.to_string(), &[]);
        assert!(text.lines().all(|l| l.chars().count() <= width), "{width}: {text}");
        let presto = text.find("\npresto: Predicting Rare Events").unwrap();
        assert!(text[presto..].contains("Faletto and Bien 2023, arXiv:2305.18700\n"), "{text}");
        for experiment in shipped().experiments() {
            let start = format!("  {} ", experiment.name);
            assert_eq!(text.lines().filter(|l| l.starts_with(&start)).count(), 1, "{start}");
        }
    }
    let text = listed("1000", &["unfolding-mismatch"]);
    let looks = "paper 200 trials, until decided up to 1600)";
    assert!(text.contains("(quick 10 trials; ") && text.contains(looks), "{text}");
    assert_eq!(listed("100", &["--names", "presto", "learned-matrices/unfolding-lista"]), {
        "unfolding-lista\npresto-dense\npresto-prediabetes\npresto-sparse\npresto-wine\n"
    });
    assert_eq!(listed("100", &["--names"]).lines().count(), shipped().experiments().count());
}

#[test]
fn a_name_is_a_paper_or_an_experiment() {
    let folder = tempfile::tempdir().unwrap();
    let shown = |names: &str| -> Vec<String> {
        let run = remeasure(folder.path(), &format!("show {names}"));
        assert_eq!(run.code, 0, "{}", run.stderr);
        let headings = run.stdout.split("\nPaper: ").filter_map(|part| part.lines().last());
        headings
            .filter_map(|line| Some(line.split_once(": ")?.0.to_owned()))
            .filter(|n| !n.contains(' '))
            .collect()
    };
    let all = ["learning-to-relax", "learning-to-relax-heat", "learning-to-relax-omega"];
    assert_eq!(shown("learning-to-relax"), all);
    assert_eq!(shown("learning-to-relax/learning-to-relax"), all[..1]);
    assert_eq!(shown("learning-to-relax-heat learning-to-relax/learning-to-relax-heat"), all[1..2]);
    let refused = |arguments: &str, parts: &[&str]| {
        let run = remeasure(folder.path(), arguments);
        assert_eq!(run.code, 2, "{arguments}: {}", run.stdout);
        parts.iter().for_each(|part| assert!(run.stderr.contains(part), "{part} in {}", run.stderr));
    };
    refused(
        "run prestoo",
        &["unknown paper or experiment `prestoo`; did you mean the paper `presto` or the experiment"],
    );
    refused("run presto/wine", &["unknown experiment of the paper `presto` `wine`", "`presto-wine`"]);
    refused("show presto --toml", &["choose one of presto-dense, presto-prediabetes"]);
    refused("submit presto --print", &["submit takes one experiment", "presto-wine"]);
    refused("baseline show presto", &["create one with `remeasure baseline accept presto-dense`"]);
    refused("status presto", &["results has no runs of `presto`"]);
}

#[test]
fn a_new_study_runs_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let it = folder.path();
    for family in [
        "sparse",
        "ordinal",
        "multitask",
        "bilevel",
        "relaxation",
        "meta",
        "causal",
        "selection",
        "graphs",
        "network",
        "nonconvex",
        "privacy",
        "supports",
        "coding",
        "sampling",
        "search",
    ] {
        let new = remeasure(it, &format!("new {family} --family {family}"));
        assert_eq!(new.code, 0, "{family}: {}", new.stderr);
        assert!(new.stdout.contains(&format!("  remeasure run --config {family}.toml\n")), "{}", new.stdout);
        let text = std::fs::read_to_string(it.join(format!("{family}.toml"))).unwrap();
        assert!(!text.contains("#:") && text.matches("[[estimator]]").count() >= 3, "{text}");
        let checked = remeasure(it, &format!("check-config {family}.toml --profile paper"));
        assert_eq!(checked.code, 0, "{family}: {}", checked.stderr);
        let run = remeasure(it, &format!("run --config {family}.toml"));
        assert_eq!(run.code, 0, "{family}: {}", run.stderr);
        // A table, a figure and a claim.
        let result = it.join("results").join(family).join("quick");
        let count = |folder: &str| std::fs::read_dir(result.join(folder)).unwrap().count();
        assert!(count("tables") > 0 && count("figures") > 0, "{family}");
        let claims = std::fs::read_to_string(result.join("claims.csv")).unwrap();
        assert_eq!(claims.lines().count(), 2, "{family}: {claims}");
    }
    let again = remeasure(it, "new sparse --family sparse");
    assert!(again.code == 2 && again.stderr.contains("sparse.toml exists already"), "{}", again.stderr);
    let refused = remeasure(it, "new mine --family spars");
    assert!(refused.code == 2 && refused.stderr.contains("did you mean `sparse`?"), "{}", refused.stderr);
    let printed = remeasure(it, "new printed --family sparse --print");
    assert!(printed.stdout.contains("experiment = \"printed\"") && !it.join("printed.toml").exists());
}

#[test]
fn a_new_study_of_ones_own_data_reads_them_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let it = folder.path();
    let (mut x, mut y, mut d) = (String::from("a;b\n"), String::from("response\n"), String::new());
    for i in 0..60 {
        let (u, v) = ((f64::from(i) * 0.7).sin(), (f64::from(i) * 1.3).cos());
        let e = (f64::from(i) * 97.3).sin();
        let comma = |value: f64| format!("{value:.4}").replace('.', ",");
        x.push_str(&format!("{};{}\n", comma(u), comma(v)));
        y.push_str(&format!("{}\n", comma(2.0 * u - v + 0.1 * (f64::from(i) * 2.9).sin())));
        d.push_str(&format!("{u:.4},{v:.4},{}\n", 1 + usize::from(u + e > -0.3) + usize::from(u + e > 0.7)));
    }
    for (name, text) in [("x.csv", x), ("y.csv", y), ("d.csv", d)] {
        std::fs::write(it.join(name), text).unwrap();
    }
    let new = remeasure(it, "new mine --family sparse --csv x.csv --y y.csv");
    assert_eq!(new.code, 0, "{}", new.stderr);
    let text = std::fs::read_to_string(it.join("mine.toml")).unwrap();
    assert!(text.contains("# x.csv: 60 rows of 2 features: `a`, `b`\n"), "{text}");
    assert!(text.contains("delimiter = \";\"\ndecimal = \",\"\n"), "{text}");
    assert_eq!(remeasure(it, "run --config mine.toml").code, 0);
    let new = remeasure(it, "new grades --family ordinal --csv d.csv --label 3");
    assert_eq!(new.code, 0, "{}", new.stderr);
    let text = std::fs::read_to_string(it.join("grades.toml")).unwrap();
    assert!(text.contains("order = [1, 2, 3]\nheader = false\n"), "{text}");
    let run = remeasure(it, "run --config grades.toml");
    assert_eq!(run.code, 0, "{}", run.stderr);
    for (arguments, expected) in [
        ("new a --family sparse --csv x.csv", "--csv needs --y FILE"),
        ("new a --family sparse --csv none.csv --y y.csv", "cannot read none.csv"),
        ("new a --family relaxation --csv x.csv --y y.csv", "no study of one's own data"),
    ] {
        let refused = remeasure(it, arguments);
        assert!(refused.code == 2 && refused.stderr.contains(expected), "{}", refused.stderr);
        assert!(!it.join("a.toml").exists());
    }
}

#[test]
fn a_new_paper_is_a_folder_of_the_configs() {
    let folder = tempfile::tempdir().unwrap();
    let it = folder.path();
    let nowhere = remeasure(it, "new thesis --paper --family ordinal");
    assert!(nowhere.code == 2 && nowhere.stderr.contains("no folder `configs`"), "{}", nowhere.stderr);
    std::fs::create_dir(it.join("configs")).unwrap();
    assert_eq!(remeasure(it, "new thesis --paper --family ordinal").code, 0);
    let paper: toml::Table =
        toml::from_str(&std::fs::read_to_string(it.join("configs/thesis/paper.toml")).unwrap()).unwrap();
    assert!(paper.contains_key("findings") && paper.contains_key("read"));
    assert_eq!(remeasure(it, "run --config configs/thesis/thesis.toml").code, 0);
}

#[test]
fn completions_and_a_manual_page_name_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let text = remeasure(folder.path(), &format!("completions {shell}"));
        assert!(text.code == 0 && text.stdout.contains("check-config"), "{shell}");
    }
    let man = remeasure(folder.path(), "man");
    assert!(man.code == 0 && man.stdout.contains(".TH remeasure 1") && man.stdout.contains("check\\-config"));
}

#[test]
fn status_and_verify_take_names() {
    let folder = folder_with(&SMALL.replace("\"small\"", "\"presto-wine\""));
    let run = remeasure(folder.path(), "run --config small.toml");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let status = remeasure(folder.path(), "status presto");
    assert!(
        status.code == 0 && status.stdout.contains("results/presto-wine"),
        "{}{}",
        status.stdout,
        status.stderr
    );
    let verified = remeasure(folder.path(), "verify presto/presto-wine");
    assert!(
        verified.stdout.contains("results/presto-wine/quick: "),
        "{}{}",
        verified.stdout,
        verified.stderr
    );
}

#[test]
fn no_axis_may_have_the_name_of_a_column_that_is_written() {
    let folder = folder_with(SMALL);
    assert_eq!(remeasure(folder.path(), "baseline accept --config small.toml --no-history").code, 0);
    let base = folder.path().join("results/small");
    let mut seen = 0;
    for file in ["records", "outcomes", "timings", "summary", "tables/errors"] {
        seen += fixed_columns(&base.join(format!("quick/{file}.csv")));
    }
    for file in ["summary", "digests", "values"] {
        seen += fixed_columns(&base.join(format!("baseline/{file}.csv")));
    }
    assert!(seen >= 50, "{seen}");
    for name in ["low", "high", "best", "close", "value_common", "replicate", "digest"] {
        let config = SMALL.replace("label = \"observations n\"", &format!("name = \"{name}\""));
        std::fs::write(folder.path().join("small.toml"), config).unwrap();
        let run = remeasure(folder.path(), "run --config small.toml");
        let message = format!("the short name `{name}` is taken by a column of the results");
        assert!(run.code == 2 && run.stderr.contains(&message), "{}", run.stderr);
    }
}

/// Number of columns of a file that are not axes; all of them are reserved.
fn fixed_columns(path: &std::path::Path) -> usize {
    let text = std::fs::read_to_string(path).unwrap();
    let header: Vec<&str> = text.lines().next().unwrap().split(',').filter(|name| *name != "n").collect();
    for name in &header {
        assert!(columns::is_reserved(name), "`{name}` of {}", path.display());
    }
    header.len()
}
