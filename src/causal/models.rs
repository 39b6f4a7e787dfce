//! Linear structural models with a confounder.

use std::sync::OnceLock;

use rand::Rng;
use rand_distr::StandardNormal;
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::stream::Stream;

use crate::numpy::Legacy;

/// Dimension of the published models.
pub const PUBLISHED_DIMENSION: usize = 32;

/// Number of the published models.
pub const PUBLISHED_COUNT: usize = 32;

/// Seed of the published models.
const PUBLISHED_SEED: u32 = 42;

/// A model `e = C W + N`, `X = e_1, …, e_m`, `Y = fᵀX + e_{m+1}`, with `C` and `N` Gaussian.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// `W`, `m × (m + 1)`: row `l` says what the confounder `l` does to the features and, last, to the outcome.
    pub confounding: Design,
    /// The effect `f` that is to be estimated, length `m`.
    pub effect: Vec<f64>,
}

impl Model {
    /// Number of features `m`.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.effect.len()
    }

    /// A model with standard normal `W` and `f`.
    #[must_use]
    pub fn draw(m: usize, stream: &mut Stream) -> Self {
        let confounding = (0..m * (m + 1)).map(|_| stream.sample(StandardNormal)).collect();
        let effect = (0..m).map(|_| stream.sample(StandardNormal)).collect();
        Self { confounding: Design::from_columns(m, m + 1, confounding), effect }
    }

    /// The next model of the authors' loop: `W` row by row, `f`, then `m` numbers and a shuffle of `m − 1` items that
    /// the linear experiment does not use.
    fn next(m: usize, numbers: &mut Legacy) -> Self {
        let mut confounding = Design::from_columns(m, m + 1, vec![0.0; m * (m + 1)]);
        for i in 0..m {
            for j in 0..=m {
                confounding.column_mut(j)[i] = numbers.normal();
            }
        }
        let effect = (0..m).map(|_| numbers.normal()).collect();
        for _ in 0..m {
            numbers.normal();
        }
        let mut items = vec![(); m.saturating_sub(1)];
        numbers.shuffle(&mut items);
        Self { confounding, effect }
    }

    /// An orthonormal basis of the directions that the effect ignores: `Γᵀ`, `m × (m − 1)`.
    ///
    /// These are the rows 2, …, m of the reflection that maps `f` to a multiple of the first unit vector, which is how
    /// LAPACK finds the right singular vectors of `fᵀ`.
    #[must_use]
    pub fn ignored(&self) -> Design {
        let m = self.dimension();
        let mut v = self.effect.clone();
        let length = kernels::squared_norm(&v).sqrt();
        if let Some(first) = v.first_mut() {
            *first += length.copysign(*first);
        }
        let square = kernels::squared_norm(&v);
        let mut basis = Design::from_columns(m, m.saturating_sub(1), vec![0.0; m * m.saturating_sub(1)]);
        for i in 1..m {
            let column = basis.column_mut(i - 1);
            column[i] = 1.0;
            if square > 0.0 {
                kernels::axpy(-2.0 * v[i] / square, &v, column);
            }
        }
        basis
    }
}

/// The 32 models of Akbar et al.: their code's loop after `numpy.random.seed(42)`, with `m = 32`.
#[must_use]
pub fn published() -> &'static [Model] {
    static MODELS: OnceLock<Vec<Model>> = OnceLock::new();
    MODELS.get_or_init(|| {
        let mut numbers = Legacy::new(PUBLISHED_SEED);
        (0..PUBLISHED_COUNT).map(|_| Model::next(PUBLISHED_DIMENSION, &mut numbers)).collect()
    })
}
