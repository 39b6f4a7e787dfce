//! Trains networks.

use remeasure_core::{Invalid, deadline};

use super::Real;
use super::adam::{Adam, Rates};
use super::batch::Batch;
use super::loss::Loss;
use super::network::{self, Network, forward_and_back};
use super::workspace::Workspace;

/// Order in which layers are trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipe {
    /// Generation `t = 1 … T` trains the first `t` layers on `batches` batches, with the loss at layer `t`
    /// and a fresh Adam state.
    Incremental {
        /// Batches per generation.
        batches: usize,
    },
    /// All layers at once, on the same total number of batches, `T·batches`.
    OneShot {
        /// Batches per layer.
        batches: usize,
    },
}

impl Recipe {
    fn batches(self) -> usize {
        match self {
            Recipe::Incremental { batches } | Recipe::OneShot { batches } => batches,
        }
    }
}

/// Training options.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `recipe` | incremental, 150 batches | order of layers, length | ≥ 1 batch |
/// | `batch` | 100 | signals in a batch | ≥ 1 |
/// | `rates` | see [`Rates`] | learning rates | |
/// | `thinning` | 10 | steps between two points of the learning curve | ≥ 1 |
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    /// Order in which layers are trained, and number of batches.
    pub recipe: Recipe,
    /// Signals in a batch.
    pub batch: usize,
    /// Learning rates.
    pub rates: Rates,
    /// Steps between two points of the learning curve.
    pub thinning: usize,
}

impl Default for Training {
    fn default() -> Self {
        let recipe = Recipe::Incremental { batches: 150 };
        Self { recipe, batch: 100, rates: Rates::default(), thinning: 10 }
    }
}

impl Training {
    /// Checks every value.
    ///
    /// # Errors
    /// The first invalid value.
    pub fn check(&self) -> Result<(), Invalid> {
        let counts = [("batches", self.recipe.batches()), ("batch", self.batch), ("thinning", self.thinning)];
        for (key, count) in counts {
            if count == 0 {
                return Err(Invalid::new(key, "expected at least 1, found 0"));
            }
        }
        self.rates.check()
    }
}

/// A point of the learning curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Number of earlier steps, over all generations.
    pub step: usize,
    /// Number of layers trained in this step.
    pub depth: usize,
    /// Loss of the step's batch before its update; finite.
    pub loss: f64,
}

/// How training ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All planned steps were made.
    Finished,
    /// The parameters are unusable.
    Diverged {
        /// Why.
        reason: String,
    },
    /// The deadline passed; the parameters are those reached by then.
    Deadline,
}

/// A trained network's parameters, and the course of training.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained<R> {
    /// The flat vector of parameters.
    pub parameters: Vec<R>,
    /// Every `thinning`-th step and the last one, except for skipped steps.
    pub curve: Vec<Point>,
    /// Number of steps, including skipped ones.
    pub steps: usize,
    /// Number of steps without an update, because the loss or a gradient was not finite.
    pub skipped: usize,
    /// Full-depth loss before training, on a separate batch drawn after training; may be non-finite.
    pub untrained_loss: f64,
    /// Loss after training on the same batch; may be non-finite unless `ending` is `Finished`.
    pub trained_loss: f64,
    /// How training ended.
    pub ending: Ending,
}

/// Whether all values are finite; checked in chunks, to avoid a branch per value.
fn all_finite<R: Real>(values: &[R]) -> bool {
    values.chunks(64).all(|some| some.iter().fold(true, |all, v| all & v.is_finite()))
}

/// Makes training steps; allocates all memory in advance.
pub struct Trainer<'n, R: Real> {
    network: &'n dyn Network<R>,
    loss: Loss,
    adam: Adam<R>,
    workspace: Workspace<R>,
    batch: Batch<R>,
    gradient: Vec<R>,
    parameters: Vec<R>,
}

impl<'n, R: Real> Trainer<'n, R> {
    /// Prepares to train `network` from its initial parameters on batches of `batch` signals.
    ///
    /// # Errors
    /// An argument is invalid.
    pub fn new(network: &'n dyn Network<R>, loss: Loss, rates: Rates, batch: usize) -> Result<Self, Invalid> {
        rates.check()?;
        loss.check()?;
        let workspace = Workspace::new(network, batch)?;
        let sensing = network.sensing();
        let batch = Batch::zeros(batch, sensing.signal_length(), sensing.response_length());
        let parameters = network.initial();
        Ok(Self {
            network,
            loss,
            adam: Adam::new(rates, network.groups(), parameters.len()),
            workspace,
            batch,
            gradient: vec![R::ZERO; parameters.len()],
            parameters,
        })
    }

