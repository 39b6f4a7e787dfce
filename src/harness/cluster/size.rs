//! Proposes the number of shards.

/// Minimum duration of a task in seconds; shorter ones are not worth scheduling.
pub const LEAST_SECONDS: f64 = 60.0;

/// Target duration of a task in seconds: twice the minimum, as trials and machines differ.
const AIM_SECONDS: f64 = 2.0 * LEAST_SECONDS;

/// Maximum number of tasks to propose; beyond it, tasks take longer instead.
const MOST: usize = 1000;

/// The number of shards for `trials` trials that take `seconds` each on one thread, such that a task with
/// `cpus` threads takes about two minutes.
#[must_use]
pub fn propose(trials: usize, seconds: f64, cpus: u32) -> u32 {
    let tasks = trials as f64 * seconds / (f64::from(cpus.max(1)) * AIM_SECONDS);
    // At least one shard, and at least one trial in each.
    (tasks.round() as usize).clamp(1, trials.clamp(1, MOST)) as u32
}

/// Number of threads of a task according to the sbatch options; 1 by default.
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
