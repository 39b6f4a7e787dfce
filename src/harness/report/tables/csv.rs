//! A table as tidy CSV: one line per entry, with the numbers as they are shown.

use anyhow::Result;

use super::model::{Beside, Entry, Figure, Spread, Table};
use crate::columns;

/// A number as shown, with its power of ten; empty if it is not a number.
fn numeral(text: &str, power: i32) -> String {
    let text = match text {
        "∞" => "inf",
        "−∞" => "-inf",
        text if text.parse::<f64>().is_ok() => text,
        _ => return String::new(),
    };
    if power == 0 || text.ends_with("inf") { text.to_owned() } else { format!("{text}e{power}") }
}

/// Value, standard error, and the ends of the interval.
fn numbers(figure: Option<&Figure>) -> [String; 4] {
    let Some(figure) = figure else { return Default::default() };
    let of = |text: &str| numeral(text, figure.power);
    let [error, low, high] = match &figure.spread {
        Spread::Unknown => Default::default(),
        Spread::Error(error) => [of(error), String::new(), String::new()],
        Spread::Interval(low, high) => [String::new(), of(low), of(high)],
    };
    [of(&figure.value), error, low, high]
}

fn fields(entry: &Entry) -> Vec<String> {
    let (mut missing, mut n_common, mut common) = (0, entry.n, entry.figure.as_ref());
    for beside in &entry.beside {
        match beside {
            Beside::Missing(n) => missing = *n,
            Beside::NoneCommon => (n_common, common) = (0, None),
            Beside::Common { n, figure } => (n_common, common) = (*n, Some(figure)),
        }
    }
    let mut fields = vec![entry.n.to_string(), missing.to_string()];
    fields.extend(numbers(entry.figure.as_ref()));
    fields.push(n_common.to_string());
    fields.extend(numbers(common));
    fields.extend([entry.best, entry.close].map(|mark| mark.to_string()));
    fields
}

/// The table as CSV. `low` and `high` are the ends of the interval of a rate, or the quartiles; columns
/// `…_common` hold the same over the replicates that all estimators of the cell have.
pub(crate) fn csv(table: &Table) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header: Vec<&str> = table.keys.iter().map(|k| k.name.as_str()).collect();
    let across = table.columns.iter().find_map(|c| c.at.as_ref()).map(|(axis, _)| axis.name.as_str());
    header.extend(across);
    header.extend(columns::TABLE);
    writer.write_record(&header)?;
    for row in &table.rows {
        for (column, entry) in table.columns.iter().zip(&row.entries) {
            // A cell that does not exist.
            if entry.figure.is_none() {
                continue;
            }
            let mut line = row.keys.clone();
            line.extend(column.at.iter().map(|(_, value)| value.clone()));
            line.extend([row.estimator.clone(), column.metric.clone()]);
            line.extend(fields(entry));
            writer.write_record(&line)?;
        }
    }
    Ok(writer.into_inner()?)
}
