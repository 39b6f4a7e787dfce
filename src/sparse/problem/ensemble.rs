//! Many signals observed through one design, and the distribution that networks are trained on.

use std::cell::RefCell;

use remeasure_core::Invalid;
use remeasure_core::numerics::Design;
use remeasure_core::params::Check;
use remeasure_core::stream::{Stream, Streams};

use super::super::yardstick::IstaCurve;
use super::wire::{MismatchWire, SyntheticWire};
use super::{Synthetic, Truth};

/// Maximum number of values in the signals of an ensemble.
const LARGEST_ENSEMBLE: f64 = 1e9;

/// `kind = "ensemble"`: the distributions that training and test signals are drawn from.
#[derive(Clone, Debug)]
pub struct EnsembleProblem {
    /// Distribution of the test.
    pub test: Synthetic,
    /// Distribution that networks are trained on, unless they request that of the test.
    pub training: Synthetic,
    /// Number of test signals.
    pub signals: usize,
    /// The λ of the measured objectives, see [`Ensemble::penalty`].
    pub penalty: Option<f64>,
    /// How far the design of the test is from that of training: 0 the same, 1 a fresh draw.
    pub design_change: f64,
}

/// A design and the distribution of the signals observed through it.
#[derive(Clone, Copy, Debug)]
pub struct Population<'a> {
    /// Design `A`, `n × p`.
    pub design: &'a Design,
    law: &'a Synthetic,
}

/// The data of one replicate of an ensemble: `S` signals and their responses.
#[derive(Clone, Debug)]
pub struct Ensemble {
    /// Design `A`, `n × p`.
    pub design: Design,
    /// Responses `y`, contiguous, `S · n` numbers.
    pub responses: Vec<f64>,
    /// Signals `x`, contiguous, `S · p` numbers.
    pub signals: Vec<f64>,
    /// Standard deviation of the noise of each response.
    pub sigmas: Vec<f64>,
    /// `λ` of `½‖y − A x‖² + λ‖x‖₁` and `½‖y − A x‖² + λ‖x‖₀`, if the problem sets one.
    pub penalty: Option<f64>,
    law: Synthetic,
    training_law: Synthetic,
    /// The design of training, if it is not that of the test.
    training_design: Option<Design>,
    /// Computed on first use.
    ista: RefCell<Option<IstaCurve>>,
}

impl TryFrom<SyntheticWire> for EnsembleProblem {
    type Error = Invalid;

    fn try_from(wire: SyntheticWire) -> Result<Self, Invalid> {
        let Some(signals) = wire.signals else {
            return Err(Invalid::new(
                "signals",
                "an ensemble needs the number of its signals: set `signals`",
            ));
        };
        if signals == 0 {
            return Err(Invalid::new("signals", "expected at least 1, found 0"));
        }
        if signals as f64 * wire.p as f64 > LARGEST_ENSEMBLE {
            let message = format!(
                "{signals} signals of {} numbers exceed the limit of {LARGEST_ENSEMBLE:.0e} numbers",
                wire.p
            );
            return Err(Invalid::new("signals", message));
        }
        if let Some(penalty) = wire.penalty.filter(|l| *l < 0.0) {
            return Err(Invalid::new("penalty", format!("expected a number of at least 0, found {penalty}")));
        }
        let mismatch = chosen(&wire)?;
        let test = wire.mismatched(&mismatch);
        let within = |e: Invalid| {
            let name = wire.mismatch.as_deref().unwrap_or_default();
            Invalid::new(format!("mismatches.{name}.{}", e.key), e.message)
        };
        test.check().map_err(within)?;
        Ok(Self {
            signals,
            penalty: wire.penalty,
            design_change: mismatch.design_change.unwrap_or(0.0),
            test: test.into(),
            training: wire.into(),
        })
    }
}

/// The mismatch selected by the key `mismatch`; none if it is `"none"` or absent.
fn chosen(wire: &SyntheticWire) -> Result<MismatchWire, Invalid> {
    let named = wire.mismatches.iter().flatten();
    for (name, mismatch) in named.clone() {
        if name == "none" {
            return Err(Invalid::new(
                "mismatches.none",
                "\"none\" stands for no mismatch: choose another name",
            ));
        }
        if let Some(change) = mismatch.design_change.filter(|c| !(0.0..=1.0).contains(c)) {
            let message = format!("expected a number from 0 (the same) to 1 (a fresh draw), found {change}");
            return Err(Invalid::new(format!("mismatches.{name}.design_change"), message));
        }
    }
    match wire.mismatch.as_deref() {
        None | Some("none") => Ok(MismatchWire::default()),
        Some(name) => named.clone().find(|(n, _)| *n == name).map(|(_, m)| *m).ok_or_else(|| {
            let names: Vec<&str> = std::iter::once("none").chain(named.map(|(n, _)| n.as_str())).collect();
            let message = format!("no [problem.mismatches.{name}] (valid: {})", names.join(", "));
            Invalid::new("mismatch", message)
        }),
    }
}

