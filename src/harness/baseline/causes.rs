//! What differs between two measurements, by what it can move.

use crate::words::words;
use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Reach, Resolved};
use crate::provenance::{Code, Hardware};

words! {
    /// The kinds of causes.
    pub enum Class {
        /// Settings of the problem or of an estimator.
        Config = "config",
        /// The seed: other data.
        Seed = "seed",
        /// Contents of files that the problem reads.
        Inputs = "inputs",
        /// Version, commit, program file.
        Code = "code",
        /// Compiler, target, machine.
        Environment = "environment",
        /// Replicates, cells and estimators.
        Selection = "selection",
        /// Limits of time and memory: they end fits, and move no number.
        Limits = "limits",
        /// The same program gave other numbers for the same config.
        Nothing = "nothing",
    }
}

/// Whose numbers a cause can move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touches {
    /// Those of all estimators.
    All,
    /// Those of one estimator.
    Estimator(String),
    /// How fits end, of one estimator or of all.
    Endings(Option<String>),
    /// None: it adds numbers or takes them away.
    Extent,
}

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Its kind.
    pub class: Class,
    /// Whose numbers it can move.
    pub touches: Touches,
    /// What differs, as `problem.k: 3 → 4`.
    pub text: String,
}

impl Cause {
    fn of_all(class: Class, text: String) -> Self {
        Self { class, touches: Touches::All, text }
    }

    /// That nothing differs and numbers do.
    #[must_use]
    pub fn nothing() -> Self {
        let text = "nothing: the same program gave other numbers for the same config";
        Self::of_all(Class::Nothing, text.to_owned())
    }

    /// The one estimator that it touches, where it is one.
    #[must_use]
    pub fn estimator(&self) -> Option<&str> {
        match &self.touches {
            Touches::Estimator(name) | Touches::Endings(Some(name)) => Some(name),
            Touches::All | Touches::Endings(None) | Touches::Extent => None,
        }
    }
}

/// Where numbers came from.
#[derive(Clone, Copy, Debug)]
pub struct Provenance<'a> {
    /// How it is called, such as `the baseline`.
    pub name: &'a str,
    /// The config; `None` where this version cannot read it.
    pub resolved: Option<&'a Resolved>,
    /// Files that the problem read, with the SHA-256 of their contents.
    pub inputs: &'a BTreeMap<String, String>,
    /// The code.
    pub code: &'a Code,
    /// Other code that measured some of the trials.
    pub other_code: &'a [Code],
    /// The machine, where it is known.
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
    Cause::of_all(Class::Config, format!("the config of {name}: this version cannot read it"))
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
    // The digest of the program's file says no more than the commit does.
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
        // A target is of one system: then it says the same.
        ("system", &old.system, &new.system, before.code.target != now.code.target),
    ];
    let differing = pairs.into_iter().filter(|(_, a, b, said)| a != b && !said);
    differing.map(|(what, a, b, _)| Cause::of_all(Class::Environment, format!("{what}: {a} → {b}"))).collect()
}

/// Everything that differs between two measurements and can move, add or end something.
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
