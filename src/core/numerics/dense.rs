//! Small dense linear algebra on column-major matrices.

use faer::{MatRef, Side};

use crate::numerics::{Design, kernels};

/// Pivot of a Cholesky factorisation, relative to its diagonal entry, below which a matrix counts as singular.
const PIVOT: f64 = 1e-12;

/// Eigenvalue, relative to the largest, below which it counts as zero.
const RANK: f64 = 1e-12;

/// Eigenvalues in ascending order and eigenvectors, one per column, of a symmetric `n × n` matrix stored
/// column by column. Only the lower triangle is read.
///
/// # Errors
/// A value is not finite, or the iteration does not converge.
pub fn eigen(n: usize, matrix: &[f64]) -> anyhow::Result<(Vec<f64>, Design)> {
    anyhow::ensure!(
        matrix.iter().all(|v| v.is_finite()),
        "a symmetric matrix holds a number that is not finite"
    );
    let found = MatRef::from_column_major_slice(matrix, n, n)
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| anyhow::anyhow!("the eigenvalues of a {n} × {n} matrix did not converge"))?;
    let values = (0..n).map(|i| found.S()[i]).collect();
    let vectors = (0..n * n).map(|at| found.U()[(at % n, at / n)]).collect();
    Ok((values, Design::from_columns(n, n, vectors)))
}

/// The Cholesky factor `L` of a symmetric positive definite `n × n` matrix, row by row.
#[derive(Clone, Debug)]
pub struct Cholesky {
    n: usize,
    rows: Vec<f64>,
}

impl Cholesky {
    /// Factors `matrix`, which is symmetric, so that its storage order does not matter. `None` if it is
    /// singular to working precision or has an entry that is not finite.
    pub fn new(n: usize, matrix: &[f64]) -> Option<Self> {
        let mut factor = Self { n, rows: Vec::with_capacity(n * n) };
        factor.replace(n, matrix).then_some(factor)
    }

    /// Factors another matrix in the same memory, for loops that must not allocate. False if it is singular to working
    /// precision or has an entry that is not finite; then nothing may be solved with it.
    pub fn replace(&mut self, n: usize, matrix: &[f64]) -> bool {
        self.n = n;
        self.rows.clear();
        self.rows.extend_from_slice(&matrix[..n * n]);
        let rows = &mut self.rows;
        for i in 0..n {
            for j in 0..=i {
                let inner: f64 = (0..j).map(|l| rows[i * n + l] * rows[j * n + l]).sum();
                let value = rows[i * n + j] - inner;
                if i == j {
                    if !(value > PIVOT * matrix[i * n + i]) {
                        return false;
                    }
                    rows[i * n + i] = value.sqrt();
                } else {
                    rows[i * n + j] = value / rows[j * n + j];
                }
            }
        }
        rows.iter().all(|v| v.is_finite())
    }

    /// Overwrites `b` with the solution `z` of `L z = b`.
    pub fn solve_lower(&self, b: &mut [f64]) {
        let n = self.n;
        for i in 0..n {
            let inner: f64 = (0..i).map(|l| self.rows[i * n + l] * b[l]).sum();
            b[i] = (b[i] - inner) / self.rows[i * n + i];
        }
    }

    /// `log det A`.
    pub fn log_determinant(&self) -> f64 {
        2.0 * (0..self.n).map(|i| self.rows[i * self.n + i].ln()).sum::<f64>()
    }

    /// Overwrites `b` with the solution `x` of `A x = b`.
    pub fn solve(&self, b: &mut [f64]) {
        let n = self.n;
        self.solve_lower(b);
        for i in (0..n).rev() {
            let inner: f64 = (i + 1..n).map(|l| self.rows[l * n + i] * b[l]).sum();
            b[i] = (b[i] - inner) / self.rows[i * n + i];
        }
    }
}

/// The minimum-norm least-squares solution of `A x = b` for a symmetric positive semidefinite `A`, and the
/// norm of the part of `b` outside the range of `A`, relative to `‖b‖`.
///
/// # Errors
/// As [`eigen`].
pub fn pseudo_solve(n: usize, matrix: &[f64], b: &[f64]) -> anyhow::Result<(Vec<f64>, f64)> {
    let (values, vectors) = eigen(n, matrix)?;
    let largest = values.last().copied().unwrap_or(0.0).max(0.0);
    let mut x = vec![0.0; n];
    let (mut missed, mut whole) = (0.0, 0.0);
    for (j, &value) in values.iter().enumerate() {
        let v = vectors.column(j);
        let along = kernels::dot(v, b);
        whole += along * along;
        if value > RANK * largest {
            kernels::axpy(along / value, v, &mut x);
        } else {
            missed += along * along;
        }
    }
    Ok((x, if whole > 0.0 { (missed / whole).sqrt() } else { 0.0 }))
}

