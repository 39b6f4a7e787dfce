//! A tiny family: signals in noise, with and without shrinkage.

use rand::Rng;
use rand_distr::StandardNormal;
use remeasure::core::Invalid;
use remeasure::core::family::{AnyFamily, Attempt, Family, Sense, TrialEvent};
use remeasure::core::params::{self, Entry};
use remeasure::core::stream::Streams;
use remeasure::harness::baseline::Snapshot;
use remeasure::harness::config::{Document, Overrides};
use remeasure::harness::plan::Plan;
use remeasure::harness::records::{OutcomeRow, Record, Store};

remeasure::core::metrics! {
    METRICS:
    ERROR = Lower, "error", "squared error of the estimate, a skewed number";
    NONZEROS = Neither, "nonzeros", "a small whole number";
    FOUND = Higher, "found", "1 where the largest entry is found, else 0";
    SIZES = Neither, "size", "number of entries, without any spread";
    PATH = Lower, "path", "error at multiples of the threshold";
}

const SIZE: usize = 20;
const REPLICATES: u32 = 16;

/// Soft thresholding at twice `off`, which should be 1, and no thresholding.
static SHRINKAGE: Family<f64, Vec<f64>, f64> = Family {
    name: "shrinkage",
    metrics: METRICS,
    estimators: &[
        Entry {
            name: "soft",
            about: "",
            schema: params::schema::<()>,
            read: |table| {
                let off = table.get("off").and_then(toml::Value::as_float);
                off.map(|off| Box::new(2.0 * off)).ok_or_else(|| Invalid::new("off", "expected a number"))
            },
        },
        Entry { name: "none", about: "", schema: params::schema::<()>, read: |_| Ok(Box::new(0.0)) },
    ],
    curves: &[],
    study: "",
    problems: Vec::new,
    problem: |table| {
        let signal = table.get("signal").and_then(toml::Value::as_float);
        signal.ok_or_else(|| Invalid::new("signal", "expected a number"))
    },
    admit: |_, _| Ok(()),
    inputs: |_| &[],
    never: |_| Vec::new(),
    ready: |_| (),
    draw: |signal, streams| {
        let mut stream = streams.stream("noise");
        let noise = (0..SIZE).map(|_| stream.sample::<f64, _>(StandardNormal));
        Ok(noise.enumerate().map(|(i, w)| w + if i == 0 { *signal } else { 0.0 }).collect())
    },
    measure: |signal, data, threshold, _, out| {
        let shrunk = |threshold: f64| -> Vec<f64> {
            data.iter().map(|y| y.signum() * (y.abs() - threshold).max(0.0)).collect()
        };
        let error = |x: &[f64]| (x[0] - signal).powi(2) + x[1..].iter().map(|x| x * x).sum::<f64>();
        let x = shrunk(*threshold);
        out.record(ERROR, error(&x));
        out.record(NONZEROS, x.iter().filter(|x| **x != 0.0).count() as f64);
        out.record(FOUND, f64::from(u8::from(x.iter().all(|other| other.abs() <= x[0].abs()))));
        out.record(SIZES, SIZE as f64);
        for i in 1..4 {
            out.record_at(PATH, f64::from(i), error(&shrunk(threshold * f64::from(i) / 2.0)));
        }
        // Occasionally a fit stops early.
        Ok((data[1] > 1.3).then(|| "late".into()))
    },
};

pub(crate) fn sense(metric: &str) -> Sense {
    SHRINKAGE.sense(metric)
}

#[allow(clippy::field_reassign_with_default)] // the records are private
/// Runs the family in this thread, with a threshold that is `off` times the correct one.
pub(crate) fn store(off: f64, seed: u64) -> Store {
    let config = format!(
        "experiment = \"x\"\ntitle = \"x\"\nfamily = \"shrinkage\"\nseed = {seed}\n[problem]\n[sweep]\n\
         problem.signal = [0.5, 2.0, 5.0]\n[[estimator]]\nkind = \"soft\"\noff = {off:?}\n[[estimator]]\nkind = \"none\"\n\
         [profile.quick]\nreplicates = {REPLICATES}\n"
    );
    let document = Document::parse("x.toml", &config).unwrap();
    let plan = Plan::new(document.resolve("quick", &Overrides::default()).unwrap(), &SHRINKAGE, &[]).unwrap();
    let mut store = Store::default();
    store.axes = plan.resolved.axes.clone();
    store.cells = plan.cells.clone();
    store.estimators = plan.estimator_names();
    store.metrics = METRICS.iter().map(|m| m.name.to_owned()).collect();
    store.replicates = REPLICATES;
    let attempts = [0, 1].map(|estimator| Attempt { estimator, limit: None });
    let mut records = Vec::new();
    for (cell, replicate) in (0..plan.cells.len()).flat_map(|c| (0..REPLICATES).map(move |r| (c, r))) {
        let streams = Streams { seed, cell: plan.cells[cell].id, replicate };
        plan.runner(cell).trial(&streams, &attempts, &mut |event| {
            let TrialEvent::Finished(estimator, row) = event else { return };
            let (cell, estimator) = (cell as u32, estimator as u16);
            store.outcomes.push(OutcomeRow { cell, replicate, estimator, outcome: row.outcome });
            records.extend(row.measured.iter().map(|m| Record {
                cell,
                estimator,
                metric: m.metric,
                coordinate: m.coordinate,
                replicate,
                value: m.value,
            }));
        });
    }
    store.with_records(records)
}

pub(crate) fn snapshot(off: f64, seed: u64) -> Snapshot {
    Snapshot::of(&store(off, seed), &[])
}
