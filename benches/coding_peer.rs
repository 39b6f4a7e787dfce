//! The Rust side of `scripts/peers/coding.sh`. Reads little-endian doubles, column by column, and prints one line of JSON.
//!
//! `step --y FILE --w FILE --d D --n N --h H --candidates C --causes G --prior P --sigma S --repeats R`: a step of binary
//! sparse coding; `ms`, the least CPU milliseconds, and the new `w`, `prior`, `sigma`.
//!
//! `learn --y FILE --d D --n N --units K --lambda L --rounds R,R,… --repeats R --out FILE`: dictionaries of ℓ1 codes, learnt in
//! that many rounds; the CPU milliseconds of each, and the atoms one dictionary after the other in `FILE`.

mod clock;

use std::sync::Arc;

use anyhow::{Context, bail};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use remeasure::coding::codes::{Learning, Shrinkage, Update, gaussian};
use remeasure::coding::em::{Anneal, Kind, Learner, Linear, Parameters, Ranking, Truncation};
use remeasure::core::numerics::Design;

use clock::cpu_ms;

struct Arguments(Vec<String>);

impl Arguments {
    fn text(&self, name: &str) -> anyhow::Result<&str> {
        let at = self.0.iter().position(|a| a == name).and_then(|at| self.0.get(at + 1));
        at.map(String::as_str).with_context(|| format!("{name} is missing"))
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> anyhow::Result<T> {
        self.text(name)?.parse().ok().with_context(|| format!("{name} is not a number"))
    }

    fn matrix(&self, name: &str, rows: usize, columns: usize) -> anyhow::Result<Design> {
        let bytes = std::fs::read(self.text(name)?)?;
        let values: Vec<f64> =
            bytes.as_chunks::<8>().0.iter().map(|chunk| f64::from_le_bytes(*chunk)).collect();
        anyhow::ensure!(values.len() == rows * columns, "{name}: expected {rows} × {columns} numbers");
        Ok(Design::from_columns(rows, columns, values))
    }
}

fn step(arguments: &Arguments) -> anyhow::Result<serde_json::Value> {
    let (d, n, h) = (arguments.number("--d")?, arguments.number("--n")?, arguments.number("--h")?);
    let y = Arc::new(arguments.matrix("--y", d, n)?);
    let start = Parameters {
        dictionary: arguments.matrix("--w", d, h)?,
        prior: arguments.number("--prior")?,
        sigma: arguments.number("--sigma")?,
        shares: vec![1.0],
        means: Vec::new(),
    };
    let truncation =
        Truncation { candidates: arguments.number("--candidates")?, causes: arguments.number("--causes")? };
    let mut learner = Linear::new(y, h, Kind::Binary, truncation, Ranking::AsPublished);
    let mut least = f64::INFINITY;
    let mut parameters = start.clone();
    for _ in 0..arguments.number("--repeats")? {
        parameters = start.clone();
        let begun = cpu_ms();
        learner.step(&mut parameters, Anneal { temperature: 1.0, cut: 1.0 })?;
        least = least.min(cpu_ms() - begun);
    }
    Ok(serde_json::json!({
        "ms": least, "w": parameters.dictionary.as_slice(), "prior": parameters.prior, "sigma": parameters.sigma
    }))
}

fn learn(arguments: &Arguments) -> anyhow::Result<serde_json::Value> {
    let (d, n, units) = (arguments.number("--d")?, arguments.number("--n")?, arguments.number("--units")?);
    let y = arguments.matrix("--y", d, n)?;
    let repeats: usize = arguments.number("--repeats")?;
    let (mut times, mut bytes) = (Vec::new(), Vec::new());
    for rounds in arguments.text("--rounds")?.split(',') {
        let learning = Learning {
            shrinkage: Shrinkage::Soft,
            lambda: arguments.number("--lambda")?,
            rounds: rounds.parse()?,
            batch: 300,
            steps: 15,
            update: Update::Sums(0.9),
        };
        let mut least = f64::INFINITY;
        let mut last = None;
        for _ in 0..repeats {
            let mut stream = ChaCha8Rng::seed_from_u64(1);
            let begun = cpu_ms();
            let mut atoms = gaussian(d, units, &mut stream);
            learning.run(&y, &mut atoms, &mut stream)?;
            least = least.min(cpu_ms() - begun);
            last = Some(atoms);
        }
        times.push(least);
        let atoms = last.context("nothing was run")?;
        atoms.as_slice().iter().for_each(|w| bytes.extend(w.to_le_bytes()));
    }
    std::fs::write(arguments.text("--out")?, bytes)?;
    Ok(serde_json::json!({ "ms": times }))
}

fn main() -> anyhow::Result<()> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let Some(work) = given.first().cloned() else { return Ok(()) };
    let arguments = Arguments(given);
    let answer = match work.as_str() {
        "step" => step(&arguments)?,
        "learn" => learn(&arguments)?,
        "--bench" => return Ok(()),
        other => bail!("no work is called {other}"),
    };
    println!("{answer}");
    Ok(())
}
