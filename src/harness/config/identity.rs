//! The settings that a stored number depends on, and the changes between two configs.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::Resolved;
use crate::digest;
use crate::keys;
use crate::records::AxisValue;

/// Maps dotted keys to values as text.
pub(super) type Flat = BTreeMap<String, String>;

fn flat(table: &Table) -> Flat {
    // `1` and `1.0` are the same setting.
    let text =
        |value: &Value| AxisValue::from_toml(value).map_or_else(|| value.to_string(), |v| v.to_string());
    // What a version command printed is not known to commands that execute nothing.
    let version = format!("{}.version", remeasure_external::RECORDED);
    let leaves = keys::leaves(table).into_iter().filter(|(path, _)| *path != version);
    leaves.map(|(path, value)| (path, text(value))).collect()
}

/// Marks the key at `path`, and all keys below it, as set by the sweep.
fn mark_swept(flat: &mut Flat, path: &str) {
    let below = format!("{path}.");
    flat.retain(|key, _| key != path && !key.starts_with(&below));
    flat.insert(path.to_owned(), SWEPT.to_owned());
}

pub(super) const SWEPT: &str = "(swept)";

/// Which numbers a setting can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The seed of every random stream: all numbers.
    Seed,
    /// Family and problem: all numbers.
    Problem,
    /// Those of the estimator with this name.
    Estimator(String),
    /// Number of replicates: all means, but no single value.
    Replicates,
    /// Added or removed cells and estimators: no numbers.
    Extent,
}

/// A setting that differs between two configs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which numbers it can change.
    pub reach: Reach,
    /// Description, such as `problem.k: 3 → 4`.
    pub text: String,
}

fn with_reach(reach: &Reach, texts: Vec<String>) -> impl Iterator<Item = Change> {
    texts.into_iter().map(move |text| Change { reach: reach.clone(), text })
}

/// The first 8 bytes of the SHA-256 of `lines`, each ended by a line feed.
pub(crate) fn digest<'a>(lines: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut hash = Sha256::new();
    for line in lines {
        hash.update(line.as_bytes());
        hash.update(b"\n");
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hash.finalize()[..8]);
    u64::from_le_bytes(first)
}

/// A value as text, independent of the order of its keys: writing a config and reading it again moves
/// tables behind other keys.
fn canonical(value: &Value) -> String {
    match value {
        Value::Table(table) => {
            let sorted: BTreeMap<&String, String> = table.iter().map(|(k, v)| (k, canonical(v))).collect();
            format!("{sorted:?}")
        }
        Value::Array(values) => format!("{:?}", values.iter().map(canonical).collect::<Vec<_>>()),
        other => other.to_string(),
    }
}

/// Every key that differs, with its value before and after; `None` where it is not set.
pub(super) fn differing<'f>(
    before: &'f Flat,
    after: &'f Flat,
) -> impl Iterator<Item = (&'f str, [Option<&'f str>; 2])> {
    let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
    keys.sort();
    keys.dedup();
    let pair =
        move |key: &'f String| (key.as_str(), [before, after].map(|flat| flat.get(key).map(String::as_str)));
    keys.into_iter().map(pair).filter(|(_, [before, after])| before != after)
}

/// `problem.k: 3 → 4` for every key that differs.
fn differences(prefix: &str, before: &Flat, after: &Flat) -> Vec<String> {
    let line = |(key, values): (&str, [Option<&str>; 2])| {
        let [before, after] = values.map(|value| value.unwrap_or("(not set)"));
        format!("{prefix}{key}: {before} → {after}")
    };
    differing(before, after).map(line).collect()
}

impl Resolved {
    /// The problem's settings; those that the sweep sets are marked.
    pub(super) fn flat_problem(&self) -> Flat {
        let mut flat = flat(&self.problem);
        for axis in &self.axes {
            if let Some(path) = axis.path.strip_prefix("problem.") {
                mark_swept(&mut flat, path);
            }
        }
        flat
    }

    /// Kind and parameters of the estimator at `index`; swept parameters are marked.
    pub(super) fn flat_estimator(&self, index: usize) -> Flat {
        let estimator = &self.estimators[index];
        let mut flat = flat(&estimator.parameters);
        let prefix = format!("estimator.{}.", estimator.name);
        for axis in &self.axes {
            if let Some(path) = axis.path.strip_prefix(&prefix) {
                mark_swept(&mut flat, path);
            }
        }
        flat.insert("kind".to_owned(), estimator.kind.clone());
        flat
    }

