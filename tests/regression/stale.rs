//! Tables and figures that detect when they are stale, and published results.

use std::path::Path;

use tempfile::TempDir;

use crate::program::{Run, SMALL, accepted, has, remeasure, write};

const RUN: &str = "results/small/quick";

/// [`SMALL`] with a figure.
fn config() -> String {
    format!(
        "{SMALL}\n[[figure]]\nid = \"error\"\ntitle = \"Error\"\nkind = \"line\"\nmetric = \"nmse\"\nx = \"n\"\n"
    )
}

/// A folder with a finished run.
fn ran() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &config());
    let run = remeasure(folder.path(), "run --config small.toml");
    assert_eq!(run.code, 0, "{}", run.stderr);
    folder
}

fn verify(folder: &Path, more: &str) -> Run {
    remeasure(folder, &format!("verify --config small.toml {more}"))
}

/// Asserts that `verify` finds exactly these problems: a word and a file each.
fn finds(folder: &Path, more: &str, flaws: &[&str]) {
    let run = verify(folder, more);
    let found: Vec<String> = run
        .stdout
        .lines()
        .filter(|l| l.starts_with("  ") && !l.starts_with("  fix") && !l.starts_with("  note"))
        .map(|l| l.trim().split(": ").next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(found, flaws, "{}{}", run.stdout, run.stderr);
    assert_eq!(run.code, i32::from(!flaws.is_empty()), "{}", run.stdout);
}

/// Changes the file at `path` by `change`.
fn edit(folder: &Path, path: &str, change: impl Fn(&str) -> String) {
    let path = folder.join(path);
    let text = std::fs::read_to_string(&path).unwrap();
    let changed = change(&text);
    assert_ne!(text, changed);
    std::fs::write(path, changed).unwrap();
}

#[test]
fn what_a_run_wrote_is_current() {
    let folder = ran();
    finds(folder.path(), "", &[]);
    finds(folder.path(), "--redraw", &[]);
    let run = verify(folder.path(), "results/small/quick/figures/error.png");
    assert_eq!(run.code, 0, "{}", run.stdout);
    let told = "results/small/quick/figures/error.png: 1 file, current\n  note: figure error of small, profile quick";
    has(&run.stdout, &[told]);
    let json: serde_json::Value =
        serde_json::from_str(&verify(folder.path(), "--format json").stdout).unwrap();
    assert_eq!(json["folders"][0]["files"].as_u64(), Some(11));
}

#[test]
fn files_that_were_touched_are_named() {
    let folder = ran();
    let it = folder.path();
    edit(it, &format!("{RUN}/figures/error.svg"), |t| t.replacen("Error", "Terror", 1));
    edit(it, &format!("{RUN}/summary.csv"), |t| t.replacen("oracle", "miracle", 1));
    std::fs::remove_file(it.join(RUN).join("tables/errors.md")).unwrap();
    std::fs::write(it.join(RUN).join("figures/mine.svg"), "<svg/>").unwrap();
    finds(
        it,
        "",
        &[
            "altered  figures/error.svg",
            "altered  summary.csv",
            "missing  tables/errors.md",
            "unlisted  figures/mine.svg",
        ],
    );
    // On its own, the figure is judged by its stamp.
    let run = verify(it, &format!("{RUN}/figures/error.svg"));
    assert_eq!(run.code, 1);
    has(&run.stdout, &["altered  error.svg"]);
    let run = remeasure(it, "report --config small.toml");
    assert_eq!(run.code, 0, "{}", run.stderr);
    finds(it, "", &[]);
}

#[test]
fn a_changed_title_makes_its_figure_and_the_report_stale() {
    let folder = ran();
    write(folder.path(), &config().replace("title = \"Error\"", "title = \"Errors\""));
    let stale = ["figures/error.png", "figures/error.svg", "report.html", "report.md"]
        .map(|f| format!("stale specification  {f}"));
    finds(folder.path(), "", &stale.each_ref().map(String::as_str));
    let run = remeasure(folder.path(), "report --config small.toml");
    assert_eq!(run.code, 0, "{}", run.stderr);
    finds(folder.path(), "", &[]);
    // A figure that is gone.
    write(folder.path(), SMALL);
    finds(
        folder.path(),
        "",
        &[
            "orphan  figures/error.png",
            "orphan  figures/error.svg",
            "stale specification  report.html",
            "stale specification  report.md",
        ],
    );
}

#[test]
fn a_changed_setting_is_named() {
    let folder = ran();
    write(folder.path(), &config().replace("k = 3", "k = 4"));
    let run = verify(folder.path(), "");
    assert_eq!(run.code, 1);
    has(
        &run.stdout,
        &["stale config  manifest.toml: problem.k: 3 → 4", "fix: remeasure run --config small.toml"],
    );
    // More replicates belong to the same experiment.
    write(folder.path(), &config().replace("replicates = 8", "replicates = 9"));
    finds(folder.path(), "", &[]);
}

#[test]
fn changed_records_make_everything_stale() {
    let folder = ran();
    edit(folder.path(), &format!("{RUN}/records.csv"), |t| t.replacen(",nmse,0.", ",nmse,1.", 1));
    let run = verify(folder.path(), "");
    assert_eq!(run.stdout.matches("stale records").count(), 11, "{}", run.stdout);
}

#[test]
fn a_consistent_forgery_comes_out_when_redrawn() {
    let folder = ran();
    let it = folder.path();
    // As if the summary had always been like this: file and manifest agree.
    edit(it, &format!("{RUN}/summary.csv"), |t| t.replacen("oracle", "miracle", 1));
    let bytes = std::fs::read(it.join(RUN).join("summary.csv")).unwrap();
    let digest = remeasure::harness::report::file_digest("summary.csv", &bytes);
    edit(it, &format!("{RUN}/manifest.toml"), |t| {
        let lines = t.lines().map(|l| {
            if l.starts_with("\"summary.csv\"") {
                format!("\"summary.csv\" = \"{digest}\"")
            } else {
                l.to_owned()
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    });
    finds(it, "", &[]);
    finds(it, "--redraw", &["differs when redrawn  summary.csv"]);
}

#[test]
fn what_is_published_stands_without_its_records() {
    let folder = ran();
    let it = folder.path();
    let run = remeasure(it, "publish --config small.toml --profile quick --out shown --from results");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let published = it.join("shown/small/published");
    let mut names: Vec<String> = walk(&published);
    names.sort();
    assert_eq!(
        names,
        [
            "claim_groups.csv",
            "claims.csv",
            "figures/error.svg",
            "manifest.toml",
            "report.html",
            "report.md",
            "ro-crate-metadata.json",
            "summary.csv.gz",
            "tables/errors.csv",
            "tables/errors.md",
            "tables/errors.tex"
        ]
    );
    finds(it, "shown", &[]);
    let manifest = std::fs::read_to_string(published.join("manifest.toml")).unwrap();
    has(&manifest, &["command = \"remeasure run small --profile quick\"", "records = \""]);
    let index = std::fs::read_to_string(it.join("shown/index.html")).unwrap();
    has(&index, &["href=\"small/published/report.html\""]);
    let overview = std::fs::read_to_string(it.join("shown/README.md")).unwrap();
    has(
        &overview,
        &[
            "| [small](#experiment-small) | 1 | 0 | 1 | 0 | 0 | 0 | 0 | — |",
            "The oracle beats the Lasso",
            "(small/published/report.md)",
        ],
    );
    // All links of the report work.
    let report = std::fs::read_to_string(published.join("report.md")).unwrap();
    for link in report.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(published.join(link).exists(), "{link}");
    }
    // A page written by a user is kept.
    std::fs::write(it.join("shown/README.md"), "Mine.\n").unwrap();
    let run = remeasure(it, "publish --config small.toml --profile quick --out shown --from results");
    assert_eq!(run.code, 0, "{}", run.stderr);
    has(&run.stderr, &["shown/README.md was not written by this program"]);
    assert_eq!(std::fs::read_to_string(it.join("shown/README.md")).unwrap(), "Mine.\n");
    edit(it, "shown/small/published/figures/error.svg", |t| t.replacen("Error", "Terror", 1));
    finds(it, "shown", &["altered  figures/error.svg"]);
}

fn walk(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            names.extend(walk(&entry.path()).into_iter().map(|below| format!("{name}/{below}")));
        } else {
            names.push(name);
        }
    }
    names
}

#[test]
fn only_whole_and_current_runs_are_published() {
    let folder = ran();
    let it = folder.path();
    let refused = |part: &str| {
        let run = remeasure(it, "publish --config small.toml --profile quick");
        assert_eq!(run.code, 2, "{}", run.stdout);
        has(&run.stderr, &[part]);
        assert!(!it.join("results/small/published").exists());
    };
    write(it, &config().replace("k = 3", "k = 4"));
    refused("manifest.toml is stale config (problem.k: 3 → 4)");
    write(it, &config().replace("replicates = 8", "replicates = 9"));
    refused("the number of replicates is not the profile's");
    write(it, &config());
    edit(it, &format!("{RUN}/report.md"), |t| t.replace("oracle", "Oracle"));
    refused("report.md is altered");
    let run = remeasure(it, "publish presto-wine");
    assert_eq!(run.code, 2);
    has(&run.stderr, &["create one with `remeasure run presto-wine --profile paper`"]);
}

#[test]
fn where_there_is_nothing_to_verify_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), SMALL);
    let run = verify(folder.path(), ".");
    assert_eq!(run.code, 2);
    has(&run.stderr, &["no run, baseline or published folder in ."]);
    let run = verify(folder.path(), "small.toml");
    assert_eq!(run.code, 2);
    has(&run.stderr, &["expected a folder, or an SVG, PNG, PDF, Markdown, HTML or LaTeX file"]);
}

