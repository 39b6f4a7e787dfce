//! What numbers in claims presume: the settings of the config that states them.

use toml::Value;
use wildmatch::WildMatch;

use super::Resolved;
use super::identity::{Flat, SWEPT, differing};
use crate::claims::{ClaimSpec, STATED_FOR};

/// A setting that differs from the config that states the claims.
struct Departure {
    /// Dotted key, without `problem.`.
    key: String,
    /// The estimator to which it belongs, if any.
    estimator: Option<String>,
    stated: String,
    now: String,
}

/// The settings that differ. What is swept on either side is compared as a sweep.
fn settings(
    [stated, now]: [&Flat; 2],
    prefix: &str,
    estimator: Option<&str>,
) -> impl Iterator<Item = Departure> {
    let fixed = differing(stated, now).filter(|(_, values)| !values.contains(&Some(SWEPT)));
    fixed.map(move |(key, values)| {
        let [stated, now] = values.map(|value| value.unwrap_or("none").to_owned());
        Departure { key: format!("{prefix}{key}"), estimator: estimator.map(str::to_owned), stated, now }
    })
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
    let mut found: Vec<Departure> =
        settings([&stated.flat_problem(), &now.flat_problem()], "", None).collect();
    sweeps(stated, now, &mut found);
    for (index, estimator) in now.estimators.iter().enumerate() {
        let name = &estimator.name;
        if let Some(before) = stated.estimators.iter().position(|e| e.name == *name) {
            let sides = [&stated.flat_estimator(before), &now.flat_estimator(index)];
            found.extend(settings(sides, &format!("estimator.{name}."), Some(name)));
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
