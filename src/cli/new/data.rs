//! A config for the user's own data, with the keys that read them.

use std::path::Path;

use anyhow::{Result, bail};
use remeasure_core::table::{Layout, Table};
use remeasure_harness::config::{Document, Overrides};
use remeasure_harness::plan::Plan;
use remeasure_harness::registry::Registry;
use toml::Value;

use super::NewArgs;
use super::study::{Own, family, lines};

/// Layouts of text files, the usual one first, as keys of `[problem]`.
fn layouts() -> Vec<String> {
    let mut all = Vec::new();
    for header in ["", "header = false\n"] {
        for delimiter in
            ["", "delimiter = \";\"\n", "delimiter = \"\\t\"\n", "delimiter = \"|\"\n", "delimiter = \" \"\n"]
        {
            for decimal in ["", "decimal = \",\"\n"] {
                // A comma cannot be both.
                if !delimiter.is_empty() || decimal.is_empty() {
                    all.push(format!("{header}{delimiter}{decimal}"));
                }
            }
        }
    }
    all
}

/// With more features than this, their names are left to the user.
const MOST_NAMES: usize = 100;

/// A path as a TOML string.
fn quoted(path: &Path) -> String {
    Value::String(path.display().to_string()).to_string()
}

/// The file read with the keys of a layout.
fn table(csv: &Path, layout: &str) -> Result<Table> {
    let keys: toml::Table = toml::from_str(layout)?;
    let layout = Layout {
        header: keys.get("header").and_then(Value::as_bool),
        delimiter: keys.get("delimiter").map(|v| v.clone().try_into()).transpose()?,
        decimal: keys.get("decimal").map(|v| v.clone().try_into()).transpose()?,
    };
    Ok(Table::open("data", csv, layout)?)
}

/// The key `names` of a figure, with the names of the features; empty if there are many.
fn names(csv: &Path, layout: &str) -> Result<String> {
    let table = table(csv, layout)?;
    let names: Vec<Value> = table.header().iter().map(|name| Value::String(name.clone())).collect();
    let some = (1..=MOST_NAMES).contains(&names.len());
    Ok(if some { format!("names = {}\n", Value::Array(names)) } else { String::new() })
}

/// The labels of a column: numbers in ascending order, texts in that of the alphabet; and whether they are numbers.
fn labels(csv: &Path, column: &str, layout: &str) -> Result<(Vec<Value>, bool)> {
    let table = table(csv, layout)?;
    let at = table.column("label", column)?;
    let mut texts: Vec<String> = table.cells(at).map(|cell| cell.into_owned()).collect();
    texts.sort();
    texts.dedup();
    let numbers: Option<Vec<f64>> = texts.iter().map(|text| text.parse().ok()).collect();
    let Some(numbers) = numbers else {
        return Ok((texts.into_iter().map(Value::String).collect(), false));
    };
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    let value = |i: usize| texts[i].parse().map_or_else(|_| Value::String(texts[i].clone()), Value::Integer);
    Ok((order.into_iter().map(value).collect(), true))
}

/// The `[problem]` table that reads the files with a layout.
fn problem(csv: &Path, layout: &str, args: &NewArgs) -> Result<String> {
    Ok(match (&args.y, &args.label) {
        (Some(y), _) => {
            format!("[problem]\nkind = \"csv\"\nx = {}\ny = {}\n{layout}", quoted(csv), quoted(y))
        }
        (None, Some(label)) => {
            let (order, numbers) = labels(csv, label, layout)?;
            let (order, label) = (Value::Array(order), Value::String(label.clone()));
            let how = match numbers {
                true => "# In ascending order; the last one is the rare class.",
                false => "# IN THE ORDER OF THE ALPHABET: put them in theirs, the rare class last.",
            };
            format!(
                "[problem]\nkind = \"csv\"\ndata = {}\nlabel = {label}\n{how}\norder = {order}\n{layout}",
                quoted(csv)
            )
        }
        (None, None) => bail!("--csv needs --y FILE with the response, or --label COLUMN"),
    })
}

/// A config that reads the files: the first layout that works, else the error of the usual one.
pub(super) fn study(
    registry: &Registry,
    name: &str,
    family_name: &str,
    csv: &Path,
    args: &NewArgs,
) -> Result<String> {
    let family = family(registry, family_name)?;
    if !family.study().contains("#: csv") {
        bail!("`new` has no study of one's own data for the family `{family_name}`");
    }
    let attempt = |layout: &str| -> Result<String> {
        let problem = problem(csv, layout, args)?;
        let names = if args.y.is_some() { names(csv, layout)? } else { String::new() };
        let text = |data: &str| lines(family.study(), name, Some(Own { data, names: &names }));
        let document = Document::parse("the new config", &text(&problem))?;
        let mut seen = String::new();
        for profile in document.profiles() {
            let plan = Plan::new(document.resolve(profile, &Overrides::default())?, family, &[])?;
            seen = plan
                .inputs_taken()
                .iter()
                .map(|input| format!("# {}: {}\n", input.name, input.holds))
                .collect();
        }
        Ok(text(&format!("{seen}{problem}")))
    };
    let mut errors = Vec::new();
    for layout in layouts() {
        match attempt(&layout) {
            Ok(text) => return Ok(text),
            Err(error) => errors.push(error),
        }
    }
    // If the data could be read in some way, the error of that way says what is wrong.
    let read = errors.iter().position(|error| !format!("{error:#}").contains("`problem."));
    Err(errors.swap_remove(read.unwrap_or(0)))
}
