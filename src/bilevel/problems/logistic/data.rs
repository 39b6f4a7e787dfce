//! Sources of the rows: drawn, the bundled digits, or the user's file.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rand::Rng;
use rand::seq::SliceRandom;
use rand_distr::StandardNormal;
use remeasure_core::Invalid;
use remeasure_core::digits::Images;
use remeasure_core::digits::{Image, PIXELS};
use remeasure_core::family::Input;
use remeasure_core::format::count;
use remeasure_core::numerics::{Design, Standard};
use remeasure_core::stream::Stream;
use remeasure_core::table::{Layout, Table, shown};

use super::loss::Sample;

/// Maximum number of classes of a file: a column with more is numeric rather than a class.
const MOST_CLASSES: usize = 100;

/// Rows to split anew in each replicate.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) sample: Sample,
    pub(super) classes: usize,
    /// The data set.
    pub(super) input: Input,
}

/// The 1,797 digits of 8 × 8 pixels, brightness from 0 to 1.
pub(super) fn digits() -> Result<Rows, Invalid> {
    let images: Arc<Images> = Images::shared()?;
    let (pictures, labels): (Vec<&Image>, Vec<usize>) = images.iter().unzip();
    let values = (0..PIXELS).flat_map(|j| pictures.iter().map(move |picture| picture[j])).collect();
    let design = Design::from_columns(labels.len(), PIXELS, values);
    let classes = labels.iter().max().map_or(0, |k| k + 1);
    Ok(Rows { sample: Sample { design, labels }, classes, input: images.input().clone() })
}

/// A file: the column `label`, and features in all others.
pub(super) fn file(path: &Path, label: &str, layout: Layout) -> Result<Rows, Invalid> {
    let table = Table::open("data", path, layout)?;
    let at = table.column("label", label)?;
    let mut known = BTreeMap::new();
    for (row, cell) in table.cells(at).enumerate() {
        if cell.is_empty() {
            return Err(table.cell_error(row, at, "a class"));
        }
        known.insert(cell, 0_usize);
    }
    known.values_mut().enumerate().for_each(|(k, class)| *class = k);
    let classes = known.len();
    if classes < 2 {
        let only = known.keys().next().map_or("", |name| name);
        let message =
            format!("expected a column with at least 2 classes, but every row is `{}`", shown(only));
        return Err(Invalid::new("label", message));
    }
    if classes > MOST_CLASSES {
        let message = format!("expected a column of at most {MOST_CLASSES} classes, found {classes} values");
        return Err(Invalid::new("label", message));
    }
    let mut counts = vec![0; classes];
    let labels: Vec<usize> = table.cells(at).map(|cell| known.get(&cell).copied().unwrap_or(0)).collect();
    labels.iter().for_each(|&k| counts[k] += 1);
    let named: Vec<String> =
        known.keys().zip(counts).map(|(name, n)| format!("`{}` {n}", shown(name))).collect();
    let columns: Vec<usize> = (0..table.header().len()).filter(|&j| j != at).collect();
    if columns.is_empty() {
        let message = format!("{}: no column other than the label", path.display());
        return Err(Invalid::new("data", message));
    }
    let taken = format!(
        "{} of {}; classes of `{}`: {}",
        count(table.rows(), "row"),
        table.features(&columns),
        shown(label),
        named.join(", ")
    );
    Ok(Rows {
        sample: Sample { design: table.design(&columns)?, labels },
        classes,
        input: table.input(taken),
    })
}

/// Rows drawn from the model itself: standard normal features, of which the first `informative` have weights
/// with standard deviation `signal` in each class and the others have none.
pub(super) fn synthetic(
    rows: usize,
    features: usize,
    classes: usize,
    informative: usize,
    signal: f64,
    stream: &mut Stream,
) -> Sample {
    let weights: Vec<f64> =
        (0..informative * classes).map(|_| signal * stream.sample::<f64, _>(StandardNormal)).collect();
    let values = (0..rows * features).map(|_| stream.sample(StandardNormal)).collect();
    let design = Design::from_columns(rows, features, values);
    let mut scores = vec![0.0; classes];
    let labels = (0..rows)
        .map(|i| {
            for (k, score) in scores.iter_mut().enumerate() {
                let own = &weights[k * informative..(k + 1) * informative];
                *score = own.iter().enumerate().map(|(j, w)| w * design.column(j)[i]).sum();
            }
            let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let shares: Vec<f64> = scores.iter().map(|z| (z - largest).exp()).collect();
            let mut left = stream.r#gen::<f64>() * shares.iter().sum::<f64>();
            shares
                .iter()
                .position(|share| {
                    left -= share;
                    left < 0.0
                })
                .unwrap_or(classes - 1)
        })
        .collect();
    Sample { design, labels }
}

impl Sample {
    /// Some of the rows, in the given order.
    pub(super) fn take(&self, rows: &[usize]) -> Self {
        Self { design: self.design.take_rows(rows), labels: rows.iter().map(|&i| self.labels[i]).collect() }
    }
}

/// Disjoint training, validation and test rows of these sizes.
pub(super) fn split(sample: &Sample, sizes: [usize; 3], stream: &mut Stream) -> [Sample; 3] {
    let mut order: Vec<usize> = (0..sample.labels.len()).collect();
    order.shuffle(stream);
    let mut start = 0;
    sizes.map(|size| {
        let part = sample.take(&order[start..start + size]);
        start += size;
        part
    })
}

/// Standardises every feature by mean and standard deviation of the first sample; a feature that is constant
/// there becomes 0.
pub(super) fn standardise(samples: &mut [Sample; 3]) {
    for j in 0..samples[0].design.columns() {
        let standard = Standard::of(samples[0].design.column(j).iter().copied());
        for sample in samples.iter_mut() {
            sample.design.column_mut(j).iter_mut().for_each(|v| *v = standard.apply(*v));
        }
    }
}

/// Appends a feature that is 1 in every row.
pub(super) fn add_intercept(sample: Sample) -> Sample {
    let (rows, columns) = (sample.design.rows(), sample.design.columns());
    let mut values = sample.design.as_slice().to_vec();
    values.resize(rows * (columns + 1), 1.0);
    Sample { design: Design::from_columns(rows, columns + 1, values), labels: sample.labels }
}
