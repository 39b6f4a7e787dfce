//! `ro-crate-metadata.json`: what a folder holds, for archives and catalogues.
//!
//! RO-Crate 1.1 (<https://w3id.org/ro/crate/1.1>) in JSON-LD: a flat list of entities that name each
//! other by `@id`. It is derived from the manifest and the files next to it, times included.

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::timings::TIMINGS_MD;
use super::{REPORT, REPORT_HTML};
use crate::files::write_atomic;
use crate::journal::JOURNAL;
use crate::provenance::{Code, MANIFEST, Manifest};
use crate::storage::{OUTCOMES, RECORDS, TIMINGS};

/// File name of the metadata.
pub const CRATE: &str = "ro-crate-metadata.json";

/// RO-Crate requires a licence, which may be a text; configs do not state one.
const NO_LICENCE: &str = "No licence is stated. Ask whoever made the run how its files may be used.";

/// What a file is, and its media type.
fn description(name: &str) -> (String, &'static str) {
    let media = match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "csv" => "text/csv",
        "md" => "text/markdown",
        "html" => "text/html",
        "tex" => "application/x-tex",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "pdf" => "application/pdf",
        "toml" => "application/toml",
        "gz" => "application/gzip",
        _ => "application/octet-stream",
    };
    let of = |folder: &str| name.strip_prefix(folder)?.rsplit_once('.').map(|(id, _)| id.to_owned());
    let text = match name {
        REPORT => "Report: verdicts, how the fits ended, figures, tables and provenance".into(),
        REPORT_HTML => "The report for browsers".into(),
        RECORDS => {
            "Every measured number in long form: cell, replicate, estimator, coordinate, metric".into()
        }
        OUTCOMES => "How each estimator of each trial ended".into(),
        TIMINGS => "Fit seconds of each estimator in each trial".into(),
        TIMINGS_MD => "Fit times, and when, where and how the run was made".into(),
        "summary.csv" | "summary.csv.gz" => {
            "Per cell, estimator and metric: counts, mean, standard error, quartiles".into()
        }
        "claims.csv" => "Every claim with its published value, test and verdict".into(),
        "claim_groups.csv" => "Every claim, cell by cell".into(),
        JOURNAL => "Every finished trial, with config and code".into(),
        MANIFEST => "Resolved config, code, hardware, times, digests of records and files".into(),
        _ => match (of("tables/"), of("figures/")) {
            (Some(id), _) => format!("Table {id}"),
            (_, Some(id)) => format!("Figure {id}"),
            _ => name.to_owned(),
        },
    };
    (text, media)
}

/// The program as an entity, by its commit.
fn software(code: &Code) -> Value {
    json!({
        "@id": software_id(code),
        "@type": "SoftwareApplication",
        "name": "remeasure",
        "version": code.version,
        "softwareVersion": format!(
            "{}, commit {}{}",
            code.version,
            code.commit,
            if code.dirty { " with uncommitted changes" } else { "" }
        ),
        "softwareRequirements": code.rustc,
        "operatingSystem": code.target,
    })
}

fn software_id(code: &Code) -> String {
    format!("#remeasure-{}-{}", code.version, code.binary)
}

fn reference(id: &str) -> Value {
    json!({ "@id": id })
}

/// One reference, or a list of several.
fn references(ids: Vec<String>) -> Value {
    match ids.as_slice() {
        [id] => reference(id),
        ids => ids.iter().map(|id| reference(id)).collect(),
    }
}

