//! Tests that the harness's modules have no cyclic dependencies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The top-level modules that a file at this depth refers to, by `crate::` or enough `super::`.
fn named(text: &str, depth: usize) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for root in ["crate::".to_owned(), "super::".repeat(depth)] {
        for (at, _) in text.match_indices(&root) {
            if text[..at].ends_with("super::") {
                continue;
            }
            let rest = &text[at + root.len()..];
            let list = rest.strip_prefix('{').map_or(rest, |rest| rest.split(';').next().unwrap_or(rest));
            let several = rest.starts_with('{');
            let names = list.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_owned);
            found.extend(names.take(if several { usize::MAX } else { 1 }));
        }
    }
    found
}

fn read(folder: &Path, place: &[String], graph: &mut BTreeMap<String, BTreeSet<String>>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let stem = name.trim_end_matches(".rs");
        let below: Vec<String> = place.iter().cloned().chain([stem.to_owned()]).collect();
        if entry.path().is_dir() {
            read(&entry.path(), &below, graph);
        } else if name.ends_with(".rs")
            && !stem.ends_with("tests")
            && !["lib", "testing", "module_graph"].contains(&stem)
        {
            let depth = below.len() - usize::from(stem == "mod");
            let text = std::fs::read_to_string(entry.path()).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            let code: String = lines.map(|line| format!("{line}\n")).collect();
            graph.entry(below[0].clone()).or_default().extend(named(&code, depth));
        }
    }
}

#[test]
fn modules_form_no_circle() {
    let mut graph = BTreeMap::new();
    read(Path::new(env!("CARGO_MANIFEST_DIR")), &[], &mut graph);
    assert!(graph.len() > 20 && graph["journal"].contains("plan"), "{graph:?}");
    let modules: BTreeSet<String> = graph.keys().cloned().collect();
    for (module, needs) in &mut graph {
        needs.retain(|need| need != module && modules.contains(need));
    }
    // Remove modules without remaining dependencies, until only cycles are left.
    while let Some(free) = graph.iter().find(|(_, needs)| needs.is_empty()).map(|(module, _)| module.clone())
    {
        graph.remove(&free);
        graph.values_mut().for_each(|needs| {
            needs.remove(&free);
        });
    }
    assert!(graph.is_empty(), "these modules need each other: {graph:#?}");
}
