//! The Rust side of `scripts/peers/unfolding.sh`: CPU time of a training step.
//!
//! `--n N --m M --batch B --layers T --steps K --warmup W --loss supervised|unsupervised --threshold soft|hard`,
//! each with a default. Prints one line of JSON: `ms_per_step`, the CPU milliseconds of a full-depth step in
//! single precision on one thread (forward, backward, update), a mean over `K` steps after `W` others;
//! `ms_untrained`, the same for a network that stays untrained; and `loss`, that of the last step. The
//! batches are drawn in advance and used in turn.
//!
//! With `--pipe` it makes the `W` steps, then `K` more for each line of the standard input, and prints
//! `ms_per_step` and `loss` of each; with `--still` the parameters stay as they are.

mod clock;

use std::io::{BufRead, Write};
use std::sync::Arc;

use anyhow::Context;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use remeasure::core::numerics::Design;
use remeasure::sparse::unfolded::{Batch, Loss, Penalty, Rates, Sensing, StepNetwork, Trainer};

use clock::cpu_ms;

/// `A_ij ~ N(0, 1/M)`; one in ten entries of a signal is standard normal, the others zero; SNR 20 dB.
fn draw(n: usize, m: usize, batch: usize, batches: usize) -> (Design, Vec<Batch<f32>>) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut normal = |scale: f64, share: f64| {
        let value: f64 = StandardNormal.sample(&mut rng);
        if rng.gen_bool(share) { scale * value } else { 0.0 }
    };
    let scale = (m as f64).sqrt().recip();
    let design = Design::from_columns(m, n, (0..m * n).map(|_| normal(scale, 1.0)).collect());
    // The mean power of an entry of A x is 0.1·N/M.
    let sigma = (0.1 * n as f64 / m as f64 / 100.0).sqrt();
    let mut one = || {
        let mut drawn = Batch::zeros(batch, n, m);
        for b in 0..batch {
            let x: Vec<f64> = (0..n).map(|_| normal(1.0, 0.1)).collect();
            let mut y: Vec<f64> = (0..m).map(|_| normal(sigma, 1.0)).collect();
            design.add_mul(1.0, x.iter().copied().enumerate(), &mut y);
            let (signal, response) = drawn.pair_mut(b);
            signal.iter_mut().zip(&x).for_each(|(to, from)| *to = *from as f32);
            response.iter_mut().zip(&y).for_each(|(to, from)| *to = *from as f32);
        }
        drawn
    };
    let drawn = (0..batches).map(|_| one()).collect();
    (design, drawn)
}

/// A network in training on batches in turn.
struct Training<'a> {
    trainer: Trainer<'a, f32>,
    drawn: &'a [Batch<f32>],
    layers: usize,
    made: usize,
}

impl<'a> Training<'a> {
    fn new(
        network: &'a StepNetwork<f32>,
        loss: Loss,
        rates: Rates,
        drawn: &'a [Batch<f32>],
        layers: usize,
    ) -> anyhow::Result<Self> {
        let trainer = Trainer::new(network, loss, rates, drawn[0].count())?;
        Ok(Self { trainer, drawn, layers, made: 0 })
    }

    /// Mean CPU time of some more steps, and the last loss.
    fn steps(&mut self, count: usize) -> anyhow::Result<(f64, f64)> {
        let (mut elapsed, mut value) = (0.0, 0.0);
        for _ in 0..count {
            self.trainer.batch_mut().clone_from(&self.drawn[self.made % self.drawn.len()]);
            let start = cpu_ms();
            let (found, updated) = self.trainer.step(self.layers);
            anyhow::ensure!(updated, "step {} had no finite loss and gradient", self.made);
            elapsed += cpu_ms() - start;
            value = found;
            self.made += 1;
        }
        Ok((elapsed / count as f64, value))
    }
}

/// Makes steps for each line of the input.
fn serve(mut training: Training<'_>, warmup: usize, steps: usize) -> anyhow::Result<()> {
    training.steps(warmup)?;
    for line in std::io::stdin().lock().lines() {
        line?;
        let (ms, loss) = training.steps(steps)?;
        println!("{{\"ms_per_step\": {ms:.4}, \"loss\": {loss:e}}}");
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let given: Vec<String> = std::env::args().collect();
    let word = |name: &str| given.iter().position(|a| a == name).and_then(|at| given.get(at + 1));
    let number = |name: &str, default: usize| -> anyhow::Result<usize> {
        word(name).map_or(Ok(default), |w| w.parse().with_context(|| format!("{name} {w}")))
    };
    // Under `cargo test` this is only a check.
    let measuring = given.iter().any(|a| a == "--bench" || a == "--steps");
    let (n, m) = (number("--n", 200)?, number("--m", 100)?);
    let (batch, layers) = (number("--batch", 100)?, number("--layers", 20)?);
    let steps = if measuring { number("--steps", 200)? } else { 1 };
    let warmup = if measuring { number("--warmup", 100)? } else { 1 };
    let soft = match word("--threshold").map(String::as_str) {
        None | Some("soft") => true,
        Some("hard") => false,
        Some(other) => anyhow::bail!("--threshold {other}: expected soft or hard"),
    };
    let (penalty, lambda) = if soft { (Penalty::L1, 0.1) } else { (Penalty::L0, 0.05) };
    let loss = match word("--loss").map(String::as_str) {
        None | Some("supervised") => Loss::Supervised,
        Some("unsupervised") => Loss::Unsupervised { penalty, lambda },
        Some(other) => anyhow::bail!("--loss {other}: expected supervised or unsupervised"),
    };
    let (design, drawn) = draw(n, m, batch, 10);
    let sensing = Arc::new(Sensing::new(&design)?);
    let network = if soft {
        StepNetwork::ista(sensing, layers, lambda)?
    } else {
        StepNetwork::iht(sensing, layers, lambda)?
    };
    let still = Rates { step: 0.0, threshold: 0.0, matrix: 0.0 };
    let start = |rates| Training::new(&network, loss, rates, &drawn, layers);
    if given.iter().any(|a| a == "--pipe") {
        let rates = if given.iter().any(|a| a == "--still") { still } else { Rates::default() };
        return serve(start(rates)?, warmup, steps);
    }
    let (mut untrained, mut training) = (start(still)?, start(Rates::default())?);
    untrained.steps(warmup.min(5))?;
    let (ms_untrained, _) = untrained.steps(steps)?;
    training.steps(warmup)?;
    let (ms_per_step, loss) = training.steps(steps)?;
    println!(
        "{{\"ms_per_step\": {ms_per_step:.4}, \"ms_untrained\": {ms_untrained:.4}, \"loss\": {loss:e}}}"
    );
    Ok(())
}
