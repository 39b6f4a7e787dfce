//! A family whose estimators misbehave, and the program that runs it, which is this test binary started again.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::Rng;
use remeasure::core::deadline;
use remeasure::core::family::{Family, Recorder};
use remeasure::core::params::{self, Entry};
use remeasure::core::stream::Streams;
use remeasure::harness::registry::Embedded;
use toml::Table;

/// `[problem]`.
pub(crate) struct Problem {
    /// How long `good` takes.
    pause: Duration,
    /// What drawing the data does: nothing, or a misbehaviour.
    draw: String,
}

remeasure::core::metrics! {
    pub(crate) METRICS:
    VALUE = Neither, "value", "the number drawn";
    SQUARE = Neither, "square", "its square, along a path of three";
}

const KINDS: [&str; 11] =
    ["good", "twice", "panics", "nan", "patient", "naps", "waits", "hangs", "aborts", "overflows", "hoards"];

/// Whether fits print: in the program, but not in the tests' own process.
pub(crate) static PRINTS: AtomicBool = AtomicBool::new(false);

/// Environment variable with a file to which every fit appends a line `cell replicate factor kind`.
pub(crate) const LOG: &str = "UNRULY_LOG";
/// Environment variable with the file that `waits` waits for.
pub(crate) const GATE: &str = "UNRULY_GATE";

/// How long `naps` sleeps without checking its deadline.
const NAP: Duration = Duration::from_millis(1000);

/// An `[[estimator]]`.
pub(crate) struct Estimator {
    kind: &'static str,
    /// Factor of the datum.
    factor: f64,
}

/// Recursion that the compiler cannot remove.
fn deeper(level: u64) -> u64 {
    let room = [level; 64];
    let room = std::hint::black_box(room);
    if level == 0 { 0 } else { deeper(level + 1).wrapping_add(room[(level % 64) as usize]) }
}

/// The line of the panic in `panics`.
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

const fn entry<const K: usize>() -> Entry<Estimator> {
    let read = |table: Table| {
        let factor = if KINDS[K] == "twice" { 2.0 } else { 1.0 };
        let factor = table.get("factor").and_then(toml::Value::as_float).unwrap_or(factor);
        Ok(Box::new(Estimator { kind: KINDS[K], factor }))
    };
    Entry { name: KINDS[K], about: "", schema: params::schema::<()>, read }
}

pub(crate) static UNRULY: Family<Problem, f64, Estimator> = Family {
    name: "unruly",
    metrics: METRICS,
    estimators: &[
        entry::<0>(),
        entry::<1>(),
        entry::<2>(),
        entry::<3>(),
        entry::<4>(),
        entry::<5>(),
        entry::<6>(),
        entry::<7>(),
        entry::<8>(),
        entry::<9>(),
        entry::<10>(),
    ],
    curves: &[],
    study: "",
    problems: Vec::new,
    problem: |table| {
        let pause = table.get("pause_us").and_then(toml::Value::as_integer).unwrap_or(0);
        let draw = table.get("draw").and_then(toml::Value::as_str).unwrap_or("").to_owned();
        Ok(Problem { pause: Duration::from_micros(pause as u64), draw })
    },
    admit: |_, _| Ok(()),
    inputs: |_| &[],
    never: |_| Vec::new(),
    ready: |_| (),
    draw: |problem, streams| {
        misbehave(&problem.draw);
        Ok(streams.stream("value").r#gen())
    },
    measure,
};

fn measure(
    problem: &Problem,
    data: &f64,
    Estimator { kind, factor }: &Estimator,
    streams: &Streams,
    out: &mut Recorder,
) -> anyhow::Result<Option<String>> {
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
    let value = if *kind == "nan" { f64::NAN } else { factor * data };
    out.record(VALUE, value);
    for step in 0..3 {
        out.record_at(SQUARE, f64::from(step), value * value);
    }
    if PRINTS.load(Ordering::Relaxed) {
        // This output must not get between a worker and its run.
        println!("measured");
    }
    Ok((*kind == "twice").then(|| "stopped, \"early\"".into()))
}

/// The config of runs without `--config`; tests modify it by replacing words.
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
