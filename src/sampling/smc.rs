//! Sequential Monte Carlo: particles that grow token by token, with weights.

use rand::Rng;
use remeasure_core::stream::Stream;

use crate::automaton::Constraint;
use crate::chain::Chain;
use crate::laws::Laws;
use crate::token::{Draw, Method, Scratch, Variant, draw};
use crate::urn::Urns;

/// How the next token of a particle is proposed, and what its weight is multiplied by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Proposal {
    /// By an estimator of one step, with its estimate of the mass of accepted tokens.
    Token(Method, Variant),
    /// Among the accepted tokens after all `V + 1` were tested, with their exact mass.
    FullMask,
    /// By the model; the weight is 0 once the prefix cannot be completed.
    Model,
    /// By the model; the constraint is evaluated once, at the end.
    ModelUntilEnd,
    /// By the model, whatever the constraint says.
    Unconstrained,
    /// By the exact law of the target: an oracle.
    Target,
}

/// Particles and their resampling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Number of particles.
    pub particles: usize,
    /// Resampling takes place where the effective sample size is below this share of the particles.
    pub threshold: f64,
    /// Where tokens come from.
    pub proposal: Proposal,
}

/// A string as it grows, as far as its future and the metrics need it.
#[derive(Clone, Copy, Debug)]
struct Particle {
    last: usize,
    state: usize,
    length: usize,
    /// First token, `V` for the empty string.
    first: usize,
    weight: f64,
    /// The string has ended.
    done: bool,
    /// The string breaks the constraint.
    broken: bool,
}

/// What many runs give.
#[derive(Clone, Debug, PartialEq)]
pub struct Runs {
    /// Law of the length, averaged over the runs that have a particle of positive weight.
    pub length: Vec<f64>,
    /// Law of the first token, the last entry for the empty string.
    pub first: Vec<f64>,
    /// Average weight of each run, an unbiased estimate of `Z`; empty if the proposal has no weights.
    pub evidence: Vec<f64>,
    /// Number of runs.
    pub runs: usize,
    /// Runs without a string that meets the constraint.
    pub dead: usize,
    /// Constraint evaluations.
    pub calls: u64,
    /// Tokens proposed, ends included.
    pub steps: u64,
}

/// The space of a sampler.
struct Sampler<'a> {
    chain: &'a Chain,
    constraint: &'a Constraint,
    laws: &'a Laws,
    urns: Urns,
    scratch: Scratch,
    masses: Vec<f64>,
    plan: Plan,
}

impl Sampler<'_> {
    /// Proposes a token.
    fn propose(&mut self, particle: &Particle, stream: &mut Stream) -> Draw {
        let (t, state, tokens) = (particle.length, particle.state, self.chain.tokens());
        let law = self.chain.follows(particle.last, t);
        let constraint = self.constraint;
        match self.plan.proposal {
            Proposal::Token(method, variant) => {
                let mut accept = |token| constraint.accepts(t, state, token);
                draw(method, variant, &mut self.urns.urn(law), stream, &mut accept, &mut self.scratch)
            }
            Proposal::FullMask => {
                let mass = |token: usize| {
                    let accepted = constraint.accepts(t, state, token);
                    if accepted { self.chain.laws.law(law)[token] } else { 0.0 }
                };
                self.masses.clear();
                self.masses.extend((0..=tokens).map(mass));
                let (token, z) = among(&self.masses, stream);
                Draw { token, weight: z, calls: tokens as u64 + 1 }
            }
            Proposal::Target => {
                let probabilities = self.chain.laws.law(law);
                let mass = |token: usize| {
                    if !constraint.accepts(t, state, token) {
                        0.0
                    } else if token == tokens {
                        probabilities[token]
                    } else {
                        probabilities[token] * self.laws.ahead(t + 1, token, constraint.after(state, token))
                    }
                };
                self.masses.clear();
                self.masses.extend((0..=tokens).map(mass));
                Draw { token: among(&self.masses, stream).0, weight: 1.0, calls: 0 }
            }
            Proposal::Model | Proposal::ModelUntilEnd | Proposal::Unconstrained => {
                let token = self.urns.urn(law).at(stream.r#gen());
                let calls = u64::from(self.plan.proposal == Proposal::Model);
                Draw { token: Some(token), weight: 1.0, calls }
            }
        }
    }

    /// Lengthens a particle by a token. Returns the constraint evaluations.
    fn extend(&mut self, particle: &mut Particle, stream: &mut Stream) -> u64 {
        let step = self.propose(particle, stream);
        let mut calls = step.calls;
        let Some(token) = step.token else {
            (particle.weight, particle.done, particle.broken) = (0.0, true, true);
            return calls;
        };
        particle.weight *= step.weight;
        let (t, tokens) = (particle.length, self.chain.tokens());
        let accepted = !particle.broken && self.constraint.accepts(t, particle.state, token);
        particle.broken = !accepted;
        if token == tokens {
            particle.done = true;
            calls += u64::from(self.plan.proposal == Proposal::ModelUntilEnd);
        } else {
            if accepted {
                particle.state = self.constraint.after(particle.state, token);
            }
            if t == 0 {
                particle.first = token;
            }
            particle.last = token;
            particle.length += 1;
        }
        let dies = match self.plan.proposal {
            Proposal::Unconstrained => false,
            Proposal::ModelUntilEnd => particle.done && particle.broken,
            _ => particle.broken,
        };
        if dies {
            (particle.weight, particle.done) = (0.0, true);
        }
        calls
    }
}

