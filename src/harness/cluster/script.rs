//! The scripts: text for `sbatch` that can also be run by hand.

use super::Array;

/// A word with a line break or another control character, which cannot be written safely into a script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` contains a control character, so it cannot go into a script for sbatch", .0.escape_default())]
pub struct Unprintable(pub String);

/// Settings that all jobs of a run share.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Name of the jobs.
    pub name: String,
    /// Path of the program on the nodes.
    pub program: String,
    /// Working directory of the jobs; relative paths refer to it.
    pub directory: String,
    /// Folder of their logs.
    pub logs: String,
    /// Arguments of `run`, except `--shard` and `--jobs`.
    pub run: Vec<String>,
    /// Arguments of `merge`.
    pub merge: Vec<String>,
    /// Number of shards of the run.
    pub of: u32,
    /// Maximum number of tasks of an array that run at once; `None` lets Slurm decide.
    pub at_once: Option<u32>,
    /// The user's sbatch options for all jobs.
    pub options: Vec<String>,
    /// Further sbatch options for the merge job, which take precedence.
    pub merge_options: Vec<String>,
}

/// Numbers as ranges: `1-3,7,9-10` for 1, 2, 3, 7, 9, 10.
#[must_use]
pub fn ranges(numbers: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let text = |&(a, b): &(u32, u32)| if a == b { a.to_string() } else { format!("{a}-{b}") };
    runs.iter().map(text).collect::<Vec<_>>().join(",")
}

/// The word unchanged if none of its characters is special to shells or sbatch, else `None`.
fn plain(word: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+=./:,@%".contains(c);
    (!word.is_empty() && word.chars().all(plain)).then(|| word.to_owned())
}

/// Quotes a word for a shell.
fn shell(word: &str) -> String {
    plain(word).unwrap_or_else(|| format!("'{}'", word.replace('\'', r"'\''")))
}

