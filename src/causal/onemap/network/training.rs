//! Adam on mini-batches.

use rand::seq::SliceRandom;
use remeasure_core::multiversion;
use remeasure_core::numerics::kernels::level;
use remeasure_core::stream::Stream;

use super::{Loss, Real, Shape, Workspace};

/// Decays of Adam's running means, and what is added to its denominator (Kingma and Ba 2015, the defaults).
const DECAYS: (f64, f64) = (0.9, 0.999);
const EPSILON: f64 = 1e-8;

/// How a network is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// Rows of a mini-batch; the last of an epoch may have fewer.
    pub batch: usize,
    /// Learning rate.
    pub rate: f64,
    /// Number of times that all rows are used.
    pub epochs: usize,
    /// Multiple of the parameters, biases included, that is added to the gradient.
    pub decay: f64,
}

/// Rows with their outcomes.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a, R> {
    /// `n × inputs`, row by row.
    pub features: &'a [R],
    /// Length `n`.
    pub outcomes: &'a [f64],
}

/// The parameters of a trained network.
#[derive(Clone, Debug)]
pub struct Fit<R> {
    /// After the last epoch.
    pub last: Vec<R>,
    /// After the epoch with the least loss in validation.
    pub best: Vec<R>,
    /// That epoch, from 1; 0 without epochs.
    pub best_epoch: usize,
}

/// Adam's running means.
struct Adam<R> {
    mean: Vec<R>,
    square: Vec<R>,
    steps: i32,
}

impl<R: Real> Adam<R> {
    fn new(parameters: usize) -> Self {
        Self { mean: vec![R::ZERO; parameters], square: vec![R::ZERO; parameters], steps: 0 }
    }

    /// One step with bias correction, the decay added to the gradient.
    fn step(&mut self, recipe: &Recipe, gradient: &[R], parameters: &mut [R]) {
        self.steps = self.steps.saturating_add(1);
        let rate = R::of(recipe.rate / (1.0 - DECAYS.0.powi(self.steps)));
        let root = R::of(1.0 / (1.0 - DECAYS.1.powi(self.steps)).sqrt());
        let numbers = [rate, root, R::of(recipe.decay)];
        let (mean, square) = (&mut self.mean[..], &mut self.square[..]);
        multiversion!(
            level(),
            [R: Real] (numbers: [R; 3], gradient: &[R], mean: &mut [R], square: &mut [R], parameters: &mut [R]) -> (),
            update(numbers, gradient, mean, square, parameters)
        );
    }
}

#[inline(always)]
fn update<R: Real>(
    [rate, root, decay]: [R; 3],
    gradient: &[R],
    mean: &mut [R],
    square: &mut [R],
    parameters: &mut [R],
) {
    let (first, second, epsilon) = (R::of(DECAYS.0), R::of(DECAYS.1), R::of(EPSILON));
    let (rest, rest_squared) = (R::of(1.0 - DECAYS.0), R::of(1.0 - DECAYS.1));
    for (((w, g), m), v) in parameters.iter_mut().zip(gradient).zip(mean).zip(square) {
        let g = decay.fused(*w, *g);
        *m = first.fused(*m, rest * g);
        *v = second.fused(*v, rest_squared * g * g);
        *w = *w - rate * *m / (v.root() * root + epsilon);
    }
}

/// Outputs of a network for rows, `n × inputs`, row by row.
pub(super) fn outputs<R: Real>(work: &mut Workspace<R>, parameters: &[R], features: &[R], out: &mut [f64]) {
    let (batch, inputs) = (work.batch, work.shape.inputs());
    for (out, rows) in out.chunks_mut(batch).zip(features.chunks(batch * inputs)) {
        work.forward(parameters, rows, out);
    }
}

/// Trains from the given parameters. The rows of each mini-batch come from a permutation that is drawn for each epoch.
pub fn train<R: Real>(
    shape: &Shape,
    start: Vec<R>,
    fitted: Rows<'_, R>,
    validation: Rows<'_, R>,
    (loss, recipe): (&Loss, &Recipe),
    stream: &mut Stream,
) -> Fit<R> {
    let inputs = shape.inputs();
    let batch = recipe.batch.min(fitted.outcomes.len());
    let mut work = Workspace::new(shape, batch);
    let mut adam = Adam::new(start.len());
    let mut gradient = vec![R::ZERO; start.len()];
    let mut rows = vec![R::ZERO; batch * inputs];
    let (mut outcomes, mut predicted, mut derivatives) =
        (vec![0.0; batch], vec![0.0; batch], vec![0.0; batch]);
    let mut held_out = vec![0.0; validation.outcomes.len()];
    let mut order: Vec<usize> = (0..fitted.outcomes.len()).collect();
    let mut fit = Fit { best: start.clone(), last: start, best_epoch: 0 };
    let mut least = f64::INFINITY;
    for epoch in 1..=recipe.epochs {
        order.shuffle(stream);
        for chosen in order.chunks(batch) {
            for ((&i, row), y) in chosen.iter().zip(rows.chunks_exact_mut(inputs)).zip(&mut outcomes) {
                row.copy_from_slice(&fitted.features[i * inputs..(i + 1) * inputs]);
                *y = fitted.outcomes[i];
            }
            let count = chosen.len();
            let rows = &rows[..count * inputs];
            let (predicted, derivatives) = (&mut predicted[..count], &mut derivatives[..count]);
            work.forward(&fit.last, rows, predicted);
            loss.gradient(&outcomes[..count], predicted, derivatives);
            work.backward(&fit.last, rows, derivatives, &mut gradient);
            adam.step(recipe, &gradient, &mut fit.last);
        }
        outputs(&mut work, &fit.last, validation.features, &mut held_out);
        let reached = loss.value(validation.outcomes, &held_out);
        if reached < least {
            least = reached;
            fit.best.copy_from_slice(&fit.last);
            fit.best_epoch = epoch;
        }
    }
    fit
}

