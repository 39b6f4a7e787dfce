//! The Rust side of `scripts/peers/selection.sh`: CPU time of one replicate of conformal selection.
//!
//! `--scores FILE --repeats R` reads 100 calibration and 100 test rows (scores of all models, then the label; no header)
//! and prints one line of JSON: the least CPU milliseconds of the selection at seven levels with two prunings (the first
//! of several models, U = ½), of drawing data and fitting the published and the unpenalised models, and the selected sets.
//! Without a file it uses the scores of a replicate of its own.

mod clock;

use std::sync::Arc;

use remeasure::core::stream::Streams;
use remeasure::selection::msel::{Candidates, Final, Pruning, Ties};
use remeasure::selection::problem::Sample;
use remeasure::selection::scores::Scores;
use remeasure::selection::{Data, Problem};

use clock::cpu_ms;

const STREAMS: Streams = Streams { seed: 1, cell: 2, replicate: 3 };
const LEVELS: [f64; 7] = [0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5];
const CALIBRATION: usize = 100;

fn read(path: &str) -> anyhow::Result<Scores> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path)?;
    let rows: Vec<Vec<f64>> = reader.deserialize().collect::<Result<_, _>>()?;
    let models = rows.first().map_or(0, |r| r.len() - 1);
    let part = |rows: &[Vec<f64>]| (0..models).map(|k| rows.iter().map(|r| r[k]).collect()).collect();
    anyhow::ensure!(rows.len() > CALIBRATION, "too few rows");
    let (calibration, test) = rows.split_at(CALIBRATION);
    let positive = calibration.iter().map(|r| r[models] > 0.0).collect();
    Ok(Scores { calibration: part(calibration), test: part(test), positive, offset: 1000.0 })
}

fn drawn(models: &str) -> anyhow::Result<Arc<Sample>> {
    let text = format!("kind = \"liang\"\nsetting = 1\nmodels = \"{models}\"");
    match Problem::read(toml::from_str(&text)?)?.draw(&STREAMS)? {
        Data::Split(sample) => Ok(sample),
        Data::Full(_) => anyhow::bail!("not split"),
    }
}

/// At each level, the sets of deterministic and homogeneous pruning.
fn select(scores: &Scores) -> Vec<[Vec<usize>; 2]> {
    let (candidates, mut stream) = (Candidates::new(scores, Final::Strict), STREAMS.stream("ties"));
    let sets = |q: &f64| {
        let found = candidates.evalues(*q, 1.0, Ties::Lowest, &mut stream);
        [Pruning::Deterministic, Pruning::Homogeneous].map(|pruning| found.pruned(*q, pruning, &mut || 0.5))
    };
    LEVELS.iter().map(sets).collect()
}

/// The least CPU time of `repeats` runs.
fn timed<T>(repeats: usize, mut run: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<f64> {
    let mut least = f64::INFINITY;
    for _ in 0..repeats {
        let start = cpu_ms();
        run()?;
        least = least.min(cpu_ms() - start);
    }
    Ok(least)
}

fn main() -> anyhow::Result<()> {
    let given: Vec<String> = std::env::args().collect();
    let word = |name: &str| given.iter().position(|a| a == name).and_then(|at| given.get(at + 1));
    let repeats: usize = word("--repeats").map_or(Ok(1), |w| w.parse())?;
    let scores = match word("--scores") {
        Some(path) => read(path)?,
        None => drawn("unpenalised")?.scores.clone(),
    };
    let sets = select(&scores);
    let row = serde_json::json!({
        "selection": timed(repeats, || Ok(select(&scores)))?,
        "published": timed(repeats, || drawn("published"))?,
        "unpenalised": timed(repeats, || drawn("unpenalised"))?,
        "sets": sets,
    });
    println!("{row}");
    Ok(())
}
