//! What the peer benchmarks share: our side of the protocol of `scripts/peers/exchange.py`.
//!
//! With `--serve FOLDER` a program answers requests about the cases in that folder. A request is a line
//! `CASE TASK TOLERANCE`; the answer is a line `CPU WALL NOTE` in milliseconds, and the coefficients are in
//! `CASE.TASK.w`. Numbers in files are little-endian doubles.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use remeasure::core::numerics::Design;

use crate::clock::cpu_ms;

/// Runs until this much CPU time has passed, in milliseconds; the mean is taken.
const LEAST_MS: f64 = 100.0;

/// One case, as exported.
pub(crate) struct Case {
    name: String,
    pub(crate) design: Design,
    pub(crate) response: Vec<f64>,
    /// The third number of the header: λ, or the number of classes.
    pub(crate) extra: f64,
    /// The λs of a path; empty if the case has none.
    pub(crate) lambdas: Vec<f64>,
}

/// Milliseconds of one run.
pub(crate) struct Times {
    pub(crate) cpu: f64,
    pub(crate) wall: f64,
}

/// A solver's answer.
pub(crate) struct Answer {
    pub(crate) coefficients: Vec<f64>,
    pub(crate) times: Times,
    pub(crate) note: String,
}

/// The last result of `run` and its mean times.
pub(crate) fn timed<T>(mut run: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<(T, Times)> {
    let (cpu, wall) = (cpu_ms(), Instant::now());
    let mut runs = 0.0;
    loop {
        let result = run()?;
        runs += 1.0;
        let passed = cpu_ms() - cpu;
        if passed >= LEAST_MS {
            let wall = wall.elapsed().as_secs_f64() * 1e3 / runs;
            return Ok((result, Times { cpu: passed / runs, wall }));
        }
    }
}

fn doubles(path: &Path) -> anyhow::Result<Vec<f64>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect())
}

fn load(folder: &Path, name: &str) -> anyhow::Result<Case> {
    let header = std::fs::read_to_string(folder.join(format!("{name}.txt")))?;
    let fields: Vec<&str> = header.split_whitespace().collect();
    let [n, p, extra] = fields[..] else { anyhow::bail!("expected three numbers, not {header:?}") };
    let file = |ending: &str| folder.join(format!("{name}.{ending}"));
    let lambdas = if file("lambdas").exists() { doubles(&file("lambdas"))? } else { Vec::new() };
    Ok(Case {
        name: name.to_owned(),
        design: Design::from_columns(n.parse()?, p.parse()?, doubles(&file("x"))?),
        response: doubles(&file("y"))?,
        extra: extra.parse()?,
        lambdas,
    })
}

/// The folder after `--serve`. Nothing else starts the exchange, since `cargo test NAME` gives its words to benches
/// too.
pub(crate) fn folder() -> Option<PathBuf> {
    std::env::args().skip_while(|a| a != "--serve").nth(1).map(PathBuf::from)
}

/// Answers requests until the input ends.
pub(crate) fn serve(
    folder: &Path,
    mut solve: impl FnMut(&Case, &str, f64) -> anyhow::Result<Answer>,
) -> anyhow::Result<()> {
    let mut loaded: Option<Case> = None;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, task, tolerance] = words[..] else {
            anyhow::bail!("expected CASE TASK TOLERANCE, not {line:?}");
        };
        let case = match loaded.take() {
            Some(case) if case.name == name => case,
            _ => load(folder, name)?,
        };
        let answer = solve(&case, task, tolerance.parse()?)?;
        let bytes: Vec<u8> = answer.coefficients.iter().flat_map(|w| w.to_le_bytes()).collect();
        std::fs::write(folder.join(format!("{name}.{task}.w")), bytes)?;
        println!("{} {} {}", answer.times.cpu, answer.times.wall, answer.note);
        std::io::stdout().flush()?;
        loaded = Some(case);
    }
    Ok(())
}