/// Replaces the columns by an orthonormal basis of their span (Gram–Schmidt with reorthogonalisation).
///
/// # Errors
/// The columns are linearly dependent to working precision.
pub fn orthonormalise(matrix: &mut Design) -> anyhow::Result<()> {
    for j in 0..matrix.columns() {
        let mut column = matrix.column(j).to_vec();
        let before = kernels::squared_norm(&column).sqrt();
        // Two passes are enough (Parlett 1998, section 6.9).
        for _ in 0..2 {
            for l in 0..j {
                kernels::axpy(-kernels::dot(matrix.column(l), &column), matrix.column(l), &mut column);
            }
        }
        let length = kernels::squared_norm(&column).sqrt();
        anyhow::ensure!(
            length > 1e-12 * before && length.is_finite(),
            "the columns of a basis are dependent"
        );
        for (to, from) in matrix.column_mut(j).iter_mut().zip(&column) {
            *to = from / length;
        }
    }
    Ok(())
}

/// `aᵀb`, the inner products of all columns of `a` and `b`: column-major, `a.columns() × b.columns()`.
pub fn inner(a: &Design, b: &Design) -> Design {
    let mut values = vec![0.0; a.columns() * b.columns()];
    for (j, out) in values.chunks_exact_mut(a.columns().max(1)).enumerate() {
        a.tmul(b.column(j), out);
    }
    Design::from_columns(a.columns(), b.columns(), values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definite_system_is_solved_both_ways() {
        let a = [4.0, 1.0, 0.5, 1.0, 3.0, -0.2, 0.5, -0.2, 2.0];
        let mut b = [1.0, -2.0, 0.7];
        let (x, missed) = pseudo_solve(3, &a, &b).unwrap();
        Cholesky::new(3, &a).unwrap().solve(&mut b);
        for (p, q) in x.iter().zip(&b) {
            assert!((p - q).abs() < 1e-14);
        }
        assert!(missed < 1e-15);
        let back: f64 = a[..3].iter().zip(&x).map(|(p, q)| p * q).sum();
        assert!((back - 1.0).abs() < 1e-14);
    }

    #[test]
    fn the_factor_gives_determinant_and_inverse_quadratic_form() {
        let a = [4.0, 2.0, 2.0, 3.0];
        let factor = Cholesky::new(2, &a).unwrap();
        assert!((factor.log_determinant() - 8f64.ln()).abs() < 1e-15);
        let mut z = [1.0, 2.0];
        factor.solve_lower(&mut z);
        // bᵀA⁻¹b with A⁻¹ = [3 −2; −2 4]/8.
        assert!((z[0] * z[0] + z[1] * z[1] - 11.0 / 8.0).abs() < 1e-15);
    }

    #[test]
    fn a_factor_is_replaced_by_one_of_another_size() {
        let mut factor = Cholesky::new(3, &[4.0, 1.0, 0.5, 1.0, 3.0, -0.2, 0.5, -0.2, 2.0]).unwrap();
        assert!(!factor.replace(2, &[1.0, 1.0, 1.0, 1.0]));
        assert!(factor.replace(2, &[4.0, 2.0, 2.0, 3.0]));
        let mut b = [8.0, 7.0];
        factor.solve(&mut b);
        assert!((b[0] - 1.25).abs() < 1e-15 && (b[1] - 1.5).abs() < 1e-15, "{b:?}");
    }

    #[test]
    fn a_singular_system_is_told_apart() {
        let a = [1.0, 1.0, 1.0, 1.0];
        assert!(Cholesky::new(2, &a).is_none());
        let (x, missed) = pseudo_solve(2, &a, &[2.0, 0.0]).unwrap();
        assert!((x[0] - 0.5).abs() < 1e-14 && (x[1] - 0.5).abs() < 1e-14);
        assert!((missed - 0.5f64.sqrt()).abs() < 1e-14);
        assert!(Cholesky::new(1, &[f64::NAN]).is_none());
        assert!(eigen(1, &[f64::NAN]).is_err());
    }

    #[test]
    fn a_basis_is_orthonormal_and_dependence_is_refused() {
        let mut basis = Design::from_columns(3, 2, vec![1.0, 1.0, 0.0, 1.0, 1.0 + 1e-6, 0.0]);
        orthonormalise(&mut basis).unwrap();
        let products = inner(&basis, &basis);
        for (got, want) in products.as_slice().iter().zip([1.0, 0.0, 0.0, 1.0]) {
            assert!((got - want).abs() < 1e-12, "{products:?}");
        }
        let mut flat = Design::from_columns(2, 2, vec![1.0, 2.0, 2.0, 4.0]);
        assert!(orthonormalise(&mut flat).is_err());
    }
}
