//! `diff`: compares two stored runs or baselines, without running anything.

mod sides;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use remeasure_core::advise;
use remeasure_core::format::count;
use remeasure_harness::Format;
use remeasure_harness::baseline;
use remeasure_harness::baseline::{
    Cause, Class, Compared, Pairing, Rules, Sides, Subject, Touches, causes, explain, headline,
};
use remeasure_harness::registry::Registry;
use remeasure_harness::report;
use remeasure_harness::report::Beside;

use self::sides::Side;
use super::check::proportion;
use super::{Ending, formats, host};
use crate::output::out;

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// First side: the folder of a run or baseline, or EXP/NAME below DIR
    #[arg(value_name = "A")]
    a: String,
    /// Second side, likewise
    #[arg(value_name = "B")]
    b: String,
    /// Folder of the results
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// Output format
    #[arg(long, value_parser = formats(), default_value = "text")]
    format: Format,
    /// Draw the figures of both sides side by side, and the means of B against those of A, into DIR
    #[arg(long, value_name = "DIR")]
    figures: Option<PathBuf>,
    /// Upper limit of the expected share of false alarms among the alarms
    #[arg(long, value_name = "SHARE", default_value_t = Rules::default().rate, value_parser = proportion)]
    rate: f64,
    /// Ignore differences up to this fraction of the values' root mean square
    #[arg(long, value_name = "SHARE", default_value_t = Rules::default().tolerance, value_parser = proportion)]
    tolerance: f64,
}

/// The part of the two sides that can be compared.
struct Common {
    cells: BTreeSet<String>,
    estimators: BTreeSet<String>,
    /// Compare only these cells and estimators, because the sides differ in size by intent.
    confined: bool,
    replicates: u32,
    notes: Vec<String>,
}

fn common(a: &Side, b: &Side, pairing: Pairing) -> Result<Common> {
    let (of_a, of_b) = (a.cells(), b.cells());
    let both = |x: &[String], y: &[String]| -> BTreeSet<String> {
        x.iter().filter(|name| y.contains(name)).cloned().collect()
    };
    let cells = both(&of_a, &of_b);
    let estimators = both(&a.store.estimators, &b.store.estimators);
    for (what, found, x, y) in [
        ("cell", cells.len(), &of_a, &of_b),
        ("estimator", estimators.len(), &a.store.estimators, &b.store.estimators),
    ] {
        if found == 0 {
            let first = |names: &[String]| names.first().cloned().unwrap_or_default();
            bail!(
                "A and B have no {what} in common: A has {}, such as {}; B has {}, such as {}",
                count(x.len(), what),
                first(x),
                count(y.len(), what),
                first(y)
            );
        }
    }
    let mut notes: Vec<String> = Vec::new();
    for (side, name) in [(a, 'A'), (b, 'B')] {
        notes.extend(side.notes.iter().map(|n| format!("{name}: {n}")));
    }
    let confined = a.resolved.profile != b.resolved.profile || a.only != b.only;
    if confined && (cells.len() < of_a.len().max(of_b.len())) {
        notes.push(format!(
            "compared on the {} that both have; A has {}, B has {}",
            count(cells.len(), "cell"),
            of_a.len(),
            of_b.len()
        ));
    }
    let (of_a, of_b) = (a.store.estimators.len(), b.store.estimators.len());
    if confined && estimators.len() < of_a.max(of_b) {
        notes.push(format!(
            "compared on the {} that both have; A has {of_a}, B has {of_b}",
            count(estimators.len(), "estimator")
        ));
    }
    let runs = a.kept.is_none() && b.kept.is_none();
    let fewest = a.store.replicates.min(b.store.replicates);
    let replicates = if runs && pairing == Pairing::SameData && a.store.replicates != b.store.replicates {
        notes.push(format!(
            "compared on the first {} of each cell, which both have on the same data; the verdicts use all replicates",
            count(fewest as usize, "replicate")
        ));
        fewest
    } else {
        u32::MAX
    };
    Ok(Common { cells, estimators, confined, replicates, notes })
}

pub(super) fn diff(experiments: &Registry, args: &DiffArgs) -> Result<Ending> {
    let displays = Side::displays(&args.b, &args.out)?;
    let a = Side::read(&args.a, &args.out, Some(&displays), experiments)?;
    let b = Side::read(&args.b, &args.out, None, experiments)?;
    let of = |s: &Side| (s.resolved.experiment.clone(), s.resolved.family.clone());
    if of(&a) != of(&b) {
        bail!(
            "{} is a run of {} ({}), {} of {} ({}): only runs of the same experiment can be compared",
            args.a,
            a.resolved.experiment,
            a.resolved.family,
            args.b,
            b.resolved.experiment,
            b.resolved.family
        );
    }
    let experiment = host(experiments, &b.resolved)?;
    let same = a.resolved.data_identity() == b.resolved.data_identity() && a.inputs == b.inputs;
    let pairing = if same { Pairing::SameData } else { Pairing::NewData };
    let common = common(&a, &b, pairing)?;
    let keep = |cell: &str, estimator: &str| {
        !common.confined || common.cells.contains(cell) && common.estimators.contains(estimator)
    };
    let before = a.snapshot(common.replicates, &keep);
    let now = b.snapshot(common.replicates, &keep);
    let rules = Rules { rate: args.rate, tolerance: args.tolerance, ..Rules::default() };
    let headline = headline(&b.resolved);
    let sense = |metric: &str| experiment.family.sense(metric);
    let verdict = baseline::compare(&before, &now, pairing, &headline, &sense, rules);
    let mut causes = causes(&a.source("A"), &b.source("B"));
    if common.replicates < u32::MAX {
        // The same replicates are compared, so extra replicates on one side explain nothing.
        let of_size = |c: &&mut Cause| c.class == Class::Selection;
        causes.iter_mut().filter(of_size).for_each(|c| c.touches = Touches::Extent);
    }
    let explanation = explain(&causes, &verdict, pairing);
    let mut ending = Ending::Done;
    ending.raise(Ending::Alarm, verdict.alarms());
    let drawn = match &args.figures {
        None => None,
        Some(folder) => {
            // Panels are matched by their titles, which name the axes in order.
            let axes: Vec<String> = b.store.axes.iter().map(|axis| axis.name.clone()).collect();
            let stores = [&a, &b].map(|s| s.common_store(&common.cells, common.replicates, &axes));
            let traces = [&a, &b].map(Side::trace);
            let beside = |i: usize| Beside {
                store: &stores[i],
                snapshot: [&before, &now][i],
                resolved: [&a.resolved, &b.resolved][i],
                baseline: [&a, &b][i].kept.is_some(),
                trace: &traces[i],
            };
            let sides = (&beside(0), &beside(1));
            Some(report::draw(folder, sides, &headline, experiment.family.curves(), &verdict)?)
        }
    };
    let told = Compared {
        experiment: b.resolved.experiment.clone(),
        profile: b.resolved.profile.clone(),
        before: a.code(),
        now: b.code(),
        subject: Subject::Sides(Box::new(Sides {
            before: a.about,
            now: b.about,
            explanation,
            notes: common.notes,
        })),
        pairing,
        causes,
        verdict,
    };
    out().write_all(told.render(args.format).as_bytes())?;
    advise!("  compared: {} and {}", a.folder.display(), b.folder.display());
    if let Some(drawn) = drawn {
        for file in drawn.files.iter().filter(|f| f.extension().is_some_and(|e| e == "png")) {
            advise!("  figure:   {}", file.display());
        }
        for skipped in drawn.skipped {
            advise!("  no figure {skipped}");
        }
    }
    Ok(ending)
}
