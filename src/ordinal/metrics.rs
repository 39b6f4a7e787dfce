//! Metrics of predicted class probabilities.
//!
//! Every score is a mean over rows, so it is NaN if there are no rows.

use super::sample::{Probabilities, Sample};

/// Smaller probabilities count as this value in [`log_score`].
pub const LOG_FLOOR: f64 = 1e-15;

/// Number of bins of the calibration curve and of the binned error, as in Faletto and Bien (2023).
pub const BINS: usize = 10;

/// How [`binned_rare_mse`] pairs predictions with the event rates of the bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// Each prediction is paired with the rate of its own bin.
    Matched,
    /// Predictions in row order are paired with the rates in the order of the sorted predictions, as in the
    /// public code of Faletto and Bien (2023). A prediction is then compared with an unrelated bin, which
    /// rewards predictions of low variance.
    AsPublished,
}

/// One bin of a calibration curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalibrationBin {
    /// Number of rows in the bin.
    pub rows: usize,
    /// Mean predicted probability of the rare class.
    pub predicted: f64,
    /// Share of rows of the rare class.
    pub observed: f64,
}

/// Which rows are of the rare class, length `n`.
#[must_use]
pub fn events(sample: &Sample) -> Vec<bool> {
    sample.labels.iter().map(|&y| y + 1 == sample.classes).collect()
}

/// The last of each row of `classes` probabilities, which is that of the rare class; length `n`.
#[must_use]
pub fn rare(probabilities: &[f64], classes: usize) -> Vec<f64> {
    probabilities.chunks_exact(classes).map(|row| row[classes - 1]).collect()
}

/// 1 for an event, else 0.
fn indicator(event: bool) -> f64 {
    f64::from(u8::from(event))
}

fn paired<'a, T: Copy>(a: &'a [f64], b: &'a [T]) -> impl ExactSizeIterator<Item = (f64, T)> {
    assert_eq!(a.len(), b.len(), "one prediction for each row");
    a.iter().copied().zip(b.iter().copied())
}

/// `−ln p` with the floor; unlike `max`, this keeps NaN.
fn surprise(p: f64) -> f64 {
    -(if p < LOG_FLOOR { LOG_FLOOR } else { p }).ln()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

/// Mean over the rows of `(π̂_K − π_K)²`, the squared error of rare probabilities (Faletto and Bien 2023);
/// both arguments have length `n`.
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn rare_probability_mse(estimate: &[f64], truth: &[f64]) -> f64 {
    mean(paired(estimate, truth).map(|(a, b)| (a - b).powi(2)))
}

/// Multiclass Brier score: mean over the rows of `Σ_k (π̂_k − 1{y = k})²`, from 0 to 2 (Brier 1950).
///
/// # Panics
/// If the number of rows of probabilities differs from the number of labels.
#[must_use]
pub fn brier_score(p: &Probabilities, labels: &[usize]) -> f64 {
    assert_eq!(p.values.len(), p.classes * labels.len(), "one row of probabilities for each label");
    let row_score = |(row, &y): (&[f64], &usize)| {
        let gap = |(k, v): (usize, &f64)| (v - indicator(k == y)).powi(2);
        row.iter().enumerate().map(gap).sum::<f64>()
    };
    mean(p.values.chunks_exact(p.classes).zip(labels).map(row_score))
}

/// Share of the rows whose most probable class, the first of equally probable ones, is theirs.
///
/// # Panics
/// If the number of rows of probabilities differs from the number of labels.
#[must_use]
pub fn accuracy(p: &Probabilities, labels: &[usize]) -> f64 {
    assert_eq!(p.values.len(), p.classes * labels.len(), "one row of probabilities for each label");
    let top = |row: &[f64]| (1..row.len()).fold(0, |top, k| if row[k] > row[top] { k } else { top });
    mean(p.values.chunks_exact(p.classes).zip(labels).map(|(row, &y)| indicator(top(row) == y)))
}

/// Brier score of the rare class alone: mean over the rows of `(π̂_K − 1{y = K})²`.
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn rare_brier_score(estimate: &[f64], events: &[bool]) -> f64 {
    mean(paired(estimate, events).map(|(v, event)| (v - indicator(event)).powi(2)))
}

/// Log score: mean over the rows of `−ln π̂_y`, in nats; lower is better. Probabilities below [`LOG_FLOOR`]
/// count as that, so that one impossible event costs 34.5 instead of ∞.
///
/// # Panics
/// If the number of rows of probabilities differs from the number of labels.
#[must_use]
pub fn log_score(p: &Probabilities, labels: &[usize]) -> f64 {
    assert_eq!(p.values.len(), p.classes * labels.len(), "one row of probabilities for each label");
    mean(p.values.chunks_exact(p.classes).zip(labels).map(|(row, &y)| surprise(row[y])))
}

/// Log score of the rare class alone: mean of `−ln π̂_K` at events and `−ln(1 − π̂_K)` elsewhere,
/// with the floor of [`log_score`].
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn rare_log_score(estimate: &[f64], events: &[bool]) -> f64 {
    mean(paired(estimate, events).map(|(v, event)| surprise(if event { v } else { 1.0 - v })))
}

/// Sizes of `min(bins, rows)` bins, as equal as possible, the larger ones first.
fn bin_sizes(rows: usize, bins: usize) -> impl Iterator<Item = usize> {
    let bins = bins.min(rows);
    (0..bins).map(move |b| rows / bins + usize::from(b < rows % bins))
}

/// Rows in ascending order of their predictions; ties in row order.
fn ascending(predictions: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..predictions.len()).collect();
    order.sort_by(|&a, &b| predictions[a].total_cmp(&predictions[b]));
    order
}

