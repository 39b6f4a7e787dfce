//! Fitted models, which predict class probabilities.

use remeasure_core::numerics::Design;

use super::likelihood::sigmoid;
use super::sample::Probabilities;

/// What to do with a row where the cumulative curves of a model cross.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Crossing {
    /// The cumulative probabilities are replaced by the closest non-decreasing ones in least
    /// squares (pool adjacent violators), so that every probability is ≥ 0.
    #[default]
    Pooled,
    /// Negative probabilities are kept.
    Kept,
}

/// Cumulative logits with separate slopes: `logit P(y ≤ k | x) = α_k + xᵀβ_k`.
///
/// An infinite `α_k` (with zero slopes) makes `P(y ≤ k)` 0 or 1: classes without training rows have
/// probability 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Cumulative {
    /// `α_k` on the raw scale, length `K − 1`.
    pub intercepts: Vec<f64>,
    /// `β_k` on the raw scale, `K − 1` vectors of length `p`.
    pub slopes: Vec<Vec<f64>>,
    /// What to do with rows where the curves cross, which can happen outside the training rows.
    pub crossing: Crossing,
}

impl Cumulative {
    /// Number of classes `K`.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.intercepts.len() + 1
    }

    /// `η_k(x_i) = α_k + x_iᵀβ_k`, boundary by boundary, `(K − 1) × n`.
    ///
    /// # Panics
    /// If the number of features differs.
    #[must_use]
    pub fn predictors(&self, design: &Design) -> Vec<f64> {
        let n = design.rows();
        let mut out = vec![0.0; n * self.intercepts.len()];
        if n == 0 {
            return out;
        }
        for (eta, (alpha, beta)) in out.chunks_exact_mut(n).zip(self.intercepts.iter().zip(&self.slopes)) {
            design.mul(beta, eta);
            eta.iter_mut().for_each(|v| *v += alpha);
        }
        out
    }

    /// Class probabilities.
    ///
    /// # Panics
    /// If the number of features differs.
    #[must_use]
    pub fn probabilities(&self, design: &Design) -> Probabilities {
        let (n, boundaries) = (design.rows(), self.intercepts.len());
        let classes = boundaries + 1;
        let predictors = self.predictors(design);
        let mut values = vec![0.0; n * classes];
        let mut eta = vec![0.0; boundaries];
        let mut pool = Vec::with_capacity(boundaries);
        let mut crossed = 0;
        for (i, row) in values.chunks_exact_mut(classes).enumerate() {
            eta.iter_mut().enumerate().for_each(|(k, v)| *v = predictors[k * n + i]);
            if eta.windows(2).any(|pair| crosses(pair[0], pair[1])) {
                crossed += 1;
                if self.crossing == Crossing::Pooled {
                    pooled(&eta, &mut pool, row);
                    continue;
                }
            }
            row[0] = sigmoid(eta[0]);
            row[boundaries] = sigmoid(-eta[boundaries - 1]);
            for k in 1..boundaries {
                row[k] = between(eta[k - 1], eta[k]);
            }
        }
        Probabilities { values, classes, crossed }
    }
}

/// Curves that touch at a row, as in a constrained fit, differ by rounding there.
const TOUCH: f64 = 1e-11;

/// Whether the curve that should be above is below by more than rounding.
fn crosses(below: f64, above: f64) -> bool {
    above < below - TOUCH * (1.0 + below.abs())
}

/// `σ(a) − σ(b)` without cancellation.
fn between(b: f64, a: f64) -> f64 {
    // Equal infinities have no difference.
    if a == b || (a < b && !crosses(b, a)) { 0.0 } else { -sigmoid(a) * sigmoid(-b) * (b - a).exp_m1() }
}

