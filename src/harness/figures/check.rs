//! The names that tables and figures may use, and the checks that all kinds of `[[figure]]` share: every name is known,
//! and no two cells fall on one place.

use std::collections::BTreeMap;

use remeasure_core::curve::Curve;
use remeasure_core::{Invalid, hint};

use super::{Common, FigureSpec, Frame, ScaleSpec};
use crate::arguments::{self, Argument};
use crate::claims::Metrics;
use crate::records::{Axis, AxisValue};
use crate::select::{self, Filter};

/// The names that a table or figure may use.
pub(crate) struct Known<'a> {
    /// The axes of the sweep, with the values of this profile.
    pub(crate) sweep: &'a [Axis],
    /// The axes with the values that they have in any profile.
    pub(crate) anywhere: &'a [Axis],
    pub(crate) axes: Vec<&'a str>,
    pub(crate) estimators: Vec<&'a str>,
    pub(crate) metrics: Metrics<'a>,
    pub(crate) curves: &'a [Curve],
    /// Settings of the problem.
    pub(crate) settings: BTreeMap<String, AxisValue>,
}

/// Refuses a name that is not among the valid ones.
pub(crate) fn must(what: &str, key: &str, name: &str, valid: &[&str]) -> Result<(), Invalid> {
    if valid.contains(&name) {
        return Ok(());
    }
    Err(Invalid::new(key, hint::unknown(what, name, valid.iter().copied())))
}