/// Quotes a word for a line `#SBATCH`, which sbatch parses itself: backslashes escape special characters
/// only within double quotes.
fn directive(word: &str) -> String {
    plain(word).unwrap_or_else(|| format!("\"{}\"", word.replace('\\', r"\\").replace('"', r#"\""#)))
}

fn words(of: &[String]) -> String {
    of.iter().map(|word| format!(" {}", shell(word))).collect()
}

impl Submission {
    /// The first lines of a script; `own` are the options of this job only.
    fn head(&self, own: &[String], log: &str, more: &[String]) -> String {
        let mut text = "#!/bin/sh\n".to_owned();
        // In names of logs, % is special.
        let log = format!("{}/{log}", self.logs.replace('%', "%%"));
        let fixed = [
            format!("--job-name={}", self.name),
            format!("--chdir={}", self.directory),
            format!("--output={log}"),
            // A resubmitted task appends to its log.
            "--open-mode=append".to_owned(),
        ];
        for option in fixed.iter().chain(own) {
            text.push_str(&format!("#SBATCH {}\n", directive(option)));
        }
        for options in [&self.options, more] {
            if !options.is_empty() {
                let line: String = options.iter().map(|o| format!(" {}", directive(o))).collect();
                text.push_str(&format!("#SBATCH{line}\n"));
            }
        }
        text
    }

    /// Refuses control characters in all words that come from outside.
    fn refuse_unprintable(&self) -> Result<(), Unprintable> {
        let lists = [&self.run, &self.merge, &self.options, &self.merge_options];
        let single = [&self.name, &self.program, &self.directory, &self.logs];
        let mut all = single.into_iter().chain(lists.into_iter().flatten());
        match all.find(|word| word.chars().any(char::is_control)) {
            Some(word) => Err(Unprintable(word.clone())),
            None => Ok(()),
        }
    }

    /// The script of an array whose tasks run one shard each.
    ///
    /// # Errors
    /// If a word contains a control character.
    pub fn shards(&self, array: &Array) -> Result<String, Unprintable> {
        self.refuse_unprintable()?;
        let at_once = self.at_once.map(|n| format!("%{n}")).unwrap_or_default();
        // --requeue also applies on clusters that do not requeue tasks of a failed node by default.
        let own = [format!("--array={}{at_once}", ranges(&array.tasks)), "--requeue".to_owned()];
        let head = self.head(&own, "%A_%a.log", &[]);
        let (program, of, run) = (shell(&self.program), self.of, words(&self.run));
        // Tasks of the first array need no offset.
        let shard = match array.offset {
            0 => "$SLURM_ARRAY_TASK_ID".to_owned(),
            offset => format!("$(({offset} + SLURM_ARRAY_TASK_ID))"),
        };
        Ok(format!(
            "{head}\n\
             # A resubmitted task resumes from its shard's journal.\n\
             # The number of shards is fixed here, because SLURM_ARRAY_TASK_COUNT is smaller if the shards are in\n\
             # several arrays (MaxArraySize) or only missing ones are submitted.\n\
             # exec: signals go to the program, which stops after the trials in progress.\n\
             exec {program} run{run} --shard \"{shard}/{of}\" --jobs \"${{SLURM_CPUS_PER_TASK:-1}}\"\n"
        ))
    }

    /// The script of the job that merges and reports. Submit it with a dependency on the arrays.
    ///
    /// # Errors
    /// If a word contains a control character.
    pub fn merge(&self) -> Result<String, Unprintable> {
        self.refuse_unprintable()?;
        let head = self.head(&[], "merge-%j.log", &self.merge_options);
        let (program, merge) = (shell(&self.program), words(&self.merge));
        Ok(format!(
            "{head}\n\
             # Runs when all shards have ended in any way (afterany). If some are incomplete, it names them and\n\
             # writes nothing; submit them again with `remeasure submit --missing`.\n\
             exec {program} merge{merge}\n"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn submission() -> Submission {
        Submission {
            name: "remeasure-x-paper".into(),
            program: "/opt/remeasure".into(),
            directory: "/home/me".into(),
            logs: "results/x/paper/slurm/logs".into(),
            run: words("x --profile paper --out results"),
            merge: words("results/x/paper/shards --out results"),
            of: 12,
            at_once: None,
            options: words("--partition=short --cpus-per-task=4"),
            merge_options: words("--mem=16G"),
        }
    }

    #[test]
    fn scripts_say_it_all() {
        insta::assert_snapshot!(submission().shards(&Array { offset: 0, tasks: vec![1, 2, 3, 7] }).unwrap());
        insta::assert_snapshot!(submission().merge().unwrap());
    }

    #[test]
    fn tasks_of_a_later_array_and_a_throttle() {
        let submission = Submission { at_once: Some(5), ..submission() };
        let text = submission.shards(&Array { offset: 1000, tasks: vec![4] }).unwrap();
        assert!(text.contains("\n#SBATCH --array=4%5\n"), "{text}");
        assert!(text.contains(r#" --shard "$((1000 + SLURM_ARRAY_TASK_ID))/12" "#), "{text}");
    }

    #[test]
    fn every_word_reaches_the_shell_as_it_is() {
        let odd = ["a b", "it's", "\"x\"", "$HOME", "`id`", "a\\b", "n=[1,2]", "*", "#", "", "é", "%a;&|<>"];
        let run: Vec<String> = odd.iter().map(|w| (*w).to_owned()).collect();
        let text = Submission { run, program: "printf".into(), ..submission() }
            .shards(&Array { offset: 8, tasks: vec![1] })
            .unwrap()
            .replace("printf run", "printf '%s\\n'");
        let mut shell = std::process::Command::new("sh");
        let output = shell
            .args(["-c", &text])
            .env("SLURM_ARRAY_TASK_ID", "3")
            .env_remove("SLURM_CPUS_PER_TASK")
            .output();
        let output = String::from_utf8(output.unwrap().stdout).unwrap();
        let mut expected: Vec<&str> = odd.to_vec();
        expected.extend(["--shard", "11/12", "--jobs", "1"]);
        assert_eq!(output.trim_end_matches('\n').split('\n').collect::<Vec<_>>(), expected);
    }

    #[test]
    fn directives_are_escaped_and_control_characters_refused() {
        let odd = Submission { logs: "a b/100%/logs".into(), directory: "/x \"\\y".into(), ..submission() };
        let text = odd.merge().unwrap();
        assert!(text.contains("\n#SBATCH \"--output=a b/100%%/logs/merge-%j.log\"\n"), "{text}");
        assert!(text.contains("\n#SBATCH \"--chdir=/x \\\"\\\\y\"\n"), "{text}");
        let bad = Submission { directory: "/x\nrm".into(), ..submission() };
        assert_eq!(bad.merge(), Err(Unprintable("/x\nrm".into())));
        assert!(bad.merge().unwrap_err().to_string().starts_with("`/x\\nrm` contains a control character"));
    }

    #[test]
    fn numbers_in_short() {
        assert_eq!(ranges(&[1, 2, 3, 7, 9, 10]), "1-3,7,9-10");
        assert_eq!(ranges(&[5]), "5");
    }
}
