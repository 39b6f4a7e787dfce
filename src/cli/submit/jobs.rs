//! The list of jobs that `submit` sent for a run, next to its scripts, so that nothing is sent twice.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use remeasure_harness::files::read_if_there;

/// File name of the list, a CSV file with the columns `job,offset,of`.
const JOBS: &str = "jobs.csv";

/// A job that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    /// Slurm's job number.
    pub(super) job: u64,
    /// For an array of shards, what to add to a task's number to get its shard; `None` for a merge job.
    pub(super) offset: Option<u32>,
    /// Number of shards of the run.
    pub(super) of: u32,
}

/// The jobs sent from `folder`, the oldest first.
pub(super) fn read(folder: &Path) -> Result<Vec<Sent>> {
    let path = folder.join(JOBS);
    let sent = |line: &str| {
        let mut fields = line.split(',');
        let job = fields.next()?.parse().ok()?;
        let offset =
            fields.next().map(|o| if o.is_empty() { Some(None) } else { o.parse().ok().map(Some) })??;
        Some(Sent { job, offset, of: fields.next()?.parse().ok()? })
    };
    let text = read_if_there(&path)?.unwrap_or_default();
    let line = |(i, line): (usize, &str)| {
        let message = || format!("{}:{}: expected `job,offset,of`; found `{line}`", path.display(), i + 1);
        sent(line).with_context(message)
    };
    text.lines().enumerate().skip(1).map(line).collect()
}

/// Number of shards of the run, according to the last submission.
pub(super) fn number(folder: &Path) -> Result<Option<u32>> {
    Ok(read(folder)?.last().map(|sent| sent.of))
}

/// Adds a job to the list.
pub(super) fn add(folder: &Path, sent: Sent) -> Result<()> {
    let path = folder.join(JOBS);
    let append = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).open(&path)?;
        let head = if file.metadata()?.len() == 0 { "job,offset,of\n" } else { "" };
        let offset = sent.offset.map(|o| o.to_string()).unwrap_or_default();
        file.write_all(format!("{head}{},{offset},{}\n", sent.job, sent.of).as_bytes())
    };
    append().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_read_and_what_is_broken_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!((read(folder.path()).unwrap(), number(folder.path()).unwrap()), (Vec::new(), None));
        let sent = [Sent { job: 12, offset: Some(1000), of: 1200 }, Sent { job: 13, offset: None, of: 1200 }];
        sent.iter().for_each(|s| add(folder.path(), *s).unwrap());
        assert_eq!(
            (read(folder.path()).unwrap(), number(folder.path()).unwrap()),
            (sent.to_vec(), Some(1200))
        );
        std::fs::write(folder.path().join(JOBS), "job,offset,of\n1,2\n").unwrap();
        let message = read(folder.path()).unwrap_err().to_string();
        assert!(message.contains("jobs.csv:2: expected `job,offset,of`; found `1,2`"), "{message}");
    }
}
