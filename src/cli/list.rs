//! `list`.

use crate::output::out;
use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::Result;
use clap::Args;
use remeasure_core::format::count;
use remeasure_harness::config::Header;
use remeasure_harness::registry::{Paper, Registry};

/// Width of the text if neither COLUMNS nor a terminal gives one.
const WIDTH: usize = 100;

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Papers or experiments [default: all]
    #[arg(value_name = "NAME")]
    experiments: Vec<String>,
    /// Print only the names of the experiments, one per line
    #[arg(long)]
    names: bool,
}

fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal =
        || terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
    columns.or_else(terminal).unwrap_or(WIDTH).max(40)
}

/// Writes `first` and then, from column `indent`, the words of `text` on lines of at most `width` characters.
fn hang(out: &mut String, first: &str, indent: usize, text: &str, width: usize) {
    let mut at = first.chars().count();
    out.push_str(first);
    let mut fresh = true;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        let column = if fresh { at.max(indent) } else { at + 1 };
        let _ = if !fresh && column + length > width {
            at = indent + length;
            write!(out, "\n{:indent$}{word}", "")
        } else {
            let gap = column - at;
            at = column + length;
            write!(out, "{:gap$}{word}", "")
        };
        fresh = false;
    }
    out.push('\n');
}

/// The paper's citation, with its arXiv id if it has one.
fn source(paper: &Paper) -> String {
    let mut parts = vec![paper.citation()];
    parts.extend(paper.arxiv.as_ref().map(|id| format!("arXiv:{id}")));
    parts.join(", ")
}

pub(super) fn list(registry: &Registry, args: &ListArgs) -> Result<()> {
    let chosen: Vec<&str> = registry.select(&args.experiments)?.iter().map(|e| e.name).collect();
    let mut text = String::new();
    let width = width();
    let indent = 4 + chosen.iter().map(|name| name.len()).max().unwrap_or(0);
    for paper in registry.papers() {
        let own: Vec<_> = paper.experiments.iter().filter(|e| chosen.contains(&e.name)).collect();
        if args.names {
            text.extend(own.iter().map(|e| format!("{}\n", e.name)));
            continue;
        }
        if own.is_empty() {
            continue;
        }
        hang(&mut text, &format!("{}:", paper.slug), paper.slug.len() + 2, &paper.title, width);
        hang(&mut text, "", 2, &source(paper), width);
        for experiment in own {
            let header = Header::read(experiment.path, experiment.config)?;
            let size = |p: &remeasure_harness::config::ProfileSize| {
                let first = format!("{} {}", p.name, count(p.cells * p.replicates as usize, "trial"));
                match p.most {
                    Some(most) => {
                        format!("{first}, until decided up to {}", p.cells * most as usize)
                    }
                    None => first,
                }
            };
            let sizes: Vec<String> = header.profiles.iter().map(size).collect();
            let about = format!("{} ({})", header.title, sizes.join("; "));
            hang(&mut text, &format!("  {}", experiment.name), indent, &about, width);
        }
        text.push('\n');
    }
    Ok(out().write_all(format!("{}\n", text.trim_end()).as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_hang() {
        let mut out = String::new();
        hang(&mut out, "  name", 8, "some words that need more than one line", 24);
        assert_eq!(out, "  name  some words that\n        need more than\n        one line\n");
        out.clear();
        hang(&mut out, "", 2, "α-β overlongwordthatcannotbreak x", 10);
        assert_eq!(out, "  α-β\n  overlongwordthatcannotbreak\n  x\n");
    }
}
