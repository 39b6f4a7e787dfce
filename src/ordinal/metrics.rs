//! What is measured of predicted class probabilities.
//!
//! Every score is a mean over rows, so it is not a number where there are no rows.

use super::sample::Probabilities;

/// Probabilities below it count as this much in [`log_score`].
pub const LOG_FLOOR: f64 = 1e-15;

/// Bins of the calibration curve and of the binned error, as in Faletto and Bien (2023).
pub const BINS: usize = 10;

/// How [`binned_rare_mse`] pairs predictions with the event rates of the bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// Each prediction with the rate of its own bin.
    Matched,
    /// Predictions in the order of the rows with the rates in the order of the sorted
    /// predictions, as the public code of Faletto and Bien (2023) does: a prediction then meets
    /// the rate of an unrelated bin, which rewards predictions of low variance.
    AsPublished,
}

/// One bin of a calibration curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalibrationBin {
    /// Rows in the bin.
    pub rows: usize,
    /// Mean predicted probability of the rare class.
    pub predicted: f64,
    /// Share of the rows that are of the rare class.
    pub observed: f64,
}

/// 1 where the label is that of the last class, else 0; length `n`.
fn events(p: &Probabilities, labels: &[usize]) -> Vec<f64> {
    assert_eq!(p.values.len(), p.classes * labels.len(), "one row of probabilities for each label");
    labels.iter().map(|&y| f64::from(u8::from(y + 1 == p.classes))).collect()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

/// Mean over the rows of `(π̂_K − π_K)²`, the error of the rare probability against the `truth`,
/// row-major `n × K` (Faletto and Bien 2023, section 4).
///
/// # Panics
/// If the shapes differ.
#[must_use]
pub fn rare_probability_mse(p: &Probabilities, truth: &[f64]) -> f64 {
    assert_eq!(p.values.len(), truth.len(), "true probabilities of the same rows and classes");
    let pairs = p.values.chunks_exact(p.classes).zip(truth.chunks_exact(p.classes));
    mean(pairs.map(|(row, true_row)| (row[p.classes - 1] - true_row[p.classes - 1]).powi(2)))
}

/// Multiclass Brier score: mean over the rows of `Σ_k (π̂_k − 1{y = k})²`, from 0 to 2 (Brier 1950).
///
/// # Panics
/// If there is not one row of probabilities for each label.
#[must_use]
pub fn brier_score(p: &Probabilities, labels: &[usize]) -> f64 {
    assert_eq!(p.values.len(), p.classes * labels.len(), "one row of probabilities for each label");
    let row_score = |(row, &y): (&[f64], &usize)| {
        let gap = |(k, v): (usize, &f64)| (v - f64::from(u8::from(k == y))).powi(2);
        row.iter().enumerate().map(gap).sum::<f64>()
    };
    mean(p.values.chunks_exact(p.classes).zip(labels).map(row_score))
}

/// Brier score of the rare class alone: mean over the rows of `(π̂_K − 1{y = K})²`.
///
/// # Panics
/// If there is not one row of probabilities for each label.
#[must_use]
pub fn rare_brier_score(p: &Probabilities, labels: &[usize]) -> f64 {
    mean(p.rare().iter().zip(&events(p, labels)).map(|(v, e)| (v - e).powi(2)))
}

/// Log score: mean over the rows of `−ln π̂_y`, in nats, lower is better; probabilities below
/// [`LOG_FLOOR`] count as that, so that one impossible event costs 34.5 and not ∞.
///
/// # Panics
/// If there is not one row of probabilities for each label.
#[must_use]
pub fn log_score(p: &Probabilities, labels: &[usize]) -> f64 {
    assert_eq!(p.values.len(), p.classes * labels.len(), "one row of probabilities for each label");
    let row_score = |(row, &y): (&[f64], &usize)| {
        // Unlike `max`, this keeps what is not a number.
        let v = if row[y] < LOG_FLOOR { LOG_FLOOR } else { row[y] };
        -v.ln()
    };
    mean(p.values.chunks_exact(p.classes).zip(labels).map(row_score))
}

/// Sizes of `min(bins, rows)` bins as equal as can be, the larger ones first.
fn bin_sizes(rows: usize, bins: usize) -> impl Iterator<Item = usize> {
    let bins = bins.min(rows);
    (0..bins).map(move |b| rows / bins + usize::from(b < rows % bins))
}

/// Rows in ascending order of their prediction, equal ones in the order of the rows.
fn ascending(predictions: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..predictions.len()).collect();
    order.sort_by(|&a, &b| predictions[a].total_cmp(&predictions[b]));
    order
}

/// Mean prediction and event rate of the rare class in `bins` bins of equally many rows, by
/// ascending prediction; where `bins` does not divide the rows, the first bins have one more.
/// Rows of equal predictions may fall into different bins.
///
/// # Panics
/// If there is not one row of probabilities for each label.
#[must_use]
pub fn calibration_curve(p: &Probabilities, labels: &[usize], bins: usize) -> Vec<CalibrationBin> {
    let (predictions, events) = (p.rare(), events(p, labels));
    let order = ascending(&predictions);
    let mut rest = order.as_slice();
    let bin = |size| {
        let (members, after) = rest.split_at(size);
        rest = after;
        CalibrationBin {
            rows: size,
            predicted: mean(members.iter().map(|&i| predictions[i])),
            observed: mean(members.iter().map(|&i| events[i])),
        }
    };
    bin_sizes(labels.len(), bins).map(bin).collect()
}

