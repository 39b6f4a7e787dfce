//! Whether the names in a claim exist.

use std::collections::BTreeMap;

use remeasure_core::Invalid;
use remeasure_core::curve::Curve;
use remeasure_core::hint;

use super::spec::{Along, ClaimSpec, Event, Form, Selected, Statistic};
use crate::arguments::{self, Argument};
use crate::records::{Axis, AxisValue};

/// What a claim may refer to.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// Estimators of the experiment.
    pub estimators: &'a [String],
    /// Metrics its trials may record.
    pub metrics: &'a [String],
    /// Axes of its sweep, with their values.
    pub axes: &'a [Axis],
    /// Axes with the values that they have in any profile, for values that a claim gives to cells.
    pub anywhere: &'a [Axis],
    /// Reference curves it offers.
    pub curves: &'a [Curve],
    /// Settings of the problem that all cells share, for the curves.
    pub settings: &'a BTreeMap<String, AxisValue>,
}

fn one_of(key: &str, kind: &str, name: &str, known: &[&str]) -> Result<(), Invalid> {
    if known.contains(&name) {
        Ok(())
    } else {
        Err(Invalid::new(key, hint::unknown(kind, name, known.iter().copied())))
    }
}

impl Names<'_> {
    fn metric(&self, name: &str) -> Result<(), Invalid> {
        one_of("metric", "metric", name, &self.metrics.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn estimator(&self, key: &str, name: &str) -> Result<(), Invalid> {
        one_of(key, "estimator", name, &self.estimators.iter().map(String::as_str).collect::<Vec<_>>())
    }

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
    /// and can play its part.
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
        if let Some(name) = &self.verdict_per {
            names.axis("verdict_per", name)?;
            if self.runs_along(name) {
                let message = format!("the claim runs along `{name}`: it has one verdict for all its values");
                return Err(Invalid::new("verdict_per", message));
            }
        }
        match &self.form {
            Form::Below { metric, a, b, .. } => {
                names.metric(metric)?;
                names.estimator("a", a)?;
                names.estimator("b", b)
            }
            Form::Within { metric, estimator, relative_to, .. } => {
                names.metric(metric)?;
                names.estimator("estimator", estimator)?;
                relative_to.as_ref().map_or(Ok(()), |r| names.estimator("relative_to", r))
            }
            Form::Rate { metric, estimator, axis, .. } => {
                names.metric(metric)?;
                names.estimator("estimator", estimator)?;
                self.positive(names, "axis", axis)
            }
            Form::Monotone { metric, estimator, relative_to, axis, statistic, .. } => {
                names.metric(metric)?;
                names.estimator("estimator", estimator)?;
                relative_to.as_ref().map_or(Ok(()), |r| names.estimator("relative_to", r))?;
                self.several(names, "axis", axis)?;
                match statistic {
                    Statistic::Mean => Ok(()),
                    Statistic::Midpoint(along) | Statistic::Width(along) => self.along(names, along),
                }
            }
            Form::AtMost { estimator, event, .. } => {
                names.estimator("estimator", estimator)?;
                match event {
                    Event::Above(metric, _) | Event::Below(metric, _) => names.metric(metric),
                    _ => Ok(()),
                }
            }
            Form::Midpoint { metric, estimator, along, curve, .. } => {
                names.metric(metric)?;
                names.estimator("estimator", estimator)?;
                self.along(names, along)?;
                self.curve(names, curve, along)
            }
            Form::Untestable { .. } => Ok(()),
        }
    }

    fn several(&self, names: &Names<'_>, key: &str, name: &str) -> Result<(), Invalid> {
        let axis = names.axis(key, name)?;
        if selected(axis, &self.selection).len() < 2 {
            return Err(Invalid::new(key, format!("the claim needs at least two values of `{name}`")));
        }
        Ok(())
    }

    fn numeric(&self, names: &Names<'_>, key: &str, name: &str, positive: bool) -> Result<(), Invalid> {
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

    fn positive(&self, names: &Names<'_>, key: &str, name: &str) -> Result<(), Invalid> {
        self.several(names, key, name)?;
        self.numeric(names, key, name, true)
    }

    fn along(&self, names: &Names<'_>, along: &Along) -> Result<(), Invalid> {
        self.several(names, "along", &along.axis)?;
        self.numeric(names, "along", &along.axis, false)?;
        match &along.per {
            None => Ok(()),
            Some(per) if *per == along.axis => Err(Invalid::new("per", "must be another axis than `along`")),
            Some(per) => self.numeric(names, "per", per, true),
        }
    }

    fn curve(&self, names: &Names<'_>, name: &str, along: &Along) -> Result<(), Invalid> {
        let known: Vec<&str> = names.curves.iter().map(|c| c.name).collect();
        one_of("curve", "reference curve", name, &known)?;
        let takes = names.curves.iter().find(|c| c.name == name).map_or(&[][..], |c| c.arguments);
        for argument in takes {
            let refused = |reason| {
                Invalid::new("curve", format!("`{name}` is a function of `{argument}`, which {reason}"))
            };
            let found = arguments::find(argument, names.axes, names.settings).map_err(refused)?;
            let Argument::Axis(axis) = found else { continue };
            let axis = &names.axes[axis].name;
            self.numeric(names, "curve", axis, false).map_err(|e| {
                Invalid::new("curve", format!("`{name}` takes `{argument}` from the sweep: {}", e.message))
            })?;
            if *axis == along.axis {
                let message = format!("`{name}` takes `{argument}`, along which the 50 % point is sought");
                return Err(Invalid::new("curve", message));
            }
        }
        Ok(())
    }
}
