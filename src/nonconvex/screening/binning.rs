//! Mutual information of histograms.

/// The number of bins in 2..99 with the largest penalised log-likelihood of a regular histogram,
/// `Σ N_j log N_j + n log D − (D − 1 + log^2.5 D)` (Birgé and Rozenholc 2006).
#[must_use]
pub fn bins(values: &[f64]) -> usize {
    let mut best = (f64::NEG_INFINITY, 2);
    for d in 2..=99 {
        let mut counts = vec![0.0_f64; d];
        labels(values, d).for_each(|bin| counts[bin] += 1.0);
        let likelihood: f64 = counts.iter().filter(|c| **c > 0.0).map(|c| c * c.ln()).sum();
        let (n, d_real) = (values.len() as f64, d as f64);
        let score = likelihood + n * d_real.ln() - (d_real - 1.0 + d_real.ln().powf(2.5));
        if score > best.0 {
            best = (score, d);
        }
    }
    best.1
}

/// The bin of each value, of `d` bins of equal width from the smallest to the largest value.
fn labels(values: &[f64], d: usize) -> impl Iterator<Item = usize> + '_ {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let width = (high - low) / d as f64;
    values.iter().map(move |v| if width > 0.0 { (((v - low) / width) as usize).min(d - 1) } else { 0 })
}

/// The plug-in mutual information of two histograms with the given numbers of bins.
#[must_use]
pub fn binned(x: &[f64], y: &[f64], (d, e): (usize, usize)) -> f64 {
    let mut joint = vec![0.0_f64; d * e];
    labels(x, d).zip(labels(y, e)).for_each(|(a, b)| joint[a * e + b] += 1.0);
    let rows: Vec<f64> = joint.chunks(e).map(|row| row.iter().sum()).collect();
    let columns: Vec<f64> = (0..e).map(|b| joint.iter().skip(b).step_by(e).sum()).collect();
    let n = x.len() as f64;
    let mut information = 0.0;
    for (k, count) in joint.iter().enumerate().filter(|(_, count)| **count > 0.0) {
        information += count / n * (n * count / (rows[k / e] * columns[k % e])).ln();
    }
    information
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_classes_have_the_entropy_and_independent_ones_nothing() {
        let x: Vec<f64> = (0..400).map(|i| f64::from(i % 4)).collect();
        let y: Vec<f64> = (0..400).map(|i| f64::from(i / 4 % 5)).collect();
        assert!((binned(&x, &x, (4, 4)) - 4.0_f64.ln()).abs() < 1e-12);
        assert!(binned(&x, &y, (4, 5)).abs() < 1e-12);
    }

    #[test]
    fn a_histogram_has_as_many_bins_as_it_needs() {
        // Two blocks with a gap: three bins describe them as well as any number.
        let blocks: Vec<f64> =
            (0..600).map(|i| f64::from(i % 300) / 300.0 + f64::from(i / 300) * 2.0).collect();
        assert_eq!(bins(&blocks), 3);
        let uniform: Vec<f64> = (0..500).map(f64::from).collect();
        assert_eq!(bins(&uniform), 2);
    }
}
