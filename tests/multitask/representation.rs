//! The joint representation: derivatives, known minimisers, invariance.

use rand::Rng;
use rand_distr::StandardNormal;
use remeasure_core::numerics::{Design, kernels};
use remeasure_multitask::Statistics;
use remeasure_multitask::representation::{Settings, head, learn, learn_from, loss_and_gradient};

use crate::streams;

fn normal(rows: usize, columns: usize, role: &str) -> Design {
    let mut stream = streams(3).stream(role);
    Design::from_columns(rows, columns, (0..rows * columns).map(|_| stream.sample(StandardNormal)).collect())
}

/// Gram–Schmidt.
fn orthonormal(mut m: Design) -> Design {
    for j in 0..m.columns() {
        let mut column = m.column(j).to_vec();
        for _ in 0..2 {
            for l in 0..j {
                kernels::axpy(-kernels::dot(m.column(l), &column), m.column(l), &mut column);
            }
        }
        let norm = kernels::squared_norm(&column).sqrt();
        m.column_mut(j).iter_mut().zip(&column).for_each(|(to, from)| *to = from / norm);
    }
    m
}

fn product(a: &Design, b: &Design) -> Design {
    let mut out = Design::from_columns(a.rows(), b.columns(), vec![0.0; a.rows() * b.columns()]);
    for j in 0..b.columns() {
        a.mul(b.column(j), out.column_mut(j));
    }
    out
}

/// `‖(I − AAᵀ) B‖_F` for orthonormal `A`: 0 where the spans agree.
fn angle(a: &Design, b: &Design) -> f64 {
    let mut projected = vec![0.0; a.columns()];
    let square = |j: usize, projected: &mut Vec<f64>| {
        a.tmul(b.column(j), projected);
        let mut rest = b.column(j).to_vec();
        a.add_mul(-1.0, projected.iter().copied().enumerate(), &mut rest);
        kernels::squared_norm(&rest)
    };
    (0..b.columns()).map(|j| square(j, &mut projected)).sum::<f64>().sqrt()
}

/// Tasks of rank 3 in dimension 8, some with fewer observations than that.
fn tasks(sigma: f64) -> (Design, Vec<Statistics>) {
    let basis = orthonormal(normal(8, 3, "basis"));
    let heads = normal(3, 12, "heads");
    let sample = |t: usize| {
        let mut beta = vec![0.0; 8];
        basis.mul(heads.column(t), &mut beta);
        let mut statistics = Statistics::empty(8);
        let count = [6, 40, 200, 5][t % 4];
        statistics.add_gaussian(&beta, sigma, count, &mut streams(3).stream(&format!("task {t}")));
        statistics
    };
    let all = (0..12).map(sample).collect();
    (basis, all)
}

#[test]
fn the_gradient_is_that_of_the_loss() {
    let (_, tasks) = tasks(0.5);
    let at = orthonormal(normal(8, 3, "somewhere"));
    for ridge in [0.0, 0.1, 5.0] {
        let (_, gradient) = loss_and_gradient(&tasks, &at, ridge).unwrap();
        for i in 0..3 {
            let direction = normal(8, 3, &format!("direction {i}"));
            let loss = |h: f64| {
                let mut moved = at.clone();
                kernels::axpy(h, direction.as_slice(), moved.as_mut_slice());
                loss_and_gradient(&tasks, &moved, ridge).unwrap().0
            };
            let h = 1e-5;
            let numeric = (loss(h) - loss(-h)) / (2.0 * h);
            let exact = kernels::dot(gradient.as_slice(), direction.as_slice());
            assert!((numeric - exact).abs() < 1e-6 * exact.abs().max(1.0), "{numeric} {exact}");
        }
    }
}