    /// Identity of the data that a replicate draws in a given cell: family, seed and the settings that are
    /// not swept. It does not depend on the replicates, cells and estimators of the config.
    #[must_use]
    pub fn data_identity(&self) -> u64 {
        let mut lines = vec![format!("family={}", self.family), format!("seed={}", self.seed)];
        lines.extend(self.flat_problem().iter().map(|(key, value)| format!("{key}={value}")));
        digest(lines.iter().map(String::as_str))
    }

    /// Identity of the estimator at `index`: kind and parameters, but not its name.
    #[must_use]
    pub fn estimator_identity(&self, index: usize) -> u64 {
        let flat = self.flat_estimator(index);
        let lines: Vec<String> = flat.iter().map(|(key, value)| format!("{key}={value}")).collect();
        digest(lines.iter().map(String::as_str))
    }

    /// Digest of the settings that define what a figure, a table or the whole report shows. `shows` is
    /// `figure/ID`, `table/ID` or `report`; `None` if the config has none of that name.
    #[must_use]
    pub fn specification(&self, shows: &str) -> Option<String> {
        let of = |key: &str| self.merged.get(key).map(canonical).unwrap_or_default();
        let text = match shows.split_once('/') {
            Some((kind @ ("figure" | "table"), id)) => {
                let all = self.merged.get(kind)?.as_array()?;
                let named = |t: &&Value| t.get("id").and_then(Value::as_str) == Some(id);
                let own = canonical(all.iter().find(named)?);
                // The appearance of figures depends on the section `[style]`, too.
                let own = if kind == "figure" && self.merged.contains_key("style") {
                    own + &of("style")
                } else {
                    own
                };
                // Line figures show numbers from claims.
                match self.figures.iter().find(|f| kind == "figure" && f.id == id) {
                    Some(figure) => own + &figure.claimed_text(),
                    None => own,
                }
            }
            None if shows == "report" => {
                let text = ["title", "about", "paper", "table", "figure", "claim"].map(of).join("\n");
                // Verdicts depend on the planned looks.
                text + &self.looks.map(|l| format!("\nlooks {} {}", l.first, l.most)).unwrap_or_default()
            }
            _ => return None,
        };
        // The sweep defines the labels of the axes.
        Some(digest::of_bytes(format!("{text}\n{}", of("sweep")).as_bytes()))
    }

    /// [`Resolved::conflicts_with`], each with the numbers it can change.
    fn conflicts(&self, before: &Self) -> Vec<Change> {
        let one = |key: &str, value: String| Flat::from([(key.to_owned(), value)]);
        let of = |key, a: String, b: String| differences("", &one(key, a), &one(key, b));
        let family = of("family", before.family.clone(), self.family.clone());
        let seed = of("seed", before.seed.to_string(), self.seed.to_string());
        let problem = differences("problem.", &before.flat_problem(), &self.flat_problem());
        let mut found: Vec<Change> = with_reach(&Reach::Problem, family).collect();
        found.extend(with_reach(&Reach::Seed, seed));
        found.extend(with_reach(&Reach::Problem, problem));
        for (index, estimator) in self.estimators.iter().enumerate() {
            if let Some(old) = before.estimators.iter().position(|e| e.name == estimator.name) {
                let prefix = format!("estimator {}, ", estimator.name);
                let changed = differences(&prefix, &before.flat_estimator(old), &self.flat_estimator(index));
                found.extend(with_reach(&Reach::Estimator(estimator.name.clone()), changed));
            }
        }
        found
    }

    /// The settings that differ between `before` and this config, so that numbers of the two cannot be
    /// stored together. Cells, replicates and estimators that only one of them has are not conflicts.
    #[must_use]
    pub fn conflicts_with(&self, before: &Self) -> Vec<String> {
        self.conflicts(before).into_iter().map(|c| c.text).collect()
    }

    /// Every setting that differs from `before`'s and can change or add numbers, with the numbers it can
    /// change.
    #[must_use]
    pub fn changes(&self, before: &Self) -> Vec<Change> {
        let size = |r: &Self| {
            let names: Vec<&str> = r.estimators.iter().map(|e| e.name.as_str()).collect();
            let mut flat = Flat::new();
            flat.insert("replicates".to_owned(), r.replicates.to_string());
            flat.insert("estimators".to_owned(), names.join(", "));
            for estimator in r.estimators.iter().filter(|e| !e.confined.is_empty()) {
                flat.insert(format!("estimator {}, where", estimator.name), estimator.confined.join(", "));
            }
            for axis in &r.axes {
                let values: Vec<String> = axis.values.iter().map(ToString::to_string).collect();
                flat.insert(format!("sweep.{}", axis.path), values.join(", "));
            }
            flat
        };
        let mut found = self.conflicts(before);
        let (old, new) = (size(before), size(self));
        let sizes = differences("", &old, &new);
        let reach = |text: &str| match text.starts_with("replicates: ") {
            true => Reach::Replicates,
            false => Reach::Extent,
        };
        found.extend(sizes.into_iter().map(|text| Change { reach: reach(&text), text }));
        found
    }

