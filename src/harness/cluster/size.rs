//! How many shards.

/// A task that lasts less than this many seconds is not worth a scheduler's while.
pub const LEAST_SECONDS: f64 = 60.0;

/// What a task is made to last: twice the least, as neither trials nor machines are alike.
const AIM_SECONDS: f64 = 2.0 * LEAST_SECONDS;

/// More tasks than this are not proposed: they last longer instead.
const MOST: usize = 1000;

/// The number of shards of `trials` trials, each of so many seconds on one thread, that makes a task
/// with `cpus` threads last about two minutes.
#[must_use]
pub fn propose(trials: usize, seconds: f64, cpus: u32) -> u32 {
    let tasks = trials as f64 * seconds / (f64::from(cpus.max(1)) * AIM_SECONDS);
    // At least one; no task without a trial.
    (tasks.round() as usize).clamp(1, trials.clamp(1, MOST)) as u32
}

/// Threads of a task by the options for sbatch: 1 where they say nothing.
#[must_use]
pub fn cpus_per_task(options: &[String]) -> u32 {
    let mut cpus = 1;
    for (i, option) in options.iter().enumerate() {
        let value = match option.as_str() {
            "-c" | "--cpus-per-task" => options.get(i + 1).map(String::as_str),
            one => one.strip_prefix("--cpus-per-task=").or_else(|| one.strip_prefix("-c")),
        };
        cpus = value.and_then(|v| v.parse().ok()).unwrap_or(cpus);
    }
    cpus
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_lasts_at_least_a_minute_wherever_there_is_as_much_work() {
        for trials in [1, 7, 1000, 1_000_000] {
            for seconds in [1e-6, 0.01, 0.5, 30.0, 4000.0] {
                for cpus in [1, 4, 64] {
                    let shards = propose(trials, seconds, cpus);
                    assert!((1..=trials.min(1000) as u32).contains(&shards));
                    let task = trials as f64 / f64::from(shards) * seconds / f64::from(cpus);
                    assert!(shards == 1 || task >= LEAST_SECONDS, "{trials} {seconds} {cpus}: {task}");
                }
            }
        }
        assert_eq!(propose(1200, 1.0, 1), 10);
        assert_eq!(propose(1200, 1.0, 2), 5);
    }

    #[test]
    fn threads_are_found_among_the_options() {
        let cpus =
            |text: &str| cpus_per_task(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(cpus("--partition=short"), 1);
        assert_eq!(cpus("--cpus-per-task=4 --mem 4G"), 4);
        assert_eq!((cpus("-c 3"), cpus("-c3"), cpus("--cpus-per-task 8"), cpus("-c")), (3, 3, 8, 1));
    }
}
