//! Parses the output of Slurm's commands.

/// A waiting or running task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// The job, or the array that the task belongs to.
    pub job: u64,
    /// The task's number within its array; `None` if the job is not an array.
    pub task: Option<u32>,
    /// The job's name, because another cluster may have given the same number to another job.
    pub name: String,
}

/// Argument of `squeue --format` for [`queued`]: array or job, task, name.
pub const QUEUE_FORMAT: &str = "%F %K %j";

/// `MaxArraySize` from the output of `scontrol show config`.
#[must_use]
pub fn max_array_size(config: &str) -> Option<u32> {
    config.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        if key.trim() == "MaxArraySize" { value.trim().parse().ok() } else { None }
    })
}

/// The job number from the output of `sbatch --parsable`: `123` or `123;cluster`.
#[must_use]
pub fn job_id(parsable: &str) -> Option<u64> {
    parsable.lines().next_back()?.split(';').next()?.trim().parse().ok()
}

/// The tasks from the output of `squeue --noheader --array` in [`QUEUE_FORMAT`], one per line.
#[must_use]
pub fn queued(lines: &str) -> Vec<Queued> {
    let read = |line: &str| {
        let mut words = line.trim().splitn(3, ' ');
        let job = words.next()?.parse().ok()?;
        let task = words.next()?.parse().ok();
        Some(Queued { job, task, name: words.next()?.to_owned() })
    };
    lines.lines().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        let config =
            "MailProg                = /bin/mail\nMaxArraySize            = 1001\nMaxDBDMsgs = 20008\n";
        assert_eq!(max_array_size(config), Some(1001));
        assert_eq!(max_array_size("slurm_load_ctl_conf error"), None);
        assert_eq!((job_id("12\n"), job_id("12;north\n"), job_id("")), (Some(12), Some(12), None));
        assert_eq!(job_id("sbatch: a greeting of the cluster\n7\n"), Some(7));
        let task = |job, task| Queued { job, task, name: "a b".to_owned() };
        let lines = "12 3 a b\n12 10 a b\n13 N/A a b\n";
        assert_eq!(queued(lines), [task(12, Some(3)), task(12, Some(10)), task(13, None)]);
    }
}
