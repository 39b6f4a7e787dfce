//! The README's commands.

#[test]
fn every_command_of_the_readme_exists() {
    let readme = include_str!("../../README.md");
    let folder = tempfile::tempdir().unwrap();
    let help = crate::program::remeasure(folder.path(), "--help").stdout;
    let mut seen = 0;
    for line in readme.lines().map(str::trim).filter(|l| l.starts_with("remeasure ")) {
        let command = line.split_whitespace().nth(1).unwrap_or("");
        assert!(help.contains(&format!("  {command} ")), "`{line}` is not in:\n{help}");
        for option in line.split_whitespace().filter(|w| w.starts_with("--")) {
            let text = crate::program::remeasure(folder.path(), &format!("{command} --help")).stdout;
            assert!(text.contains(option), "`{option}` of `{line}` is not in:\n{text}");
        }
        seen += 1;
    }
    assert!(seen >= 5, "the README shows the commands");
}
