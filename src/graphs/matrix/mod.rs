//! Small square matrices, and the kernels of the solvers: products and the inverse of an M-matrix.
//!
//! Every entry is made by the same operations in the same order at every level of vector instructions, so that all
//! levels return the same bits. Nothing is allocated.

mod exponential;
mod inverse;
mod product;

pub use exponential::Exponential;
pub use inverse::Inverter;
pub use product::add_product;

/// Numbers of a vector; rows are padded to a multiple of it.
pub(crate) const WIDTH: usize = 8;

/// A square matrix, row by row, each row padded with zeros to a multiple of eight numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    side: usize,
    stride: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// Zeros.
    #[must_use]
    pub fn zeros(side: usize) -> Self {
        let stride = side.next_multiple_of(WIDTH);
        Self { side, stride, values: vec![0.0; side * stride] }
    }

    /// A matrix from its `side²` entries, row by row.
    ///
    /// # Panics
    /// If the number of entries is another.
    #[must_use]
    pub fn from_rows(side: usize, entries: &[f64]) -> Self {
        assert_eq!(entries.len(), side * side, "entries of a square matrix");
        let mut matrix = Self::zeros(side);
        for i in 0..side {
            matrix.row_mut(i)[..side].copy_from_slice(&entries[i * side..(i + 1) * side]);
        }
        matrix
    }

    /// Its `side²` entries, row by row.
    #[must_use]
    pub fn to_rows(&self) -> Vec<f64> {
        (0..self.side).flat_map(|i| &self.row(i)[..self.side]).copied().collect()
    }

    /// Number of rows.
    #[must_use]
    pub fn side(&self) -> usize {
        self.side
    }

    /// Distance of two rows.
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// Row `i` with its padding.
    #[must_use]
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.stride..(i + 1) * self.stride]
    }

    /// Row `i` with its padding, which must stay zero.
    pub fn row_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.values[i * self.stride..(i + 1) * self.stride]
    }

    /// Entry of row `i` and column `j`.
    #[must_use]
    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.values[i * self.stride + j]
    }

    /// Sets an entry.
    pub fn set(&mut self, i: usize, j: usize, value: f64) {
        self.values[i * self.stride + j] = value;
    }

    /// All numbers with their padding.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All numbers with their padding, which must stay zero.
    pub fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }
}
