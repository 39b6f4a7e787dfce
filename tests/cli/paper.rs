//! Output for papers: LaTeX tables, CSV tables, and the project's citation.

use std::path::Path;
use std::process::Command;

use crate::program::{SMALL, folder_with, remeasure};

/// With everything that LaTeX could interpret in a label, a title, a caption and a name.
fn odd() -> String {
    let table = r##"title = 'Errors: 50 % of \input{x} & "#1" $5_6 ~ ^ {} <a|b> ‖ν‖² ≤ 10⁻³ − ½λ₀, x̃, Müller 語'
caption = "[*] two--three\n\nfour … `five`"
estimators = ["oracle", "la_so", "cv", "omp"]
best = true"##;
    SMALL
        .replace("label = \"observations n\"", "label = \"[n] & ν¹ % _\"")
        .replacen("kind = \"lasso\"", "name = \"la_so\"\nkind = \"lasso\"", 1)
        .replace("a = \"oracle\"\nb = \"lasso\"", "a = \"oracle\"\nb = \"la_so\"")
        .replace("a = \"lasso\"\nb = \"oracle\"", "a = \"la_so\"\nb = \"oracle\"")
        .replace("title = \"Errors\"", table)
        + "\n[[table]]\nid = \"rows\"\ntitle = \"Rows\"\nmetrics = [\"nmse\", \"support_f1\"]\n"
        + "statistic = \"median\"\n"
}

#[test]
fn latex_tables_compile() {
    let folder = folder_with(&odd());
    let run = remeasure(folder.path(), "run --config small.toml --out out");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/latex-test.sh");
    let run = Command::new(script).arg(folder.path().join("out/small/quick")).output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    // Without TeX, the script says so.
    assert!(said.contains("2 tables compile") || said.contains("skipped"), "{said}");
    eprintln!("{said}");
}

#[test]
fn tables_of_earlier_configs_go() {
    let folder = folder_with(SMALL);
    assert_eq!(remeasure(folder.path(), "run --config small.toml --out out").code, 0);
    let tables = folder.path().join("out/small/quick/tables");
    for old in ["old.tex", "old.csv", "old.md"] {
        std::fs::write(tables.join(old), "old").unwrap();
    }
    assert_eq!(remeasure(folder.path(), "report --config small.toml --out out").code, 0);
    let mut left: Vec<String> =
        std::fs::read_dir(&tables).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["errors.csv", "errors.md", "errors.tex"]);
}

#[test]
fn the_citation_names_this_version() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("CITATION.cff")).unwrap();
    for line in [
        "cff-version: 1.2.0".to_owned(),
        format!("version: {}", env!("CARGO_PKG_VERSION")),
        format!("license:\n  - {}", env!("CARGO_PKG_LICENSE").replace(" OR ", "\n  - ")),
    ] {
        assert!(text.contains(&format!("{line}\n")), "{line}");
    }
}
