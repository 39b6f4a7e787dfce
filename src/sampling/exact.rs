//! Expectations of the estimators of one step: by enumeration of every order of draws, and in closed form.

use crate::token::{Draw, Method, Scratch, Variant, draw};
use crate::urn::{Chance, Urn, Urns};

/// Chances that follow a script of tokens and remember their probability. Beyond the script, the first token that is left
/// is drawn.
#[derive(Default)]
struct Script {
    /// Tokens chosen, in order, and those that could still be chosen in their place.
    choices: Vec<(usize, Vec<usize>)>,
    at: usize,
    probability: f64,
    /// Shares that were left at draws with replacement.
    left: Vec<f64>,
}

impl Script {
    /// Moves on to the next script in the order of a depth-first search; `false` after the last.
    fn advance(&mut self) -> bool {
        while let Some((chosen, others)) = self.choices.last_mut() {
            if let Some(next) = others.pop() {
                *chosen = next;
                return true;
            }
            self.choices.pop();
        }
        false
    }
}

impl Chance for Script {
    fn token(&mut self, urn: &Urn<'_>) -> usize {
        if self.at == self.choices.len() {
            let mut left: Vec<usize> = (0..urn.tokens()).filter(|&x| urn.of(x) > 0.0).collect();
            let first = left.pop().expect("an urn with mass");
            self.choices.push((first, left));
        }
        let token = self.choices[self.at].0;
        self.at += 1;
        self.probability *= urn.of(token) / urn.mass();
        token
    }

    fn repeats(&mut self, left: f64) -> f64 {
        self.left.push(left);
        0.0
    }
}

/// `E[(a − 1)/(draws + S)]` where `S` is a sum of independent geometric numbers, in which draws with replacement fail
/// before the first success of probability `left[i]`; the tail beyond 1e-18 is left out.
fn mean_reciprocal(numerator: f64, draws: f64, left: &[f64]) -> f64 {
    let least = left.iter().copied().fold(1.0, f64::min);
    if least >= 1.0 {
        return numerator / draws;
    }
    // A sum of k such numbers has a tail of order (1 − least)ⁿ nᵏ.
    let terms = ((45.0 + 8.0 * left.len() as f64) / -(-least).ln_1p()).ceil() as usize + 1;
    let mut law = vec![0.0; terms];
    law[0] = 1.0;
    for share in left.iter().filter(|share| **share < 1.0) {
        let mut carried = 0.0;
        for mass in &mut law {
            carried = carried * (1.0 - share) + *mass * share;
            *mass = carried;
        }
    }
    law.iter().enumerate().map(|(s, mass)| mass * numerator / (draws + s as f64)).sum()
}

/// Exact moments of an estimator at a law.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// `E[Ẑ·1{token = x}]` for each token `x`.
    pub weight: Vec<f64>,
    /// Variance of `Ẑ`; NaN for [`Method::Geometric`], whose weights are averaged over repeated draws.
    pub variance: f64,
    /// Mean number of constraint evaluations.
    pub calls: f64,
}

/// The moments by enumeration: for a handful of tokens. The geometric estimator must not have a limit of rejections.
///
/// # Panics
/// If `masses` and `accepted` differ in length.
#[must_use]
pub fn enumerate(method: Method, masses: &[f64], accepted: &[bool]) -> Moments {
    assert_eq!(masses.len(), accepted.len());
    let mut urns = Urns::new(masses.len(), masses);
    let (mut script, mut scratch) = (Script::default(), Scratch::default());
    let mut found = Moments { weight: vec![0.0; masses.len()], variance: 0.0, calls: 0.0 };
    let mut square = 0.0;
    loop {
        (script.at, script.probability) = (0, 1.0);
        script.left.clear();
        let mut accept = |x: usize| accepted[x];
        let step = draw(method, Variant::Corrected, &mut urns.urn(0), &mut script, &mut accept, &mut scratch);
        let Draw { token, mut weight, calls } = step;
        if let Method::Geometric { accepts, .. } = method
            && weight > 0.0
        {
            weight = mean_reciprocal(accepts - 1.0, (accepts - 1.0) / weight, &script.left);
        }
        if let Some(token) = token {
            found.weight[token] += script.probability * weight;
        }
        square += script.probability * weight * weight;
        found.calls += script.probability * calls as f64;
        if !script.advance() {
            break;
        }
    }
    let z: f64 = found.weight.iter().sum();
    found.variance = if matches!(method, Method::Geometric { .. }) { f64::NAN } else { square - z * z };
    found
}

/// Closed forms of a law with its constraint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forms {
    /// Mass of accepted tokens.
    pub z: f64,
    /// Mean rejections of one loop, by exponential races: `Σ p/(p + Z)` over rejected tokens.
    pub one_loop: f64,
    /// Of two loops: `Σ p/(p + Z)·(1 + Z/(p + Z))`.
    pub two_loops: f64,
    /// Probability that two accepted tokens drawn with replacement are the same.
    pub same: f64,
}

impl Forms {
    /// The closed forms of masses that sum to 1.
    #[must_use]
    pub fn of(masses: &[f64], accepted: &[bool]) -> Self {
        let z: f64 = masses.iter().zip(accepted).filter(|(_, ok)| **ok).map(|(p, _)| p).sum();
        let (mut one_loop, mut two_loops, mut same) = (0.0, 0.0, 0.0);
        for (p, ok) in masses.iter().zip(accepted) {
            if *ok {
                same += (p / z).powi(2);
            } else {
                let share = p / (p + z);
                one_loop += share;
                two_loops += share * (1.0 + z / (p + z));
            }
        }
        Self { z, one_loop, two_loops, same }
    }

    /// Mean calls of a method, accepted ones included. Of the recursive one an upper bound that is met unless one token
    /// alone is accepted and all others happen to be tested before it. `None` if there is no closed form.
    #[must_use]
    pub fn calls(&self, method: Method) -> Option<f64> {
        match method {
            Method::OneLoop => Some(self.one_loop + 1.0),
            Method::TwoLoop => Some(self.two_loops + 2.0),
            Method::Recursive => Some(self.one_loop + 2.0),
            Method::Geometric { accepts: 2.0, rejects: f64::INFINITY } => {
                Some(self.two_loops + 2.0 - self.same)
            }
            Method::Geometric { .. } | Method::Library => None,
        }
    }

    /// `Var(Ẑ)/Z²` of the geometric estimator with two accepted draws: `−ln Z/(1 − Z) − 1`.
    #[must_use]
    pub fn geometric_variance(&self) -> f64 {
        if self.z >= 1.0 { 0.0 } else { -self.z.ln() / (1.0 - self.z) - 1.0 }
    }
}