impl Known<'_> {
    /// Checks a `[[figure]]`.
    ///
    /// # Errors
    /// The first name that is unknown, or the first key that cannot be drawn.
    pub(crate) fn figure(&self, figure: &FigureSpec) -> Result<(), Invalid> {
        let (common, frame) = (&figure.common, &figure.kind.frame());
        self.metrics.must("metric", &common.metric)?;
        figure.kind.check(common, self)?;
        for (key, name) in [("facet", frame.facet), ("series", frame.series)] {
            name.map_or(Ok(()), |name| self.axis_or(key, name, &["estimator"]))?;
        }
        self.filter(&common.filter)?;
        self.estimators(&common.estimators)?;
        let names: Vec<&str> = self.curves.iter().map(|c| c.name).collect();
        for (i, curve) in frame.curves.iter().enumerate() {
            must("curve", &format!("curves[{i}]"), curve, &names)?;
        }
        self.numerator(common, frame)?;
        self.scales(common, frame)?;
        self.drawable_curves(common, frame)?;
        self.one_place_each(common, frame)
    }

    /// Refuses a name that is neither an axis nor one of `others`.
    pub(super) fn axis_or(&self, key: &str, name: &str, others: &[&str]) -> Result<(), Invalid> {
        must("axis", key, name, &[self.axes.as_slice(), others].concat())
    }

    fn numerator(&self, common: &Common, frame: &Frame<'_>) -> Result<(), Invalid> {
        let Some(numerator) = frame.numerator else { return Ok(()) };
        must("estimator", "numerator", numerator, &self.estimators)?;
        if let Some(i) = common.estimators.iter().position(|e| e == numerator) {
            let message = format!("`{numerator}` would be divided by itself");
            return Err(Invalid::new(format!("estimators[{i}]"), message));
        }
        if self.estimators.len() < 2 {
            return Err(Invalid::new("numerator", format!("there is nothing to divide `{numerator}` by")));
        }
        Ok(())
    }

    pub(crate) fn filter(&self, filter: &Filter) -> Result<(), Invalid> {
        for (name, entry) in filter {
            let key = format!("where.{name}");
            must("axis", &key, name, &self.axes)?;
            let axis = self.sweep.iter().find(|a| &a.name == name);
            for value in select::allowed(entry) {
                if let Some(axis) = axis.filter(|a| !a.values.iter().any(|v| v.same(&value))) {
                    let values: Vec<String> = axis.values.iter().map(ToString::to_string).collect();
                    let message =
                        format!("{value} is not a value of the axis; it takes {}", values.join(", "));
                    return Err(Invalid::new(key, message));
                }
            }
        }
        Ok(())
    }

    pub(crate) fn estimators(&self, names: &[String]) -> Result<(), Invalid> {
        names
            .iter()
            .enumerate()
            .try_for_each(|(i, name)| must("estimator", &format!("estimators[{i}]"), name, &self.estimators))
    }

    /// Refuses a table or figure in which several cells would fall on one place.
    pub(crate) fn unambiguous(
        &self,
        filter: &Filter,
        drawn: &[Option<&str>],
        key: &str,
    ) -> Result<(), Invalid> {
        for axis in self.sweep {
            if !drawn.contains(&Some(&axis.name)) && !select::is_fixed(axis, filter) {
                let message = format!(
                    "the axis `{}` is neither shown nor fixed: give it one value in `where`, or show it",
                    axis.name
                );
                return Err(Invalid::new(key, message));
            }
        }
        Ok(())
    }

    fn axis(&self, name: &str) -> Option<&Axis> {
        self.sweep.iter().find(|a| a.name == name)
    }

    /// Checks that all values on a logarithmic axis are positive.
    fn scales(&self, common: &Common, frame: &Frame<'_>) -> Result<(), Invalid> {
        let log = |scale| scale == ScaleSpec::Log;
        if log(frame.x_scale) {
            self.positive(common, "x_scale", frame.x)?;
        }
        match frame.y {
            Some(y) if log(frame.y_scale) => self.positive(common, "y_scale", y),
            _ => Ok(()),
        }
    }

    fn positive(&self, common: &Common, key: &str, name: &str) -> Result<(), Invalid> {
        let Some(axis) = self.axis(name) else { return Ok(()) };
        let placed = |v: &&AxisValue| v.as_f64().is_some_and(|x| x > 0.0);
        match select::shown(axis, &common.filter).into_iter().find(|v| !placed(v)) {
            None => Ok(()),
            Some(value) => {
                let message =
                    format!("a logarithmic scale takes positive numbers only; the axis `{name}` has {value}");
                Err(Invalid::new(key, message))
            }
        }
    }

    /// Curves need a horizontal axis of numbers, and every other argument fixed in each panel.
    fn drawable_curves(&self, common: &Common, frame: &Frame<'_>) -> Result<(), Invalid> {
        if frame.curves.is_empty() {
            return Ok(());
        }
        let numbers = |axis: &Axis| {
            let values = select::shown(axis, &common.filter);
            values.into_iter().find(|v| v.as_f64().is_none()).cloned()
        };
        let along = |name: &String| {
            self.curves.iter().any(|c| c.name == name && c.arguments.contains(&arguments::COORDINATE))
        };
        let on_path = frame.x == arguments::COORDINATE && self.axis(frame.x).is_none();
        if self.axis(frame.x).is_none() && !(on_path && frame.curves.iter().all(along)) {
            return Err(Invalid::new("curves", "a curve needs an axis of the sweep as `x`"));
        }
        if let Some(x) = self.axis(frame.x)
            && let Some(value) = numbers(x)
        {
            let message = format!("a curve needs numbers along `x`; the axis `{}` has {value}", x.name);
            return Err(Invalid::new("curves", message));
        }
        for (i, name) in frame.curves.iter().enumerate() {
            let takes = self.curves.iter().find(|c| c.name == name).map_or(&[][..], |c| c.arguments);
            for argument in takes.iter().filter(|a| !(on_path && **a == arguments::COORDINATE)) {
                let refuse = |reason: String| {
                    let message = format!("`{name}` is a function of `{argument}`, which {reason}");
                    Invalid::new(format!("curves[{i}]"), message)
                };
                let found = arguments::find(argument, self.sweep, &self.settings);
                let Argument::Axis(axis) = found.map_err(refuse)? else { continue };
                let axis = &self.sweep[axis];
                if axis.name == frame.x {
                    continue;
                }
                if let Some(value) = numbers(axis) {
                    return Err(refuse(format!("is {value}, not a number")));
                }
                let drawn = |key: Option<&str>| key == Some(axis.name.as_str());
                let fixed = drawn(frame.facet) && !drawn(frame.y);
                if !fixed && !select::is_fixed(axis, &common.filter) {
                    let mend = "has several values in a panel: show it along `x`, set it as `facet`, \
                                or give it one value in `where`";
                    return Err(refuse(mend.to_owned()));
                }
            }
        }
        Ok(())
    }

    /// Refuses a figure in which several cells or estimators would fall on one place.
    fn one_place_each(&self, common: &Common, frame: &Frame<'_>) -> Result<(), Invalid> {
        let drawn = [Some(frame.x), frame.y, frame.facet, frame.series];
        let all = self.estimators.len() - usize::from(frame.numerator.is_some());
        let shown = if common.estimators.is_empty() { all } else { common.estimators.len() };
        if !drawn.contains(&Some("estimator")) && shown != 1 {
            let message =
                "several estimators would fall on one place: name one, or set facet = \"estimator\"";
            return Err(Invalid::new("estimators", message));
        }
        if frame.shared { Ok(()) } else { self.unambiguous(&common.filter, &drawn, "where") }
    }
}
