//! The command line, generic over the registered families and papers.

mod baseline;
mod check;
mod check_config;
mod diff;
mod history;
mod list;
mod merge;
mod new;
mod output;
mod pages;
mod permission;
mod pilot;
mod progress;
mod publish;
mod reference;
mod replay;
mod report;
mod run;
mod run_table;
mod select;
mod shell;
mod show;
mod speed;
mod status;
mod submit;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use remeasure_core::advise;
use remeasure_harness::Format;
use remeasure_harness::config::{Overrides, Resolved};
use remeasure_harness::interrupt::EXIT_INTERRUPTED;
use remeasure_harness::isolate::{self, WORKER};
use remeasure_harness::registry::Registry;

use select::{documents, host, read_file};

const EXIT_CODES: &str = "\
Exit codes:
  0  success
  1  a claim is contradicted (only with --strict); status: a run is incomplete; replay: a number
     differs; check, diff: a number moved or is missing; verify: a file is stale; speed check: a pair
     is slower or missing
  2  wrong usage, config or output folder, and nothing was run; or the results could not be written
  3  some fits failed, timed out or did not converge; they are named and their rows recorded
     (takes precedence over 1); check: only if the baseline has no failed or timed-out fits there
  4  check, speed check: there is no baseline, and nothing was run
130  interrupted; finished trials are kept, and the same command resumes";

/// Parser of `--format` for the commands that compare.
fn formats() -> impl TypedValueParser<Value = Format> {
    let values = Format::ALL.map(|format| PossibleValue::new(format.word()).help(format.about()));
    PossibleValuesParser::new(values).try_map(|word| word.parse())
}

/// Re-measures what papers claim.
#[derive(Debug, Parser)]
#[command(name = "remeasure", version, after_help = EXIT_CODES, max_term_width = 100)]
#[command(disable_help_subcommand = true)]
#[command(
    long_about = "Re-measures what papers claim: generates the synthetic problems of an experiment, runs the \
    competing estimators in parallel, writes tidy CSV tables and charts, and gives every claim a verdict: \
    reproduced, contradicted, undecided or not testable, with the published number next to ours."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List papers and their experiments with the sizes of their profiles
    List(list::ListArgs),
    /// Write a small config, a crate or a paper's folder as a starting point for something of your own
    New(new::NewArgs),
    /// Check a config of your own and estimate its time from one trial in each cell
    #[command(after_help = EXIT_CODES)]
    CheckConfig(check_config::CheckConfigArgs),
    /// Show what experiments will do; runs nothing
    Show(ShowArgs),
    /// Run experiments and write tables, figures and verdicts
    #[command(after_help = EXIT_CODES)]
    Run(run::RunArgs),
    /// Merge the shards of a run, and write tables, figures and verdicts
    #[command(after_help = EXIT_CODES)]
    Merge(merge::MergeArgs),
    /// Submit the shards of a run, and a job that merges them, to Slurm
    #[command(after_help = EXIT_CODES)]
    Submit(submit::SubmitArgs),
    /// Show the progress of runs (read-only)
    Status(status::StatusArgs),
    /// Run one trial again and compare it with the stored one, bit for bit
    Replay(replay::ReplayArgs),
    /// Rebuild tables, figures and verdicts from stored records, without running anything
    Report(report::WriteArgs),
    /// Print the verdict table of stored runs
    Claims(report::ReportArgs),
    /// Accept the numbers that later runs are compared with, or show the accepted ones
    #[command(subcommand)]
    Baseline(baseline::BaselineCommand),
    /// Run again what the baselines hold, and report what moved
    #[command(after_help = EXIT_CODES)]
    Check(check::CheckArgs),
    /// Check that tables and figures match their records and configs; list the stale ones
    #[command(after_help = EXIT_CODES)]
    Verify(verify::VerifyArgs),
    /// Copy the files of finished runs that are worth committing to DIR/EXP/published/, and rebuild the
    /// overview pages; without a name, rebuild only the pages
    Publish(publish::PublishArgs),
    /// Compare running times of estimators as ratios, measured in one session; needs one thread and an
    /// idle machine, so it is not part of `check`
    #[command(subcommand)]
    Speed(speed::SpeedCommand),
    /// Show how accepted and checked numbers changed over time, and plot them
    History(history::HistoryArgs),
    /// Compare two stored runs or baselines, and list what can explain the differences
    #[command(after_help = EXIT_CODES)]
    Diff(diff::DiffArgs),
    /// Explain a command, or the keys of a config (`help config`)
    Help(reference::HelpArgs),
    /// Print a JSON Schema of configs, which lets editors complete and check keys
    Schema,
    /// Print the completions of a shell, such as `remeasure completions bash > ~/.local/share/bash-completion/completions/remeasure`
    Completions(shell::CompletionsArgs),
    /// Print a manual page, such as `remeasure man > remeasure.1`
    Man,
    /// Serves `run --isolate`
    #[command(hide = true, name = WORKER)]
    Worker,
}

