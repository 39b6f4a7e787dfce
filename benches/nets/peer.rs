//! The Rust side of `scripts/peers/nets.sh`: CPU time of a training step of a multilayer perceptron.
//!
//! `--widths 64,128,10 --batch B --loss entropy|squares --steps K --warmup W`, each with a default. It makes `W` steps
//! (forward, backward, Adam) in single precision on one thread, then `K` more for each line of the standard input, and
//! prints one line of JSON for each: `ms_per_step`, their mean CPU milliseconds, and `loss`, that of the last step. The
//! batches are drawn in advance and used in turn. Without `--bench` or `--steps`, as under `cargo test`, it makes one.

#[path = "../clock/mod.rs"]
mod clock;

use std::io::{BufRead, Write};

use anyhow::Context;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use remeasure_core::stream::Streams;
use remeasure_nets::{Activation, Adam, CrossEntropy, Optimiser, Shape, SquaredError, Start, Workspace};

use clock::cpu_ms;

const BATCHES: usize = 10;
const RATE: f64 = 1e-3;

/// Normal inputs with labels or normal targets.
struct Batch {
    x: Vec<f32>,
    labels: Vec<usize>,
    targets: Vec<f32>,
}

fn draw(shape: &Shape, rows: usize) -> Vec<Batch> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let outputs = shape.outputs();
    let mut normals =
        |count: usize| -> Vec<f32> { (0..count).map(|_| StandardNormal.sample(&mut rng)).collect() };
    let drawn: Vec<_> =
        (0..BATCHES).map(|_| (normals(rows * shape.inputs()), normals(rows * outputs))).collect();
    let with_labels =
        |(x, targets)| Batch { x, labels: (0..rows).map(|_| rng.gen_range(0..outputs)).collect(), targets };
    drawn.into_iter().map(with_labels).collect()
}

struct Training {
    work: Workspace<f32>,
    weights: Vec<f32>,
    gradient: Vec<f32>,
    adam: Adam<f32>,
    batches: Vec<Batch>,
    entropy: bool,
    made: usize,
}

impl Training {
    fn step(&mut self) -> f64 {
        let batch = &self.batches[self.made % BATCHES];
        self.made += 1;
        let (weights, gradient) = (&mut self.weights, &mut self.gradient);
        let value = if self.entropy {
            self.work.gradient(weights, &batch.x, &mut CrossEntropy { labels: &batch.labels }, gradient)
        } else {
            self.work.gradient(weights, &batch.x, &mut SquaredError { targets: &batch.targets }, gradient)
        };
        self.adam.step(weights, gradient, RATE, None);
        value
    }

    /// Mean CPU time of some more steps, and the last loss.
    fn steps(&mut self, count: usize) -> (f64, f64) {
        let start = cpu_ms();
        let value = (0..count).fold(f64::NAN, |_, _| self.step());
        ((cpu_ms() - start) / count as f64, value)
    }
}

fn main() -> anyhow::Result<()> {
    let given: Vec<String> = std::env::args().collect();
    let word = |name: &str| given.iter().position(|a| a == name).and_then(|at| given.get(at + 1));
    let number = |name: &str, default: usize| -> anyhow::Result<usize> {
        word(name).map_or(Ok(default), |w| w.parse().with_context(|| format!("{name} {w}")))
    };
    let widths = word("--widths").map_or("64,128,10", String::as_str).split(',');
    let widths = widths.map(str::parse).collect::<Result<Vec<usize>, _>>().context("--widths")?;
    let entropy = match word("--loss").map(String::as_str) {
        None | Some("entropy") => true,
        Some("squares") => false,
        Some(other) => anyhow::bail!("--loss {other}: expected entropy or squares"),
    };
    let rows = number("--batch", 64)?;
    let measuring = given.iter().any(|a| a == "--bench" || a == "--steps");
    let (steps, warmup) = if measuring { (number("--steps", 100)?, number("--warmup", 20)?) } else { (1, 0) };
    let shape = Shape::new(&widths, Activation::Relu)?;
    let mut stream = Streams { seed: 1, cell: 0, replicate: 0 }.stream("start");
    let mut training = Training {
        work: Workspace::new(&shape, rows),
        weights: shape.draw(Start::HeNormal, &mut stream),
        gradient: vec![0.0; shape.parameters()],
        adam: Adam::new(shape.parameters()),
        batches: draw(&shape, rows),
        entropy,
        made: 0,
    };
    training.steps(warmup);
    if !measuring {
        anyhow::ensure!(training.step().is_finite(), "a loss that is not finite");
        return Ok(());
    }
    for line in std::io::stdin().lock().lines() {
        line?;
        let (ms, loss) = training.steps(steps);
        println!("{{\"ms_per_step\": {ms:.5}, \"loss\": {loss:e}}}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
