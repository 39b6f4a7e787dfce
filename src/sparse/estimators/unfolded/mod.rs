//! Unfolded networks as estimators of an ensemble: trained in each trial, then applied to its signals.

mod matrices;
mod parameters;
mod steps;

use std::sync::Arc;

use anyhow::Context;
use remeasure_core::Invalid;
use remeasure_core::numerics::Design;
use remeasure_core::stream::Streams;

use self::parameters::{Precision, Shared};
use crate::estimator::{Estimator, Fit, Layer, Learning, Recovery, Task};
use crate::problem::{Ensemble, Population, Problem};
use crate::unfolded;
use crate::unfolded::{Batch, Ending, Kind, Loss, Network, Penalty, Real, Sensing, Trained, Training};

pub(super) use matrices::{ALISTA, LISTA, LISTA_CP};
pub(super) use steps::{IHT, ISTA};

/// What distinguishes one kind of network from the others.
trait Architecture: Send + Sync {
    /// The untrained network for a matrix and the λ of its thresholds.
    fn network<R: Real>(&self, sensing: Arc<Sensing<R>>, lambda: f64)
    -> Result<Box<dyn Network<R>>, Invalid>;

    /// The penalty of the objective that the network unfolds.
    fn penalty(&self) -> Penalty;

    /// Steps of the layers in units of `1/L`, from the values of [`Kind::Step`].
    fn step(&self, value: f64) -> f64;

    /// The threshold of a layer whose thresholds are tied to its steps, from the step in units of `1/L`;
    /// `None` otherwise.
    fn tied_threshold(&self, _step: f64, _lambda: f64, _lipschitz: f64) -> Option<f64> {
        None
    }

    /// The threshold of a layer whose thresholds are parameters.
    fn free_threshold(&self, value: f64, lambda: f64, lipschitz: f64) -> f64;

    /// Whether the network minimises the ℓ1 objective.
    fn descends_l1(&self) -> bool;
}

/// A network with its training recipe.
struct Unfolded<A> {
    shared: Shared,
    architecture: A,
}

impl<A: Architecture> Unfolded<A> {
    fn train<R: Real>(
        &self,
        network: &dyn Network<R>,
        loss: Loss,
        training: &Training,
        population: &Population<'_>,
        streams: &Streams,
    ) -> Result<Trained<R>, Invalid> {
        // All networks of a trial are trained on the same batches.
        let [mut signal, mut noise] = ["training signal", "training noise"].map(|role| streams.stream(role));
        let mut x = vec![0.0; population.design.columns()];
        let mut y = vec![0.0; population.design.rows()];
        unfolded::train(network, loss, training, &mut |batch| {
            for b in 0..batch.count() {
                population.fill([&mut signal, &mut noise], &mut x, &mut y, |_| {});
                copy(&x, &y, batch, b);
            }
        })
    }

    fn recover_with<R: Real>(&self, ensemble: &Ensemble, streams: &Streams) -> anyhow::Result<Recovery> {
        let shared = &self.shared;
        let penalty = shared.penalty.or(ensemble.penalty);
        let lambda = penalty.context("neither the estimator nor the problem sets a penalty")?;
        let population = if shared.matched { ensemble.matched() } else { ensemble.training() };
        let make = |design: &Design| -> Result<_, Invalid> {
            self.architecture.network(Arc::new(Sensing::<R>::new(design)?), lambda)
        };
        let network = make(population.design)?;
        let loss = shared.loss(self.architecture.penalty(), lambda);
        let training = shared.training.training();
        let trained = self.train(network.as_ref(), loss, &training, &population, streams)?;
        // Apply what was learned on one matrix unchanged to another; steps are in units of its own 1/L.
        let network = if population.design == &ensemble.design { network } else { make(&ensemble.design)? };
        let (coefficients, layers) = run(network.as_ref(), &trained.parameters, ensemble)?;
        let shortfall = match &trained.ending {
            Ending::Finished => None,
            Ending::Diverged { reason } => Some(format!("training diverged: {reason}")),
            Ending::Deadline => Some("the time limit was reached".to_owned()),
        };
        Ok(Recovery {
            coefficients,
            certificate: None,
            iterations: network.layers() as f64,
            shortfall,
            layers,
            learning: Some(self.learning(network.as_ref(), &trained, lambda)),
            against_ista: self.architecture.descends_l1(),
        })
    }