/// Class probabilities from the isotonic least-squares fit to the cumulative probabilities (Barlow,
/// Bartholomew, Bremner and Brunk 1972, section 1.2).
fn pooled(eta: &[f64], pool: &mut Vec<(f64, usize)>, row: &mut [f64]) {
    pool.clear();
    for &v in eta {
        pool.push((sigmoid(v), 1));
        while let [.., (low, few), (high, many)] = pool[..]
            && high < low
        {
            pool.pop();
            let count = few + many;
            let mean = (low * few as f64 + high * many as f64) / count as f64;
            pool.pop();
            pool.push((mean, count));
        }
    }
    let (mut before, mut class) = (0.0, 0);
    row.fill(0.0);
    for &(cumulative, count) in pool.iter() {
        row[class] = cumulative - before;
        before = cumulative;
        class += count;
    }
    row[class] = 1.0 - before;
}

/// Multinomial logit: `P(y = k | x) ∝ exp(α_k + xᵀβ_k)`.
///
/// `α_k = −∞` if class `k` has no training rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Multinomial {
    /// `α_k` on the raw scale, length `K`.
    pub intercepts: Vec<f64>,
    /// `β_k` on the raw scale, `K` vectors of length `p`.
    pub slopes: Vec<Vec<f64>>,
}

impl Multinomial {
    /// Class probabilities; these never cross.
    ///
    /// # Panics
    /// If the number of features differs.
    #[must_use]
    pub fn probabilities(&self, design: &Design) -> Probabilities {
        let (n, classes) = (design.rows(), self.intercepts.len());
        let mut values = vec![0.0; n * classes];
        let mut score = vec![0.0; n];
        for (k, (alpha, beta)) in self.intercepts.iter().zip(&self.slopes).enumerate() {
            design.mul(beta, &mut score);
            values.iter_mut().skip(k).step_by(classes).zip(&score).for_each(|(v, s)| *v = s + alpha);
        }
        for row in values.chunks_exact_mut(classes) {
            let top = row.iter().fold(f64::NEG_INFINITY, |m, v| m.max(*v));
            row.iter_mut().for_each(|v| *v = (*v - top).exp());
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|v| *v /= sum);
        }
        Probabilities { values, classes, crossed: 0 }
    }
}

/// Logistic regression of "rare" against all other classes: `logit P(rare | x) = α + xᵀβ`.
#[derive(Clone, Debug, PartialEq)]
pub struct Binary {
    /// `α` on the raw scale.
    pub intercept: f64,
    /// `β` on the raw scale, length `p`.
    pub slopes: Vec<f64>,
}

impl Binary {
    /// `P(rare | x)` for every row, length `n`.
    ///
    /// # Panics
    /// If the number of features differs.
    #[must_use]
    pub fn rare(&self, design: &Design) -> Vec<f64> {
        let mut out = vec![0.0; design.rows()];
        design.mul(&self.slopes, &mut out);
        out.iter_mut().for_each(|v| *v = sigmoid(*v + self.intercept));
        out
    }
}

/// Known only by its predictions for some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Tabulated {
    /// Features and class probabilities of the rows.
    pub known: Vec<(Design, Probabilities)>,
}

impl Tabulated {
    /// The probabilities of these rows.
    ///
    /// # Panics
    /// If they are not known.
    #[must_use]
    pub fn probabilities(&self, design: &Design) -> Probabilities {
        let known = self.known.iter().find(|(rows, _)| rows == design);
        known.map(|(_, probabilities)| probabilities.clone()).expect("probabilities of these rows are known")
    }
}

/// The model of a fit.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// Cumulative logits, parallel or not.
    Cumulative(Cumulative),
    /// Multinomial logit.
    Multinomial(Multinomial),
    /// The rare class against the others.
    Binary(Binary),
    /// Predictions of an external method.
    Tabulated(Tabulated),
}

impl Model {
    /// The probabilities of all classes, if the model defines them.
    ///
    /// # Panics
    /// If the number of features differs.
    #[must_use]
    pub fn probabilities(&self, design: &Design) -> Option<Probabilities> {
        match self {
            Self::Cumulative(model) => Some(model.probabilities(design)),
            Self::Multinomial(model) => Some(model.probabilities(design)),
            Self::Tabulated(model) => Some(model.probabilities(design)),
            Self::Binary(_) => None,
        }
    }