/// Mean prediction and event rate in `bins` bins of equally many rows, by ascending prediction. If the rows
/// do not divide evenly, the first bins have one more. Ties keep the order of their rows and may fall into
/// different bins.
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn calibration_curve(estimate: &[f64], events: &[bool], bins: usize) -> Vec<CalibrationBin> {
    let pairs: Vec<(f64, bool)> = paired(estimate, events).collect();
    let order = ascending(estimate);
    let mut rest = order.as_slice();
    let bin = |size| {
        let (members, after) = rest.split_at(size);
        rest = after;
        CalibrationBin {
            rows: size,
            predicted: mean(members.iter().map(|&i| pairs[i].0)),
            observed: mean(members.iter().map(|&i| indicator(pairs[i].1))),
        }
    };
    bin_sizes(estimate.len(), bins).map(bin).collect()
}

/// Expected calibration error: mean over the bins of `|predicted − observed|`, weighted by their numbers of
/// rows (Naeini, Cooper and Hauskrecht 2015); NaN without bins.
#[must_use]
pub fn expected_calibration_error(curve: &[CalibrationBin]) -> f64 {
    let rows: usize = curve.iter().map(|b| b.rows).sum();
    curve.iter().map(|b| b.rows as f64 * (b.predicted - b.observed).abs()).sum::<f64>() / rows as f64
}

/// The "estimated rare-probability MSE" of the applications (Faletto and Bien 2023): mean over the rows of
/// the squared difference between a rare probability and the event rate of one of [`BINS`] bins, which are
/// those of [`calibration_curve`]; `pairing` determines the bin.
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn binned_rare_mse(estimate: &[f64], events: &[bool], pairing: Pairing) -> f64 {
    let curve = calibration_curve(estimate, events, BINS);
    let rates: Vec<f64> = curve.iter().flat_map(|bin| std::iter::repeat_n(bin.observed, bin.rows)).collect();
    let predictions = match pairing {
        Pairing::Matched => ascending(estimate).into_iter().map(|i| estimate[i]).collect(),
        Pairing::AsPublished => estimate.to_vec(),
    };
    rare_probability_mse(&predictions, &rates)
}

