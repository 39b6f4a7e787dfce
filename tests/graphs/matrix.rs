//! Products, inverses and exponentials of small matrices.

use rand::Rng;
use remeasure_graphs::matrix::{Exponential, Inverter, Matrix, add_product};

use crate::streams;

/// A matrix with entries from 0 to `largest`, many of them small.
fn random(side: usize, largest: f64, replicate: u32) -> Matrix {
    let mut stream = streams(replicate).stream("matrix");
    let mut matrix = Matrix::zeros(side);
    for i in 0..side {
        for j in 0..side {
            let u: f64 = stream.gen_range(0.0..1.0);
            matrix.set(i, j, largest * u * u * u);
        }
    }
    matrix
}

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let side = a.side();
    let mut out = Matrix::zeros(side);
    for i in 0..side {
        for j in 0..side {
            out.set(i, j, (0..side).map(|k| a.at(i, k) * b.at(k, j)).sum());
        }
    }
    out
}

fn largest_difference(a: &Matrix, b: &Matrix) -> f64 {
    a.values().iter().zip(b.values()).fold(0.0, |m, (x, y)| m.max((x - y).abs()))
}

#[test]
fn products_are_those_of_the_definition() {
    for side in [1, 2, 5, 7, 8, 9, 16, 23, 50] {
        let (a, b) = (random(side, 2.0, 0), random(side, 3.0, 1));
        let mut out = random(side, 1.0, 2);
        let mut expected = product(&a, &b);
        for (e, o) in expected.values_mut().iter_mut().zip(out.values()) {
            *e += o;
        }
        add_product(&a, &b, &mut out);
        assert!(largest_difference(&out, &expected) < 1e-12 * side as f64, "{side}");
        // The padding stays zero.
        assert!((0..side).all(|i| out.row(i)[side..].iter().all(|v| *v == 0.0)));
    }
}

#[test]
fn an_m_matrix_is_inverted_and_others_are_refused() {
    for side in [1, 3, 7, 8, 9, 20, 41, 64] {
        let mut matrix = random(side, 1.6 / side as f64, 3);
        matrix.values_mut().iter_mut().for_each(|v| *v = -*v);
        for i in 0..side {
            let value = matrix.at(i, i) + 1.0;
            matrix.set(i, i, value);
        }
        let mut inverse = matrix.clone();
        let mut inverter = Inverter::new(side);
        assert!(inverter.invert(&mut inverse), "{side}");
        let mut unit = Matrix::zeros(side);
        (0..side).for_each(|i| unit.set(i, i, 1.0));
        assert!(largest_difference(&product(&matrix, &inverse), &unit) < 1e-13, "{side}");
        assert!(inverse.values().iter().all(|v| *v >= 0.0));
        // log det(A) = −log det(A⁻¹) by elimination of the inverse, which is no M-matrix but close to I here.
        let determinant = |m: &Matrix| {
            let mut rows: Vec<Vec<f64>> = (0..side).map(|i| m.row(i)[..side].to_vec()).collect();
            (0..side)
                .map(|p| {
                    let (above, below) = rows.split_at_mut(p + 1);
                    for row in below {
                        let factor = row[p] / above[p][p];
                        row.iter_mut().zip(&above[p]).for_each(|(v, a)| *v -= factor * a);
                    }
                    above[p][p].ln()
                })
                .sum::<f64>()
        };
        assert!((inverter.log_determinant() - determinant(&matrix)).abs() < 1e-12);
    }
    // The spectral radius of the off-diagonal part is 1.1: the inverse has negative entries.
    let mut matrix = Matrix::from_rows(2, &[1.0, -1.1, -1.1, 1.0]);
    assert!(!Inverter::new(2).invert(&mut matrix));
    let mut singular = Matrix::from_rows(2, &[1.0, -1.0, -1.0, 1.0]);
    assert!(!Inverter::new(2).invert(&mut singular));
}

#[test]
fn exponentials_are_those_of_the_series() {
    for (side, largest) in [(1, 0.3), (4, 2.0), (9, 0.5), (20, 0.8)] {
        let matrix = random(side, largest, 4);
        let mut expected = Matrix::zeros(side);
        let mut term = Matrix::zeros(side);
        (0..side).for_each(|i| term.set(i, i, 1.0));
        for k in 1..80 {
            for (e, t) in expected.values_mut().iter_mut().zip(term.values()) {
                *e += t;
            }
            term = product(&term, &matrix);
            term.values_mut().iter_mut().for_each(|t| *t /= f64::from(k));
        }
        let mut exponential = Exponential::new(side);
        let found = exponential.of(&matrix);
        for (f, e) in found.values().iter().zip(expected.values()) {
            assert!((f - e).abs() <= 1e-12 * e, "{side} {f} {e}");
        }
    }
}