    /// The probability of the rare class, which every model defines; length `n`.
    ///
    /// # Panics
    /// If the number of features differs.
    #[must_use]
    pub fn rare(&self, design: &Design) -> Vec<f64> {
        match self {
            Self::Cumulative(model) => model.probabilities(design).rare(),
            Self::Multinomial(model) => model.probabilities(design).rare(),
            Self::Tabulated(model) => model.probabilities(design).rare(),
            Self::Binary(model) => model.rare(design),
        }
    }

    /// The same model on designs of `p` features, of which it uses `columns`; the others have coefficient 0.
    ///
    /// # Panics
    /// If a column is not below `p`.
    #[must_use]
    pub fn widened(mut self, columns: &[usize], p: usize) -> Self {
        let widen = |slopes: &mut Vec<f64>| {
            let mut wide = vec![0.0; p];
            columns.iter().zip(&*slopes).for_each(|(&j, v)| wide[j] = *v);
            *slopes = wide;
        };
        match &mut self {
            Self::Cumulative(m) => m.slopes.iter_mut().for_each(widen),
            Self::Multinomial(m) => m.slopes.iter_mut().for_each(widen),
            Self::Binary(m) => widen(&mut m.slopes),
            Self::Tabulated(_) => {}
        }
        self
    }

    /// Whether the model can predict: all slopes are finite, and no intercept is NaN.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        let (intercepts, slopes): (&[f64], &[Vec<f64>]) = match self {
            Self::Cumulative(m) => (&m.intercepts, &m.slopes),
            Self::Multinomial(m) => (&m.intercepts, &m.slopes),
            Self::Binary(m) => (std::slice::from_ref(&m.intercept), std::slice::from_ref(&m.slopes)),
            Self::Tabulated(m) => {
                return m.known.iter().all(|(_, rows)| rows.values.iter().all(|p| p.is_finite()));
            }
        };
        intercepts.iter().all(|v| !v.is_nan()) && slopes.iter().flatten().all(|v| v.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossing_curves_are_pooled_and_counted() {
        let design = Design::from_columns(2, 1, vec![0.0, 1.0]);
        let mut model = Cumulative {
            intercepts: vec![-1.0, 0.5, 1.0],
            slopes: vec![vec![0.0], vec![0.0], vec![-2.0]],
            crossing: Crossing::Pooled,
        };
        let pooled = model.probabilities(&design);
        assert_eq!(pooled.crossed, 1);
        let mean = 0.5 * (sigmoid(0.5) + sigmoid(-1.0));
        let expected = [sigmoid(-1.0), mean - sigmoid(-1.0), 0.0, 1.0 - mean];
        for (p, e) in pooled.row(1).iter().zip(expected) {
            assert!((p - e).abs() < 1e-15);
        }
        model.crossing = Crossing::Kept;
        let kept = model.probabilities(&design);
        assert!(kept.row(1)[2] < 0.0 && kept.crossed == 1 && kept.row(0) == pooled.row(0));
        assert!((kept.row(1).iter().sum::<f64>() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn far_tails_keep_their_relative_accuracy() {
        let design = Design::from_columns(1, 1, vec![0.0]);
        let model = |intercepts: Vec<f64>| {
            let slopes = vec![vec![0.0]; intercepts.len()];
            Cumulative { intercepts, slopes, crossing: Crossing::Pooled }.probabilities(&design)
        };
        let far = model(vec![50.0, 51.0]);
        let expected = (-50f64).exp() - (-51f64).exp();
        assert!((far.row(0)[1] / expected - 1.0).abs() < 1e-13, "{:?}", far.row(0));
        let absent = model(vec![f64::NEG_INFINITY, 0.3, 0.3, f64::INFINITY]);
        assert_eq!(absent.row(0), [0.0, sigmoid(0.3), 0.0, sigmoid(-0.3), 0.0]);
    }
}
