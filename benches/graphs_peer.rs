//! The Rust side of `scripts/peers/graphs.sh`: CPU time of one fit of CoLiDE or DAGMA.
//!
//! `--data FILE --repeats R` reads the columns of a CSV file and prints one line of JSON with, for each method, the CPU
//! milliseconds of a fit from the data (the least of `R`), its steps, its objective and its `d²` weights after the
//! threshold, row by row. Without arguments it fits a small drawn problem once, as a check.

mod clock;

use anyhow::Context;
use remeasure::core::stream::Streams;
use remeasure::graphs::estimators::ENTRIES;
use remeasure::graphs::{Data, Method, Problem};

use clock::cpu_ms;

const STREAMS: Streams = Streams { seed: 1, cell: 0, replicate: 0 };

const SMALL: &str = "kind = \"linear-sem\"\nd = 6\nk = 1\nn = 100\nweights = [0.5, 2]\nvariance = 1";

// A family with one kind of data would match always.
#[allow(irrefutable_let_patterns)]
fn main() -> anyhow::Result<()> {
    let given: Vec<String> = std::env::args().collect();
    let word = |name: &str| given.iter().position(|a| a == name).and_then(|at| given.get(at + 1));
    let repeats: usize = word("--repeats").map_or(Ok(1), |w| w.parse())?;
    let text = word("--data").map_or(SMALL.to_owned(), |file| format!("kind = \"csv\"\ndata = {file:?}"));
    let mut rows = serde_json::Map::new();
    for name in ["dagma", "colide-ev", "colide-nv"] {
        let entry = ENTRIES.iter().find(|e| e.name == name).context("no such method")?;
        let method = (entry.read)(toml::Table::new())?;
        let Method::Weights(estimator) = &*method else { anyhow::bail!("not a method for weights") };
        let mut least = f64::INFINITY;
        let mut found = None;
        let Data::Sample(sample) = Problem::read(text.parse()?)?.draw(&STREAMS)? else {
            anyhow::bail!("not a sample")
        };
        for _ in 0..repeats {
            let start = cpu_ms();
            found = Some(estimator.fit(&sample)?);
            least = least.min(cpu_ms() - start);
        }
        let fit = found.context("no repeats")?;
        let row = serde_json::json!({
            "ms": least, "steps": fit.steps, "objective": fit.objective, "weights": fit.weights,
        });
        rows.insert(name.to_owned(), row);
    }
    println!("{}", serde_json::Value::Object(rows));
    Ok(())
}