/// A position drawn in proportion to masses, and their sum; `None` if that is 0.
fn among(masses: &[f64], stream: &mut Stream) -> (Option<usize>, f64) {
    let sum: f64 = masses.iter().sum();
    if !(sum > 0.0) {
        return (None, 0.0);
    }
    let mut left = sum * stream.r#gen::<f64>();
    let mut last = None;
    for (i, mass) in masses.iter().enumerate().filter(|(_, mass)| **mass > 0.0) {
        last = Some(i);
        if left < *mass {
            break;
        }
        left -= mass;
    }
    (last, sum)
}

/// Stratified resampling: each particle becomes a copy of one drawn in proportion to the weights, and has the average weight.
fn resample(particles: &mut [Particle], copies: &mut Vec<Particle>, stream: &mut Stream) {
    let n = particles.len() as f64;
    let sum: f64 = particles.iter().map(|p| p.weight).sum();
    copies.clear();
    let (mut at, mut below) = (0, particles[0].weight);
    for i in 0..particles.len() {
        let point = (i as f64 + stream.r#gen::<f64>()) / n * sum;
        while point >= below && particles[at + 1..].iter().any(|p| p.weight > 0.0) {
            at += 1;
            below += particles[at].weight;
        }
        copies.push(Particle { weight: sum / n, ..particles[at] });
    }
    particles.copy_from_slice(copies);
}

/// Runs sequential Monte Carlo `runs` times.
#[must_use]
pub fn run(
    plan: Plan,
    chain: &Chain,
    constraint: &Constraint,
    laws: &Laws,
    runs: usize,
    stream: &mut Stream,
) -> Runs {
    let (tokens, n) = (chain.tokens(), plan.particles);
    let weighted = !matches!(
        plan.proposal,
        Proposal::Token(Method::OneLoop, _) | Proposal::Unconstrained | Proposal::Target
    );
    let mut sampler = Sampler {
        chain,
        constraint,
        laws,
        urns: chain.laws.clone(),
        scratch: Scratch::default(),
        masses: Vec::with_capacity(tokens + 1),
        plan,
    };
    let mut found = Runs {
        length: vec![0.0; chain.longest + 1],
        first: vec![0.0; tokens + 1],
        evidence: Vec::with_capacity(runs),
        runs,
        dead: 0,
        calls: 0,
        steps: 0,
    };
    let new = Particle {
        last: tokens,
        state: 0,
        length: 0,
        first: tokens,
        weight: 1.0,
        done: false,
        broken: false,
    };
    let mut particles = vec![new; n];
    let mut copies = Vec::with_capacity(n);
    for _ in 0..runs {
        particles.fill(new);
        while particles.iter().any(|p| !p.done) {
            for particle in particles.iter_mut().filter(|p| !p.done) {
                found.calls += sampler.extend(particle, stream);
                found.steps += 1;
            }
            let sum: f64 = particles.iter().map(|p| p.weight).sum();
            if !(sum > 0.0) {
                break;
            }
            // Weights are scaled first, as their squares can be too small for numbers.
            let squares: f64 = particles.iter().map(|p| (p.weight / sum).powi(2)).sum();
            if 1.0 / squares < plan.threshold * n as f64 {
                resample(&mut particles, &mut copies, stream);
            }
        }
        let sum: f64 = particles.iter().map(|p| p.weight).sum();
        if weighted {
            found.evidence.push(sum / n as f64);
        }
        found.dead += usize::from(particles.iter().all(|p| p.broken || !(p.weight > 0.0)));
        if sum > 0.0 {
            for particle in &particles {
                found.length[particle.length] += particle.weight / sum;
                found.first[particle.first] += particle.weight / sum;
            }
        }
    }
    let used: f64 = found.length.iter().sum();
    if used > 0.0 {
        found.length.iter_mut().chain(&mut found.first).for_each(|p| *p /= used);
    }
    found
}
