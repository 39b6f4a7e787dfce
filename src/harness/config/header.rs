//! The head of a config, which `list` shows, read without the rest of the file.

use serde::Deserialize;
use toml::{Table, Value};

use super::ConfigError;
use super::overlay::apply_profile;
use super::source::Source;
use crate::claims::Looks;

/// The head of a config: its name, title, family and sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Name of the experiment.
    pub experiment: String,
    /// Title, in one line.
    pub title: String,
    /// Name of the family.
    pub family: String,
    /// Its profiles, in the order of the file.
    pub profiles: Vec<ProfileSize>,
}

/// A profile's size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileSize {
    /// Its name.
    pub name: String,
    /// Number of cells.
    pub cells: usize,
    /// Replicates per cell; those of the first look, if there are several.
    pub replicates: u32,
    /// Replicates of the last look, if it looks until every claim is decided.
    pub most: Option<u32>,
}

#[derive(Deserialize)]
struct Wire {
    experiment: String,
    title: String,
    family: String,
    #[serde(default)]
    sweep: Table,
    #[serde(default)]
    profile: Table,
}

/// The keys before the first table, and the tables `[sweep…]` and `[profile…]`.
fn head(text: &str) -> String {
    let mut kept = String::with_capacity(2048);
    let mut keep = true;
    for line in text.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("[") {
            keep = ["sweep", "profile"].iter().any(|section| {
                name.trim_start()
                    .strip_prefix(section)
                    .is_some_and(|rest| rest.trim_start().starts_with([']', '.']))
            });
        }
        if keep {
            kept.push_str(line);
        }
    }
    kept
}

/// Product of the numbers of values of all axes below a table of the sweep.
fn cells(sweep: &Table) -> usize {
    let values = |value: &Value| match value {
        Value::Array(values) => values.len(),
        Value::Table(axis) => match axis.get("values") {
            Some(Value::Array(values)) => values.len(),
            _ => cells(axis),
        },
        _ => 1,
    };
    sweep.values().map(values).product()
}

impl Header {
    /// Reads the head of a config text; `file` is the name shown in errors. The other tables are not read, so a
    /// config with a valid head may still be invalid.
    ///
    /// # Errors
    /// If the text is not valid TOML, or if a key of the head is missing or has the wrong type.
    pub fn read(file: &str, text: &str) -> Result<Self, ConfigError> {
        // Lines inside a text that look like a heading of a table make the head invalid TOML: read the whole file.
        let table: Table = match toml::from_str(&head(text)) {
            Ok(table) => table,
            Err(_) => Source::parse(file, text)?.1,
        };
        let wire: Wire = serde_path_to_error::deserialize(Value::Table(table)).map_err(|e| {
            let path = e.path().to_string();
            let source = Source::parse(file, text).map(|(source, _)| source).unwrap_or_default();
            source.error(if path == "." { "" } else { &path }, &e.into_inner().to_string())
        })?;
        let mut profiles = Vec::with_capacity(wire.profile.len());
        for (name, value) in &wire.profile {
            let replicates = value.get("replicates").and_then(Value::as_integer).unwrap_or(0);
            let replicates = replicates.try_into().unwrap_or(0);
            let until = value.get("until").is_some();
            let given = value.get("max_replicates").and_then(Value::as_integer);
            let most = given.and_then(|most| most.try_into().ok());
            let looks = Looks::new(replicates, most).planned();
            let sweep = value.get("sweep").cloned().unwrap_or_else(|| Value::Table(Table::new()));
            let over = Table::from_iter([("sweep".to_owned(), sweep)]);
            let mut merged = Table::from_iter([
                ("sweep".to_owned(), Value::Table(wire.sweep.clone())),
                ("profile".to_owned(), Value::Table(Table::from_iter([(name.clone(), Value::Table(over))]))),
            ]);
            apply_profile(&mut Source::default(), &mut merged, name)?;
            profiles.push(ProfileSize {
                name: name.clone(),
                cells: merged.get("sweep").and_then(Value::as_table).map_or(1, cells),
                replicates,
                most: looks.last().copied().filter(|_| until),
            });
        }
        Ok(Self { experiment: wire.experiment, title: wire.title, family: wire.family, profiles })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Document, Overrides};

    const CONFIG: &str = r#"
experiment = "e"
title = "T"
about = """
More."""
family = "f"
seed = 1
[profile.quick]
replicates = 2
[profile.paper]
replicates = 30
[profile.paper.problem]
k = 2
[profile.paper.sweep]
problem.n = [1, 2, 3]
estimator.a.lambda = [0.1]
[problem]
k = 3
[sweep]
problem.n = { values = [1, 2], label = "observations" }
problem.deep.er = [true, false]
estimator.a.lambda = [1, 2, 3]
[[estimator]]
kind = "a"
lambda = 1
[[claim]]
id = "c"
"#;

    fn sizes(text: &str) -> Vec<(String, usize, u32)> {
        let header = Header::read("e.toml", text).unwrap();
        assert_eq!(
            (header.experiment.as_str(), header.title.as_str(), header.family.as_str()),
            ("e", "T", "f")
        );
        header.profiles.into_iter().map(|p| (p.name, p.cells, p.replicates)).collect()
    }

    #[test]
    fn sizes_are_those_of_the_whole_config() {
        let expected = [("quick".to_owned(), 12, 2), ("paper".to_owned(), 6, 30)];
        assert_eq!(sizes(CONFIG), expected);
        let document = Document::parse("e.toml", &CONFIG.replace("[[claim]]\nid = \"c\"\n", "")).unwrap();
        for (name, cells, replicates) in expected {
            let resolved = document.resolve(&name, &Overrides::default()).unwrap();
            assert_eq!((resolved.cell_count(), resolved.replicates), (cells, replicates));
        }
    }

    #[test]
    fn a_profile_with_looks_tells_how_far_they_may_go() {
        for (more, expected) in [
            ("", None),
            ("until = \"decided\"\n", Some(128)),
            ("until = \"decided\"\nmax_replicates = 9\n", Some(8)),
        ] {
            let text = CONFIG.replace("replicates = 2\n", &format!("replicates = 2\n{more}"));
            let header = Header::read("e.toml", &text).unwrap();
            assert_eq!((header.profiles[0].most, header.profiles[1].most), (expected, None));
            let document = Document::parse("e.toml", &text.replace("[[claim]]\nid = \"c\"\n", "")).unwrap();
            let looks = document.resolve("quick", &Overrides::default()).unwrap().looks;
            assert_eq!(looks.and_then(|looks| looks.planned().last().copied()), expected);
        }
    }

    #[test]
    fn a_text_with_lines_like_headings_is_read_as_a_whole() {
        let odd = CONFIG.replace("More.", "[problem]\nMore.\n[sweep]");
        assert_eq!(sizes(&odd).len(), 2);
        let odd =
            CONFIG.replace("kind = \"a\"", "kind = \"a\"\ntext = '''\n[profile.other]\nreplicates = 1\n'''");
        assert_eq!(sizes(&odd).len(), 2);
    }

    #[test]
    fn a_head_that_lacks_a_key_is_refused() {
        let error = Header::read("e.toml", "experiment = \"e\"\nfamily = \"f\"\n").unwrap_err();
        assert_eq!(error.to_string(), "e.toml: the key `title` is missing");
    }
}