impl EnsembleProblem {
    /// Draws one replicate.
    #[must_use]
    pub fn draw(&self, streams: &Streams) -> Ensemble {
        let trained = self.training.draw_design(&mut streams.stream("design"));
        let (design, training_design) = if self.design_change > 0.0 {
            let mut stream = streams.stream("design change");
            (self.test.changed_design(&trained, self.design_change, &mut stream), Some(trained))
        } else {
            (trained, None)
        };
        let (n, p) = (design.rows(), design.columns());
        let mut signals = vec![0.0; self.signals * p];
        let mut responses = vec![0.0; self.signals * n];
        let population = Population { design: &design, law: &self.test };
        let mut sigmas = Vec::with_capacity(self.signals);
        let [mut signal, mut noise] = ["signal", "noise"].map(|role| streams.stream(role));
        population.fill([&mut signal, &mut noise], &mut signals, &mut responses, |sigma| sigmas.push(sigma));
        Ensemble {
            responses,
            signals,
            sigmas,
            penalty: self.penalty,
            law: self.test.clone(),
            training_law: self.training.clone(),
            training_design,
            ista: RefCell::new(None),
            design,
        }
    }
}

impl Population<'_> {
    /// Draws as many signals as fit into `signals` and `responses`, `p` and `n` numbers each, from separate
    /// streams for signals and noise; returns the standard deviation of the noise of each.
    ///
    /// # Panics
    /// If the two slices have room for different numbers of signals.
    pub fn fill(
        &self,
        [signal, noise]: [&mut Stream; 2],
        signals: &mut [f64],
        responses: &mut [f64],
        mut sigma: impl FnMut(f64),
    ) {
        let (n, p) = (self.design.rows(), self.design.columns());
        assert_eq!(signals.len() * n, responses.len() * p, "as many responses as signals");
        for (x, y) in signals.chunks_exact_mut(p).zip(responses.chunks_exact_mut(n)) {
            self.law.draw_signal(signal, x);
            self.design.mul(x, y);
            sigma(self.law.add_noise(noise, y));
        }
    }
}

impl Ensemble {
    /// Number of signals `S`.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sigmas.len()
    }

    /// Whether there are no signals, which [`EnsembleProblem`] does not allow.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sigmas.is_empty()
    }

    /// Response `s`, length `n`.
    #[must_use]
    pub fn response(&self, s: usize) -> &[f64] {
        let n = self.design.rows();
        &self.responses[s * n..(s + 1) * n]
    }

    /// Signal `s`, length `p`.
    #[must_use]
    pub fn signal(&self, s: usize) -> &[f64] {
        let p = self.design.columns();
        &self.signals[s * p..(s + 1) * p]
    }

    /// The truth behind response `s`.
    #[must_use]
    pub fn truth(&self, s: usize) -> Truth {
        Truth::new(self.signal(s).to_vec(), self.sigmas[s])
    }

    /// The distribution that networks are trained on.
    #[must_use]
    pub fn training(&self) -> Population<'_> {
        let design = self.training_design.as_ref().unwrap_or(&self.design);
        Population { design, law: &self.training_law }
    }

    /// The distribution that the test was drawn from.
    #[must_use]
    pub fn matched(&self) -> Population<'_> {
        Population { design: &self.design, law: &self.law }
    }

    /// Iterations of plain ISTA, at step `1/L` from zero, until the mean of `½‖y − A x‖² + λ‖x‖₁` is at most
    /// `objective`; `None` if 5,000 are not enough.
    #[must_use]
    pub fn ista_iterations(&self, lambda: f64, objective: f64) -> Option<usize> {
        let mut kept = self.ista.borrow_mut();
        let same = kept.take().filter(|curve| curve.lambda() == lambda);
        kept.insert(same.unwrap_or_else(|| IstaCurve::new(self, lambda))).iterations_to(objective)
    }
}