    /// The texts of [`Resolved::changes`].
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> Vec<String> {
        self.changes(before).into_iter().map(|c| c.text).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Document, Overrides, Resolved};

    const CONFIG: &str = "experiment = \"x\"\ntitle = \"x\"\nfamily = \"f\"\nseed = 3\n[problem]\nk = 3\nn = 5\n\
        noise = { sd = 1.0 }\n[sweep]\nproblem.n = [1, 2]\nestimator.b.step = [1, 2]\n\
        [[estimator]]\nkind = \"a\"\nlambda = { cv = { folds = 5 } }\n[[estimator]]\nname = \"b\"\nkind = \"a\"\n\
        lambda = { cv = { folds = 5 } }\n[profile.quick]\nreplicates = 4\n";

    fn resolve(text: &str) -> Resolved {
        Document::parse("x.toml", text).unwrap().resolve("quick", &Overrides::default()).unwrap()
    }

    fn conflicts(from: &str, to: &str) -> Vec<String> {
        let (before, after) = (resolve(CONFIG), resolve(&CONFIG.replace(from, to)));
        assert_ne!(CONFIG, CONFIG.replace(from, to));
        let found = after.conflicts_with(&before);
        let same_data = before.data_identity() == after.data_identity();
        let at_data = found.iter().any(|c| !c.starts_with("estimator "));
        assert_eq!(same_data, !at_data, "{found:?}");
        found
    }

    #[test]
    fn what_can_come_and_go_is_no_conflict() {
        for (from, to) in [
            ("replicates = 4", "replicates = 9"),
            ("[1, 2]\nest", "[2, 7]\nest"),
            ("n = 5", "n = 6"),
            ("sd = 1.0", "sd = 1"),
            ("title = \"x\"", "title = \"y\""),
            ("[profile", "[[estimator]]\nkind = \"c\"\n[profile"),
        ] {
            assert_eq!(conflicts(from, to), Vec::<String>::new(), "{from}");
        }
    }

    #[test]
    fn what_adds_a_number_is_a_change() {
        for (from, to, expected) in [
            ("replicates = 4", "replicates = 9", "replicates: 4 → 9"),
            ("[1, 2]\nest", "[2, 7]\nest", "sweep.problem.n: 1, 2 → 2, 7"),
            ("[profile", "[[estimator]]\nkind = \"c\"\n[profile", "estimators: a, b → a, b, c"),
            ("seed = 3", "seed = 4", "seed: 3 → 4"),
        ] {
            let (before, after) = (resolve(CONFIG), resolve(&CONFIG.replace(from, to)));
            assert_eq!(after.changes_since(&before), [expected]);
        }
    }

    #[test]
    fn what_moves_a_number_is_named() {
        for (from, to, expected) in [
            ("seed = 3", "seed = 4", "seed: 3 → 4"),
            ("k = 3", "k = 4", "problem.k: 3 → 4"),
            ("sd = 1.0", "sd = 2", "problem.noise.sd: 1 → 2"),
            ("k = 3", "k = 3\nsnr = 1", "problem.snr: (not set) → 1"),
            ("\nproblem.n = [1, 2]", "", "problem.n: (swept) → 5"),
            ("folds = 5 } }\n[[", "folds = 9 } }\n[[", "estimator a, lambda.cv.folds: 5 → 9"),
        ] {
            assert_eq!(conflicts(from, to), [expected]);
        }
    }

    #[test]
    fn an_estimator_is_what_it_does() {
        let r = resolve(CONFIG);
        let renamed = resolve(&CONFIG.replace(
            "kind = \"a\"\nlambda = { cv = { folds = 5 } }\n[[",
            "name = \"z\"\nkind = \"a\"\nlambda = { cv = { folds = 5 } }\n[[",
        ));
        assert_eq!(r.estimator_identity(0), renamed.estimator_identity(0));
        // The same base parameters, but one of them is swept.
        assert_ne!(r.estimator_identity(0), r.estimator_identity(1));
    }
}
