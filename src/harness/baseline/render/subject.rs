//! What is compared: a run with its baseline, or two sides of any kind.

use super::Told;
use crate::baseline::explain::Explanation;
use crate::baseline::header::Acceptance;
use crate::provenance::Code;

/// What is compared.
#[derive(Clone, Debug)]
pub enum Subject {
    /// The present code with the baseline that this acceptance made.
    Check(Acceptance),
    /// Two sides, A and B.
    Sides(Box<Sides>),
}

/// Two sides, and what can explain how they differ.
#[derive(Clone, Debug)]
pub struct Sides {
    /// A.
    pub before: About,
    /// B.
    pub now: About,
    /// What can explain the differences.
    pub explanation: Explanation,
    /// What is left out of the comparison.
    pub notes: Vec<String>,
}

/// Where the numbers of a side came from.
#[derive(Clone, Debug)]
pub struct About {
    /// The name that it was given by.
    pub name: String,
    /// `run` or `baseline`.
    pub kind: &'static str,
    /// Its profile.
    pub profile: String,
    /// Hash of its config.
    pub config_hash: String,
    /// The code that measured it.
    pub code: Code,
    /// When it was finished or accepted, UTC.
    pub date: String,
    /// The machine, where it is known.
    pub machine: Option<String>,
    /// Cells, replicates, estimators.
    pub size: String,
}

impl About {
    fn lines(&self, side: char) -> [String; 2] {
        let what = format!(
            "{side}: {}: {}, profile {}, {}, config {}, {}",
            self.name, self.kind, self.profile, self.size, self.config_hash, self.date
        );
        let machine = self.machine.as_ref().map(|m| format!(", {m}")).unwrap_or_default();
        let code = &self.code;
        [what, format!("{side}: by {}, {}, {}{machine}", code.short(), code.rustc, code.target)]
    }
}

impl Told {
    /// `profile quick`, or both profiles where they differ.
    pub(super) fn profiles(&self) -> String {
        match &self.subject {
            Subject::Sides(s) if s.before.profile != s.now.profile => {
                format!("profiles {} and {}", s.before.profile, s.now.profile)
            }
            _ => format!("profile {}", self.profile),
        }
    }

    /// What explains the differences of two sides.
    pub(super) fn explanation(&self) -> Option<&Explanation> {
        match &self.subject {
            Subject::Check(_) => None,
            Subject::Sides(sides) => Some(&sides.explanation),
        }
    }

    /// What is compared, in lines; for two sides also the cause.
    pub(super) fn introduction(&self) -> Vec<String> {
        match &self.subject {
            Subject::Check(accepted) => {
                vec![format!("baseline of {} by {}", accepted.date, self.before.short())]
            }
            Subject::Sides(sides) => {
                let cause = format!("cause: {}: {}", sides.explanation.word, sides.explanation.text);
                let mut lines: Vec<String> = Vec::new();
                lines.extend(sides.before.lines('A'));
                lines.extend(sides.now.lines('B'));
                lines.push(cause);
                lines.extend(sides.notes.iter().map(|n| format!("note: {n}")));
                lines
            }
        }
    }

    /// What the comparisons are called.
    pub(super) fn kind(&self) -> &'static str {
        match self.subject {
            Subject::Check(_) => "checks",
            Subject::Sides(_) => "comparisons",
        }
    }

    /// What is compared with.
    pub(super) fn reference(&self) -> &'static str {
        match self.subject {
            Subject::Check(_) => "the baseline",
            Subject::Sides(_) => "A",
        }
    }

    /// What differs, a line for each.
    pub(super) fn changed(&self) -> Vec<String> {
        self.causes.iter().map(|c| format!("changed: {} [{}]", c.text, c.class.word())).collect()
    }

    /// What can explain the differences of each estimator, a line for each.
    pub(super) fn attributions(&self) -> Vec<String> {
        let of = |e: &Explanation| {
            let line = |a: &crate::baseline::Attribution| {
                format!("estimator {}, {}: {}", a.estimator, a.state.word(), a.text)
            };
            e.told().iter().map(line).collect()
        };
        self.explanation().map(of).unwrap_or_default()
    }
}
