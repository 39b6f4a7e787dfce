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
    assert_eq!(listed("100", &["--names", "presto", "unfolding/unfolding-lista"]), {
        "presto-dense\npresto-prediabetes\npresto-sparse\npresto-wine\nunfolding-lista\n"
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
fn a_new_config_runs_as_it_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    for family in ["sparse", "ordinal", "multitask", "bilevel", "relaxation"] {
        let new = remeasure(folder.path(), &format!("new mine --family {family}"));
        assert_eq!(new.code, 0, "{family}: {}", new.stderr);
        std::fs::write(folder.path().join("mine.toml"), &new.stdout).unwrap();
        let show = remeasure(folder.path(), "show --config mine.toml");
        assert!(show.code == 0 && show.stdout.starts_with("mine: "), "{family}: {}", show.stderr);
        // With its claim, too.
        let (config, claim) = new.stdout.split_once("\n# [[claim]]").unwrap();
        let claim = format!("{config}\n[[claim]]{}", claim.replace("\n# ", "\n"));
        std::fs::write(folder.path().join("mine.toml"), claim).unwrap();
        let show = remeasure(folder.path(), "show --config mine.toml");
        assert!(show.code == 0 && show.stdout.contains("\n  first: "), "{family}: {}", show.stderr);
    }
    let refused = remeasure(folder.path(), "new mine --family spars");
    assert!(refused.code == 2 && refused.stderr.contains("did you mean `sparse`?"), "{}", refused.stderr);
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