    /// The batch of the next step, for the caller to fill.
    pub fn batch_mut(&mut self) -> &mut Batch<R> {
        &mut self.batch
    }

    /// The current parameters.
    #[must_use]
    pub fn parameters(&self) -> &[R] {
        &self.parameters
    }

    /// The gradient of the last step; entries of layers beyond its depth are outdated.
    #[must_use]
    pub fn gradient(&self) -> &[R] {
        &self.gradient
    }

    /// Resets the state of Adam.
    pub fn reset(&mut self) {
        self.adam.reset();
    }

    /// Makes one step on the batch: forward and back through the first `depth` layers, then an update of
    /// their parameters. Returns the loss before the update, and whether there was an update: there is none
    /// if the loss or a gradient is not finite. Does not allocate.
    ///
    /// # Panics
    /// If `depth` is 0 or above the number of layers.
    pub fn step(&mut self, depth: usize) -> (f64, bool) {
        assert!(depth > 0 && depth <= self.network.layers(), "a depth between 1 and the number of layers");
        let value = forward_and_back(
            self.network,
            self.loss,
            &self.parameters,
            depth,
            &self.batch,
            &mut self.workspace,
            &mut self.gradient,
        );
        let prefix = self.network.prefix(depth);
        let usable = value.is_finite() && all_finite(&self.gradient[..prefix]);
        if usable {
            self.adam.update(prefix, &self.gradient, &mut self.parameters);
            self.network.project(&mut self.parameters[..prefix]);
        }
        (value, usable)
    }

    /// Full-depth losses of the initial and of the current parameters, on the current batch.
    fn compare(&mut self) -> Result<(f64, f64), Invalid> {
        let depth = self.network.layers();
        let mut of = |parameters: &[R]| {
            network::loss(self.network, self.loss, parameters, depth, &self.batch, &mut self.workspace)
        };
        Ok((of(&self.network.initial())?, of(&self.parameters)?))
    }
}

/// Trains `network` from its initial parameters. `source` fills every signal and response of the batch it is
/// given. It is called once per step, even if the step is then skipped, and once more for the batch on which
/// the trained network is compared with the untrained one.
///
/// # Errors
/// An argument is invalid. Divergence is not an error but an [`Ending`].
pub fn train<R: Real>(
    network: &dyn Network<R>,
    loss: Loss,
    training: &Training,
    source: &mut dyn FnMut(&mut Batch<R>),
) -> Result<Trained<R>, Invalid> {
    training.check()?;
    let mut trainer = Trainer::new(network, loss, training.rates, training.batch)?;
    let layers = network.layers();
    let batches = training.recipe.batches();
    let (generations, length) = match training.recipe {
        Recipe::Incremental { .. } => (1..=layers, batches),
        Recipe::OneShot { .. } => (layers..=layers, batches * layers),
    };
    let planned = batches * layers;
    let mut curve = Vec::with_capacity(planned / training.thinning + 2);
    let (mut step, mut skipped, mut skipped_of_generation) = (0, 0, 0);
    let mut late = false;
    'training: for depth in generations {
        trainer.reset();
        skipped_of_generation = 0;
        for _ in 0..length {
            if deadline::passed() {
                late = true;
                break 'training;
            }
            source(trainer.batch_mut());
            let (loss, updated) = trainer.step(depth);
            if !updated {
                skipped += 1;
                skipped_of_generation += 1;
            }
            if updated && (step % training.thinning == 0 || step + 1 == planned) {
                curve.push(Point { step, depth, loss });
            }
            step += 1;
        }
    }
    source(trainer.batch_mut());
    let (untrained_loss, trained_loss) = trainer.compare()?;
    let ending = if late {
        Ending::Deadline
    } else if skipped_of_generation == length {
        let reason = format!("no batch of the last {length} had a finite loss and gradient");
        Ending::Diverged { reason }
    } else if !trained_loss.is_finite() {
        Ending::Diverged { reason: "the trained network's loss is not finite".to_owned() }
    } else if trained_loss > untrained_loss {
        let reason = format!("training raised the loss from {untrained_loss:.6e} to {trained_loss:.6e}");
        Ending::Diverged { reason }
    } else {
        Ending::Finished
    };
    let parameters = trainer.parameters;
    Ok(Trained { parameters, curve, steps: step, skipped, untrained_loss, trained_loss, ending })
}