#[derive(Debug, Args)]
struct Changes {
    /// Change a key of the config, such as problem.n=500 or sweep.problem.n=[50,100]; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Replicates per cell, instead of the profile's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    replicates: Option<u32>,
    /// Seed of every random stream, instead of the config's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl Changes {
    /// Whether the config is used unchanged.
    fn are_none(&self) -> bool {
        self.set.is_empty() && self.replicates.is_none() && self.seed.is_none()
    }

    fn overrides(&self) -> Overrides {
        Overrides {
            set: self.set.clone(),
            replicates: self.replicates,
            seed: self.seed,
            ..Overrides::default()
        }
    }
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Papers or experiments
    #[arg(value_name = "NAME", required_unless_present = "config")]
    experiments: Vec<String>,
    /// Size of the experiments
    #[arg(long, default_value = "quick")]
    profile: String,
    /// Use this config file instead of a shipped one
    #[arg(long, value_name = "FILE", conflicts_with = "experiments")]
    config: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Show only some cells (`n=100`, `snr_db=1*`) or estimators (`lasso*`); repeatable, comma-separated
    #[arg(long, value_name = "PATTERN")]
    only: Vec<String>,
    /// Folder of the results, to show how much is already stored
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// Print the config as TOML, as a starting point for your own
    #[arg(long)]
    toml: bool,
    /// Estimate what would decide every claim, from the stored run as a pilot
    #[arg(long, value_name = "WHEN", value_parser = ["decided"])]
    until: Option<String>,
    /// With --until: no look has more replicates [default: the profile's, or 64 times its replicates]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_replicates: Option<u32>,
}

/// Exit code of a command that did not end in an error. Of several, the greatest counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
enum Ending {
    #[default]
    Done = 0,
    /// A claim is contradicted, a run is not complete, a number moved, or a file is stale.
    Alarm = 1,
    /// Some fits failed, timed out or did not converge.
    Troubled = 3,
    NoBaseline = 4,
    Interrupted = EXIT_INTERRUPTED,
}

impl Ending {
    /// Raises it to `other` if that is greater and `happened` is true.
    fn raise(&mut self, other: Self, happened: bool) {
        if happened {
            *self = (*self).max(other);
        }
    }
}

/// The whole program: parses the command line and runs it on the registered papers.
#[must_use]
pub fn main(experiments: &Registry) -> ExitCode {
    let cli = Cli::parse();
    remeasure_harness::interrupt::survive_file_size_limits();
    let ending = match cli.command {
        Command::List(args) => list::list(experiments, &args).map(|()| Ending::Done),
        Command::New(args) => new::new(experiments, &args).map(|()| Ending::Done),
        Command::CheckConfig(args) => check_config::check_config(experiments, &args),
        Command::Show(args) => show::show(experiments, &args).map(|()| Ending::Done),
        Command::Run(args) => run::run(experiments, &args),
        Command::Merge(args) => merge::merge(experiments, &args),
        Command::Submit(args) => submit::submit(experiments, &args),
        Command::Status(args) => status::status(experiments, &args),
        Command::Replay(args) => replay::replay(experiments, &args),
        Command::Report(args) => report::report(experiments, &args),
        Command::Claims(args) => report::claims(experiments, &args),
        Command::Baseline(command) => baseline::baseline(experiments, &command),
        Command::Check(args) => check::check(experiments, &args),
        Command::Verify(args) => verify::verify(experiments, &args),
        Command::Publish(args) => publish::publish(experiments, &args),
        Command::Speed(command) => speed::speed(experiments, &command),
        Command::History(args) => history::history(experiments, &args),
        Command::Diff(args) => diff::diff(experiments, &args),
        Command::Help(args) => reference::help(experiments, &args).map(|()| Ending::Done),
        Command::Schema => reference::schema(experiments).map(|()| Ending::Done),
        Command::Completions(args) => shell::completions(&args).map(|()| Ending::Done),
        Command::Man => shell::man().map(|()| Ending::Done),
        Command::Worker => {
            let family = |resolved: &Resolved| Ok(host(experiments, resolved)?.family);
            isolate::serve(family).map(|()| Ending::Done)
        }
    };
    match ending {
        Ok(ending) => ExitCode::from(ending as u8),
        Err(error) => {
            advise!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
