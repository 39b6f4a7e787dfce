//! Lists the differences between two measurements, by the numbers that they can change.

use crate::words::words;
use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Reach, Resolved};
use crate::provenance::{Code, Hardware};

words! {
    /// Kinds of causes.
    pub enum Class {
        /// Settings of the problem or of an estimator.
        Config = "config",
        /// The seed, which changes the data.
        Seed = "seed",
        /// Contents of files that the problem reads.
        Inputs = "inputs",
        /// Version, commit or program file.
        Code = "code",
        /// Compiler, target or machine.
        Environment = "environment",
        /// Numbers of replicates, cells or estimators.
        Selection = "selection",
        /// Limits of time and memory, which can end fits but do not affect numbers.
        Limits = "limits",
        /// No cause: the same program gave different numbers for the same config.
        Nothing = "nothing",
    }
}

/// Which numbers a cause can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touches {
    /// Numbers of all estimators.
    All,
    /// Numbers of one estimator.
    Estimator(String),
    /// Outcomes of fits, of one estimator or (`None`) of all.
    Endings(Option<String>),
    /// No numbers: it only adds or removes some.
    Extent,
}

/// A difference between two measurements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Its kind.
    pub class: Class,
    /// Which numbers it can change.
    pub touches: Touches,
    /// The difference, such as `problem.k: 3 → 4`.
    pub text: String,
}

impl Cause {
    fn of_all(class: Class, text: String) -> Self {
        Self { class, touches: Touches::All, text }
    }

    /// The cause if numbers differ although nothing else does.
    #[must_use]
    pub fn nothing() -> Self {
        let text = "nothing: the same program gave different numbers for the same config";
        Self::of_all(Class::Nothing, text.to_owned())
    }

    /// The estimator that it concerns, if it is only one.
    #[must_use]
    pub fn estimator(&self) -> Option<&str> {
        match &self.touches {
            Touches::Estimator(name) | Touches::Endings(Some(name)) => Some(name),
            Touches::All | Touches::Endings(None) | Touches::Extent => None,
        }
    }
}

/// The provenance of numbers.
#[derive(Clone, Copy, Debug)]
pub struct Provenance<'a> {
    /// Name for messages, such as `the baseline`.
    pub name: &'a str,
    /// The config; `None` if this version cannot read it.
    pub resolved: Option<&'a Resolved>,
    /// Files that the problem read, with the SHA-256 of their contents.
    pub inputs: &'a BTreeMap<String, String>,
    /// The code.
    pub code: &'a Code,
    /// Other code that measured some of the trials.
    pub other_code: &'a [Code],
    /// The machine, if known.
    pub hardware: Option<&'a Hardware>,
    /// `--only` patterns.
    pub only: &'a [String],
}

fn of_configs(before: &Provenance<'_>, now: &Provenance<'_>) -> Vec<Cause> {
    let (old, new) = match (before.resolved, now.resolved) {
        (Some(old), Some(new)) => (old, new),
        (None, _) => return vec![unreadable(before.name)],
        (_, None) => return vec![unreadable(now.name)],
    };
    let of_change = |change: crate::config::Change| {
        let (class, touches) = match change.reach {
            Reach::Seed => (Class::Seed, Touches::All),
            Reach::Problem => (Class::Config, Touches::All),
            Reach::Estimator(name) => (Class::Config, Touches::Estimator(name)),
            Reach::Replicates => (Class::Selection, Touches::All),
            Reach::Extent => (Class::Selection, Touches::Extent),
        };
        Cause { class, touches, text: change.text }
    };
    let mut found: Vec<Cause> = new.changes(old).into_iter().map(of_change).collect();
    let text = |limit: Option<String>| limit.unwrap_or_else(|| "none".to_owned());
    let time = |d: std::time::Duration| humantime::format_duration(d).to_string();
    for estimator in &new.estimators {
        let Some(was) = old.estimators.iter().find(|e| e.name == estimator.name) else { continue };
        if was.time_limit != estimator.time_limit {
            let (a, b) = (text(was.time_limit.map(time)), text(estimator.time_limit.map(time)));
            found.push(Cause {
                class: Class::Limits,
                touches: Touches::Endings(Some(estimator.name.clone())),
                text: format!("estimator {}, time_limit: {a} → {b}", estimator.name),
            });
        }
    }
    if old.memory != new.memory {
        let bytes = |m: Option<u64>| text(m.map(|m| format!("{m} bytes")));
        let text = format!("limits.memory: {} → {}", bytes(old.memory), bytes(new.memory));
        found.push(Cause { class: Class::Limits, touches: Touches::Endings(None), text });
    }
    found
}

fn unreadable(name: &str) -> Cause {
    Cause::of_all(Class::Config, format!("this version cannot read the config of {name}"))
}

fn of_inputs(before: &Provenance<'_>, now: &Provenance<'_>) -> Vec<Cause> {
    let names: BTreeSet<&String> = before.inputs.keys().chain(now.inputs.keys()).collect();
    let differing = names.into_iter().filter(|name| before.inputs.get(*name) != now.inputs.get(*name));
    let text = |name: &String| match (before.inputs.get(name), now.inputs.get(name)) {
        (None, _) => format!("{name}: read by {} only", now.name),
        (_, None) => format!("{name}: read by {} only", before.name),
        _ => format!("{name}: its contents"),
    };
    differing.map(|name| Cause::of_all(Class::Inputs, text(name))).collect()
}

fn of_code(before: &Provenance<'_>, now: &Provenance<'_>) -> Vec<Cause> {
    let environment = |c: &str| c.starts_with("compiler: ") || c.starts_with("target: ");
    let changes = now.code.changes_since(before.code);
    let told = changes.iter().any(|c| !c.starts_with("program file"));
    // The digest of the program file is only of interest if nothing else differs.
    let said = changes.into_iter().filter(|c| !told || !c.starts_with("program file"));
    let class = |c: &str| if environment(c) { Class::Environment } else { Class::Code };
    let mut found: Vec<Cause> = said.map(|c| Cause::of_all(class(&c), c)).collect();
    for side in [before, now] {
        let other: Vec<String> = side.other_code.iter().map(Code::short).collect();
        if !other.is_empty() {
            let text = format!("some trials of {} were measured by {}", side.name, other.join("; "));
            found.push(Cause::of_all(Class::Code, text));
        }
    }
    found
}

fn of_machines(before: &Provenance<'_>, now: &Provenance<'_>) -> Vec<Cause> {
    let (Some(old), Some(new)) = (before.hardware, now.hardware) else { return Vec::new() };
    // Numbers do not depend on the number of threads.
    let pairs = [
        ("processor", &old.processor, &new.processor, false),
        // A target implies the system, so a different target is enough.
        ("system", &old.system, &new.system, before.code.target != now.code.target),
    ];
    let differing = pairs.into_iter().filter(|(_, a, b, said)| a != b && !said);
    differing.map(|(what, a, b, _)| Cause::of_all(Class::Environment, format!("{what}: {a} → {b}"))).collect()
}

/// All differences between two measurements that can change or add numbers, or end fits.
#[must_use]
pub fn causes(before: &Provenance<'_>, now: &Provenance<'_>) -> Vec<Cause> {
    let mut found = of_configs(before, now);
    if before.only != now.only {
        let words = |only: &[String]| if only.is_empty() { "all".to_owned() } else { only.join(", ") };
        let text = format!("--only: {} → {}", words(before.only), words(now.only));
        found.push(Cause { class: Class::Selection, touches: Touches::Extent, text });
    }
    found.extend(of_inputs(before, now));
    found.extend(of_code(before, now));
    found.extend(of_machines(before, now));
    found
}
