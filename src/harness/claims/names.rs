//! Checks that the names in a claim exist.

use std::collections::BTreeMap;

use remeasure_core::Invalid;
use remeasure_core::curve::Curve;
use remeasure_core::hint;

use super::claim::ClaimSpec;
use super::forms::Kind;
use super::values::Selected;
use crate::records::{Axis, AxisValue};

/// What a claim may refer to.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// Estimators of the experiment.
    pub estimators: &'a [String],
    /// Metrics its trials may record.
    pub metrics: &'a Metrics<'a>,
    /// Axes of its sweep, with their values.
    pub axes: &'a [Axis],
    /// Axes with their values in any profile, for the values that a claim gives to cells.
    pub anywhere: &'a [Axis],
    /// Reference curves of the experiment.
    pub curves: &'a [Curve],
    /// Problem settings that all cells share, for the curves.
    pub settings: &'a BTreeMap<String, AxisValue>,
}

/// The metrics that a config may name.
#[derive(Clone, Debug, Default)]
pub struct Metrics<'a> {
    /// Those that trials may record.
    pub recorded: Vec<&'a str>,
    /// Others that the family has, but never records for this problem.
    pub never: Vec<&'a str>,
    /// Kind of the problem; empty if it has none.
    pub problem: &'a str,
}

impl Metrics<'_> {
    /// Refuses a name that is not among those recorded.
    ///
    /// # Errors
    /// The nearest name, or why the metric is never recorded.
    pub fn must(&self, key: &str, name: &str) -> Result<(), Invalid> {
        if !self.never.contains(&name) {
            return one_of(key, "metric", name, &self.recorded);
        }
        let kind = match self.problem {
            "" => String::new(),
            kind => format!(" with kind = \"{kind}\""),
        };
        let names: Vec<String> = self.recorded.iter().map(|name| format!("`{name}`")).collect();
        let names = names.join(", ");
        Err(Invalid::new(key, format!("a problem{kind} never records `{name}`; it may record {names}")))
    }
}

pub(super) fn one_of(key: &str, kind: &str, name: &str, known: &[&str]) -> Result<(), Invalid> {
    if known.contains(&name) {
        Ok(())
    } else {
        Err(Invalid::new(key, hint::unknown(kind, name, known.iter().copied())))
    }
}

fn strs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

impl Names<'_> {
    pub(super) fn axis(&self, key: &str, name: &str) -> Result<&Axis, Invalid> {
        let names: Vec<&str> = self.axes.iter().map(|a| a.name.as_str()).collect();
        one_of(key, "axis", name, &names)?;
        let found = self.axes.iter().find(|a| a.name == name);
        found.ok_or_else(|| Invalid::new(key, hint::unknown("axis", name, names)))
    }
}

/// Values of an axis that a claim selects.
pub(super) fn selected<'a>(axis: &'a Axis, selection: &[Selected]) -> Vec<&'a AxisValue> {
    let chosen = selection.iter().find(|s| s.axis == axis.name);
    axis.values.iter().filter(|v| chosen.is_none_or(|s| s.values.iter().any(|w| w.same(v)))).collect()
}

impl ClaimSpec {
    /// Checks that every estimator, metric, axis, axis value and curve exists
    /// and suits the claim.
    ///
    /// # Errors
    /// The key whose value is unknown, with the nearest name.
    pub fn check_names(&self, names: &Names<'_>) -> Result<(), Invalid> {
        for s in &self.selection {
            let key = format!("where.{}", s.axis);
            let axis = names.axis(&key, &s.axis)?;
            for value in &s.values {
                if !axis.values.iter().any(|v| v.same(value)) {
                    let known: Vec<String> = axis.values.iter().map(AxisValue::to_string).collect();
                    let message =
                        format!("the sweep has no {} = {value}; it has {}", s.axis, known.join(", "));
                    return Err(Invalid::new(key, message));
                }
            }
        }
        for g in &self.given {
            if let Some(axis) = names.axes.iter().find(|a| g.swept_by(a)) {
                let message = format!("`{}` is swept: use `where = {{ {} = … }}` instead", g.key, axis.name);
                return Err(Invalid::new(format!("given.{}", g.key), message));
            }
        }
        self.check_values(names)?;
        if let Some(name) = &self.common.verdict_per {
            names.axis("verdict_per", name)?;
            if self.runs_along(name) {
                let message = format!("the claim runs along `{name}`, so it has one verdict for all values");
                return Err(Invalid::new("verdict_per", message));
            }
        }
        for (kind, key, name) in self.test.names() {
            match (kind, name) {
                (Kind::Metric, Some(name)) => names.metrics.must(key, name)?,
                (Kind::Estimator, Some(name)) => one_of(key, "estimator", name, &strs(names.estimators))?,
                (Kind::Axis, Some(name)) => names.axis(key, name).map(|_| ())?,
                (_, None) => {}
            }
        }
        self.test.check_names(self, names)
    }

    /// Checks that the claim covers several values of an axis.
    pub(super) fn several(&self, names: &Names<'_>, key: &str, name: &str) -> Result<(), Invalid> {
        let axis = names.axis(key, name)?;
        if selected(axis, &self.selection).len() < 2 {
            return Err(Invalid::new(key, format!("the claim needs at least two values of `{name}`")));
        }
        Ok(())
    }

    /// Checks that the values of an axis are numbers.
    pub(super) fn numeric(
        &self,
        names: &Names<'_>,
        key: &str,
        name: &str,
        positive: bool,
    ) -> Result<(), Invalid> {
        let axis = names.axis(key, name)?;
        let usable = |v: &&AxisValue| v.as_f64().is_some_and(|x| x.is_finite() && (!positive || x > 0.0));
        match selected(axis, &self.selection).into_iter().find(|v| !usable(v)) {
            None => Ok(()),
            Some(v) => {
                let kind = if positive { "positive numbers" } else { "numbers" };
                Err(Invalid::new(key, format!("`{name}` must have {kind} as values; it has {v}")))
            }
        }
    }
}