/// The outputs of a network for rows, `n × inputs`, row by row.
#[must_use]
pub fn predict<R: Real>(shape: &Shape, parameters: &[R], features: &[R]) -> Vec<f64> {
    const BATCH: usize = 256;
    let mut out = vec![0.0; features.len() / shape.inputs()];
    outputs(&mut Workspace::new(shape, BATCH), parameters, features, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use remeasure_core::stream::Streams;

    use super::*;

    const STREAMS: Streams = Streams { seed: 1, cell: 2, replicate: 3 };

    #[test]
    fn the_first_two_steps_of_adam_are_those_of_its_paper() {
        let recipe = Recipe { batch: 1, rate: 0.02, epochs: 1, decay: 0.5 };
        let mut adam = Adam::<f64>::new(1);
        let mut w = [2.0];
        // With the decay the gradients are 3 + 1 = 4 and 1 − 0.99 = 0.01.
        adam.step(&recipe, &[3.0], &mut w);
        assert!((w[0] - 1.98).abs() < 1e-9, "{w:?}");
        adam.step(&recipe, &[-0.98], &mut w);
        let (m, v): (f64, f64) = (0.9 * 0.4 + 0.1 * 0.01, 0.999 * 0.016 + 0.001 * 1e-4);
        let (m, v) = (m / (1.0 - 0.81), v / (1.0 - 0.999 * 0.999));
        let expected = 1.98 - 0.02 * m / (v.sqrt() + 1e-8);
        assert!((w[0] - expected).abs() < 1e-9, "{} {expected}", w[0]);
    }

    /// A linear outcome of four features, of which the first rows are fitted.
    fn linear(n: usize) -> (Vec<f64>, Vec<f64>) {
        let features: Vec<f64> = (0..n * 4).map(|i| (i as f64 * 1.37).sin()).collect();
        let outcomes = features.chunks_exact(4).map(|x| 2.0 * x[0] - x[1] + 0.5 * x[3] + 1.0).collect();
        (features, outcomes)
    }

    #[test]
    fn training_learns_a_linear_outcome_and_keeps_the_best_epoch() {
        let (features, outcomes) = linear(600);
        let single: Vec<f32> = features.iter().map(|v| f32::of(*v)).collect();
        let shape = Shape::new(&[4, 16]);
        let recipe = Recipe { batch: 30, rate: 0.01, epochs: 40, decay: 0.0 };
        let start = shape.draw::<f32>(&mut STREAMS.stream("network"));
        let fitted = Rows { features: &single[..500 * 4], outcomes: &outcomes[..500] };
        let validation = Rows { features: &single[500 * 4..], outcomes: &outcomes[500..] };
        let run = || {
            let mut stream = STREAMS.stream("order");
            train(&shape, start.clone(), fitted, validation, (&Loss::Squares, &recipe), &mut stream)
        };
        let fit = run();
        assert_eq!(fit.last, run().last);
        let error = |parameters: &[f32]| {
            Loss::Squares.value(validation.outcomes, &predict(&shape, parameters, validation.features))
        };
        assert!(error(&fit.last) < 0.01, "{}", error(&fit.last));
        assert!(error(&fit.best) <= error(&fit.last) && error(&fit.last) < 0.01 * error(&start));
        assert!(fit.best_epoch > 1);
    }

    #[test]
    fn single_precision_follows_double_precision() {
        let (features, outcomes) = linear(60);
        let single: Vec<f32> = features.iter().map(|v| f32::of(*v)).collect();
        let shape = Shape::new(&[4, 20, 7]);
        let recipe = Recipe { batch: 25, rate: 1e-3, epochs: 3, decay: 1e-2 };
        let start = shape.draw::<f64>(&mut STREAMS.stream("network"));
        let narrow = start.iter().map(|v| f32::of(*v)).collect();
        let ours = (&Loss::Squares, &recipe);
        let stream = || STREAMS.stream("order");
        let rows = Rows { features: &features[..], outcomes: &outcomes };
        let double = train(&shape, start, rows, rows, ours, &mut stream());
        let rows = Rows { features: &single[..], outcomes: &outcomes };
        let fit = train(&shape, narrow, rows, rows, ours, &mut stream());
        assert_eq!(fit.best_epoch, double.best_epoch);
        let largest =
            fit.last.iter().zip(&double.last).map(|(a, b)| (a.widen() - b).abs()).fold(0.0, f64::max);
        assert!(largest < 1e-4, "{largest}");
    }
}
