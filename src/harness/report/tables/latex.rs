//! A table as LaTeX with booktabs' rules, to be read by `\input`.

use remeasure_core::format::NONE;

use super::model::{Beside, EMPTY, Entry, Figure, Spread, Table};

mod escape;

pub(crate) use escape::escape;

/// A number as shown, with minus, power of ten and infinity in math mode.
fn numeral(text: &str) -> String {
    let (digits, power) = match text.split_once('e') {
        Some((digits, power)) if power.parse::<i32>().is_ok() => (digits, power.parse().unwrap_or(0)),
        _ => (text, 0),
    };
    if digits == NONE {
        return "---".to_owned();
    }
    let minus = |digits: &str| match digits.strip_prefix('-') {
        Some(rest) => format!("$-${rest}"),
        None => escape(digits),
    };
    minus(digits) + &times(power)
}

fn times(power: i32) -> String {
    if power == 0 { String::new() } else { format!(" $\\times 10^{{{power}}}$") }
}

/// `0.123 (0.004)`, or `0.25 [0.09, 0.49]` with brackets that LaTeX does not take for an argument.
fn figure(figure: &Figure) -> String {
    let value = numeral(&figure.value);
    let plain = match &figure.spread {
        Spread::Unknown => value,
        Spread::Error(error) => format!("{value} ({})", numeral(error)),
        Spread::Interval(low, high) => format!("{value} {{[}}{}, {}{{]}}", numeral(low), numeral(high)),
    };
    plain + &times(figure.power)
}

fn entry(entry: &Entry) -> String {
    let mut text = entry.figure.as_ref().map(figure).unwrap_or_default();
    if entry.best {
        text = format!("\\textbf{{{text}}}");
    } else if entry.close {
        text = format!("\\underline{{{text}}}");
    }
    let remark = |beside: &Beside| match beside {
        Beside::Common { n, figure: of } => {
            format!("{}: {}", escape(&format!("{} {n}", super::model::COMMON)), figure(of))
        }
        Beside::Missing(_) | Beside::NoneCommon => escape(&beside.text()),
    };
    if !entry.beside.is_empty() {
        let remarks: Vec<String> = entry.beside.iter().map(remark).collect();
        text.push_str(&format!(" ({})", remarks.join("; ")));
    }
    text
}

/// The value of a key; numbers are set as numbers.
fn value(text: &str) -> String {
    if text.parse::<f64>().is_ok_and(f64::is_finite) { numeral(text) } else { escape(text) }
}

/// The heading: the axis of the columns above its values, or one line.
fn heading(table: &Table) -> String {
    let mut cells: Vec<String> = table.keys.iter().map(|k| escape(&k.label)).collect();
    cells.push("estimator".to_owned());
    let before = cells.len();
    let columns = table.columns.len();
    let Some((axis, _)) = table.columns.first().and_then(|c| c.at.as_ref()) else {
        cells.extend(table.columns.iter().map(|c| escape(&c.heading)));
        return row(&cells);
    };
    let spanned = format!("\\multicolumn{{{columns}}}{{c@{{}}}}{{{}}}", escape(&axis.label));
    let mut above = vec![String::new(); before];
    above.push(spanned);
    let rule = format!("\\cmidrule(l){{{}-{}}}\n", before + 1, before + columns);
    let values = table.columns.iter().map(|c| c.at.as_ref().map(|(_, v)| value(v)).unwrap_or_default());
    cells.extend(values);
    row(&above) + &rule + &row(&cells)
}

fn row(cells: &[String]) -> String {
    format!("{} \\\\\n", cells.join(" & "))
}

/// A sentence with its full stop.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?', ':']) { text.to_owned() } else { format!("{text}.") }
}

/// Title, text, and the meaning of entries and marks.
fn caption(table: &Table) -> String {
    let best = table.best.as_ref().map(|b| b.text("Bold", "underlined")).unwrap_or_default();
    // In LaTeX, the error is in parentheses.
    let legend =
        table.legend.replace("Mean ± Monte Carlo standard error", "Mean (Monte Carlo standard error)");
    let common = table.common.replace('`', "");
    let parts = [sentence(&table.title), sentence(&table.caption), legend, common, best];
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|p| !p.is_empty()).collect();
    escape(&parts.join(" "))
}

/// The table as a `tabular`, for the author to put into a `table`; a comment above it holds a caption that
/// is ready to use.
pub(crate) fn latex(table: &Table) -> String {
    let id = &table.id;
    let mut text = format!(
        "% \\usepackage{{booktabs}} in the preamble; then, with the caption below or your own:\n\
         % \\begin{{table}} \\centering \\input{{{id}}} \\caption{{...}} \\label{{tab:{id}}} \\end{{table}}\n\
         % \\caption{{{}}}\n% {}\n",
        caption(table),
        escape(&table.trace)
    );
    let keys = table.keys.len();
    // Keys and estimator to the left, entries to the right.
    let alignment = "l".repeat(keys + 1) + &"r".repeat(table.columns.len());
    text.push_str(&format!("\\begin{{tabular}}{{@{{}}{alignment}@{{}}}}\n\\toprule\n"));
    text.push_str(&heading(table));
    text.push_str("\\midrule\n");
    if table.rows.is_empty() {
        let all = keys + 1 + table.columns.len();
        text.push_str(&format!("\\multicolumn{{{all}}}{{@{{}}l@{{}}}}{{{}}} \\\\\n", escape(EMPTY)));
    }
    let mut before: Option<&[String]> = None;
    for of in &table.rows {
        let same = before == Some(of.keys.as_slice());
        if before.is_some() && !same {
            text.push_str("\\addlinespace\n");
        }
        // The keys of a cell are shown with its first estimator only.
        let mut line: Vec<String> =
            of.keys.iter().map(|k| if same { String::new() } else { value(k) }).collect();
        line.push(escape(&of.estimator));
        line.extend(of.entries.iter().map(entry));
        text.push_str(&row(&line));
        before = Some(&of.keys);
    }
    text.push_str("\\bottomrule\n\\end{tabular}%\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_mathematics_where_they_must() {
        for (given, wanted) in [
            ("0.12", "0.12"),
            ("-4", "$-$4"),
            ("1.2e-4", r"1.2 $\times 10^{-4}$"),
            ("-1.2e7", r"$-$1.2 $\times 10^{7}$"),
            ("—", "---"),
            ("∞", r"\ensuremath{\infty}"),
            ("−∞", r"\ensuremath{-}\ensuremath{\infty}"),
            ("skipped", "skipped"),
        ] {
            assert_eq!(numeral(given), wanted, "{given}");
        }
        let of = |spread, power| figure(&Figure { value: "-1.23".into(), spread, power });
        assert_eq!(of(Spread::Error("0.04".into()), -7), r"$-$1.23 (0.04) $\times 10^{-7}$");
        assert_eq!(
            of(Spread::Interval("-2".into(), "1e-5".into()), 0),
            r"$-$1.23 {[}$-$2, 1 $\times 10^{-5}${]}"
        );
    }
}
