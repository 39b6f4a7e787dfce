//! Scores of answers over a sample of trials.

use super::{Corpus, Graded, Row};

/// Scores over rows. Shares are between 0 and 1; errors have the unit of the effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Number of rows.
    pub rows: usize,
    /// Share of rows with all fields right; an unknown field matches an unknown one.
    pub exact: f64,
    /// The same, of the rows in which the annotators found all fields; `None` if there are none.
    pub exact_complete: Option<f64>,
    /// Share of rows with at least 1, 2, … fields right, up to one less than all.
    pub partial: Vec<f64>,
    /// Fields answered as unknown that the annotators found.
    pub unknown: usize,
    /// Rows whose effect can be computed from the annotators' numbers and from the answer.
    pub computed: usize,
    /// Their share of those computable from the annotators' numbers; `None` if there are none.
    pub computable: Option<f64>,
    /// Errors of the effects; `None` if no effect is finite.
    pub errors: Option<Errors>,
}

/// Errors of effects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errors {
    /// Mean absolute error.
    pub mean: f64,
    /// Standard deviation (divisor n) of the **signed** errors over √n: what the authors' code calls its standard error.
    pub se_signed: f64,
    /// Standard deviation (divisor n − 1) of the absolute errors over √n, of at least two. Rows count as independent.
    pub se: Option<f64>,
    /// Median absolute error.
    pub median: f64,
    /// Largest absolute error.
    pub largest: f64,
}

impl Errors {
    /// Summaries of signed errors; `None` without any.
    fn new(signed: &[f64]) -> Option<Self> {
        let n = signed.len() as f64;
        if signed.is_empty() {
            return None;
        }
        let mut absolute: Vec<f64> = signed.iter().map(|e| e.abs()).collect();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
        let error = |values: &[f64], divisor: f64| {
            let centre = mean(values);
            (values.iter().map(|v| (v - centre).powi(2)).sum::<f64>() / divisor).sqrt() / n.sqrt()
        };
        let (average, se_signed) = (mean(&absolute), error(signed, n));
        let se = (n > 1.0).then(|| error(&absolute, n - 1.0));
        absolute.sort_by(f64::total_cmp);
        let half = absolute.len() / 2;
        let upper = absolute[half];
        let median =
            if absolute.len().is_multiple_of(2) { 0.5 * (absolute[half - 1] + upper) } else { upper };
        let largest = absolute[absolute.len() - 1];
        Some(Self { mean: average, se_signed, se, median, largest })
    }
}

/// Error of an effect; `None` if one of both cannot be computed or is not finite.
fn error(row: &Row, graded: &Graded) -> Option<f64> {
    Some(graded.effect? - row.effect?).filter(|e| e.is_finite())
}

/// Scores the answers over the rows of the trials `drawn`, which may repeat. `graded` has one entry for each row of the
/// corpus.
#[must_use]
pub fn score(corpus: &Corpus, graded: &[Graded], drawn: &[usize]) -> Scores {
    let fields = corpus.outcome.fields();
    let mut at_least = vec![0_usize; fields + 1];
    let (mut rows, mut unknown, mut complete, mut exact_complete) = (0, 0, 0, 0);
    let (mut reference, mut computed) = (0, 0);
    let mut errors = Vec::new();
    for &i in drawn.iter().flat_map(|&trial| &corpus.trials[trial]) {
        let (row, answer) = (&corpus.rows[i], &graded[i]);
        rows += 1;
        at_least[..=answer.matched.min(fields)].iter_mut().for_each(|count| *count += 1);
        unknown += answer.unknown;
        if row.is_complete() {
            complete += 1;
            exact_complete += usize::from(answer.matched == fields);
        }
        if row.effect.is_some() {
            reference += 1;
            computed += usize::from(answer.effect.is_some());
        }
        errors.extend(error(row, answer));
    }
    let share = |count: usize, of: usize| (of > 0).then(|| count as f64 / of as f64);
    Scores {
        rows,
        exact: share(at_least[fields], rows).unwrap_or(0.0),
        exact_complete: share(exact_complete, complete),
        partial: (1..fields).map(|j| share(at_least[j], rows).unwrap_or(0.0)).collect(),
        unknown,
        computed,
        computable: share(computed, reference),
        errors: Errors::new(&errors),
    }
}

/// A mean of differences with its cluster-robust standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clustered {
    /// Rows.
    pub rows: usize,
    /// Mean over rows.
    pub mean: f64,
    /// Its standard error if trials, not rows, are independent; `None` for fewer than two trials.
    pub se: Option<f64>,
}

/// Mean over all rows of all trials, with the standard error `√(G/(G − 1) Σ_g (Σ_i (d_i − d̄))²)/n` over the `G` trials that
/// have a row. `None` without any row.
#[must_use]
pub fn clustered(trials: &[Vec<f64>]) -> Option<Clustered> {
    let rows: usize = trials.iter().map(Vec::len).sum();
    if rows == 0 {
        return None;
    }
    let mean = trials.iter().flatten().sum::<f64>() / rows as f64;
    let used = || trials.iter().filter(|t| !t.is_empty());
    let groups = used().count() as f64;
    let squares: f64 = used().map(|t| t.iter().map(|d| d - mean).sum::<f64>().powi(2)).sum();
    let se = (groups > 1.0).then(|| (groups / (groups - 1.0) * squares).sqrt() / rows as f64);
    Some(Clustered { rows, mean, se })
}

/// One source compared with another over the same rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Difference of the shares of exact matches, the first minus the second.
    pub exact: Clustered,
    /// Difference of the mean absolute errors over the rows that both can compute; `None` without any.
    pub error: Option<Clustered>,
    /// Difference of the mean absolute errors, each over the rows that its own source can compute.
    pub error_raw: Option<f64>,
}

/// Compares the answers `first` with `second` over the rows of the trials `drawn`, of which each counts as a cluster of
/// its own. `None` if nothing is drawn.
#[must_use]
pub fn compare(corpus: &Corpus, first: &[Graded], second: &[Graded], drawn: &[usize]) -> Option<Comparison> {
    let fields = corpus.outcome.fields();
    let per_trial = |term: &dyn Fn(usize) -> Option<f64>| -> Vec<Vec<f64>> {
        drawn.iter().map(|&t| corpus.trials[t].iter().filter_map(|&i| term(i)).collect()).collect()
    };
    let exact = |graded: &[Graded], i: usize| f64::from(u8::from(graded[i].matched == fields));
    let errors = per_trial(&|i| {
        let row = &corpus.rows[i];
        Some(error(row, &first[i])?.abs() - error(row, &second[i])?.abs())
    });
    let mean_error = |graded: &[Graded]| score(corpus, graded, drawn).errors.map(|e| e.mean);
    Some(Comparison {
        exact: clustered(&per_trial(&|i| Some(exact(first, i) - exact(second, i))))?,
        error: clustered(&errors),
        error_raw: mean_error(first).zip(mean_error(second)).map(|(a, b)| a - b),
    })
}
