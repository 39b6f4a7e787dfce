//! Figures in a print style.

use std::path::Path;

use crate::program::{SMALL, remeasure, write};

fn config(style: &str) -> String {
    format!(
        "{SMALL}\n[[figure]]\nid = \"error\"\ntitle = \"Error\"\nkind = \"line\"\nmetric = \"nmse\"\nx = \"n\"\n{style}"
    )
}

fn verified(folder: &Path) -> (i32, String) {
    let run = remeasure(folder, "verify --config small.toml");
    (run.code, run.stdout)
}

#[test]
fn a_style_is_redrawn_verified_and_published() {
    let folder = tempfile::tempdir().unwrap();
    let at = |file: &str| folder.path().join("results/small").join(file);
    write(folder.path(), &config(""));
    assert_eq!(remeasure(folder.path(), "run --config small.toml").code, 0);
    let plain = std::fs::read(at("quick/figures/error.svg")).unwrap();
    assert!(!at("quick/figures/error.pdf").exists());

    // A style makes the figure stale, but nothing has to be run again.
    write(folder.path(), &config("[style]\nwidth = \"85mm\"\npdf = true\n"));
    let (code, text) = verified(folder.path());
    assert!(code == 1 && text.contains("stale specification") && !text.contains("stale config"), "{text}");
    let run = remeasure(folder.path(), "report --config small.toml");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let (code, text) = verified(folder.path());
    assert_eq!(code, 0, "{text}");
    let pdf = std::fs::read(at("quick/figures/error.pdf")).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    assert!(std::fs::read_to_string(at("quick/figures/error.svg")).unwrap().contains("width=\"85mm\""));
    let run = remeasure(folder.path(), "verify --config small.toml --redraw");
    assert_eq!(run.code, 0, "{}", run.stdout);
    let run = remeasure(folder.path(), "publish --config small.toml --profile quick");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(std::fs::read(at("published/figures/error.pdf")).unwrap(), pdf);

    // A changed byte of the PDF is detected; another report removes the file.
    let mut edited = pdf.clone();
    edited[pdf.len() / 2] ^= 1;
    std::fs::write(at("quick/figures/error.pdf"), edited).unwrap();
    let (code, text) = verified(folder.path());
    assert!(code == 1 && text.contains("altered  figures/error.pdf"), "{text}");
    write(folder.path(), &config(""));
    assert_eq!(remeasure(folder.path(), "report --config small.toml").code, 0);
    assert!(!at("quick/figures/error.pdf").exists());
    assert_eq!(std::fs::read(at("quick/figures/error.svg")).unwrap(), plain);
}