#[test]
fn the_minimum_is_stationary_and_no_point_near_is_lower() {
    let (_, tasks) = tasks(0.5);
    let settings = Settings::default();
    let learned = learn(&tasks, 3, settings).unwrap();
    assert!(learned.stationarity <= settings.tolerance);
    let least = loss_and_gradient(&tasks, &learned.basis, settings.ridge).unwrap().0;
    for i in 0..50 {
        let mut moved = learned.basis.clone();
        let direction = normal(8, 3, &format!("near {i}"));
        kernels::axpy(1e-3, direction.as_slice(), moved.as_mut_slice());
        let loss = loss_and_gradient(&tasks, &orthonormal(moved), settings.ridge).unwrap().0;
        assert!(loss > least, "{loss} {least}");
    }
}

#[test]
fn without_noise_the_representation_is_recovered() {
    let (basis, tasks) = tasks(0.0);
    // The ridge shrinks by ρ/n; without it recovery is exact.
    let settings = Settings { ridge: 0.0, tolerance: 1e-11, ..Settings::default() };
    let learned = learn(&tasks, 3, settings).unwrap();
    let angle = angle(&basis, &learned.basis);
    assert!(angle < 1e-8, "{angle:.1e}");
}

#[test]
fn under_isotropic_moments_the_minimiser_is_the_leading_eigenspace() {
    // X_tᵀX_t = 9 I and β_t the columns of U diag(s) Vᵀ: the first k columns of U.
    let (d, t) = (6, 10);
    let u = orthonormal(normal(d, d, "left"));
    let v = orthonormal(normal(t, d, "right"));
    let sizes = [5.0, 4.0, 2.5, 1.0, 0.8, 0.3];
    let mut identity = Design::from_columns(d, d, vec![0.0; d * d]);
    (0..d).for_each(|i| identity.column_mut(i)[i] = 3.0);
    let task = |t: usize| {
        let mut beta = vec![0.0; d];
        u.add_mul(3.0, (0..d).map(|l| (l, sizes[l] * v.column(l)[t])), &mut beta);
        Statistics::of_rows(&identity, &beta)
    };
    let tasks: Vec<Statistics> = (0..t).map(task).collect();
    let leading = Design::from_columns(d, 3, u.as_slice()[..3 * d].to_vec());
    // From a start other than the solution.
    let start = normal(d, 3, "start");
    for ridge in [0.0, 0.1] {
        let settings = Settings { ridge, tolerance: 1e-10, ..Settings::default() };
        let learned = learn_from(&tasks, start.clone(), settings).unwrap();
        assert!(angle(&leading, &learned.basis) < 1e-8, "{:.1e}", angle(&leading, &learned.basis));
        assert!(learned.iterations > 1);
    }
}

#[test]
fn the_estimate_does_not_depend_on_the_gauge() {
    let (_, tasks) = tasks(0.5);
    let settings = Settings { tolerance: 1e-10, ..Settings::default() };
    let start = orthonormal(normal(8, 3, "gauge"));
    let turned = product(&start, &normal(3, 3, "turn"));
    let (a, b) = (learn_from(&tasks, start, settings), learn_from(&tasks, turned, settings));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert!(angle(&a.basis, &b.basis) < 1e-8);
    // The coefficients B̂ŵ agree, whatever the basis.
    for t in 0..12 {
        let (mut p, mut q) = (vec![0.0; 8], vec![0.0; 8]);
        a.basis.mul(a.heads.column(t), &mut p);
        b.basis.mul(b.heads.column(t), &mut q);
        assert!(p.iter().zip(&q).all(|(x, y)| (x - y).abs() < 1e-7), "task {t}");
    }
}

