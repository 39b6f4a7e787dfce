//! A family whose estimators misbehave, and the program that runs it: this test's own binary,
//! started again.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::Rng;
use remeasure::core::family::Outcome;
use remeasure::core::family::{Family, Kind, Metric, Recorder};
use remeasure::core::stream::Streams;
use remeasure::core::{Invalid, deadline};
use remeasure::harness::registry::Embedded;
use toml::Table;

pub(crate) struct Unruly;

/// `[problem]`.
pub(crate) struct Problem {
    /// How long `good` takes.
    pause: Duration,
    /// What drawing the data does: nothing, or a misdeed.
    draw: String,
}

const METRICS: &[Metric] = &[
    Metric { name: "value", about: "the number drawn" },
    Metric { name: "square", about: "its square, along a path of three" },
];

const KINDS: [&str; 11] =
    ["good", "twice", "panics", "nan", "patient", "naps", "waits", "hangs", "aborts", "overflows", "hoards"];

/// Whether fits print: in the program, not in the tests' own process.
pub(crate) static PRINTS: AtomicBool = AtomicBool::new(false);

/// In the program's environment: a file to which every fit adds a line `cell replicate factor kind`.
pub(crate) const LOG: &str = "UNRULY_LOG";
/// In the program's environment: a file whose existence `waits` waits for.
pub(crate) const GATE: &str = "UNRULY_GATE";

/// How long `naps` sleeps without asking for its deadline.
const NAP: Duration = Duration::from_millis(1000);

/// An `[[estimator]]`.
pub(crate) struct Estimator {
    kind: String,
    /// What it multiplies the datum by.
    factor: f64,
}

/// Recursion that no compiler removes.
fn deeper(level: u64) -> u64 {
    let room = [level; 64];
    let room = std::hint::black_box(room);
    if level == 0 { 0 } else { deeper(level + 1).wrapping_add(room[(level % 64) as usize]) }
}

/// The line on which `panics` does.
pub(crate) const PANICS_AT: u32 = line!() + 3;

fn panics() {
    panic!("index {} out of bounds", 7);
}

fn misbehave(kind: &str) {
    match kind {
        "panics" => panics(),
        "hangs" => loop {
            std::thread::sleep(Duration::from_millis(1));
        },
        "patient" => {
            while !deadline::passed() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        "naps" => std::thread::sleep(NAP),
        "waits" => {
            while std::env::var_os(GATE).is_some_and(|gate| !std::path::Path::new(&gate).exists()) {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        "aborts" => std::process::abort(),
        "overflows" => drop(std::hint::black_box(deeper(1))),
        "hoards" => {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            loop {
                hoard.push(std::hint::black_box(vec![1; 16 << 20]));
            }
        }
        _ => {}
    }
}

impl Family for Unruly {
    type Problem = Problem;
    type Data = f64;
    type Estimator = Estimator;

    fn name(&self) -> &'static str {
        "unruly"
    }
    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }
    fn kinds(&self) -> Vec<Kind> {
        KINDS.map(|name| Kind { name, about: "" }).to_vec()
    }
    fn problem(&self, table: Table) -> Result<Problem, Invalid> {
        let pause = table.get("pause_us").and_then(toml::Value::as_integer).unwrap_or(0);
        let draw = table.get("draw").and_then(toml::Value::as_str).unwrap_or("").to_owned();
        Ok(Problem { pause: Duration::from_micros(pause as u64), draw })
    }
    fn estimator(&self, kind: &str, table: Table) -> Result<Estimator, Invalid> {
        let factor = if kind == "twice" { 2.0 } else { 1.0 };
        let factor = table.get("factor").and_then(toml::Value::as_float).unwrap_or(factor);
        Ok(Estimator { kind: kind.to_owned(), factor })
    }
    fn admit(&self, _: &Problem, _: &Estimator) -> Result<(), Invalid> {
        Ok(())
    }
    fn draw(&self, problem: &Problem, streams: &Streams) -> anyhow::Result<f64> {
        misbehave(&problem.draw);
        Ok(streams.stream("value").r#gen())
    }
    fn measure(
        &self,
        problem: &Problem,
        data: &f64,
        Estimator { kind, factor }: &Estimator,
        streams: &Streams,
        out: &mut Recorder,
    ) -> anyhow::Result<Outcome> {
        if let Some(log) = std::env::var_os(LOG) {
            let mut log = std::fs::OpenOptions::new().append(true).create(true).open(log)?;
            log.write_all(format!("{:x} {} {factor} {kind}\n", streams.cell, streams.replicate).as_bytes())?;
        }
        if streams.replicate % 4 == 1 {
            misbehave(kind);
        }
        if !problem.pause.is_zero() {
            std::thread::sleep(problem.pause);
        }
        let value = if kind == "nan" { f64::NAN } else { factor * data };
        out.record("value", value);
        for step in 0..3 {
            out.record_at("square", f64::from(step), value * value);
        }
        if PRINTS.load(Ordering::Relaxed) {
            // This must not come between a worker and its run.
            println!("measured");
        }
        Ok(if kind == "twice" { Outcome::NotConverged("stopped, \"early\"".into()) } else { Outcome::Ok })
    }
}

/// The config of runs without `--config`; tests change it by replacing words.
pub(crate) const CONFIG: &str = r#"
experiment = "unruly"
title = "Estimators that misbehave"
family = "unruly"
seed = 11
[problem]
pause_us = 0
[sweep]
problem.a = [1, 2, 3]
[[estimator]]
kind = "good"
[[estimator]]
kind = "twice"
[[table]]
id = "values"
title = "Values"
metrics = ["value"]
[[figure]]
id = "values"
title = "Values"
kind = "line"
metric = "value"
x = "a"
[[claim]]
id = "smaller"
statement = "good is below twice"
source = "by construction"
form = "below"
metric = "value"
a = "good"
b = "twice"
[profile.quick]
replicates = 8
"#;

pub(crate) const FILES: &[Embedded] = &[
    Embedded { paper: "unruly", file: "paper.toml", text: "title = \"Unruly\"", path: "unruly/paper.toml" },
    Embedded { paper: "unruly", file: "unruly.toml", text: CONFIG, path: "tests/interruptions/unruly.rs" },
];
