//! Orthogonal matching pursuit.

use super::Gram;

/// Orthogonal matching pursuit (Pati, Rezaiifar and Krishnaprasad 1993) in unit-norm atoms: the unit that is most
/// correlated with the residual joins, then all coefficients are fitted again.
#[derive(Clone, Debug, Default)]
pub struct Pursuit {
    code: Vec<f64>,
    active: Vec<usize>,
    left: Vec<f64>,
}

/// A correlation with the residual, relative to `‖y‖`, below which nothing is left to explain.
const NOTHING: f64 = 1e-10;

impl Pursuit {
    /// Calls `each` with the number of active units m = 1 to `most` and the squared error `‖y − W a‖²`. Fewer units may be
    /// active, if nothing is left to explain.
    ///
    /// # Errors
    /// As [`Gram::refit`].
    pub fn run(
        &mut self,
        gram: &mut Gram,
        along: &[f64],
        power: f64,
        most: usize,
        mut each: impl FnMut(usize, f64),
    ) -> anyhow::Result<()> {
        self.code.clear();
        self.code.resize(along.len(), 0.0);
        self.active.clear();
        let mut error = power;
        for m in 1..=most {
            self.left.clear();
            self.left.extend_from_slice(along);
            for &j in &self.active {
                let weight = self.code[j];
                self.left.iter_mut().zip(gram.column(j)).for_each(|(left, g)| *left -= weight * g);
            }
            let best = (0..along.len())
                .filter(|j| !self.active.contains(j))
                .max_by(|&a, &b| self.left[a].abs().total_cmp(&self.left[b].abs()).then(b.cmp(&a)));
            if let Some(j) = best.filter(|&j| self.left[j].abs() > NOTHING * power.sqrt()) {
                self.active.push(j);
                gram.refit(along, &mut self.code, &self.active)?;
                error = (power + gram.energy(along, &self.code, &self.active)).max(0.0);
            }
            each(m, error);
        }
        Ok(())
    }
}
