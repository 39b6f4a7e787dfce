//! Products, norms and the spectral norm of a design.

use remeasure_core::numerics::Design;

use crate::draw;

#[test]
fn products_and_norms_of_a_design_are_those_of_its_definition() {
    for (n, p) in [(1, 1), (3, 9), (40, 7), (600, 5)] {
        let (design, y) = draw(n, p, 0.5, 1);
        let w: Vec<f64> = (0..p).map(|j| if j % 3 == 1 { 0.0 } else { 1.0 + j as f64 }).collect();
        let (mut product, mut image) = (vec![0.0; p], vec![0.0; n]);
        design.tmul(&y, &mut product);
        design.mul(&w, &mut image);
        let norms = design.column_squared_norms();
        for j in 0..p {
            let column = design.column(j);
            let expected: f64 = column.iter().zip(&y).map(|(x, y)| x * y).sum();
            assert!((product[j] - expected).abs() <= 1e-10);
            assert!((norms[j] - column.iter().map(|x| x * x).sum::<f64>()).abs() <= 1e-10);
        }
        for (i, value) in image.iter().enumerate() {
            let expected: f64 = (0..p).map(|j| w[j] * design.column(j)[i]).sum();
            assert!((value - expected).abs() <= 1e-10);
        }
        let some: Vec<usize> = (0..p).rev().collect();
        let mut chosen = vec![0.0; p];
        design.tmul_of(&some, &y, &mut chosen);
        chosen.reverse();
        assert_eq!(chosen, product, "the same bits in whatever block");
    }
}

#[test]
fn the_spectral_norm_is_that_of_known_matrices() {
    let diagonal = |d: &[f64], rows: usize| {
        let mut values = vec![0.0; rows * d.len()];
        d.iter().enumerate().for_each(|(j, v)| values[j * rows + j] = *v);
        Design::from_columns(rows, d.len(), values)
    };
    for (d, rows) in [(vec![3.0, -7.0, 2.0], 5), (vec![1.0; 6], 6), (vec![0.0; 4], 4), (vec![-2.0], 9)] {
        let expected = d.iter().fold(0.0_f64, |m, v: &f64| m.max(v.abs()));
        assert!((diagonal(&d, rows).spectral_norm() - expected).abs() <= 1e-6 * expected);
    }
    // Compare with plain power iteration run to convergence.
    for (n, p) in [(30, 50), (50, 30), (200, 200)] {
        let (design, _) = draw(n, p, 0.3, 4);
        let mut v = vec![1.0; p];
        let (mut image, mut sigma) = (vec![0.0; n], 0.0);
        for _ in 0..20_000 {
            let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
            v.iter_mut().for_each(|x| *x /= norm);
            design.mul(&v, &mut image);
            sigma = image.iter().map(|x| x * x).sum::<f64>().sqrt();
            design.tmul(&image, &mut v);
        }
        let found = design.spectral_norm();
        assert!((found - sigma).abs() <= 2e-6 * sigma, "{found} against {sigma}");
    }
}
