//! The README's commands.

#[test]
fn every_command_of_the_readme_exists() {
    let readme = include_str!("../../README.md");
    let folder = tempfile::tempdir().unwrap();
    let help = crate::program::remeasure(folder.path(), "--help").stdout;
    let mut seen = 0;
    let blocks = readme.split("```sh").skip(1).filter_map(|b| b.split("```").next());
    for line in blocks.flat_map(str::lines).filter(|l| l.starts_with("remeasure ")) {
        let line = line.split(" #").next().unwrap_or(line);
        let command = line.split_whitespace().nth(1).unwrap_or("");
        assert!(help.contains(&format!("  {command} ")), "`{line}` is not in:\n{help}");
        // A command may have commands of its own: their options are in their own help.
        let own = crate::program::remeasure(folder.path(), &format!("{command} --help")).stdout;
        let second = line.split_whitespace().nth(2).filter(|w| own.contains(&format!("\n  {w} ")));
        let text = match second {
            Some(second) => {
                crate::program::remeasure(folder.path(), &format!("{command} {second} --help")).stdout
            }
            None => own,
        };
        for option in line.split_whitespace().filter(|w| w.starts_with("--")) {
            assert!(text.contains(option), "`{option}` of `{line}` is not in:\n{text}");
        }
        seen += 1;
    }
    assert!(seen >= 5, "the README shows the commands");
}

#[test]
fn the_config_of_the_readme_runs() {
    let readme = include_str!("../../README.md");
    let config = readme.split("```toml").nth(1).and_then(|b| b.split("```").next()).unwrap();
    let folder = crate::program::folder_with(config);
    let run = crate::program::remeasure(folder.path(), "run --config small.toml --replicates 4");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("OMP has the smaller error"), "{}", run.stdout);
}

/// The verdicts in the last column but a few of a published `claims.csv`.
fn verdicts(experiment: &str) -> Vec<String> {
    let path = format!("{}/results/{experiment}/published/claims.csv", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    let at = reader.headers().unwrap().iter().position(|h| h == "verdict").unwrap();
    reader.records().map(|r| r.unwrap()[at].to_owned()).collect()
}

#[test]
fn the_verdict_table_of_the_readme_counts_what_is_published() {
    let readme = include_str!("../../README.md");
    let mut seen = 0;
    for row in readme.lines().filter(|l| l.starts_with("| [`") && l.contains("/published/report.md)")) {
        let columns: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let names = columns[0].split("[`").skip(1).filter_map(|link| link.split('`').next());
        let all: Vec<String> = names.flat_map(verdicts).collect();
        for (word, shown) in ["reproduced", "undecided", "contradicted"].iter().zip(&columns[1..]) {
            let count = all.iter().filter(|v| v == word).count();
            assert_eq!(shown.parse::<usize>().ok(), Some(count), "{word} in `{row}`");
        }
        seen += 1;
    }
    assert!(seen >= 10, "the README has the verdict table");
}
