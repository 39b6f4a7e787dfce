//! The commands and configs of the README and the guides, and the pages that `publish` writes.

use std::fs::{create_dir_all, read_dir, read_to_string};
use std::path::{Path, PathBuf};

use remeasure::harness::report::between_markers;

use crate::program::{folder_with, remeasure};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The README and the guides.
fn pages() -> Vec<PathBuf> {
    let guides = read_dir(root().join("docs")).unwrap().map(|e| e.unwrap().path());
    let mut pages: Vec<PathBuf> = guides.filter(|p| p.extension().is_some_and(|e| e == "md")).collect();
    pages.push(root().join("README.md"));
    pages
}

#[test]
fn every_command_of_the_guides_exists() {
    let folder = tempfile::tempdir().unwrap();
    let help = remeasure(folder.path(), "--help").stdout;
    let mut seen = 0;
    for page in pages() {
        let text = read_to_string(&page).unwrap();
        let blocks = text.split("```sh").skip(1).filter_map(|b| b.split("```").next());
        for line in blocks.flat_map(str::lines).filter(|l| l.starts_with("remeasure ")) {
            let shown = format!("`{line}` in {}", page.display());
            // What follows ` -- ` is for another program.
            let line = line.split(" #").next().and_then(|l| l.split(" -- ").next()).unwrap_or(line);
            let command = line.split_whitespace().nth(1).unwrap_or("");
            assert!(help.contains(&format!("  {command} ")), "{shown} is not in:\n{help}");
            // A command may have subcommands, which describe their options in their own help.
            let own = remeasure(folder.path(), &format!("{command} --help")).stdout;
            let second = line.split_whitespace().nth(2).filter(|w| own.contains(&format!("\n  {w} ")));
            let text = match second {
                Some(second) => remeasure(folder.path(), &format!("{command} {second} --help")).stdout,
                None => own,
            };
            for option in line.split_whitespace().filter(|w| w.starts_with("--")) {
                assert!(text.contains(option), "`{option}` of {shown} is not in:\n{text}");
            }
            seen += 1;
        }
    }
    assert!(seen >= 30, "the guides show commands: {seen}");
}

/// Runs the first config of a page.
fn run_config(page: &str) -> String {
    let text = read_to_string(root().join(page)).unwrap();
    let config = text.split("```toml").nth(1).and_then(|b| b.split("```").next()).unwrap();
    let folder = folder_with(config);
    let run = remeasure(folder.path(), "run --config small.toml --replicates 4");
    assert_eq!(run.code, 0, "{page}: {}", run.stderr);
    run.stdout
}

#[test]
fn the_configs_of_the_guides_run() {
    let stdout = run_config("README.md");
    assert!(stdout.contains("OMP has the smaller error"), "{stdout}");
    run_config("docs/configs.md");
}

/// The pages about published results are those written by `publish`.
#[cfg(unix)]
#[test]
fn the_pages_of_verdicts_are_those_of_what_is_published() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results");
    let mut seen = 0;
    for entry in read_dir(root().join("results")).unwrap() {
        let path = entry.unwrap().path();
        if path.join("published").is_dir() {
            let copy = results.join(path.file_name().unwrap());
            create_dir_all(&copy).unwrap();
            std::os::unix::fs::symlink(path.join("published"), copy.join("published")).unwrap();
            seen += 1;
        }
    }
    assert!(seen >= 25, "{seen}");
    let readme = read_to_string(root().join("README.md")).unwrap();
    std::fs::write(folder.path().join("README.md"), &readme).unwrap();
    let run = remeasure(folder.path(), "publish");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let pages: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(pages, ["page: results/README.md", "page: results/index.html", "page: README.md"]);
    assert!(
        between_markers(&readme).is_some_and(|table| table.contains("| [presto](results/README.md#presto)"))
    );
    for page in ["README.md", "results/README.md"] {
        let [now, made] = [root(), folder.path()].map(|of| read_to_string(of.join(page)).unwrap());
        assert!(now == made, "{page} is not what `remeasure publish` makes: run it and commit");
    }
    let index = read_to_string(results.join("index.html")).unwrap();
    for paper in ["presto", "maid"] {
        assert!(index.contains(&format!("<h3 id=\"paper-{paper}\">")), "{paper}");
    }
}