/// Expected calibration error: mean over the bins of `|predicted − observed|`, weighted by their
/// rows (Naeini, Cooper and Hauskrecht 2015); not a number without bins.
#[must_use]
pub fn expected_calibration_error(curve: &[CalibrationBin]) -> f64 {
    let rows: usize = curve.iter().map(|b| b.rows).sum();
    curve.iter().map(|b| b.rows as f64 * (b.predicted - b.observed).abs()).sum::<f64>() / rows as f64
}

/// The applications' "estimated rare-probability MSE" (Faletto and Bien 2023): mean over the rows
/// of the squared gap between a rare probability and the event rate of one of [`BINS`] bins, which
/// are those of [`calibration_curve`]; `pairing` says of which bin.
///
/// # Panics
/// If there is not one row of probabilities for each label.
#[must_use]
pub fn binned_rare_mse(p: &Probabilities, labels: &[usize], pairing: Pairing) -> f64 {
    let predictions = p.rare();
    let curve = calibration_curve(p, labels, BINS);
    let rates = curve.iter().flat_map(|bin| std::iter::repeat_n(bin.observed, bin.rows));
    let rows: Vec<usize> = match pairing {
        Pairing::Matched => ascending(&predictions),
        Pairing::AsPublished => (0..predictions.len()).collect(),
    };
    mean(rows.iter().zip(rates.collect::<Vec<_>>()).map(|(&i, rate)| (predictions[i] - rate).powi(2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two classes from the rare probability alone.
    fn binary(rare: &[f64]) -> Probabilities {
        let values = rare.iter().flat_map(|r| [1.0 - r, *r]).collect();
        Probabilities { values, classes: 2, crossed: 0 }
    }

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
        close(rare_brier_score(&p, &labels), 0.29 / 3.0);
        // −ln .5, −ln .5, −ln 1e-15 = 15 ln 10.
        close(log_score(&p, &labels), (2.0 * 2f64.ln() + 15.0 * 10f64.ln()) / 3.0);
        let truth = [0.0, 0.9, 0.1, 0.2, 0.2, 0.6, 0.7, 0.0, 0.3];
        // .1², .1², .3².
        close(rare_probability_mse(&p, &truth), 0.11 / 3.0);
    }

    #[test]
    fn bins_are_as_equal_as_can_be() {
        assert_eq!(bin_sizes(306, 10).collect::<Vec<_>>(), [31, 31, 31, 31, 31, 31, 30, 30, 30, 30]);
        assert_eq!(bin_sizes(3, 10).collect::<Vec<_>>(), [1, 1, 1]);
        assert_eq!(bin_sizes(0, 10).count(), 0);
    }

    #[test]
    fn calibration_of_a_known_case() {
        let p = binary(&[0.9, 0.1, 0.6, 0.2, 0.3]);
        let labels = [1, 0, 0, 1, 0];
        let curve = calibration_curve(&p, &labels, 2);
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
        let (mut rare, mut labels) = (vec![0.0; 20], vec![0; 20]);
        for i in [0, 1] {
            rare[i] = 1.0;
            labels[i] = 1;
        }
        let p = binary(&rare);
        assert_eq!(binned_rare_mse(&p, &labels, Pairing::Matched), 0.0);
        // Rates are 1 in the last bin: rows 0 and 1 meet rate 0, rows 18 and 19 rate 1.
        close(binned_rare_mse(&p, &labels, Pairing::AsPublished), 4.0 / 20.0);
        rare.reverse();
        labels.reverse();
        let sorted = binary(&rare);
        assert_eq!(binned_rare_mse(&sorted, &labels, Pairing::AsPublished), 0.0);
    }

    #[test]
    fn pairing_as_published_gives_numbers_of_the_public_code() {
        // A re-run of the public code on 306 held-out patients, cutoff 30, where logistic
        // regression separates the training rows and so predicts 0 or 1: its metric in replicates
        // 1, 6, 9, 12 and 34. Predicted and actual events, and how many of the
        // predicted stand among the last 30 rows, follow from the number.
        let cases: [(usize, usize, usize, f64); 5] = [
            (1, 1, 0, 0.003_376_906_3),
            (1, 2, 0, 0.003_703_703_7),
            (3, 3, 0, 0.010_784_313_7),
            (2, 1, 0, 0.006_644_880_2),
            (1, 1, 1, 0.003_159_041_4),
        ];
        for (predicted, events, last, published) in cases {
            let mut rare = vec![0.0; 306];
            (0..predicted).for_each(|i| rare[if i < last { 305 - i } else { 7 * i }] = 1.0);
            // The events rank highest: those predicted, then the last rows of prediction 0.
            let order = ascending(&rare);
            let mut labels = vec![0; 306];
            order.iter().rev().take(events).for_each(|&i| labels[i] = 1);
            let got = binned_rare_mse(&binary(&rare), &labels, Pairing::AsPublished);
            assert!((got - published).abs() < 1e-10, "{got} against {published}");
        }
    }
}
