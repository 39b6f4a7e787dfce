//! The table at the end of a command that ran several experiments.

use std::time::Duration;

use remeasure_harness::claims::{ClaimRow, Verdict};
use remeasure_harness::report::Tally;
use remeasure_harness::workflow::Run;

/// An experiment that was run.
pub(super) struct RunLine {
    paper: String,
    experiment: String,
    tally: Tally,
    troubled: bool,
    time: Duration,
}

impl RunLine {
    pub(super) fn of(run: &Run<'_>, time: Duration) -> Self {
        let rows: Vec<ClaimRow> = run.findings.iter().map(ClaimRow::from).collect();
        Self {
            paper: run.planned.experiment().paper.map_or_else(String::new, |paper| paper.slug.clone()),
            experiment: run.planned.plan.resolved.experiment.clone(),
            tally: Tally::of(&rows),
            troubled: run.troubled(),
            time,
        }
    }
}

/// The line that explains exit code 3, if any run has it.
pub(super) fn explain_troubles(lines: &[RunLine]) -> Option<String> {
    let names: Vec<&str> = lines.iter().filter(|l| l.troubled).map(|l| l.experiment.as_str()).collect();
    let listed = (!names.is_empty()).then(|| names.join(", "))?;
    Some(format!("exit code 3: some fits failed or did not converge, as the results say, in {listed}\n"))
}

/// The table: verdicts on claims of the paper, own claims that are reproduced, and seconds. A paper is named once.
pub(super) fn run_table(lines: &[RunLine]) -> String {
    let head = ["paper", "experiment"].into_iter().chain(Verdict::WORDS).chain(["our own", "seconds"]);
    let mut rows: Vec<Vec<String>> = vec![head.map(str::to_owned).collect()];
    let row = |paper: &str, experiment: &str, tally: &Tally, time: Duration| {
        let counts = tally.papers.iter().map(ToString::to_string);
        let names = [paper.to_owned(), experiment.to_owned()].into_iter();
        names.chain(counts).chain([tally.own_text(), format!("{:.1}", time.as_secs_f64())]).collect()
    };
    for (i, line) in lines.iter().enumerate() {
        let again = i > 0 && lines[i - 1].paper == line.paper;
        let paper = if again { "" } else { &line.paper };
        rows.push(row(paper, &line.experiment, &line.tally, line.time));
    }
    rows.push(row("all", "", &lines.iter().map(|l| l.tally).sum(), lines.iter().map(|l| l.time).sum()));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let mut text =
        String::from("\nVerdicts on claims of the papers, and how many of our own are reproduced\n");
    for row in &rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
            0 | 1 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        text.push_str(&format!("  {}\n", cells.collect::<Vec<_>>().join("  ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_is_named_once_and_the_last_line_sums() {
        let line = |paper: &str, experiment: &str, reproduced| RunLine {
            paper: paper.into(),
            experiment: experiment.into(),
            tally: Tally { papers: [reproduced, 0, 0, 0, 0], numbers: 0, own: [1, 2] },
            troubled: reproduced == 3,
            time: Duration::from_millis(1500),
        };
        let text = run_table(&[line("presto", "a", 3), line("presto", "b", 10)]);
        let explained = explain_troubles(&[line("presto", "a", 3), line("presto", "b", 10)]).unwrap();
        assert!(explained.ends_with("as the results say, in a\n") && explain_troubles(&[]).is_none());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[2],
            "  paper   experiment  reproduced  tied  undecided  contradicted  not testable  our own  seconds"
        );
        assert_eq!(
            lines[3],
            "  presto  a                    3     0          0             0             0   1 of 2      1.5"
        );
        assert_eq!(
            lines[4],
            "          b                   10     0          0             0             0   1 of 2      1.5"
        );
        assert_eq!(
            lines[5],
            "  all                         13     0          0             0             0   2 of 4      3.0"
        );
    }
}
