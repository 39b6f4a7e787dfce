//! `submit`: submits the shards of a run to Slurm.

mod jobs;
mod order;
mod sizing;
mod slurm;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use remeasure_core::advise;
use remeasure_core::format::{count, thousands};
use remeasure_harness::cluster::{Array, DEFAULT_MAX_ARRAY_SIZE, Submission, arrays, ranges};
use remeasure_harness::config::{Document, Overrides, limits};
use remeasure_harness::plan::Plan;
use remeasure_harness::registry::Registry;
use remeasure_harness::run::Shard;
use remeasure_harness::storage::write_atomic;
use remeasure_harness::workflow::{self, shards_folder};

use self::jobs::Sent;
use self::order::{Order, order};
use self::sizing::{Count, shards};
use super::permission::Permission;
use super::{Changes, Ending, documents};
use crate::output::say;

/// Subfolder of a run's folder for scripts, logs and the list of jobs.
const FOLDER: &str = "slurm";

/// Options of sbatch that `submit` sets itself.
const OWN: [&str; 8] = ["--array", "-a", "--dependency", "-d", "--chdir", "-D", "--job-name", "-J"];

#[derive(Debug, Args)]
pub(super) struct SubmitArgs {
    /// Experiment, or paper with a single experiment
    #[arg(value_name = "NAME", required_unless_present = "config")]
    experiment: Option<String>,
    /// Size of the experiment
    #[arg(long, default_value = "quick")]
    profile: String,
    /// Run this config file instead of a shipped one
    #[arg(long, value_name = "FILE", conflicts_with = "experiment")]
    config: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Run only some cells (`n=100`, `snr_db=1*`) or estimators (`lasso*`); repeatable, comma-separated
    #[arg(long, value_name = "PATTERN")]
    only: Vec<String>,
    /// Folder for the results, on a file system that all nodes share: DIR/EXP/PROFILE/
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// Number of shards; auto runs some trials here for a few seconds, and chooses tasks of about two
    /// minutes [default: auto; with --missing, the number submitted before]
    #[arg(long, value_name = "N", value_parser = shards)]
    shards: Option<Count>,
    /// Submit only shards that are neither complete nor in the queue
    #[arg(long)]
    missing: bool,
    /// Print the scripts without submitting or writing anything; works without Slurm
    #[arg(long)]
    print: bool,
    /// Maximum number of tasks to run at once [default: Slurm decides]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    at_once: Option<u32>,
    /// Path of this program on the nodes [default: its path here]
    #[arg(long, value_name = "PATH")]
    program: Option<String>,
    /// Option of sbatch for the merge job only, such as --mem=16G; repeatable
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    merge_option: Vec<String>,
    /// Also resume and merge shards measured by other builds
    #[arg(long)]
    mix: bool,
    /// Run trials in worker processes; see `run`
    #[arg(long)]
    isolate: bool,
    /// Time limit for each fit, such as 30s or 1m, instead of the config's
    #[arg(long, value_name = "TIME", value_parser = limits::duration)]
    time_limit: Option<Duration>,
    /// Memory limit for each task's run, such as 8GB
    #[arg(long, value_name = "SIZE", value_parser = limits::memory)]
    memory: Option<u64>,
    #[command(flatten)]
    permission: Permission,
    /// Options of sbatch for all jobs, such as --partition=short --cpus-per-task=4
    #[arg(last = true, value_name = "SBATCH OPTIONS")]
    options: Vec<String>,
}

fn text(path: &Path) -> Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.with_context(|| format!("{} is not valid UTF-8, so it cannot go into a script", path.display()))
}

impl SubmitArgs {
    fn overrides(&self) -> Overrides {
        Overrides { time_limit: self.time_limit, memory: self.memory, ..self.changes.overrides() }
    }

    /// Refuses sbatch options that the scripts set themselves.
    fn check_options(&self) -> Result<()> {
        for option in self.options.iter().chain(&self.merge_option) {
            let clash = OWN.into_iter().find(|own| match own.strip_prefix("--") {
                Some(_) => option.split('=').next() == Some(own),
                None => option.starts_with(own) && !option.starts_with("--"),
            });
            if let Some(own) = clash {
                let instead =
                    if matches!(own, "-a" | "--array") { "; use --at-once to limit its tasks" } else { "" };
                bail!("`{option}`: submit itself sets {own}{instead}");
            }
        }
        Ok(())
    }

    /// Arguments of `run` in a task, except shard and threads.
    fn run_arguments(&self) -> Result<Vec<String>> {
        let mut words: Vec<String> = self.experiment.iter().cloned().collect();
        if let Some(config) = &self.config {
            words.extend(["--config".to_owned(), text(config)?]);
        }
        words.extend(["--profile".to_owned(), self.profile.clone(), "--out".to_owned(), text(&self.out)?]);
        for (option, values) in [("--set", &self.changes.set), ("--only", &self.only)] {
            words.extend(values.iter().flat_map(|v| [option.to_owned(), v.clone()]));
        }
        let numbers = [
            ("--replicates", self.changes.replicates.map(|n| n.to_string())),
            ("--seed", self.changes.seed.map(|n| n.to_string())),
            ("--time-limit", self.time_limit.map(|t| t.as_secs_f64().to_string())),
            ("--memory", self.memory.map(|bytes| format!("{bytes}B"))),
        ];
        words.extend(numbers.into_iter().filter_map(|(o, n)| Some([o.to_owned(), n?])).flatten());
        // Never --fresh: a resubmitted task must resume.
        words.extend(
            [(self.mix, "--mix"), (self.isolate, "--isolate")].iter().filter(|f| f.0).map(|f| f.1.to_owned()),
        );
        words.extend(self.permission.option().map(str::to_owned));
        Ok(words)
    }

