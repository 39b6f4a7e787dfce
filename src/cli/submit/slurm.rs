//! Runs Slurm's commands, for `submit`.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};
use remeasure_harness::cluster::{QUEUE_FORMAT, Queued, job_id, max_array_size, queued};

/// Output of a command; `None` if there is no such program.
fn answer<A: AsRef<OsStr>>(program: &str, arguments: &[A]) -> Result<Option<Result<String>>> {
    let output = match Command::new(program).args(arguments).output() {
        Ok(output) => output,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e).with_context(|| format!("cannot start {program}")),
    };
    if output.status.success() {
        return Ok(Some(Ok(String::from_utf8_lossy(&output.stdout).into_owned())));
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Ok(Some(Err(anyhow!("{program} failed: {}", if said.is_empty() { "no message" } else { said.as_str() }))))
}

/// Output of a command that is required to continue.
fn needed<A: AsRef<OsStr>>(program: &str, arguments: &[A]) -> Result<String> {
    match answer(program, arguments)? {
        Some(answer) => answer,
        None => bail!(
            "Slurm is not installed here: {program} is not on the path. --print shows the scripts without Slurm; \
             docs/long-runs.md shows how to run shards on other machines"
        ),
    }
}

/// The cluster's `MaxArraySize`; `None` if there is no Slurm or it does not answer.
pub(super) fn largest_array(needs_answer: bool) -> Result<Option<u32>> {
    let arguments = ["show", "config"];
    let config = if needs_answer {
        needed("scontrol", &arguments)?
    } else {
        match answer("scontrol", &arguments)? {
            Some(Ok(config)) => config,
            _ => return Ok(None),
        }
    };
    match max_array_size(&config) {
        Some(0 | 1) => bail!("this cluster allows no job arrays (MaxArraySize in `scontrol show config`)"),
        size => Ok(size),
    }
}

/// Submits `script`, to start when the jobs `after` have ended; returns its job number.
pub(super) fn sbatch(script: &Path, after: &[u64]) -> Result<u64> {
    let mut arguments = vec!["--parsable".to_owned()];
    if !after.is_empty() {
        let ids: Vec<String> = after.iter().map(u64::to_string).collect();
        // Not afterok: a failed task would keep the job waiting for ever.
        arguments.push(format!("--dependency=afterany:{}", ids.join(":")));
    }
    let mut arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    arguments.push(script.as_os_str());
    let printed =
        needed("sbatch", &arguments).with_context(|| format!("cannot submit {}", script.display()))?;
    job_id(&printed).with_context(|| format!("sbatch printed no job number: {}", printed.trim()))
}

/// The waiting or running tasks of these jobs whose name is `name`.
pub(super) fn in_queue(jobs: &[u64], name: &str) -> Result<Vec<Queued>> {
    let ids: Vec<String> = jobs.iter().map(u64::to_string).collect();
    let format = format!("--format={QUEUE_FORMAT}");
    let arguments = ["--noheader", "--array", &format, &format!("--jobs={}", ids.join(","))];
    match answer("squeue", &arguments)? {
        // Jobs that Slurm no longer knows are not in the queue.
        Some(Err(error)) if error.to_string().contains("Invalid job id") => Ok(Vec::new()),
        Some(lines) => Ok(queued(&lines?).into_iter().filter(|task| task.name == name).collect()),
        None => Ok(Vec::new()),
    }
}

/// Cancels a job if it is still waiting.
pub(super) fn cancel_waiting(job: u64) -> Result<()> {
    // Its answer does not matter: the job may just have started or ended.
    answer("scancel", &["--state=PENDING".to_owned(), job.to_string()]).map(drop)
}
