//! What the boxes of a paper beside ours, and figures of ratios, must fulfil.

use remeasure_core::Invalid;

use super::{Known, must};
use crate::config::anywhere;
use crate::config::{FigureKind, FigureSpec, PublishedBox, ScaleSpec};
use crate::records::AxisValue;
use crate::report::select;

impl Known<'_> {
    pub(super) fn numerator(&self, figure: &FigureSpec) -> Result<(), Invalid> {
        let Some(numerator) = &figure.numerator else { return Ok(()) };
        if !matches!(figure.kind, FigureKind::Line | FigureKind::Box) {
            return Err(Invalid::new("numerator", "only a line figure and a box plot take `numerator`"));
        }
        must("estimator", "numerator", numerator, &self.estimators)?;
        if let Some(i) = figure.estimators.iter().position(|e| e == numerator) {
            let message = format!("`{numerator}` would be divided by itself");
            return Err(Invalid::new(format!("estimators[{i}]"), message));
        }
        if self.estimators.len() < 2 {
            return Err(Invalid::new("numerator", format!("there is nothing to divide `{numerator}` by")));
        }
        Ok(())
    }

    pub(super) fn published(&self, figure: &FigureSpec) -> Result<(), Invalid> {
        let line = figure.kind == FigureKind::Line;
        if !figure.published.is_empty() && !line && figure.kind != FigureKind::Box {
            return Err(Invalid::new("published", "only a box plot and a line figure take `published`"));
        }
        if !figure.published.is_empty() && line && !self.axes.contains(&figure.x.as_str()) {
            return Err(Invalid::new("published", "needs an axis of the sweep as `x`"));
        }
        if figure.claimed.is_some() && !line {
            return Err(Invalid::new("claimed", "only a line figure takes `claimed`"));
        }
        for (i, entry) in figure.published.iter().enumerate() {
            let at = |key: &str| match key {
                "" => format!("published[{i}]"),
                key => format!("published[{i}].{key}"),
            };
            self.published_estimator(figure, entry, &at("estimator"))?;
            self.published_cell(figure, entry, &at)?;
            numbers(figure, entry, &at)?;
            let same = |other: &PublishedBox| {
                let same_x = match (&other.x, &entry.x) {
                    (Some(a), Some(b)) => a.same(b),
                    (None, None) => true,
                    _ => false,
                };
                let value = |p: &PublishedBox, axis: &str| p.cell.get(axis).and_then(AxisValue::from_toml);
                let same_cell = self.axes.iter().all(|a| match (value(other, a), value(entry, a)) {
                    (Some(a), Some(b)) => a.same(&b),
                    _ => true,
                });
                other.estimator == entry.estimator && same_x && same_cell
            };
            if let Some(first) = figure.published[..i].iter().position(same) {
                let message = format!("`published[{first}]` is already the box at this place");
                return Err(Invalid::new(at(""), message));
            }
        }
        Ok(())
    }

    fn published_estimator(
        &self,
        figure: &FigureSpec,
        entry: &PublishedBox,
        key: &str,
    ) -> Result<(), Invalid> {
        must("estimator", key, &entry.estimator, &self.estimators)?;
        let named = figure.estimators.is_empty() || figure.estimators.contains(&entry.estimator);
        if !named || figure.numerator.as_ref() == Some(&entry.estimator) {
            return Err(Invalid::new(key, format!("the figure does not show `{}`", entry.estimator)));
        }
        Ok(())
    }

    fn published_cell(
        &self,
        figure: &FigureSpec,
        entry: &PublishedBox,
        at: &impl Fn(&str) -> String,
    ) -> Result<(), Invalid> {
        let known = |key: &str, name: &str, value: &AxisValue| {
            let axis = self.resolved.axes.iter().find(|a| a.name == name);
            let unknown = axis.and_then(|a| anywhere::unknown(a, &self.resolved.anywhere, value));
            unknown.map_or(Ok(()), |message| Err(Invalid::new(at(key), message)))
        };
        match &entry.x {
            Some(_) if figure.x == "estimator" => {
                let message = "the figure has its estimators along `x`: `estimator` says where it stands";
                return Err(Invalid::new(at("x"), message));
            }
            None if figure.x != "estimator" => {
                return Err(Invalid::new(at("x"), format!("is missing: the value of `{}`", figure.x)));
            }
            Some(value) => known("x", &figure.x, value)?,
            None => {}
        }
        for (name, value) in &entry.cell {
            must("axis", &at(name), name, &self.axes)?;
            if *name == figure.x {
                return Err(Invalid::new(
                    at(name),
                    format!("`{name}` is the figure's horizontal axis: `x` gives it"),
                ));
            }
            let Some(value) = AxisValue::from_toml(value) else {
                return Err(Invalid::new(at(name), "must be one value of the axis"));
            };
            known(name, name, &value)?;
            let allowed = figure.filter.get(name).map(select::allowed);
            if allowed.is_some_and(|allowed| !allowed.iter().any(|a| a.same(&value))) {
                return Err(Invalid::new(at(name), format!("`where` leaves out {name} = {value}")));
            }
        }
        for axis in &self.resolved.axes {
            let given = axis.name == figure.x || entry.cell.contains_key(&axis.name);
            if !given && !select::is_fixed(axis, &figure.filter) {
                let message = format!("does not say to which value of `{}` it belongs", axis.name);
                return Err(Invalid::new(at(""), message));
            }
        }
        Ok(())
    }
}

fn numbers(figure: &FigureSpec, entry: &PublishedBox, at: &impl Fn(&str) -> String) -> Result<(), Invalid> {
    let line = figure.kind == FigureKind::Line;
    let (key, other) = if line { ("value", "box") } else { ("box", "value") };
    let refuse = |message: &str| Err(Invalid::new(at(key), message));
    let numbers: &[f64] = match (line, &entry.numbers, &entry.value) {
        (true, None, Some(value)) => std::slice::from_ref(value),
        (false, Some(numbers), None) => numbers,
        (true, None, None) => return refuse("is missing: the published number"),
        (false, None, None) => return refuse("is missing: the five numbers of the published box"),
        _ => return Err(Invalid::new(at(other), format!("is not for such a figure: give `{key}`"))),
    };
    if line && !numbers[0].is_finite() {
        return refuse("must be a finite number");
    }
    if !numbers.iter().all(|x| x.is_finite()) || !numbers.is_sorted() {
        return refuse(
            "must be lower whisker, lower quartile, median, upper quartile, upper whisker, ascending",
        );
    }
    if figure.y_scale == ScaleSpec::Log && numbers[0] <= 0.0 {
        return refuse("must be positive on a logarithmic scale");
    }
    Ok(())
}
