//! The estimators of one step: a token that the constraint accepts, and an unbiased estimate of the mass `Z` of all of
//! them. Weighted by it, the token is properly weighted: `E[Ẑ·1{token = x}]` is `p(x)` if `x` is accepted, else 0.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::urn::{Chance, Urn};

/// How the mass that is left after rejections is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// As one minus the sum of what was rejected; and the recursive estimator gives up, with weight 0, once that is below
    /// 1e-5.
    Published,
    /// As the sum of what is left, to the end.
    #[default]
    Corrected,
}

/// An estimator of one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// Two loops of rejections, the second without the tokens that the first rejected (the paper's algorithm, as in its
    /// replication code).
    TwoLoop,
    /// One loop and one further token (library code).
    Recursive,
    /// Loops until `accepts` are accepted or `rejects` rejected, draws with replacement imitated (library code).
    Geometric {
        /// Accepted draws at most, at least 2.
        accepts: f64,
        /// Rejected draws at most.
        rejects: f64,
    },
    /// Recursive, or geometric if the largest probability is at least 2/3: the default of the library.
    Library,
    /// One loop without a weight: locally constrained decoding.
    OneLoop,
}

/// What one step gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// The token; `None` if none was accepted.
    pub token: Option<usize>,
    /// The estimate of `Z`, for a law of mass 1; 0 without a token. Always 1 for [`Method::OneLoop`] with a token.
    pub weight: f64,
    /// Constraint evaluations.
    pub calls: u64,
}

/// Space that steps use again.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Tokens taken out, with their masses.
    out: Vec<(usize, f64)>,
    /// Accepted tokens that stay in.
    known: Vec<usize>,
}

/// An urn with the list of what was rejected, so that it can be restored.
struct Table<'a, 'u, C> {
    urn: &'a mut Urn<'u>,
    chance: &'a mut C,
    scratch: &'a mut Scratch,
    calls: u64,
    /// Mass of the whole urn, and 1 minus what was rejected, as published.
    whole: f64,
    left: f64,
    variant: Variant,
}

impl<C: Chance> Table<'_, '_, C> {
    /// Share of the mass that is left.
    fn left(&self) -> f64 {
        match self.variant {
            Variant::Published => self.left,
            Variant::Corrected => self.urn.mass() / self.whole,
        }
    }

    /// The next token that has mass.
    fn next(&mut self) -> Option<usize> {
        (self.urn.mass() > 0.0).then(|| self.chance.token(self.urn))
    }

    fn reject(&mut self, token: usize) {
        let mass = self.urn.take(token);
        self.left -= mass / self.whole;
        self.scratch.out.push((token, mass));
    }

    /// Tests tokens until one is accepted. Returns it with the number of rejections.
    fn search(&mut self, accept: &mut impl FnMut(usize) -> bool) -> (Option<usize>, u64) {
        let mut rejected = 0;
        while let Some(token) = self.next() {
            self.calls += 1;
            if accept(token) {
                return (Some(token), rejected);
            }
            rejected += 1;
            self.reject(token);
        }
        (None, rejected)
    }

    fn one_loop(&mut self, accept: &mut impl FnMut(usize) -> bool) -> (Option<usize>, f64) {
        let (token, _) = self.search(accept);
        (token, if token.is_some() { 1.0 } else { 0.0 })
    }

    fn two_loop(&mut self, accept: &mut impl FnMut(usize) -> bool) -> (Option<usize>, f64) {
        let (token, first) = self.search(accept);
        if token.is_none() {
            return (None, 0.0);
        }
        let left = self.left();
        let (_, second) = self.search(accept);
        (token, left / (first + second + 1) as f64)
    }

    fn recursive(&mut self, accept: &mut impl FnMut(usize) -> bool) -> (Option<usize>, f64) {
        // The published stop: biased where Z is small.
        let gives_up = |table: &Self| table.variant == Variant::Published && table.left < 1e-5;
        while !gives_up(self)
            && let Some(token) = self.next()
        {
            self.calls += 1;
            if !accept(token) {
                self.reject(token);
                continue;
            }
            let factor = self.left();
            let share = self.urn.of(token) / self.whole / factor;
            let mass = self.urn.take(token);
            self.scratch.out.push((token, mass));
            let Some(next) = self.next() else { return (Some(token), factor) };
            self.calls += 1;
            return (Some(token), if accept(next) { factor } else { factor * share });
        }
        (None, 0.0)
    }

    fn geometric(
        &mut self,
        (most, most_rejected): (f64, f64),
        accept: &mut impl FnMut(usize) -> bool,
    ) -> (Option<usize>, f64) {
        let mut first = None;
        let (mut accepted, mut rejected) = (0.0, 0.0);
        while accepted < most && rejected < most_rejected {
            if self.urn.mass() <= 0.0 {
                return (None, 0.0);
            }
            rejected += self.chance.repeats(self.left());
            if rejected >= most_rejected {
                rejected = most_rejected;
                break;
            }
            let Some(token) = self.next() else { break };
            if !self.scratch.known.contains(&token) {
                self.calls += 1;
                if !accept(token) {
                    rejected += 1.0;
                    self.reject(token);
                    continue;
                }
                self.scratch.known.push(token);
            }
            accepted += 1.0;
            first = first.or(Some(token));
        }
        let draws = accepted + rejected - 1.0;
        let weight = if accepted > 0.0 && draws > 0.0 { (most - 1.0).min(accepted) / draws } else { 0.0 };
        (first, weight)
    }
}

/// One step: a token of the urn that `accept` takes, with its weight. The urn is as before afterwards; `scratch` is space
/// that is used again.
pub fn draw<C: Chance>(
    method: Method,
    variant: Variant,
    urn: &mut Urn<'_>,
    chance: &mut C,
    accept: &mut impl FnMut(usize) -> bool,
    scratch: &mut Scratch,
) -> Draw {
    scratch.out.clear();
    scratch.known.clear();
    let (whole, peak) = (urn.mass(), urn.peak());
    let method = match method {
        Method::Library if peak < whole * 2.0 / 3.0 => Method::Recursive,
        Method::Library => Method::Geometric { accepts: 2.0, rejects: f64::INFINITY },
        other => other,
    };
    let mut table = Table { urn, chance, scratch, calls: 0, whole, left: 1.0, variant };
    let (token, weight) = match method {
        Method::OneLoop => table.one_loop(accept),
        Method::TwoLoop => table.two_loop(accept),
        Method::Recursive | Method::Library => table.recursive(accept),
        Method::Geometric { accepts, rejects } => table.geometric((accepts, rejects), accept),
    };
    let calls = table.calls;
    for &(token, mass) in &scratch.out {
        urn.put(token, mass);
    }
    // With one minus the sum of what was rejected, rounding may leave less than nothing.
    let weight = if token.is_some() { weight.max(0.0) } else { 0.0 };
    Draw { token, weight, calls }
}