/// The metadata of a folder with the files `names`, as JSON-LD.
fn metadata(manifest: &Manifest, names: &[String]) -> Value {
    let text = |key: &str| manifest.config.get(key).and_then(toml::Value::as_str).unwrap_or_default();
    let (experiment, title, paper) = (text("experiment"), text("title"), text("paper"));
    let name = if title.is_empty() { experiment } else { title };
    let about = match text("about").trim() {
        "" => format!("The experiment {experiment} of remeasure, profile {}.", manifest.profile),
        about => about.to_owned(),
    };
    let files: Vec<Value> = names.iter().map(|n| reference(n)).collect();
    // The outputs of the run; the manifest, which holds the config, counts as an input.
    let results: Vec<Value> = names.iter().filter(|n| *n != MANIFEST).map(|n| reference(n)).collect();
    let mut root = json!({
        "@id": "./",
        "@type": "Dataset",
        "name": format!("{name} ({experiment}, profile {})", manifest.profile),
        "description": about,
        "datePublished": manifest.finished,
        "identifier": format!("config {}, records {}", manifest.config_hash, manifest.records),
        "hasPart": files,
        "mentions": reference("#run"),
        "license": NO_LICENCE,
    });
    let code: Vec<&Code> = std::iter::once(&manifest.code).chain(&manifest.other_code).collect();
    let inputs: Vec<(String, &String, &String)> = (0..)
        .zip(&manifest.inputs)
        .map(|(i, (name, digest))| (format!("#input-{i}"), name, digest))
        .collect();
    let object = std::iter::once(MANIFEST).chain(inputs.iter().map(|(id, ..)| id.as_str()));
    let action = json!({
        "@id": "#run",
        "@type": "CreateAction",
        "name": format!("Run of {experiment}, profile {}", manifest.profile),
        "description": manifest.command,
        "startTime": manifest.started,
        "endTime": manifest.finished,
        "instrument": references(code.iter().map(|c| software_id(c)).collect()),
        "object": references(object.map(str::to_owned).collect()),
        "result": results,
    });
    let mut graph = vec![json!({
        "@id": CRATE,
        "@type": "CreativeWork",
        "conformsTo": reference("https://w3id.org/ro/crate/1.1"),
        "about": reference("./"),
    })];
    if !paper.is_empty() {
        root["citation"] = reference("#paper");
        graph.push(json!({ "@id": "#paper", "@type": "ScholarlyArticle", "name": paper }));
    }
    graph.extend([root, action]);
    graph.extend(code.into_iter().map(software));
    graph.extend(inputs.into_iter().map(|(id, name, digest)| {
        json!({ "@id": id, "@type": "CreativeWork", "name": name, "identifier": format!("SHA-256 {digest}") })
    }));
    graph.extend(names.iter().map(|name| {
        let (description, media) = description(name);
        json!({
            "@id": name,
            "@type": "File",
            "name": name,
            "description": description,
            "encodingFormat": media,
        })
    }));
    json!({ "@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph })
}

/// Writes the metadata of the files that `manifest` lists in `folder`, and of the records next to them.
///
/// # Errors
/// A folder that cannot be written.
pub fn write(folder: &Path, manifest: &Manifest) -> Result<()> {
    let beside = [MANIFEST, RECORDS, OUTCOMES, TIMINGS, JOURNAL];
    let mut names: Vec<String> =
        beside.iter().filter(|f| folder.join(f).is_file()).map(|f| (*f).to_owned()).collect();
    names.extend(manifest.files.keys().filter(|f| !beside.contains(&f.as_str())).cloned());
    let text = crate::json::sorted(metadata(manifest, &names));
    write_atomic(&folder.join(CRATE), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provenance::Hardware;
    use std::collections::{BTreeMap, BTreeSet};

    fn manifest() -> Manifest {
        let config = "experiment = \"toy\"\ntitle = \"A \\\"toy\\\"\"\npaper = \"Somebody 2020\"";
        Manifest {
            command: "remeasure run toy".into(),
            jobs: 1,
            config_file: String::new(),
            only: Vec::new(),
            started: "2026-01-01T00:00:00Z".into(),
            finished: "2026-01-01T00:01:00Z".into(),
            trials: 3,
            config_hash: "0123456789abcdef".into(),
            profile: "quick".into(),
            code: Code::of_this_binary(),
            records: "fedcba9876543210".into(),
            other_code: vec![Code { binary: "other".into(), ..Code::of_this_binary() }],
            hardware: Hardware::here(),
            inputs: BTreeMap::from([("X.csv".into(), "abc".into())]),
            files: ["report.md", "figures/a.svg", "tables/t.tex"].map(|f| (f.into(), "1".into())).into(),
            config: toml::from_str(config).unwrap(),
        }
    }

    /// All `@id`s below a value that stand alone, and so refer to an entity.
    fn referred_to(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => match map.get("@id").and_then(Value::as_str) {
                Some(id) if map.len() == 1 => {
                    found.insert(id.to_owned());
                }
                _ => map.values().for_each(|v| referred_to(v, found)),
            },
            Value::Array(items) => items.iter().for_each(|v| referred_to(v, found)),
            _ => {}
        }
    }

    #[test]
    fn whatever_is_referred_to_is_described() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(RECORDS), "x").unwrap();
        std::fs::write(folder.path().join(MANIFEST), "x").unwrap();
        write(folder.path(), &manifest()).unwrap();
        let text = std::fs::read_to_string(folder.path().join(CRATE)).unwrap();
        let all: Value = serde_json::from_str(&text).unwrap();
        let graph = all["@graph"].as_array().unwrap();
        let ids: Vec<&str> = graph.iter().map(|e| e["@id"].as_str().unwrap()).collect();
        let distinct: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(distinct.len(), ids.len(), "{ids:?}");
        let mut referred = BTreeSet::new();
        referred_to(&all["@graph"], &mut referred);
        referred.remove("https://w3id.org/ro/crate/1.1");
        for id in &referred {
            assert!(distinct.contains(id.as_str()), "{id} is not described");
        }
        // Only the metadata itself is not referred to.
        let unnamed: Vec<&str> = distinct.iter().copied().filter(|id| !referred.contains(*id)).collect();
        assert_eq!(unnamed, [CRATE]);
        let of = |id: &str| graph.iter().find(|e| e["@id"] == id).unwrap();
        assert_eq!(of("./")["name"], "A \"toy\" (toy, profile quick)");
        assert_eq!(of("./")["datePublished"], "2026-01-01T00:01:00Z");
        assert_eq!(of("tables/t.tex")["encodingFormat"], "application/x-tex");
        assert_eq!(of("#paper")["name"], "Somebody 2020");
        assert_eq!(of("#run")["instrument"].as_array().map(Vec::len), Some(2));
        // A file that is not there is not described.
        assert!(!ids.contains(&JOURNAL) && ids.contains(&RECORDS));
    }
}
