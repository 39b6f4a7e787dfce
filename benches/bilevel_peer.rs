//! The Rust side of `scripts/peers/bilevel.sh`: CPU time to choose the weight of a Lasso by held-out error.
//!
//! `--seed S --write DIR` writes the data of a seed as `x_train.csv`, `y_train.csv`, `x_val.csv`, `y_val.csv`
//! (17 digits, no header). `--seed S --target LOSS --repeats R` prints one line of JSON with, for each
//! method, its final loss, the CPU milliseconds of the whole run (the least of `R`), and those until its
//! exact loss is first at most `LOSS` (null if it never is), measured by the same run with the budget spent
//! by then.

mod clock;

use std::io::Write;

use anyhow::Context;
use remeasure::bilevel::data::{Part, Synthetic};
use remeasure::bilevel::methods::ENTRIES;
use remeasure::bilevel::{Currency, Fit, Instance, Problem, Task};
use remeasure::core::stream::Streams;

use clock::cpu_ms;

/// The sizes of the config `bilevel-lasso`.
const SIZES: Synthetic = Synthetic { rows: [200; 3], p: 400, k: 20, snr: 5.0, correlation: 0.0, seed: None };

const STREAMS: Streams = Streams { seed: 0, cell: 0, replicate: 0 };

const METHODS: [(&str, &str, &str); 2] =
    [("maid", "maid", "step = 0.1"), ("grid of 100", "validation-curve", "points = 100\naccuracy = 1e-3")];

fn write(folder: &std::path::Path, name: &str, part: &Part) -> anyhow::Result<()> {
    let mut x = std::io::BufWriter::new(std::fs::File::create(folder.join(format!("x_{name}.csv")))?);
    let mut y = std::io::BufWriter::new(std::fs::File::create(folder.join(format!("y_{name}.csv")))?);
    for (i, response) in part.response.iter().enumerate() {
        let row: Vec<String> =
            (0..part.design.columns()).map(|j| format!("{:.16e}", part.design.column(j)[i])).collect();
        writeln!(x, "{}", row.join(","))?;
        writeln!(y, "{response:.16e}")?;
    }
    Ok(())
}

/// The least CPU time of `repeats` runs, and the last run.
fn timed(instance: &Instance, kind: &str, parameters: &str, repeats: usize) -> anyhow::Result<(f64, Fit)> {
    let entry = ENTRIES.iter().find(|e| e.name == kind).context("no such method")?;
    let method = (entry.read)(toml::from_str(parameters)?)?;
    let run = || method.fit(Task { instance, streams: &STREAMS });
    let (mut least, mut fit) = (f64::INFINITY, run()?);
    for _ in 0..repeats {
        let start = cpu_ms();
        fit = run()?;
        least = least.min(cpu_ms() - start);
    }
    Ok((least, fit))
}

fn main() -> anyhow::Result<()> {
    let given: Vec<String> = std::env::args().collect();
    let word = |name: &str| given.iter().position(|a| a == name).and_then(|at| given.get(at + 1));
    let seed: u64 = word("--seed").map_or(Ok(29), |w| w.parse())?;
    if let Some(folder) = word("--write") {
        let data = SIZES.draw(seed, 1);
        let folder = std::path::Path::new(folder);
        write(folder, "train", &data.train)?;
        return write(folder, "val", &data.validation);
    }
    let target: f64 = word("--target").map_or(Ok(f64::NEG_INFINITY), |w| w.parse())?;
    let repeats: usize = word("--repeats").map_or(Ok(1), |w| w.parse())?;
    let text = format!("kind = \"lasso\"\nbudget = 1e5\ndata = {{ draw = \"documented\", seed = {seed} }}");
    let mut instance = Problem::read(toml::from_str(&text)?)?.draw(&STREAMS)?;
    let mut rows = Vec::new();
    for (name, kind, parameters) in METHODS {
        let (whole, fit) = timed(&instance, kind, parameters, repeats)?;
        let mut truth = instance.model.truth();
        let mut reached = None;
        for step in &fit.steps {
            if truth.exact(&step.theta, false)?.value <= target {
                reached = Some(step.cost.total(Currency::Products));
                break;
            }
        }
        let loss = truth.exact(&fit.steps[fit.answer].theta, false)?.value;
        drop(truth);
        let mut until = "null".to_owned();
        if let Some(cost) = reached {
            let budget = std::mem::replace(&mut instance.budget, cost);
            until = format!("{:.4}", timed(&instance, kind, parameters, repeats)?.0);
            instance.budget = budget;
        }
        let cost = fit.cost.products;
        rows.push(format!(
            "\"{name}\": {{\"loss\": {loss:.10}, \"ms\": {whole:.4}, \"ms_to_target\": {until}, \"products\": {cost:.1}}}"
        ));
    }
    let minimum = instance.minimum.context("the path could not be followed")?;
    println!("{{\"minimum\": {minimum:.10}, {}}}", rows.join(", "));
    Ok(())
}
