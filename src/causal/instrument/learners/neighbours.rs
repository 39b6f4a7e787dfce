//! Means of the nearest rows.

use remeasure_core::numerics::Design;

/// Predicts by the mean of the √n nearest rows, rounded. Among equal distances, earlier rows come first.
pub(super) fn predict(train: &Design, targets: &[&[f64]], query: &Design) -> Vec<Vec<f64>> {
    let n = train.rows();
    let k = ((n as f64).sqrt().round() as usize).clamp(1, n);
    let mut out = vec![vec![0.0; query.rows()]; targets.len()];
    let mut distances = vec![0.0; n];
    let mut order: Vec<usize> = Vec::with_capacity(n);
    for q in 0..query.rows() {
        distances.fill(0.0);
        for j in 0..train.columns() {
            let centre = query.column(j)[q];
            for (d, x) in distances.iter_mut().zip(train.column(j)) {
                *d += (x - centre) * (x - centre);
            }
        }
        order.clear();
        order.extend(0..n);
        let by = |a: &usize, b: &usize| distances[*a].total_cmp(&distances[*b]).then(a.cmp(b));
        if k < n {
            order.select_nth_unstable_by(k - 1, by);
        }
        // In the order of rows, so that the sum does not depend on the selection.
        order[..k].sort_unstable();
        for (out, target) in out.iter_mut().zip(targets) {
            out[q] = order[..k].iter().map(|&i| target[i]).sum::<f64>() / k as f64;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_rows_are_averaged() {
        let train = Design::from_columns(9, 1, vec![0., 1., 2., 3., 10., 11., 12., 20., 30.]);
        let y: Vec<f64> = (1..=9).map(f64::from).collect();
        let query = Design::from_columns(3, 1, vec![1.0, 11.2, 26.0]);
        assert_eq!(predict(&train, &[&y], &query)[0], [2.0, 6.0, 8.0]);
    }
}
