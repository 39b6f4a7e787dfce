//! `check`: runs again what the baselines hold, and compares.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use remeasure_core::advise;
use remeasure_harness::Format;
use remeasure_harness::baseline;
use remeasure_harness::baseline::{
    Cause, Class, Compared, FOLDER, Header, Pairing, Provenance, Rules, Snapshot, State, Subject, causes,
    headline,
};
use remeasure_harness::history::WrittenBy;
use remeasure_harness::interrupt;
use remeasure_harness::plan::Plan;
use remeasure_harness::provenance::Code;
use remeasure_harness::registry::Registry;
use remeasure_harness::workflow::{self, Ended, Planned, Run};

use super::baseline::{none, pairing};
use super::permission::Permission;
use super::progress::Bar;
use super::run::{options, tell_troubles};
use super::select::{Kept, kept};
use super::{Changes, Ending, formats, history};
use crate::output::say;

/// Parses a number between 0 and 1, exclusive.
pub(super) fn proportion(text: &str) -> std::result::Result<f64, String> {
    match text.parse() {
        Ok(x) if x > 0.0 && x < 1.0 => Ok(x),
        _ => Err("expected a number between 0 and 1, such as 0.05".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(super) struct MeasureArgs {
    /// Use this config file instead of a shipped one
    #[arg(long, value_name = "FILE", conflicts_with = "experiments")]
    pub(super) config: Option<PathBuf>,
    /// Folder of the results: DIR/EXP/baseline/ and DIR/EXP/PROFILE/
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub(super) out: PathBuf,
    /// Threads; the numbers do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Run trials in worker processes; see `run`
    #[arg(long)]
    isolate: bool,
    #[command(flatten)]
    permission: Permission,
    /// Do not add to DIR/history.csv
    #[arg(long)]
    pub(super) no_history: bool,
}

impl MeasureArgs {
    /// The current code's run and its numbers; `None` if it was interrupted.
    pub(super) fn measure<'a>(&self, mut planned: Planned<'a>) -> Result<Option<(Box<Run<'a>>, Snapshot)>> {
        self.permission.grant(&mut planned.plan.resolved)?;
        let options = options(&self.out, self.jobs, self.isolate);
        let ended = workflow::current(planned, &options, &mut Bar::new(options.jobs))?;
        let Ended::Complete(run) = ended else { return Ok(None) };
        // An earlier run may already have its report.
        if !run.is_reported() {
            workflow::report(&run)?;
        }
        tell_troubles(&run);
        let snapshot = Snapshot::of(&run.store, &run.findings);
        Ok(Some((run, snapshot)))
    }
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Papers or experiments [default: all that have a baseline]
    #[arg(value_name = "NAME")]
    experiments: Vec<String>,
    #[command(flatten)]
    measure: MeasureArgs,
    #[command(flatten)]
    changes: Changes,
    /// Print what was compared and the smallest detectable changes even if every number is identical
    #[arg(long)]
    verbose: bool,
    /// Output format
    #[arg(long, value_parser = formats(), default_value = "text")]
    format: Format,
    /// Upper limit of the expected share of false alarms among an experiment's alarms
    #[arg(long, value_name = "SHARE", default_value_t = Rules::default().rate, value_parser = proportion)]
    rate: f64,
    /// Ignore differences up to this fraction of the values' root mean square
    #[arg(long, value_name = "SHARE", default_value_t = Rules::default().tolerance, value_parser = proportion)]
    tolerance: f64,
}

/// The differences between the baseline and the current code and config.
fn differing(header: &Header, plan: &Plan<'_>, code: &Code) -> Vec<Cause> {
    let (old, inputs) = (header.resolved().ok(), plan.inputs());
    let before = Provenance {
        name: "the baseline",
        resolved: old.as_ref(),
        inputs: &header.inputs,
        code: &header.code,
        other_code: &[],
        hardware: None,
        only: &[],
    };
    let now =
        Provenance { name: "this run", resolved: Some(&plan.resolved), inputs: &inputs, code, ..before };
    causes(&before, &now)
}

pub(super) fn check(experiments: &Registry, args: &CheckArgs) -> Result<Ending> {
    let kept_in = (args.measure.out.as_path(), Kept::Baseline);
    let documents = kept(experiments, &args.experiments, args.measure.config.as_deref(), kept_in)?;
    let named = !args.experiments.is_empty() || args.measure.config.is_some();
    let out = &args.measure.out;
    let overrides = args.changes.overrides();
    let rules = Rules { rate: args.rate, tolerance: args.tolerance, ..Rules::default() };
    let mut ready = Vec::new();
    let mut without = Vec::new();
    for document in &documents {
        let name = document.experiment()?;
        let Some((header, before)) = baseline::read(&out.join(&name).join(FOLDER))? else {
            without.push(name);
            continue;
        };
        let planned = workflow::resolve(experiments, document, &header.profile, &overrides, &[])
            .with_context(|| format!("the baseline of {name} has profile `{}`", header.profile))?;
        ready.push((planned, header, before));
    }
    if named && !without.is_empty() || ready.is_empty() {
        for name in without.iter().filter(|_| named) {
            advise!("error: {}", none(name, out));
        }
        if !named {
            advise!("error: no baseline in {}; create one with `remeasure baseline accept`", out.display());
        }
        return Ok(Ending::NoBaseline);
    }
    // Only runs of the unchanged profile form a series.
    let keep = !args.measure.no_history && args.changes.are_none();
    if keep {
        history::ready(out)?;
    }
    interrupt::listen()?;
    let code = Code::of_this_binary();
    let mut ending = Ending::Done;
    let mut all = Vec::new();
    for (planned, header, before) in ready {
        let Some((run, snapshot)) = args.measure.measure(planned)? else { return Ok(Ending::Interrupted) };
        let plan = &run.planned.plan;
        let pairing = pairing(&header, plan);
        let headline = headline(&plan.resolved);
        let sense = |metric: &str| run.planned.family().sense(metric);
        let verdict = baseline::compare(&before, &snapshot, pairing, &headline, &sense, rules);
        let mut causes = differing(&header, plan, &code);
        // Limits change no number, but a failed fit may have hit one.
        let moving = causes.iter().any(|c| c.class != Class::Limits);
        let unexplained = !moving && verdict.failing.is_empty();
        if unexplained && pairing == Pairing::SameData && verdict.state() > State::Identical {
            causes.push(Cause::nothing());
        }
        ending.raise(Ending::Alarm, verdict.alarms());
        ending.raise(Ending::Troubled, !verdict.failing.is_empty());
        let Some(accepted) = header.latest().cloned() else { continue };
        let told = Compared {
            experiment: header.experiment,
            profile: header.profile,
            subject: Subject::Check(accepted),
            before: header.code,
            now: code.clone(),
            pairing,
            causes,
            verdict,
        };
        // Added before printing: a closed pipe must not lose the line.
        if keep {
            history::add(out, WrittenBy::Check, plan, &snapshot, Some(&told.verdict))?;
        }
        let told_moved = told.brief().is_none();
        if args.format == Format::Json {
            all.push(told);
        } else {
            let brief = told.brief().filter(|_| args.format == Format::Text && !args.verbose);
            let text = brief.unwrap_or_else(|| told.render(args.format));
            say().write_all(text.as_bytes())?;
        }
        if args.verbose || told_moved {
            advise!("  compared: {}", run.folder.display());
        }
    }
    if args.format == Format::Json {
        say().write_all(baseline::json(&all).as_bytes())?;
    }
    Ok(ending)
}