#[cfg(test)]
mod tests {
    use remeasure_core::numerics::Design;

    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-14, "{a} against {b}");
    }

    #[test]
    fn scores_of_a_known_case() {
        let p = Probabilities {
            values: vec![0.5, 0.3, 0.2, 0.25, 0.25, 0.5, 1.0, 0.0, 0.0],
            classes: 3,
            crossed: 0,
        };
        let labels = [0, 2, 1];
        // Rows: .25 + .09 + .04, .0625 + .0625 + .25, 1 + 1 + 0.
        close(brier_score(&p, &labels), (0.38 + 0.375 + 2.0) / 3.0);
        // .2², .5², 0².
        let (estimate, events) = (rare(&p.values, 3), [false, true, false]);
        close(rare_brier_score(&estimate, &events), 0.29 / 3.0);
        // −ln .8, −ln .5, −ln 1.
        close(rare_log_score(&estimate, &events), -0.4f64.ln() / 3.0);
        // −ln .5, −ln .5, −ln 1e-15 = 15 ln 10.
        close(log_score(&p, &labels), (2.0 * 2f64.ln() + 15.0 * 10f64.ln()) / 3.0);
        let truth = [0.0, 0.9, 0.1, 0.2, 0.2, 0.6, 0.7, 0.0, 0.3];
        // .1², .1², .3².
        close(rare_probability_mse(&estimate, &rare(&truth, 3)), 0.11 / 3.0);
    }

    #[test]
    fn bins_are_as_equal_as_can_be() {
        assert_eq!(bin_sizes(306, 10).collect::<Vec<_>>(), [31, 31, 31, 31, 31, 31, 30, 30, 30, 30]);
        assert_eq!(bin_sizes(3, 10).collect::<Vec<_>>(), [1, 1, 1]);
        assert_eq!(bin_sizes(0, 10).count(), 0);
    }

    #[test]
    fn calibration_of_a_known_case() {
        let events = [true, false, false, true, false];
        let curve = calibration_curve(&[0.9, 0.1, 0.6, 0.2, 0.3], &events, 2);
        assert_eq!(curve.iter().map(|b| b.rows).collect::<Vec<_>>(), [3, 2]);
        // Rows .1, .2 (event), .3 and .6, .9 (event).
        close(curve[0].predicted, 0.2);
        close(curve[0].observed, 1.0 / 3.0);
        close(curve[1].predicted, 0.75);
        close(curve[1].observed, 0.5);
        close(expected_calibration_error(&curve), (3.0 * (1.0 / 3.0 - 0.2) + 2.0 * 0.25) / 5.0);
        assert!(expected_calibration_error(&[]).is_nan());
    }

    #[test]
    fn pairings_differ_for_unsorted_predictions_alone() {
        // 20 rows, bins of 2 rows; predictions 1 for the events, 0 otherwise: perfect.
        let (mut estimate, mut events) = (vec![0.0; 20], vec![false; 20]);
        for i in [0, 1] {
            (estimate[i], events[i]) = (1.0, true);
        }
        assert_eq!(binned_rare_mse(&estimate, &events, Pairing::Matched), 0.0);
        // Rates are 1 in the last bin: rows 0 and 1 meet rate 0, rows 18 and 19 rate 1.
        close(binned_rare_mse(&estimate, &events, Pairing::AsPublished), 4.0 / 20.0);
        estimate.reverse();
        events.reverse();
        assert_eq!(binned_rare_mse(&estimate, &events, Pairing::AsPublished), 0.0);
    }

    #[test]
    fn pairing_as_published_gives_numbers_of_the_public_code() {
        // A re-run of the public code on 306 held-out patients, cutoff 30, where logistic regression
        // separates the training rows and so predicts 0 or 1: its metric in replicates 1, 6, 9, 12 and 34.
        // The numbers of predicted and actual events, and of predicted ones among the last 30 rows, follow
        // from the metric.
        let cases: [(usize, usize, usize, f64); 5] = [
            (1, 1, 0, 0.003_376_906_3),
            (1, 2, 0, 0.003_703_703_7),
            (3, 3, 0, 0.010_784_313_7),
            (2, 1, 0, 0.006_644_880_2),
            (1, 1, 1, 0.003_159_041_4),
        ];
        for (predicted, actual, last, published) in cases {
            let (mut estimate, mut events) = (vec![0.0; 306], vec![false; 306]);
            (0..predicted).for_each(|i| estimate[if i < last { 305 - i } else { 7 * i }] = 1.0);
            // The events rank highest: the predicted ones, then the last rows with prediction 0.
            ascending(&estimate).iter().rev().take(actual).for_each(|&i| events[i] = true);
            let got = binned_rare_mse(&estimate, &events, Pairing::AsPublished);
            assert!((got - published).abs() < 1e-10, "{got} against {published}");
        }
    }

    #[test]
    fn events_are_rows_of_the_last_class() {
        let design = Design::from_columns(4, 0, Vec::new());
        let sample = Sample { design, labels: vec![2, 0, 1, 2], classes: 3 };
        assert_eq!(events(&sample), [true, false, false, true]);
    }
}
