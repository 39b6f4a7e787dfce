//! Average treatment effects from scores of units, weighted by known propensities.

/// Least propensity of either arm that is used.
const CLIP: f64 = 1e-6;

/// Treatment and propensity of a population.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// Whether each unit was treated.
    pub treated: Vec<bool>,
    /// Probability of treatment of each unit.
    pub propensity: Vec<f64>,
}

/// How the weights of an arm are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// Horvitz–Thompson: divided by the number of units.
    Plain,
    /// Hájek: divided by their sum.
    Normalised,
}

impl Assignment {
    /// Weight of a unit in an arm, 0 in the other.
    fn weight(&self, unit: usize, treated: bool) -> f64 {
        let propensity = self.propensity[unit].clamp(CLIP, 1.0 - CLIP);
        match (self.treated[unit], treated) {
            (true, true) => 1.0 / propensity,
            (false, false) => 1.0 / (1.0 - propensity),
            _ => 0.0,
        }
    }

    /// Mean of a score in an arm over some units; `None` without units of the arm.
    fn mean(
        &self,
        units: &[usize],
        score: &dyn Fn(usize) -> f64,
        treated: bool,
        weights: Weights,
    ) -> Option<f64> {
        let (mut sum, mut whole) = (0.0, 0.0);
        for &unit in units {
            let weight = self.weight(unit, treated);
            if weight > 0.0 {
                sum += weight * score(unit);
                whole += weight;
            }
        }
        let divisor = match weights {
            Weights::Plain => units.len() as f64,
            Weights::Normalised => whole,
        };
        (whole > 0.0).then(|| sum / divisor)
    }

    /// Difference of the arms' means over some units.
    ///
    /// # Errors
    /// An arm has no units.
    pub fn effect(
        &self,
        units: &[usize],
        score: &dyn Fn(usize) -> f64,
        weights: Weights,
    ) -> anyhow::Result<f64> {
        let mean = |treated| self.mean(units, score, treated, weights);
        match (mean(true), mean(false)) {
            (Some(one), Some(zero)) => Ok(one - zero),
            _ => {
                anyhow::bail!("all {} units have the same treatment: no effect can be estimated", units.len())
            }
        }
    }
}
