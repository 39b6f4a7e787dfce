//! The measurements of an experiment in order, and the changes of their numbers.

use remeasure_core::numerics::statistics::{change_penalty, segments};

use super::line::{Kind, Line, Occasion};

/// Numbers that differ by less than this fraction of their size count as the same. This is the default
/// tolerance of `check`, and allows for the rounding of another platform.
pub const SAME: f64 = 1e-6;

/// A number at a measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Index of the measurement.
    pub at: usize,
    /// The number; NaN if there is none.
    pub value: f64,
    /// Its standard error; NaN if unknown.
    pub se: f64,
    /// Verdict of a claim, or state of a metric.
    pub verdict: String,
}

/// A claim's value or a headline number over the measurements.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Claim or metric.
    pub kind: Kind,
    /// Id of the claim, or the metric.
    pub name: String,
    /// The estimator of a metric; empty for a claim.
    pub estimator: String,
    /// Its points, in the order of the measurements; some measurements may have none.
    pub points: Vec<Point>,
}

/// The measurements of one profile of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// The experiment.
    pub experiment: String,
    /// The profile.
    pub profile: String,
    /// The measurements, in order of date.
    pub measurements: Vec<Occasion>,
    /// The series, in order of first appearance.
    pub series: Vec<Series>,
}

/// A change of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Index of the first point after the change.
    pub point: usize,
    /// The number before; NaN if there was none.
    pub from: f64,
    /// The number after; NaN if there is none.
    pub to: f64,
    /// The change in units of the standard error of one measurement; NaN if that is unknown or 0.
    pub errors: f64,
    /// Whether the same data gave a different number.
    pub same_data: bool,
    /// Whether it exceeds the noise of independent draws.
    pub beyond_noise: bool,
}

/// Whether two numbers are the same up to [`SAME`].
fn same(a: &Point, b: &Point) -> bool {
    // For values near 0, the standard error gives the scale.
    let known = |se: f64| if se.is_finite() { se } else { 0.0 };
    let size = a.value.abs().max(b.value.abs()).max(known(a.se)).max(known(b.se));
    match (a.value.is_nan(), b.value.is_nan()) {
        (false, false) => a.value == b.value || (a.value - b.value).abs() <= SAME * size,
        (a, b) => a == b,
    }
}

fn change(point: usize, before: &Point, after: &Point) -> Change {
    let se = ((before.se * before.se + after.se * after.se) / 2.0).sqrt();
    Change {
        point,
        from: before.value,
        to: after.value,
        errors: if se > 0.0 { (after.value - before.value) / se } else { f64::NAN },
        same_data: false,
        beyond_noise: false,
    }
}

impl History {
    /// The measurements of an experiment's profile.
    #[must_use]
    pub fn of(lines: &[Line], experiment: &str, profile: &str) -> Self {
        let own =
            lines.iter().filter(|l| l.occasion.experiment == experiment && l.occasion.profile == profile);
        // The lines of a measurement are adjacent, and no number occurs twice in one.
        let mut blocks: Vec<Vec<&Line>> = Vec::new();
        let name = |l: &Line| (l.kind, l.name.clone(), l.estimator.clone());
        for line in own {
            match blocks.last_mut() {
                Some(block)
                    if block[0].occasion == line.occasion && block.iter().all(|l| name(l) != name(line)) =>
                {
                    block.push(line);
                }
                _ => blocks.push(vec![line]),
            }
        }
        // After a merge of two branches, lines may be out of order.
        blocks.sort_by(|a, b| a[0].occasion.date.cmp(&b[0].occasion.date));
        let mut history = Self {
            experiment: experiment.to_owned(),
            profile: profile.to_owned(),
            measurements: Vec::new(),
            series: Vec::new(),
        };
        for (at, block) in blocks.into_iter().enumerate() {
            history.measurements.push(block[0].occasion.clone());
            for line in block {
                let known = history.series.iter().position(|s| {
                    (s.kind, &s.name, &s.estimator) == (line.kind, &line.name, &line.estimator)
                });
                let index = known.unwrap_or(history.series.len());
                if known.is_none() {
                    let (kind, name, estimator) = name(line);
                    history.series.push(Series { kind, name, estimator, points: Vec::new() });
                }
                let verdict = line.verdict.clone();
                history.series[index].points.push(Point { at, value: line.value, se: line.se, verdict });
            }
        }
        history
    }

