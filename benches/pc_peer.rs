//! The Rust side of `scripts/peers/pc.sh`: CPU time of PC on expression levels with dropouts.
//!
//! `--data FILE --n N --d D --alpha A --deletion none|conditioning|all --repeats R` reads `N × D` little-endian doubles,
//! column by column, and prints one line of JSON: `ms`, the least CPU milliseconds of `R` runs from the numbers in memory to
//! the class, `tests`, and `marks`, the class row by row: `M[i][j] = 1` for i → j, both for i — j.

mod clock;

use anyhow::{Context, bail};
use remeasure::core::numerics::Design;
use remeasure::graphs::dropouts::estimators::AtLevel;
use remeasure::graphs::dropouts::pc::pc;
use remeasure::graphs::dropouts::{Deletion, FisherZ, Sample};

use clock::cpu_ms;

fn main() -> anyhow::Result<()> {
    let given: Vec<String> = std::env::args().collect();
    let word = |name: &str| given.iter().position(|a| a == name).and_then(|at| given.get(at + 1));
    let Some(path) = word("--data") else { return Ok(()) };
    let size =
        |name: &str| -> anyhow::Result<usize> { Ok(word(name).context("a size is missing")?.parse()?) };
    let (n, d) = (size("--n")?, size("--d")?);
    let alpha: f64 = word("--alpha").map_or(Ok(0.05), |w| w.parse())?;
    let repeats: usize = word("--repeats").map_or(Ok(5), |w| w.parse())?;
    let deletion = match word("--deletion").map(String::as_str) {
        None | Some("none") => Deletion::None,
        Some("conditioning") => Deletion::Conditioning,
        Some("all") => Deletion::All,
        Some(other) => bail!("no deletion is called {other}"),
    };
    let bytes = std::fs::read(path)?;
    let values: Vec<f64> = bytes.as_chunks::<8>().0.iter().map(|chunk| f64::from_le_bytes(*chunk)).collect();
    anyhow::ensure!(values.len() == n * d, "expected {n} × {d} numbers, found {}", values.len());
    let (mut least, mut last) = (f64::INFINITY, None);
    for _ in 0..repeats.max(1) {
        let columns = Design::from_columns(n, d, values.clone());
        let start = cpu_ms();
        let sample = Sample::new(columns);
        let mut test = FisherZ::new(&sample, deletion);
        let mut level = AtLevel { test: &mut test, alpha, results: Vec::new() };
        let found = pc(d, u64::MAX, &mut level)?;
        least = least.min(cpu_ms() - start);
        last = Some(found);
    }
    let found = last.context("nothing was run")?;
    let marks: Vec<Vec<u8>> =
        (0..d).map(|i| (0..d).map(|j| u8::from(i != j && found.graph.has_mark(i, j))).collect()).collect();
    println!(
        "{}",
        serde_json::json!({ "ms": least, "tests": found.tests, "depth": found.depth, "marks": marks })
    );
    Ok(())
}