#[test]
fn baselines_are_verified_too() {
    let folder = crate::program::accepted(SMALL);
    let it = folder.path();
    finds(it, "results/small/baseline", &[]);
    edit(it, "results/small/baseline/summary.csv", |t| t.replacen("0.", "1.", 1));
    let run = verify(it, "results/small/baseline");
    assert_eq!(run.code, 1);
    has(&run.stdout, &["altered  baseline.toml"]);
}

#[test]
fn a_table_for_a_paper_is_watched_like_the_others() {
    let folder = ran();
    let it = folder.path();
    let run = verify(it, &format!("{RUN}/tables/errors.tex"));
    assert_eq!(run.code, 0, "{}", run.stdout);
    has(&run.stdout, &["tables/errors.tex: 1 file, current", "table errors of small, profile quick"]);
    std::fs::write(it.join(RUN).join("tables/mine.tex"), "x").unwrap();
    edit(it, &format!("{RUN}/tables/errors.tex"), |t| t.replacen("estimator", "Estimator", 1));
    edit(it, &format!("{RUN}/tables/errors.csv"), |t| t.replacen("estimator", "Estimator", 1));
    finds(it, "", &["altered  tables/errors.csv", "altered  tables/errors.tex", "unlisted  tables/mine.tex"]);
    // A new report fixes it.
    assert_eq!(remeasure(it, "report --config small.toml").code, 0);
    finds(it, "", &[]);
}