    fn submission(&self, run: &Path, name: &str, of: u32) -> Result<Submission> {
        let program = match &self.program {
            Some(program) => program.clone(),
            None => {
                text(&std::env::current_exe().context("cannot find this program's path; give --program")?)?
            }
        };
        let directory = std::env::current_dir().context("cannot find the current folder")?;
        let mut merge = vec![text(&shards_folder(run))?, "--out".to_owned(), text(&self.out)?];
        merge.extend(self.mix.then(|| "--mix".to_owned()));
        Ok(Submission {
            name: name.to_owned(),
            program,
            directory: text(&directory)?,
            logs: text(&run.join(FOLDER).join("logs"))?,
            run: self.run_arguments()?,
            merge,
            of,
            at_once: self.at_once,
            options: self.options.clone(),
            merge_options: self.merge_option.clone(),
        })
    }
}

/// `3 to 4 trials`.
fn trials_each(plan: &Plan<'_>, of: u32) -> String {
    let (most, least) =
        (Shard { index: 1, of }.trials(plan.trials()), Shard { index: of, of }.trials(plan.trials()));
    if most == least {
        count(most, "trial")
    } else {
        format!("{} to {} trials", thousands(least), thousands(most))
    }
}

/// Writes the scripts and submits them.
fn send(
    run: &Path,
    order: &Order,
    scripts: &[(Array, String)],
    merge: &str,
    out: &mut dyn Write,
) -> Result<()> {
    let folder = run.join(FOLDER);
    let logs = folder.join("logs");
    // Slurm does not create it, and a task without it fails at once.
    std::fs::create_dir_all(&logs).with_context(|| format!("cannot create the folder {}", logs.display()))?;
    let mut after = order.wait_for.clone();
    for (number, (array, script)) in scripts.iter().enumerate() {
        let path = folder.join(format!("shards-{}.sh", number + 1));
        write_atomic(&path, script.as_bytes())?;
        let sent = slurm::sbatch(&path, &[]);
        let job = sent.with_context(|| match number {
            0 => "nothing was submitted",
            _ => "some shards were submitted; use --missing to submit the rest and the merge job",
        })?;
        // Recorded at once: the queued jobs must be known even if the next submission fails.
        jobs::add(&folder, Sent { job, offset: Some(array.offset), of: order.of })?;
        after.push(job);
        let shards: Vec<u32> = array.shards().collect();
        writeln!(
            out,
            "job {job}: {} {} of {}",
            if shards.len() == 1 { "shard" } else { "shards" },
            ranges(&shards),
            order.of
        )?;
    }
    let path = folder.join("merge.sh");
    write_atomic(&path, merge.as_bytes())?;
    let job = slurm::sbatch(&path, &after)
        .context("the shards were submitted, but not the merge job; run `remeasure merge` yourself")?;
    jobs::add(&folder, Sent { job, offset: None, of: order.of })?;
    // An earlier merge job would find shards missing, or merge before the new one does.
    order.earlier_merge.iter().try_for_each(|&job| slurm::cancel_waiting(job))?;
    writeln!(out, "job {job}: merges and reports when they have ended")?;
    writeln!(out, "logs: {}\n`remeasure status {}` shows their progress", logs.display(), run.display())?;
    Ok(())
}

pub(super) fn submit(experiments: &Registry, args: &SubmitArgs) -> Result<Ending> {
    args.check_options()?;
    let names: Vec<String> = args.experiment.iter().cloned().collect();
    let overrides = args.overrides();
    let mut documents = documents(experiments, &names, args.config.as_deref())?;
    if documents.len() != 1 {
        let names: Vec<String> = documents.iter().map(Document::experiment).collect::<Result<_, _>>()?;
        bail!("submit takes one experiment; choose one of {}", names.join(", "));
    }
    let document = documents.swap_remove(0);
    let mut planned = workflow::resolve(experiments, &document, &args.profile, &overrides, &args.only)?;
    args.permission.grant(&mut planned.plan.resolved)?;
    let (run, session, plan) = (planned.folder(&args.out), planned.session()?, &planned.plan);
    let job_name = format!("remeasure-{}-{}", plan.resolved.experiment, planned.name);
    let largest = slurm::largest_array(!args.print)?;
    let Some(order) = order(args, &run, plan, &session, &job_name)? else { return Ok(Ending::Done) };
    let submission = args.submission(&run, &job_name, order.of)?;
    let max_array_size = largest.unwrap_or_else(|| {
        advise!("note: no answer from Slurm; assuming its default MaxArraySize, {DEFAULT_MAX_ARRAY_SIZE}");
        DEFAULT_MAX_ARRAY_SIZE
    });
    let mut scripts = Vec::new();
    for array in arrays(&order.shards, max_array_size) {
        let script = submission.shards(&array)?;
        scripts.push((array, script));
    }
    let merge = submission.merge()?;
    let mut out = say();
    if args.print {
        for (number, (_, script)) in scripts.iter().enumerate() {
            writeln!(
                out,
                "### {}\n{script}",
                run.join(FOLDER).join(format!("shards-{}.sh", number + 1)).display()
            )?;
        }
        writeln!(
            out,
            "### {}, sent with --dependency=afterany:JOB[:JOB…]\n{merge}",
            run.join(FOLDER).join("merge.sh").display()
        )?;
        return Ok(Ending::Done);
    }
    writeln!(
        out,
        "{}, profile {}: {} trials in {} of {}",
        plan.resolved.experiment,
        plan.resolved.profile,
        thousands(plan.trials()),
        count(order.of as usize, "shard"),
        trials_each(plan, order.of)
    )?;
    send(&run, &order, &scripts, &merge, &mut out)?;
    Ok(Ending::Done)
}
