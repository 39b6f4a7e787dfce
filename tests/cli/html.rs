//! `report.html` and `index.html`, checked as text; `scripts/browser-test.sh` opens them in a browser.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::program::{SMALL, folder_with, remeasure};

fn run(folder: &Path, config: &str) -> String {
    let run = remeasure(folder, &format!("run --config {config} --out out"));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("  browser: out/"), "{}", run.stdout);
    page(folder, "out/small/quick/report.html")
}

fn page(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).unwrap()
}

/// The values of an attribute, in order.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    page.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn a_report_needs_no_other_file_and_its_links_lead_somewhere() {
    let folder = folder_with(SMALL);
    let page = run(folder.path(), "small.toml");
    for fetched in ["<link rel=\"stylesheet", "<script src", "@import", "url(", "http-equiv=\"refresh"] {
        assert!(!page.contains(fetched), "{fetched}");
    }
    for source in values(&page, "src") {
        assert!(source.starts_with("data:"), "{source}");
    }
    let ids = values(&page, "id");
    let distinct: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), distinct.len(), "{ids:?}");
    let mut links = 0;
    for link in values(&page, "href").into_iter().filter(|link| *link != "data:,") {
        assert!(distinct.contains(link.strip_prefix('#').unwrap()), "{link}");
        links += 1;
    }
    assert!(links >= 8, "{links}");
    for reference in ["aria-labelledby", "aria-describedby"] {
        let named = values(&page, reference);
        assert!(!named.is_empty() && named.iter().all(|id| distinct.contains(id)), "{reference}: {named:?}");
    }
    // In reading order.
    let places: Vec<usize> = [
        "question",
        "verdicts",
        "figures",
        "tables",
        "summary",
        "failures",
        "data",
        "estimators",
        "provenance",
    ]
    .iter()
    .map(|id| page.find(&format!("<section id=\"{id}\"")).unwrap_or_else(|| panic!("no {id}")))
    .collect();
    assert!(places.is_sorted(), "{places:?}");
    let toml = std::fs::read_to_string(folder.path().join("small.toml")).unwrap();
    for statement in toml.lines().filter_map(|line| line.strip_prefix("statement = ")) {
        assert!(page.contains(statement.trim_matches('"')), "{statement}");
    }
}

#[test]
fn the_summary_is_packed_within() {
    let folder = folder_with(SMALL);
    let page = run(folder.path(), "small.toml");
    let (_, packed) = page.split_once("<script type=\"application/gzip\">").unwrap();
    let packed = STANDARD.decode(packed.split('<').next().unwrap()).unwrap();
    let mut summary = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut summary).unwrap();
    let whole = self::page(folder.path(), "out/small/quick/summary.csv");
    assert_eq!(summary.lines().count(), whole.lines().count());
    assert!(summary.lines().count() > 10);
    for (short, long) in summary.split([',', '\n']).zip(whole.split([',', '\n'])) {
        let numbers = (short.parse::<f64>(), long.parse::<f64>());
        // To six digits.
        let same = matches!(numbers, (Ok(a), Ok(b)) if (a - b).abs() <= 1e-5 * b.abs());
        assert!(same || short == long, "{short}, {long}");
    }
}

#[test]
fn nothing_in_a_config_is_markup() {
    let odd = SMALL
        .replace("label = \"observations n\"", "label = \"n <i>per</i> arm & \\\"more\\\"\"")
        .replacen("title = \"", "title = \"</title><script>alert(1)</script> ", 1)
        .replacen("statement = \"", "statement = \"<img src=x onerror=alert(1)> ", 1);
    let folder = folder_with(&odd);
    let page = run(folder.path(), "small.toml");
    assert!(!page.contains("<script>alert") && !page.contains("<img src=x") && !page.contains("<i>per"));
    assert!(page.contains("&lt;script&gt;alert(1)") && page.contains("n &lt;i&gt;per&lt;/i&gt; arm &amp; "));
}

#[test]
fn the_index_is_over_all_runs_and_spares_what_is_not_ours() {
    let folder = folder_with(SMALL);
    run(folder.path(), "small.toml");
    let index = folder.path().join("out/index.html");
    assert!(!index.exists());
    let other = remeasure(folder.path(), "run --config small.toml --out out --seed 5");
    assert_eq!(other.code, 0, "{}", other.stderr);
    let report = remeasure(folder.path(), "report --config small.toml --out out --html");
    assert!(report.code == 0 && report.stdout.contains("index:   out/index.html"), "{}", report.stdout);
    let page = self::page(folder.path(), "out/index.html");
    let links: BTreeSet<&str> =
        values(&page, "href").into_iter().filter_map(|link| link.strip_suffix("/report.html")).collect();
    assert_eq!(links.len(), 2, "{links:?}");
    for link in &links {
        assert!(folder.path().join("out").join(link).join("report.html").is_file(), "{link}");
    }
    // Each verdict links to its row in a report.
    for link in values(&page, "href").into_iter().filter(|link| link.contains("#claim-")) {
        let (report, claim) = link.split_once('#').unwrap();
        let report = self::page(folder.path(), &format!("out/{report}"));
        assert!(report.contains(&format!("id=\"{claim}\"")), "{link}");
    }
    std::fs::write(&index, "<title>mine</title>").unwrap();
    let report = remeasure(folder.path(), "report --config small.toml --out out --html");
    assert!(
        report.code == 0 && report.stderr.contains("was not written by this program"),
        "{}",
        report.stderr
    );
    assert_eq!(std::fs::read_to_string(&index).unwrap(), "<title>mine</title>");
}