#[test]
fn folders_of_earlier_versions_are_not_flawed_for_what_they_lack() {
    let folder = ran();
    let it = folder.path().join(RUN);
    for file in ["tables/errors.tex", "tables/errors.csv", "ro-crate-metadata.json"] {
        std::fs::remove_file(it.join(file)).unwrap();
    }
    edit(&it, "manifest.toml", |text| {
        let kept = |line: &&str| {
            !line.starts_with("\"tables/errors.tex") && !line.starts_with("\"tables/errors.csv")
        };
        text.lines().filter(kept).map(|line| format!("{line}\n")).collect()
    });
    finds(folder.path(), "", &[]);
}

/// A claim about a cell that only another profile has.
const ELSEWHERE: &str = r#"
[profile.large]
replicates = 8
[profile.large.sweep]
problem.n = [20, 80]

[[claim]]
id = "elsewhere"
statement = "The oracle's error is what it is"
source = "by construction"
form = "within"
metric = "nmse"
estimator = "oracle"
relative_tolerance = 0.9
expected = [{ n = 20, value = 1e-3 }, { n = 40, value = 5e-4 }, { n = 80, value = 2e-4 }]
"#;

#[test]
fn a_stored_run_may_have_claims_about_cells_of_another_profile() {
    let folder = accepted(&format!("{SMALL}{ELSEWHERE}"));
    let run = |arguments: &str| {
        let run = remeasure(folder.path(), arguments);
        assert_eq!(run.code, 0, "{arguments}: {}{}", run.stdout, run.stderr);
        run.stdout
    };
    let shown = run("claims --config small.toml");
    assert!(shown.contains("The oracle's error is what it is"), "{shown}");
    run("report --config small.toml");
    run("verify --redraw --config small.toml");
    run("diff small/quick small/baseline");
    // A cell that no profile has is still an error.
    write(folder.path(), &format!("{SMALL}{}", ELSEWHERE.replace("n = 80, v", "n = 81, v")));
    let refused = remeasure(folder.path(), "claims --config small.toml");
    assert_eq!(refused.code, 2, "{}", refused.stdout);
    assert!(refused.stderr.contains("no profile has n = 81; there are 20, 40, 80"), "{}", refused.stderr);
}