#[test]
fn turning_the_features_turns_the_estimate() {
    let (_, tasks) = tasks(0.5);
    let turn = orthonormal(normal(8, 8, "features"));
    let turned = |s: &Statistics| {
        // Rows with the given XᵀX and Xᵀy: a square root of the matrix is not needed, as any rows that
        // reproduce both will do; here 8 rows, by Cholesky.
        let d = 8;
        let mut factor = vec![vec![0.0; d]; d];
        for i in 0..d {
            for j in 0..=i {
                let inner: f64 = (0..j).map(|l| factor[i][l] * factor[j][l]).sum();
                let value = s.gram().column(j)[i] - inner;
                factor[i][j] = if i == j { value.sqrt() } else { value / factor[j][j] };
            }
        }
        let mut response = vec![0.0; d];
        for i in 0..d {
            let inner: f64 = (0..i).map(|l| factor[i][l] * response[l]).sum();
            response[i] = (s.cross()[i] - inner) / factor[i][i];
        }
        let rows = Design::from_columns(d, d, factor.concat());
        // Row l of X is column l of the factor; X Uᵀ has the rotated features.
        let rows = Design::from_columns(
            d,
            d,
            (0..d * d).map(|at| rows.as_slice()[(at % d) + d * (at / d)]).collect(),
        );
        let mut out = Design::from_columns(d, d, vec![0.0; d * d]);
        for a in 0..d {
            for l in 0..d {
                out.column_mut(a)[l] = (0..d).map(|j| turn.column(j)[a] * rows.column(j)[l]).sum();
            }
        }
        Statistics::of_rows(&out, &response)
    };
    let full: Vec<Statistics> = tasks.iter().filter(|t| t.count() > 8).cloned().collect();
    let settings = Settings { tolerance: 1e-10, ..Settings::default() };
    let start = orthonormal(normal(8, 3, "turned start"));
    let plain = learn_from(&full, start.clone(), settings).unwrap();
    let other = learn_from(&full.iter().map(turned).collect::<Vec<_>>(), product(&turn, &start), settings);
    assert!(angle(&product(&turn, &plain.basis), &other.unwrap().basis) < 1e-7);
}

#[test]
fn a_head_is_least_squares_in_the_span() {
    let (_, tasks) = tasks(0.5);
    let basis = orthonormal(normal(8, 3, "span"));
    for (task, ridge) in tasks.iter().zip([0.0, 0.0, 2.0, 0.0]) {
        let found = head(task, &basis, ridge).unwrap();
        // Normal equations of the reduced problem.
        let mut coefficients = vec![0.0; 8];
        basis.mul(&found, &mut coefficients);
        let mut left = vec![0.0; 8];
        task.gram().mul(&coefficients, &mut left);
        left.iter_mut().zip(task.cross()).for_each(|(l, h)| *l -= h);
        let mut residual = vec![0.0; 3];
        basis.tmul(&left, &mut residual);
        for (r, w) in residual.iter().zip(&found) {
            assert!((r + ridge * w).abs() < 1e-9, "{residual:?}");
        }
    }
}

#[test]
fn a_head_seen_too_little_is_the_shortest() {
    let mut statistics = Statistics::empty(4);
    statistics.add_gaussian(&[1.0, 2.0, 0.0, 0.0], 0.0, 1, &mut streams(4).stream("short"));
    let mut basis = Design::from_columns(4, 2, vec![0.0; 8]);
    (basis.column_mut(0)[0], basis.column_mut(1)[1]) = (1.0, 1.0);
    let found = head(&statistics, &basis, 0.0).unwrap();
    // With one observation x, the minimum-norm fit is a multiple of its first two features.
    let ratio = statistics.gram().column(0)[1] / statistics.gram().column(0)[0];
    assert!((found[1] / found[0] - ratio).abs() < 1e-9, "{found:?}");
    assert_eq!(head(&Statistics::empty(4), &basis, 0.0).unwrap(), [0.0, 0.0]);
}

#[test]
fn a_full_rank_representation_is_the_whole_space() {
    let (_, tasks) = tasks(0.5);
    let full: Vec<Statistics> = tasks.into_iter().filter(|t| t.count() > 8).collect();
    assert!(full.len() < 8, "too few tasks span the space");
    let error = learn(&full, 8, Settings::default()).unwrap_err().to_string();
    assert!(error.contains("needs 8 tasks with more than 8 observations each, found 6"), "{error}");
    let learned = learn(&full, 6, Settings::default()).unwrap();
    assert_eq!((learned.basis.columns(), learned.heads.columns()), (6, 6));
}
