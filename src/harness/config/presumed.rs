//! What numbers in claims presume: the settings of the config that states them.

use std::collections::BTreeMap;

use toml::{Table, Value};
use wildmatch::WildMatch;

use super::Resolved;
use crate::claims::{ClaimSpec, STATED_FOR};
use crate::keys;

/// A setting that differs from the config that states the claims.
struct Departure {
    /// Dotted key, without `problem.`.
    key: String,
    /// The estimator to which it belongs, if any.
    estimator: Option<String>,
    stated: String,
    now: String,
}

/// The differing leaves of two tables, their keys prefixed.
fn differing(stated: &Table, now: &Table, prefix: &str, estimator: Option<&str>, found: &mut Vec<Departure>) {
    let texts = |table: &Table| -> BTreeMap<String, String> {
        keys::leaves(table).into_iter().map(|(key, value)| (key, value.to_string())).collect()
    };
    let (stated, now) = (texts(stated), texts(now));
    let all = stated.keys().chain(now.keys().filter(|key| !stated.contains_key(*key)));
    for key in all.filter(|key| stated.get(*key) != now.get(*key)) {
        let text =
            |side: &BTreeMap<String, String>| side.get(key).cloned().unwrap_or_else(|| "none".to_owned());
        found.push(Departure {
            key: format!("{prefix}{key}"),
            estimator: estimator.map(str::to_owned),
            stated: text(&stated),
            now: text(&now),
        });
    }
}

/// Axes with values that the stated config does not have; those without some of its values still have its cells.
fn sweeps(stated: &Resolved, now: &Resolved, found: &mut Vec<Departure>) {
    for axis in &now.axes {
        let before = stated.axes.iter().find(|a| a.path == axis.path);
        let has = |value| before.is_some_and(|a| a.values.iter().any(|v| v.same(value)));
        if !axis.values.iter().all(has) {
            let list = |values: &[_]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let (estimator, key) =
                match axis.path.strip_prefix("estimator.").and_then(|rest| rest.split_once('.')) {
                    Some((name, _)) => (Some(name.to_owned()), axis.path.clone()),
                    None => (None, axis.path.trim_start_matches("problem.").to_owned()),
                };
            let (stated, now) =
                (before.map_or_else(|| "none".to_owned(), |a| list(&a.values)), list(&axis.values));
            found.push(Departure { key, estimator, stated, now });
        }
    }
}

fn departures(stated: &Resolved, now: &Resolved) -> Vec<Departure> {
    let mut found = Vec::new();
    differing(&stated.problem, &now.problem, "", None, &mut found);
    // What is swept on either side is compared as a sweep.
    let swept = |key: &str| {
        let path = format!("problem.{key}");
        stated.axes.iter().chain(&now.axes).any(|axis| axis.path == path)
    };
    found.retain(|d| !swept(&d.key));
    sweeps(stated, now, &mut found);
    for estimator in &now.estimators {
        if let Some(before) = stated.estimators.iter().find(|e| e.name == estimator.name) {
            let prefix = format!("estimator.{}.", estimator.name);
            differing(&before.parameters, &estimator.parameters, &prefix, Some(&estimator.name), &mut found);
        }
    }
    found
}

/// Whether a claim's number depends on a setting.
fn concerns(claim: &ClaimSpec, departure: &Departure) -> bool {
    let free = |pattern: &String| WildMatch::new(pattern).matches(&departure.key);
    let its = departure.estimator.as_ref().is_none_or(|name| claim.estimators().any(|e| e == name));
    its && !claim.common.free.iter().any(free)
}

impl Resolved {
    /// Marks the claims with a published or expected number that presume other settings than this run has: those of
    /// `stated`, the config that states them at the same profile. The config of the run keeps the marks.
    pub(crate) fn presume(&mut self, stated: &Self) {
        let departures = departures(stated, self);
        if departures.is_empty() {
            return;
        }
        for (i, claim) in self.claims.iter_mut().enumerate().filter(|(_, claim)| claim.has_number()) {
            let concerned: Vec<&Departure> = departures.iter().filter(|d| concerns(claim, d)).collect();
            if concerned.is_empty() {
                continue;
            }
            let list = |side: fn(&Departure) -> &str| {
                concerned.iter().map(|d| format!("{} = {}", d.key, side(d))).collect::<Vec<_>>().join(", ")
            };
            let text = format!("{}; this run has {}", list(|d| &d.stated), list(|d| &d.now));
            let tables = self.merged.get_mut("claim").and_then(Value::as_array_mut);
            if let Some(table) = tables.and_then(|t| t.get_mut(i)).and_then(Value::as_table_mut) {
                table.insert(STATED_FOR.to_owned(), Value::String(text.clone()));
            }
            claim.common.stated_for = Some(text);
        }
    }
}
