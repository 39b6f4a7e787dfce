//! The sensing matrix.

use remeasure_core::Invalid;
use remeasure_core::numerics::Design;

use super::Real;
use super::kernels::Operand;

/// The sensing matrix `A`, `M × N`, ready for products with batches.
#[derive(Clone, Debug)]
pub struct Sensing<R> {
    design: Design,
    lipschitz: f64,
    /// `A`.
    pub(super) forth: Operand<R>,
    /// `Aᵀ`.
    pub(super) back: Operand<R>,
}

impl<R: Real> Sensing<R> {
    /// Takes `A` and computes `L = σ_max(A)²`.
    ///
    /// # Errors
    /// If `A` is empty, too large or not finite.
    pub fn new(design: &Design) -> Result<Self, Invalid> {
        Self::checked(design, None)
    }

    /// Takes `A` and `L`, which should be `σ_max(A)²`.
    ///
    /// # Errors
    /// If `A` is empty, too large or not finite, or `lipschitz` is not finite and positive.
    pub fn with_lipschitz(design: &Design, lipschitz: f64) -> Result<Self, Invalid> {
        if !(lipschitz.is_finite() && lipschitz > 0.0) {
            return Err(Invalid::new(
                "lipschitz",
                format!("expected a finite number above 0, found {lipschitz}"),
            ));
        }
        Self::checked(design, Some(lipschitz))
    }

    fn checked(design: &Design, lipschitz: Option<f64>) -> Result<Self, Invalid> {
        let (m, n) = (design.rows(), design.columns());
        if m == 0 || n == 0 {
            return Err(Invalid::new("design", format!("a {m} × {n} matrix is empty")));
        }
        if u32::try_from(m.max(n)).is_err() {
            return Err(Invalid::new("design", format!("a {m} × {n} matrix is too large for networks")));
        }
        if let Some(at) = design.as_slice().iter().position(|v| !R::of(*v).is_finite()) {
            return Err(Invalid::new("design", format!("row {}, column {} is not finite", at % m, at / m)));
        }
        let lipschitz = lipschitz.unwrap_or_else(|| design.spectral_norm().powi(2));
        if !lipschitz.is_finite() {
            return Err(Invalid::new("design", "its largest singular value is not finite: scale it down"));
        }
        // For a zero matrix any step works, as for proximal gradients.
        let lipschitz = if lipschitz > 0.0 { lipschitz } else { 1.0 };
        let forth = Operand::from_fn(m, n, |i, k| design.column(k)[i]);
        let back = Operand::from_fn(n, m, |i, k| design.column(i)[k]);
        Ok(Self { design: design.clone(), lipschitz, forth, back })
    }

    /// Length of a signal, `N`.
    #[must_use]
    pub fn signal_length(&self) -> usize {
        self.design.columns()
    }

    /// Length of a response, `M`.
    #[must_use]
    pub fn response_length(&self) -> usize {
        self.design.rows()
    }

    /// `L = σ_max(A)²`; 1 for a matrix of zeros.
    #[must_use]
    pub fn lipschitz(&self) -> f64 {
        self.lipschitz
    }

    /// `A` as given.
    #[must_use]
    pub fn design(&self) -> &Design {
        &self.design
    }
}
