//! The reference of config keys, generated from the types that read them: as Markdown, as text for a terminal, and as
//! a JSON Schema for editors.

mod json_schema;
mod key;
mod render;

use remeasure_core::family::{AnyFamily, Metric, Sense};
use remeasure_core::hint;
use remeasure_core::params::Kind;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

pub use json_schema::json_schema;
pub use render::{contents, markdown, text};

use crate::claims;
use crate::config::wire::{EstimatorKeys, ProfileWire, SweepKeys, Wire};
use crate::config::{LimitsWire, SpeedWire, StyleSpec, TableSpec};
use crate::figures;
use crate::keys;
use crate::registry::Paper;

/// The keys of one table of a config.
#[derive(Clone, Debug)]
pub struct Section {
    /// Name, dotted if a table has kinds: `figure`, `figure.line`.
    pub name: String,
    /// Heading, such as `` `[[figure]]`, kind `line` ``.
    pub heading: String,
    /// The keys, with their types and meaning.
    pub schema: Schema,
}

fn section<T: JsonSchema>(name: &str, heading: &str) -> Section {
    Section { name: name.to_owned(), heading: heading.to_owned(), schema: keys::schema::<T>() }
}

/// Puts `about`, a line about the section, before its description.
fn described(mut schema: Schema, about: &str) -> Schema {
    let (own, _) = key::description(schema.as_value());
    if about.is_empty() {
        return schema;
    }
    let mut letters = about.trim_end_matches('.').chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let about: String = first.chain(letters).chain(['.']).collect();
    let text = [about, own].join("\n\n");
    schema.insert("description".to_owned(), Value::String(text.trim().to_owned()));
    schema
}

/// The sections of a table whose key `tag` selects its kind: one for the shared keys and one for each kind.
fn tagged(table: &str, tag: &str, mut common: Schema, kinds: Vec<(&str, Schema)>) -> Vec<Section> {
    let heading = format!("`[[{table}]]`");
    let word = |(name, schema): &(&str, Schema)| {
        let about = key::description(schema.as_value()).0;
        let first = about.split_once([':', '.']).map_or(about.as_str(), |(first, _)| first);
        json!({ "const": name, "description": format!("{first}.") })
    };
    let words: Vec<Value> = kinds.iter().map(word).collect();
    if let Some(Value::Object(properties)) = common.get_mut("properties") {
        let about = "Determines the further keys.";
        properties.insert(tag.to_owned(), json!({ "oneOf": words, "description": about }));
    }
    if let Some(Value::Array(required)) = common.get_mut("required") {
        required.push(tag.into());
    }
    let whole = Section { name: table.to_owned(), heading: heading.clone(), schema: common };
    let kinds = kinds.into_iter().map(|(kind, schema)| Section {
        name: format!("{table}.{kind}"),
        heading: format!("{heading}, `{tag} = \"{kind}\"`"),
        schema,
    });
    std::iter::once(whole).chain(kinds).collect()
}

/// The sections of the kinds of a table in one family.
fn of_family<'a>(table: &'a str, family: &'a str, kinds: Vec<Kind>) -> impl Iterator<Item = Section> + 'a {
    let heading = if table == "problem" { "`[problem]`" } else { "`[[estimator]]`" };
    kinds.into_iter().map(move |kind| {
        let (dot, tag) = match kind.name {
            "" => (String::new(), String::new()),
            name => (format!(".{name}"), format!(", `kind = \"{name}\"`")),
        };
        Section {
            name: format!("{table}.{family}{dot}"),
            heading: format!("{heading}, `family = \"{family}\"`{tag}"),
            schema: described((kind.schema)(), kind.about),
        }
    })
}

/// The metrics of a family, with the direction that is better: what `metric` may name.
fn metrics(family: &dyn AnyFamily) -> Section {
    let about = |metric: &Metric| {
        let better = match metric.sense {
            Sense::Lower => " Lower is better.",
            Sense::Higher => " Higher is better.",
            Sense::Certificate => " A certificate: lower is more exact.",
            Sense::Neither => "",
        };
        json!({ "type": "number", "description": format!("{}.{better}", metric.about.trim_end_matches('.')) })
    };
    let properties: serde_json::Map<String, Value> =
        family.metrics().iter().map(|metric| (metric.name.to_owned(), about(metric))).collect();
    let text = "Numbers that are recorded of each fit: values of `metric` in figures, tables and claims.";
    let schema = json!({ "type": "object", "description": text, "properties": properties });
    Section {
        name: format!("metrics.{}", family.name()),
        heading: format!("Metrics of `family = \"{}\"`", family.name()),
        schema: Schema::try_from(schema).expect("an object is a schema"),
    }
}

/// All sections, those of families last.
#[must_use]
pub fn sections(families: &[&dyn AnyFamily]) -> Vec<Section> {
    let mut all = vec![
        section::<Wire>("config", "Top level"),
        section::<ProfileWire>("profile", "`[profile.NAME]`"),
        section::<SweepKeys>("sweep", "`[sweep]`"),
        section::<EstimatorKeys>("estimator", "`[[estimator]]`"),
        section::<LimitsWire>("limits", "`[limits]`"),
        section::<TableSpec>("table", "`[[table]]`"),
    ];
    let kinds = figures::KINDS.iter().map(|kind| (kind.name, (kind.schema)()));
    all.extend(tagged("figure", "kind", keys::schema::<figures::Common>(), kinds.collect()));
    let forms = claims::forms().map(|(name, about, schema)| (name, described(schema, about)));
    all.extend(tagged("claim", "form", claims::common_keys(), forms.collect()));
    all.push(section::<StyleSpec>("style", "`[style]`"));
    all.push(section::<SpeedWire>("speed", "`[[speed]]`"));
    all.push(section::<Paper>("paper", "`paper.toml`"));
    for family in families {
        all.extend(of_family("problem", family.name(), family.problems()));
        all.extend(of_family("estimator", family.name(), family.kinds()));
        all.push(metrics(*family));
    }
    all
}

/// The section of this name and those below it; `lasso` means `estimator.sparse.lasso`.
///
/// # Errors
/// If the name is unknown; the message suggests similar names.
pub fn find<'a>(sections: &'a [Section], name: &str) -> Result<Vec<&'a Section>, String> {
    let name = name.trim_matches(['[', ']']);
    let below = |s: &&Section| s.name == name || s.name.starts_with(&format!("{name}."));
    let last =
        |s: &&Section| s.name.rsplit('.').next() == Some(name) || s.name.split('.').nth(1) == Some(name);
    let found: Vec<&Section> = sections.iter().filter(below).collect();
    let found = if found.is_empty() { sections.iter().filter(last).collect() } else { found };
    if found.is_empty() {
        let all = sections.iter().map(|s| s.name.as_str());
        return Err(hint::unknown("section", name, all));
    }
    Ok(found)
}
