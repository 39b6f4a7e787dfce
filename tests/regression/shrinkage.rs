//! A tiny family: signals in noise, shrunk or left alone.

use rand::Rng;
use rand_distr::StandardNormal;
use remeasure::core::Invalid;
use remeasure::core::family::Outcome;
use remeasure::core::family::{Attempt, Better, Event, Family, Kind, Metric, Recorder};
use remeasure::core::stream::Streams;
use remeasure::harness::baseline::Snapshot;
use remeasure::harness::config::{Document, Overrides};
use remeasure::harness::plan::Plan;
use remeasure::harness::records::{OutcomeRow, Record, Store};
use toml::Table;

/// Soft thresholding whose threshold is `off` times what it should be.
pub(crate) struct Shrinkage {
    pub(crate) off: f64,
}

const METRICS: &[Metric] = &[
    Metric { name: "error", about: "squared error of the estimate, a skewed number" },
    Metric { name: "nonzeros", about: "a small whole number" },
    Metric { name: "found", about: "1 where the largest entry is found, else 0" },
    Metric { name: "size", about: "number of entries, without any spread" },
    Metric { name: "path", about: "error at multiples of the threshold" },
];

const SIZE: usize = 20;
const REPLICATES: u32 = 16;

impl Family for Shrinkage {
    type Problem = f64;
    type Data = Vec<f64>;
    type Estimator = bool;

    fn name(&self) -> &'static str {
        "shrinkage"
    }
    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }
    fn better(&self, metric: &str) -> Option<Better> {
        better(metric)
    }
    fn kinds(&self) -> Vec<Kind> {
        vec![Kind { name: "soft", about: "" }, Kind { name: "none", about: "" }]
    }
    fn problem(&self, mut table: Table) -> Result<f64, Invalid> {
        let signal = table.remove("signal").and_then(|s| s.as_float());
        signal.ok_or_else(|| Invalid::new("signal", "expected a number"))
    }
    fn estimator(&self, kind: &str, _: Table) -> Result<bool, Invalid> {
        Ok(kind == "soft")
    }
    fn admit(&self, _: &f64, _: &bool) -> Result<(), Invalid> {
        Ok(())
    }
    fn draw(&self, signal: &f64, streams: &Streams) -> anyhow::Result<Vec<f64>> {
        let mut stream = streams.stream("noise");
        let noise = (0..SIZE).map(|_| stream.sample::<f64, _>(StandardNormal));
        Ok(noise.enumerate().map(|(i, w)| w + if i == 0 { *signal } else { 0.0 }).collect())
    }
    fn measure(
        &self,
        signal: &f64,
        data: &Vec<f64>,
        soft: &bool,
        _: &Streams,
        out: &mut Recorder,
    ) -> anyhow::Result<Outcome> {
        let shrunk = |threshold: f64| -> Vec<f64> {
            data.iter().map(|y| y.signum() * (y.abs() - threshold).max(0.0)).collect()
        };
        let error = |x: &[f64]| (x[0] - signal).powi(2) + x[1..].iter().map(|x| x * x).sum::<f64>();
        let threshold = if *soft { 2.0 * self.off } else { 0.0 };
        let x = shrunk(threshold);
        out.record("error", error(&x));
        out.record("nonzeros", x.iter().filter(|x| **x != 0.0).count() as f64);
        out.record("found", f64::from(u8::from(x.iter().all(|other| other.abs() <= x[0].abs()))));
        out.record("size", SIZE as f64);
        for i in 1..4 {
            out.record_at("path", f64::from(i), error(&shrunk(threshold * f64::from(i) / 2.0)));
        }
        // Now and then a fit stops early.
        let late = data[1] > 1.3;
        Ok(if late { Outcome::NotConverged("late".into()) } else { Outcome::Ok })
    }
}

pub(crate) fn better(metric: &str) -> Option<Better> {
    match metric {
        "error" | "path" => Some(Better::Lower),
        "found" => Some(Better::Higher),
        _ => None,
    }
}

#[allow(clippy::field_reassign_with_default)] // the records are private
/// Runs a family in this thread.
pub(crate) fn store(family: &Shrinkage, seed: u64) -> Store {
    let config = format!(
        "experiment = \"x\"\ntitle = \"x\"\nfamily = \"shrinkage\"\nseed = {seed}\n[problem]\n[sweep]\n\
         problem.signal = [0.5, 2.0, 5.0]\n[[estimator]]\nkind = \"soft\"\n[[estimator]]\nkind = \"none\"\n\
         [profile.quick]\nreplicates = {REPLICATES}\n"
    );
    let document = Document::parse("x.toml", &config).unwrap();
    let plan = Plan::new(document.resolve("quick", &Overrides::default()).unwrap(), family, &[]).unwrap();
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
            let Event::Finished(estimator, row) = event else { return };
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

pub(crate) fn snapshot(family: &Shrinkage, seed: u64) -> Snapshot {
    Snapshot::of(&store(family, seed), &[])
}
