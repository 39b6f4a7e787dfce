//! The 5-point Laplacian on a square grid, and its closed-form spectrum.

use std::f64::consts::PI;

/// The 5-point Laplacian on `side × side` interior points, zero on the boundary: diagonal 4, neighbours −1.
/// Unknowns are ordered row by row. Its eigenvalues are `4 − 2cos(jh) − 2cos(kh)`, `h = π/(side + 1)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Laplacian {
    side: usize,
}

impl Laplacian {
    /// The Laplacian on `side × side` points, `side ≥ 1`.
    #[must_use]
    pub fn new(side: usize) -> Self {
        Self { side }
    }

    /// Number of points along one side.
    #[must_use]
    pub fn side(&self) -> usize {
        self.side
    }

    /// Number of unknowns `n = side²`.
    #[must_use]
    pub fn unknowns(&self) -> usize {
        self.side * self.side
    }

    fn angle(&self) -> f64 {
        PI / (self.side as f64 + 1.0)
    }

    /// Smallest eigenvalue `8 sin²(h/2)`: the matrix plus `c I` is positive definite for `c` above minus this value.
    #[must_use]
    pub fn smallest_eigenvalue(&self) -> f64 {
        8.0 * (0.5 * self.angle()).sin().powi(2)
    }

    /// Spectral radius `β = 4 cos(h) / (4 + c)` of Jacobi's iteration for the matrix plus `c I`, `c > −4`.
    #[must_use]
    pub fn jacobi_radius(&self, offset: f64) -> f64 {
        4.0 * self.angle().cos() / (4.0 + offset)
    }

    /// `out = (matrix + offset · I) x`; both of length `n`.
    ///
    /// # Panics
    /// If a length differs.
    pub fn apply(&self, offset: f64, x: &[f64], out: &mut [f64]) {
        let m = self.side;
        assert!(x.len() == m * m && out.len() == m * m, "expected vectors of {} values", m * m);
        for i in 0..m {
            for j in 0..m {
                let at = i * m + j;
                let mut value = (4.0 + offset) * x[at];
                value -= if j > 0 { x[at - 1] } else { 0.0 };
                value -= if j + 1 < m { x[at + 1] } else { 0.0 };
                value -= if i > 0 { x[at - m] } else { 0.0 };
                value -= if i + 1 < m { x[at + m] } else { 0.0 };
                out[at] = value;
            }
        }
    }
}