    fn same_data(&self, a: &Point, b: &Point) -> bool {
        self.measurements[a.at].config == self.measurements[b.at].config
    }

    /// The first points of the stretches in which a series has the same number. Within a stretch, changes of
    /// the config did not affect this number: other data would agree to 1e-6 only by accident, or if there
    /// is no noise.
    #[must_use]
    pub fn stretches(series: &Series) -> Vec<usize> {
        let points = &series.points;
        let mut found: Vec<usize> = Vec::new();
        for (i, point) in points.iter().enumerate() {
            let of = found.last().map(|&first| &points[first]);
            if !of.is_some_and(|first| same(first, point)) {
                found.push(i);
            }
        }
        found
    }

    /// The changes of a series, in order: every change on the same data, and changes beyond the noise.
    ///
    /// A shift across different data is given from level to level, a change on the same data from number
    /// to number. A number without a known standard error is never beyond the noise.
    #[must_use]
    pub fn changes(&self, series: &Series) -> Vec<Change> {
        let points = &series.points;
        let mut stretches = Self::stretches(series);
        let mut found = Vec::new();
        for pair in stretches.windows(2) {
            let (before, after) = (&points[pair[0]], &points[pair[1]]);
            if self.same_data(&points[pair[1] - 1], after) {
                found.push(Change { same_data: true, ..change(pair[1], before, after) });
            }
        }
        stretches.retain(|&i| points[i].value.is_finite() && points[i].se.is_finite());
        let of = |f: fn(&Point) -> f64| stretches.iter().map(|&i| f(&points[i])).collect::<Vec<f64>>();
        let penalty = change_penalty(stretches.len(), self.series.len());
        let levels = segments(&of(|p| p.value), &of(|p| p.se), SAME, penalty);
        for pair in levels.windows(2) {
            let (last, first) = (stretches[pair[1].start - 1], stretches[pair[1].start]);
            if let Some(known) = found.iter_mut().find(|c| c.point == first) {
                known.beyond_noise = true;
                continue;
            }
            let level = |i: usize, mean: f64| Point { value: mean, ..points[i].clone() };
            let told = change(first, &level(last, pair[0].mean), &level(first, pair[1].mean));
            found.push(Change { beyond_noise: true, ..told });
        }
        found.sort_by_key(|c| c.point);
        found
    }