    fn learning<R: Real>(&self, network: &dyn Network<R>, trained: &Trained<R>, lambda: f64) -> Learning {
        let lipschitz = network.sensing().lipschitz();
        let values = |kind| {
            let groups = network.groups().into_iter().filter(move |g| g.kind == kind);
            groups.flat_map(|g| trained.parameters[g.range].iter().map(|v| v.widen())).collect::<Vec<f64>>()
        };
        let steps: Vec<f64> = values(Kind::Step).into_iter().map(|v| self.architecture.step(v)).collect();
        let free = values(Kind::Threshold);
        let thresholds = if free.is_empty() {
            let tied = |s: &f64| self.architecture.tied_threshold(*s, lambda, lipschitz);
            steps.iter().filter_map(tied).collect()
        } else {
            free.iter().map(|v| self.architecture.free_threshold(*v, lambda, lipschitz)).collect()
        };
        let loss = trained.curve.iter().map(|point| (point.step + 1, point.loss)).collect();
        Learning { loss, steps, thresholds, skipped: trained.skipped }
    }
}

/// Writes one signal and its response into a batch.
fn copy<R: Real>(x: &[f64], y: &[f64], batch: &mut Batch<R>, b: usize) {
    let (signal, response) = batch.pair_mut(b);
    signal.iter_mut().zip(x).for_each(|(to, from)| *to = R::of(*from));
    response.iter_mut().zip(y).for_each(|(to, from)| *to = R::of(*from));
}

/// The estimates of all signals at the last layer, and at every layer.
fn run<R: Real>(
    network: &dyn Network<R>,
    parameters: &[R],
    ensemble: &Ensemble,
) -> Result<(Vec<f64>, Vec<Layer>), Invalid> {
    let (n, p) = (ensemble.design.rows(), ensemble.design.columns());
    let mut batch = Batch::zeros(ensemble.len(), p, n);
    for s in 0..ensemble.len() {
        copy(ensemble.signal(s), ensemble.response(s), &mut batch, s);
    }
    let depth = network.layers();
    let blank = |index| Layer { index, coefficients: vec![0.0; ensemble.signals.len()] };
    let mut layers: Vec<Layer> = (1..=depth).map(blank).collect();
    unfolded::run(network, parameters, depth, &batch, &mut |states| {
        let Some(layer) = states.index.checked_sub(1).and_then(|t| layers.get_mut(t)) else { return };
        for b in 0..states.count {
            let at = (states.first + b) * p;
            let target = &mut layer.coefficients[at..at + p];
            target.iter_mut().zip(states.state(b)).for_each(|(to, from)| *to = from.widen());
        }
    })?;
    let last = layers.last().map_or_else(Vec::new, |layer| layer.coefficients.clone());
    Ok((last, layers))
}

impl<A: Architecture> Estimator for Unfolded<A> {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        if !matches!(problem, Problem::Ensemble(_)) {
            let message = "a network is trained on many signals: use a problem with kind = \"ensemble\"";
            return Err(Invalid::new("kind", message));
        }
        super::admit_penalty(self.shared.penalty, problem)?;
        let lambda = self.shared.penalty.or(problem.penalty()).unwrap_or(0.0);
        // Constraints that a network checks do not depend on the matrix.
        let sensing = Sensing::<f32>::new(&Design::from_columns(1, 1, vec![1.0]))?;
        let refused = |e: Invalid| match e.key.as_str() {
            "lambda" => Invalid::new("penalty", e.message),
            _ => e,
        };
        self.architecture.network(Arc::new(sensing), lambda).map(|_| ()).map_err(refused)
    }

    fn fit(&self, _task: &Task<'_>) -> anyhow::Result<Fit> {
        anyhow::bail!("a network is trained on many signals, not on one response")
    }

    fn recover(&self, ensemble: &Ensemble, streams: &Streams) -> anyhow::Result<Recovery> {
        match self.shared.precision {
            Precision::Single => self.recover_with::<f32>(ensemble, streams),
            Precision::Double => self.recover_with::<f64>(ensemble, streams),
        }
    }
}
