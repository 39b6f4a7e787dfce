//! What a `[[figure]]` must fulfil: every name known, every key of use, every mark in one place.

use remeasure_core::Invalid;

use super::{Known, must};
use crate::arguments::{self, Argument};
use crate::config::{Band, FigureKind, FigureSpec, ScaleSpec, Statistic};
use crate::records::{Axis, AxisValue};
use crate::report::select;

impl Known<'_> {
    pub(super) fn figure(&self, figure: &FigureSpec) -> Result<(), Invalid> {
        self.figure_names(figure)?;
        ignored_keys(figure)?;
        self.numerator(figure)?;
        self.published(figure)?;
        self.scales(figure)?;
        self.drawable_curves(figure)?;
        self.one_place_each(figure)
    }

    fn figure_names(&self, figure: &FigureSpec) -> Result<(), Invalid> {
        let with = |extra: &[&'static str]| -> Vec<&str> {
            self.axes.iter().copied().chain(extra.iter().copied()).collect()
        };
        must("metric", "metric", &figure.metric, &self.metrics)?;
        if figure.x.is_empty() && figure.kind != FigureKind::Image {
            return Err(Invalid::new("", "missing field `x`"));
        }
        match figure.kind {
            FigureKind::Image => self.image(figure)?,
            FigureKind::Line => must("axis", "x", &figure.x, &with(&["coordinate"]))?,
            FigureKind::Box => must("axis", "x", &figure.x, &with(&["estimator"]))?,
            FigureKind::HeatMap => must("axis", "x", &figure.x, &self.axes)?,
            FigureKind::Scatter => must("metric", "x", &figure.x, &self.metrics)?,
        }
        match (figure.kind, &figure.y) {
            (FigureKind::HeatMap, None) => return Err(Invalid::new("", "a heat map needs `y`, an axis")),
            (FigureKind::HeatMap, Some(y)) => must("axis", "y", y, &self.axes)?,
            (_, Some(_)) => return Err(Invalid::new("y", "only a heat map takes `y`; others show `metric`")),
            (_, None) => {}
        }
        if let Some(facet) = &figure.facet {
            must("axis", "facet", facet, &with(&["estimator"]))?;
        }
        if let Some(series) = &figure.series {
            must("axis", "series", series, &with(&["estimator"]))?;
        }
        self.filter(&figure.filter)?;
        self.estimators(&figure.estimators)?;
        let curves = figure.curves.iter().enumerate();
        let names: Vec<&str> = self.curves.iter().map(|c| c.name).collect();
        curves.into_iter().try_for_each(|(i, curve)| must("curve", &format!("curves[{i}]"), curve, &names))
    }

    /// An image has panels and pixels, but neither axes nor lines.
    fn image(&self, figure: &FigureSpec) -> Result<(), Invalid> {
        for (key, found) in
            [("x", Some(&figure.x)), ("facet", figure.facet.as_ref()), ("series", figure.series.as_ref())]
        {
            if found.is_some_and(|name| !name.is_empty()) {
                let message = format!("an image has no `{key}`: it shows a panel for each estimator");
                return Err(Invalid::new(key, message));
            }
        }
        if figure.x_scale == ScaleSpec::Log || figure.y_scale == ScaleSpec::Log {
            let key = if figure.x_scale == ScaleSpec::Log { "x_scale" } else { "y_scale" };
            return Err(Invalid::new(key, "an image has no axes"));
        }
        let also = figure.also.iter().enumerate();
        also.into_iter()
            .try_for_each(|(i, metric)| must("metric", &format!("also[{i}]"), metric, &self.metrics))
    }

    fn axis(&self, name: &str) -> Option<&Axis> {
        self.resolved.axes.iter().find(|a| a.name == name)
    }

    /// A logarithm of every value on a logarithmic axis.
    fn scales(&self, figure: &FigureSpec) -> Result<(), Invalid> {
        let log = |scale| scale == ScaleSpec::Log;
        if log(figure.x_scale) {
            if figure.kind == FigureKind::Box {
                let message = "a box plot shows the values of `x` side by side, as categories: \
                               it has no logarithmic scale";
                return Err(Invalid::new("x_scale", message));
            }
            self.positive(figure, "x_scale", &figure.x)?;
        }
        match &figure.y {
            Some(y) if log(figure.y_scale) => self.positive(figure, "y_scale", y),
            _ => Ok(()),
        }
    }

    fn positive(&self, figure: &FigureSpec, key: &str, name: &str) -> Result<(), Invalid> {
        let Some(axis) = self.axis(name) else { return Ok(()) };
        let placed = |v: &&AxisValue| v.as_f64().is_some_and(|x| x > 0.0);
        match select::shown(axis, &figure.filter).into_iter().find(|v| !placed(v)) {
            None => Ok(()),
            Some(value) => {
                let message =
                    format!("a logarithmic scale takes positive numbers only; the axis `{name}` has {value}");
                Err(Invalid::new(key, message))
            }
        }
    }

    /// Curves need a horizontal axis of numbers, and every other argument fixed in each panel.
    fn drawable_curves(&self, figure: &FigureSpec) -> Result<(), Invalid> {
        if figure.curves.is_empty() {
            return Ok(());
        }
        let numbers = |axis: &Axis| {
            let values = select::shown(axis, &figure.filter);
            values.into_iter().find(|v| v.as_f64().is_none()).cloned()
        };
        if !matches!(figure.kind, FigureKind::Line | FigureKind::HeatMap) {
            return Err(Invalid::new("curves", "only a line figure and a heat map take `curves`"));
        }
        let Some(x) = self.axis(&figure.x) else {
            return Err(Invalid::new("curves", "a curve needs an axis of the sweep as `x`"));
        };
        if let Some(value) = numbers(x) {
            let message = format!("a curve needs numbers along `x`; the axis `{}` has {value}", x.name);
            return Err(Invalid::new("curves", message));
        }
        for (i, name) in figure.curves.iter().enumerate() {
            let takes = self.curves.iter().find(|c| c.name == name).map_or(&[][..], |c| c.arguments);
            for argument in takes {
                let refuse = |reason: String| {
                    let message = format!("`{name}` is a function of `{argument}`, which {reason}");
                    Invalid::new(format!("curves[{i}]"), message)
                };
                let found = arguments::find(argument, &self.resolved.axes, &self.settings);
                let Argument::Axis(axis) = found.map_err(refuse)? else { continue };
                let axis = &self.resolved.axes[axis];
                if axis.name == figure.x {
                    continue;
                }
                if let Some(value) = numbers(axis) {
                    return Err(refuse(format!("is {value} and no number")));
                }
                let drawn = |key: &Option<String>| key.as_ref() == Some(&axis.name);
                let fixed = drawn(&figure.facet) && !drawn(&figure.y);
                if !fixed && !select::is_fixed(axis, &figure.filter) {
                    let mend = "has several values in a panel: show it along `x`, set it as `facet`, \
                                or give it one value in `where`";
                    return Err(refuse(mend.to_owned()));
                }
            }
        }
        Ok(())
    }

    /// Refuses a figure in which several cells or estimators would fall on one place.
    fn one_place_each(&self, figure: &FigureSpec) -> Result<(), Invalid> {
        let series = figure.series.as_deref();
        let drawn = [Some(figure.x.as_str()), figure.y.as_deref(), figure.facet.as_deref(), series];
        let all = self.estimators.len() - usize::from(figure.numerator.is_some());
        let shown = if figure.estimators.is_empty() { all } else { figure.estimators.len() };
        let estimators_apart = drawn.contains(&Some("estimator"))
            || (series.is_none() && figure.kind != FigureKind::HeatMap)
            || shown == 1;
        if !estimators_apart {
            let message =
                "several estimators would fall on one place: name one, or set facet = \"estimator\"";
            return Err(Invalid::new("estimators", message));
        }
        if figure.kind == FigureKind::Scatter {
            return Ok(());
        }
        self.unambiguous(&figure.filter, &drawn, "where")
    }
}

/// Refuses keys that the kind of figure would pass over.
fn ignored_keys(figure: &FigureSpec) -> Result<(), Invalid> {
    let line = figure.kind == FigureKind::Line;
    let heat_map = figure.kind == FigureKind::HeatMap;
    let refuse = |key: &str, message: &str| Err(Invalid::new(key, message));
    if figure.statistic.is_some() && !line {
        return refuse("statistic", "only a line figure takes `statistic`");
    }
    if figure.band.is_some() && !line {
        return refuse("band", "only a line figure takes `band`");
    }
    if figure.z_label.is_some() && !heat_map {
        return refuse("z_label", "only a heat map takes `z_label`, the label of its colours");
    }
    if !figure.also.is_empty() && figure.kind != FigureKind::Image {
        return refuse("also", "only an image takes `also`, further metrics with a panel each");
    }
    if figure.series.is_some() && heat_map {
        return refuse("series", "a heat map has no series; `facet` gives each value a panel of its own");
    }
    if figure.statistic() == Statistic::Median && figure.band() == Band::Se {
        let message =
            "a standard error belongs to a mean; with a median take \"ci95\", \"quartiles\" or \"none\"";
        return refuse("band", message);
    }
    Ok(())
}