    /// The points of a claim whose verdict differs from that of the previous point.
    #[must_use]
    pub fn verdict_changes(series: &Series) -> Vec<usize> {
        let of_claim = if series.kind == Kind::Claim { series.points.as_slice() } else { &[] };
        (1..of_claim.len()).filter(|&i| of_claim[i].verdict != of_claim[i - 1].verdict).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::WrittenBy;

    /// One claim and one metric; `numbers` are (config, value, se) of the claim.
    fn history(numbers: &[(&str, f64, f64)]) -> History {
        let mut lines = Vec::new();
        for (i, &(config, value, se)) in numbers.iter().enumerate() {
            let occasion = Occasion {
                // Two within a second.
                date: format!("2026-01-02T03:04:{:02}Z", i / 2),
                event: WrittenBy::Check,
                experiment: "e".into(),
                profile: "quick".into(),
                config: config.into(),
                code: format!("commit{}", i / 2),
                target: "t".into(),
            };
            for (kind, estimator) in [(Kind::Claim, ""), (Kind::Metric, "a")] {
                let verdict = if value < 2.0 { "reproduced" } else { "undecided" }.to_owned();
                let (name, estimator) = ("x".to_owned(), estimator.to_owned());
                lines.push(Line { occasion: occasion.clone(), kind, name, estimator, value, se, verdict });
            }
        }
        History::of(&lines, "e", "quick")
    }

    fn found(numbers: &[(&str, f64, f64)]) -> Vec<(usize, bool, bool)> {
        let history = history(numbers);
        assert_eq!((history.measurements.len(), history.series.len()), (numbers.len(), 2));
        let changes = history.changes(&history.series[0]);
        changes.iter().map(|c| (c.point, c.same_data, c.beyond_noise)).collect()
    }

    #[test]
    fn a_step_on_the_same_data_is_told_whatever_the_noise() {
        let (a, b) = (("c", 1.0, 0.5), ("c", 1.001, 0.5));
        assert_eq!(found(&[a, a, a, b, b]), [(3, true, false)]);
        let history = history(&[a, a, b]);
        let change = history.changes(&history.series[0])[0];
        assert_eq!((change.from, change.to), (1.0, 1.001));
        assert!((change.errors - 0.002).abs() < 1e-9);
        // Back again; and rounding is none.
        assert_eq!(found(&[a, b, a]), [(1, true, false), (2, true, false)]);
        assert_eq!(found(&[a, ("c", 1.0 + 1e-8, 0.5), a]), []);
        // For values near zero, the standard error gives the scale.
        assert_eq!(found(&[("c", 0.0, 0.5), ("c", 1e-12, 0.5)]), []);
        // Without any noise, and far beyond it.
        assert_eq!(found(&[("c", 1.0, 0.0), ("c", 1.001, 0.0)]), [(1, true, true)]);
        assert_eq!(found(&[a, a, ("c", 9.0, 0.5)]), [(2, true, true)]);
        // A number that is gone.
        assert_eq!(found(&[a, ("c", f64::NAN, f64::NAN)]), [(1, true, false)]);
    }

    #[test]
    fn other_data_count_by_their_noise_and_repeats_once() {
        let names = ["c", "d", "e", "f", "g", "h"];
        let noise = [0.3, -0.4, 0.1, 0.5, -0.2, 0.0];
        let draws: Vec<_> = (0..6).map(|i| (names[i], 1.0 + noise[i], 0.5)).collect();
        assert_eq!(found(&draws), []);
        let shifted: Vec<_> =
            (0..6).map(|i| (names[i], noise[i] + if i < 3 { 1.0 } else { 5.0 }, 0.5)).collect();
        assert_eq!(found(&shifted), [(3, false, true)]);
        // A draw that is 2.5 standard errors off is not a change, however often it is measured.
        let mut repeated = vec![("c", 1.0, 0.5); 10];
        repeated.extend([("d", 2.25, 0.5); 10]);
        assert_eq!(found(&repeated), []);
        // A config that has changed elsewhere makes no other draw.
        let mut elsewhere = vec![("c", 1.0, 0.5); 5];
        elsewhere.extend([("d", 1.0, 0.5), ("d", 1.1, 0.5)]);
        assert_eq!(found(&elsewhere), [(6, true, false)]);
        assert_eq!(History::stretches(&history(&elsewhere).series[0]), [0, 6]);
        // Nor do other input files, of which the hash of the config tells nothing.
        let files = [("c-1", 1.0, 0.5), ("c-1", 1.0, 0.5), ("c-2", 1.1, 0.5), ("c-2", 1.2, 0.5)];
        assert_eq!(found(&files), [(3, true, false)]);
        let text = crate::history::text(&history(&files));
        let head = text.lines().next().unwrap();
        assert!(head.ends_with("; the input files changed 1×") && !head.contains("config"), "{text}");
        // What has no known error is never beyond the noise.
        assert_eq!(found(&[("c", 1.0, f64::NAN), ("d", 9.0, f64::NAN)]), []);
    }

    #[test]
    fn verdicts_change_where_they_do() {
        let (a, b) = (("c", 1.0, 0.5), ("c", 3.0, 0.5));
        let history = history(&[a, a, b, b, a]);
        assert_eq!(History::verdict_changes(&history.series[0]), [2, 4]);
        assert_eq!(History::verdict_changes(&history.series[1]), [0; 0]);
    }
}
