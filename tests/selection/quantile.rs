//! Quantile regression against enumeration.

use rand::Rng;
use remeasure_core::stream::Stream;
use remeasure_selection::models::quantile::quantile_regression;

use crate::streams;

fn objective(x: &[Vec<f64>], y: &[f64], b: &[f64], level: f64, penalty: f64) -> f64 {
    let residual = |i: usize| y[i] - b[0] - x.iter().zip(&b[1..]).map(|(c, b)| c[i] * b).sum::<f64>();
    let loss = |r: f64| if r > 0.0 { level * r } else { (level - 1.0) * r };
    (0..y.len()).map(|i| loss(residual(i))).sum::<f64>()
        + penalty * b[1..].iter().map(|b| b.abs()).sum::<f64>()
}

fn numbers(count: usize, stream: &mut Stream) -> Vec<f64> {
    (0..count).map(|_| 4.0 * stream.r#gen::<f64>() - 2.0).collect()
}

/// The solution of three equations `a z = b` by Cramer's rule.
fn cramer(a: [[f64; 3]; 3], b: [f64; 3]) -> Option<[f64; 3]> {
    let det = |m: [[f64; 3]; 3]| {
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    };
    let whole = det(a);
    let with = |c: usize| {
        let mut m = a;
        (0..3).for_each(|i| m[i][c] = b[i]);
        det(m) / whole
    };
    (whole.abs() > 1e-12).then(|| [with(0), with(1), with(2)])
}

/// The least objective over all vertices: three of the rows, or of the conditions b₁ = 0 and b₂ = 0, hold exactly.
fn enumerated(x: &[Vec<f64>], y: &[f64], level: f64, penalty: f64) -> f64 {
    let n = y.len();
    let condition = |i: usize| match i {
        i if i < n => ([1.0, x[0][i], x[1][i]], y[i]),
        i if i == n => ([0.0, 1.0, 0.0], 0.0),
        _ => ([0.0, 0.0, 1.0], 0.0),
    };
    let mut least = f64::INFINITY;
    for i in 0..n + 2 {
        for j in i + 1..n + 2 {
            for l in j + 1..n + 2 {
                let rows = [i, j, l].map(condition);
                if let Some(b) = cramer(rows.map(|r| r.0), rows.map(|r| r.1)) {
                    least = least.min(objective(x, y, &b, level, penalty));
                }
            }
        }
    }
    least
}

#[test]
fn tiny_problems_are_solved_as_by_enumeration() {
    let mut stream = streams(0).stream("data");
    let mut zeros = [0, 0];
    for case in 0..60 {
        let n = 6 + case % 7;
        let x = [numbers(n, &mut stream), numbers(n, &mut stream)];
        let mut y = numbers(n, &mut stream);
        if case % 3 == 0 {
            // Ties and rows on one line.
            y.iter_mut().for_each(|v| *v = v.round());
        }
        let columns: Vec<&[f64]> = x.iter().map(Vec::as_slice).collect();
        for level in [0.1, 0.5, 0.85] {
            for penalty in [0.0, 0.3, 1.5, 1000.0] {
                let fit = quantile_regression(&columns, &y, level, penalty).unwrap();
                let b = [fit.intercept, fit.coefficients[0], fit.coefficients[1]];
                let found = objective(&x, &y, &b, level, penalty);
                let least = enumerated(&x, &y, level, penalty);
                assert!(
                    (found - least).abs() <= 1e-9 * (1.0 + least),
                    "{case} {level} {penalty}: {found} {least}"
                );
                assert!(fit.gap < 1e-12, "{case} {level} {penalty}: {}", fit.gap);
                zeros[usize::from(b[1] == 0.0 && b[2] == 0.0)] += 1;
                if penalty == 1000.0 {
                    assert_eq!(&b[1..], &[0.0, 0.0]);
                }
            }
        }
    }
    assert!(zeros.iter().all(|z| *z > 100), "{zeros:?}");
}

#[test]
fn problems_of_the_published_size_have_no_gap() {
    let mut stream = streams(1).stream("data");
    let x: Vec<Vec<f64>> = (0..30).map(|_| numbers(100, &mut stream)).collect();
    let columns: Vec<&[f64]> = x.iter().map(Vec::as_slice).collect();
    let heavy = |v: f64| v / (1.0 - (v / 2.0).abs()).sqrt();
    let y: Vec<f64> = numbers(100, &mut stream).iter().zip(&x[3]).map(|(e, x)| 2.0 * x + heavy(*e)).collect();
    for tenths in 1..10 {
        let level = f64::from(tenths) / 10.0;
        for penalty in [0.0, 5.0] {
            let fit = quantile_regression(&columns, &y, level, penalty).unwrap();
            assert!(fit.gap < 1e-12, "{level}: {}", fit.gap);
            // At most nτ rows lie below the fit, and at most n(1 − τ) above.
            let fitted = |i: usize| {
                fit.intercept + x.iter().zip(&fit.coefficients).map(|(c, b)| c[i] * b).sum::<f64>()
            };
            let below = (0..100).filter(|&i| y[i] < fitted(i) - 1e-9).count() as f64;
            let above = (0..100).filter(|&i| y[i] > fitted(i) + 1e-9).count() as f64;
            assert!(
                below <= 100.0 * level + 1e-9 && above <= 100.0 * (1.0 - level) + 1e-9,
                "{below} {above}"
            );
        }
    }
}

#[test]
fn dependent_columns_are_no_obstacle() {
    let x = numbers(20, &mut streams(2).stream("data"));
    let y: Vec<f64> = x.iter().enumerate().map(|(i, v)| v * 2.0 + (i % 3) as f64).collect();
    let once = quantile_regression(&[&x], &y, 0.3, 0.0).unwrap();
    let twice = quantile_regression(&[&x, &x], &y, 0.3, 0.0).unwrap();
    assert!((once.coefficients[0] - twice.coefficients.iter().sum::<f64>()).abs() < 1e-12);
    assert!((once.intercept - twice.intercept).abs() < 1e-12);
}
