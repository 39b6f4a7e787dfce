//! Claims read from TOML.

use remeasure_core::Invalid;
use remeasure_core::hint;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::bounded::{bounded, not_itself, reference};
use super::spec::{
    Along, ClaimSpec, DEFAULT_RESOLUTION, Direction, Event, Form, Given, Limits, Location, Over, Published,
    Scale, Selected, Statistic,
};
use super::wire::{
    COMMON, FORMS, WireAtMost, WireBelow, WireCommon, WireDirection, WireEvent, WireMidpoint, WireMonotone,
    WireOver, WireScale, WireStatistic, WireUntestable, WireValues,
};
use crate::records::AxisValue;

fn read<T: DeserializeOwned>(table: Table) -> Result<T, Invalid> {
    serde_path_to_error::deserialize(Value::Table(table)).map_err(|e| {
        let path = e.path().to_string();
        let key = if path == "." { String::new() } else { path };
        Invalid::new(key, e.into_inner().to_string().trim())
    })
}

pub(super) fn require(holds: bool, key: &str, message: impl Into<String>) -> Result<(), Invalid> {
    if holds { Ok(()) } else { Err(Invalid::new(key, message)) }
}

fn is_kebab(id: &str) -> bool {
    id.split('-').all(|w| !w.is_empty() && w.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
}

impl ClaimSpec {
    /// Reads one `[[claim]]` table.
    ///
    /// # Errors
    /// The key that is unknown, missing, of the wrong type or out of range.
    /// Names of metrics, estimators, axes and curves are not looked at here;
    /// see [`check_names`](Self::check_names).
    pub fn parse(mut table: Table) -> Result<Self, Invalid> {
        let forms: Vec<&str> = FORMS.iter().map(|(name, _)| *name).collect();
        let Some(form) = table.remove("form") else {
            return Err(Invalid::new("form", format!("is missing; one of {}", forms.join(", "))));
        };
        let form = form.as_str().ok_or_else(|| Invalid::new("form", "must be a string"))?;
        let Some((_, own)) = FORMS.iter().find(|(name, _)| *name == form) else {
            return Err(Invalid::new("form", hint::unknown("form", form, forms.iter().copied())));
        };
        for key in table.keys() {
            if !COMMON.contains(&key.as_str()) && !own.contains(&key.as_str()) {
                let known: Vec<&str> = own.iter().chain(COMMON).copied().collect();
                return Err(Invalid::new(
                    key,
                    hint::unknown(&format!("key of a `{form}` claim"), key, known.iter().copied()),
                ));
            }
        }
        let selection = selection(table.remove("where"))?;
        let given = given(table.remove("given"))?;
        let mut number = |key: &str| table.remove(key).map(|v| reference(key, v)).transpose();
        let (published, expected) = (number("published")?, number("expected")?);
        require(
            published.is_none() || expected.is_none(),
            "expected",
            "give `published` or `expected`, not both",
        )?;
        let (common, own): (Table, Table) =
            table.into_iter().partition(|(k, _)| COMMON.contains(&k.as_str()));
        let common: WireCommon = read(common)?;
        let form = self::form(form, own, published.as_ref().or(expected.as_ref()))?;
        let over = match common.over {
            Some(WireOver::Pooled) => Over::Pooled,
            _ => Over::Each,
        };
        let spec = Self {
            id: common.id,
            statement: common.statement,
            source: common.source,
            published,
            expected,
            confidence: common.confidence.unwrap_or(0.95),
            selection,
            given,
            coordinate: common.coordinate,
            max_missing: common.max_missing.unwrap_or(0.05),
            over,
            verdict_per: common.verdict_per,
            form,
        };
        spec.check()?;
        Ok(spec)
    }

    fn check(&self) -> Result<(), Invalid> {
        require(is_kebab(&self.id), "id", "must be words of a-z and 0-9 joined by single hyphens")?;
        require(!self.statement.trim().is_empty(), "statement", "must say what is claimed")?;
        require(!self.source.trim().is_empty(), "source", "must say where it is claimed")?;
        let level = self.confidence > 0.5 && self.confidence < 1.0;
        require(level, "confidence", "must lie between 0.5 and 1, exclusive")?;
        require((0.0..1.0).contains(&self.max_missing), "max_missing", "must be at least 0 and below 1")?;
        require(self.coordinate.is_none_or(f64::is_finite), "coordinate", "must be finite")?;
        for (key, value) in [("published", &self.published), ("expected", &self.expected)] {
            let per_cell = matches!(value, Some(Published::PerCell(_)));
            let tested = matches!(
                self.form,
                Form::Within { limits: Limits::PerCell(_), .. }
                    | Form::Rate { limits: Limits::PerCell(_), .. }
            );
            require(
                !per_cell || tested,
                key,
                "a list of values per cell belongs to a `within` or `rate` claim with a tolerance",
            )?;
            require(
                !per_cell || self.over == Over::Each,
                "over",
                format!("\"pooled\" averages the cells, but `{key}` gives each its own value"),
            )?;
        }
        let median = matches!(self.form, Form::Within { statistic: Location::Median, .. });
        require(
            self.over == Over::Each || !median,
            "over",
            "\"pooled\" averages means; a median is tested in each cell",
        )?;
        let may_pool = matches!(self.form, Form::Below { .. } | Form::Within { .. } | Form::AtMost { .. });
        require(
            self.over == Over::Each || may_pool,
            "over",
            "\"pooled\" needs a `below`, `within` or `at-most` claim",
        )
    }
}

fn given(value: Option<Value>) -> Result<Vec<Given>, Invalid> {
    let mut settings = Vec::new();
    match value {
        None => {}
        Some(Value::Table(table)) => flatten("", table, &mut settings)?,
        Some(_) => return Err(Invalid::new("given", "must be a table: setting = value")),
    }
    Ok(settings)
}

/// Nested tables as dotted keys.
fn flatten(prefix: &str, table: Table, settings: &mut Vec<Given>) -> Result<(), Invalid> {
    for (key, value) in table {
        let key = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
        let value = match value {
            Value::Table(inner) => {
                flatten(&key, inner, settings)?;
                continue;
            }
            single => AxisValue::from_toml(&single).filter(AxisValue::is_finite),
        };
        let Some(value) = value else {
            let message = "must be a finite number, a string, a truth value or a table of them";
            return Err(Invalid::new(format!("given.{key}"), message));
        };
        settings.push(Given { key, value });
    }
    Ok(())
}

fn selection(value: Option<Value>) -> Result<Vec<Selected>, Invalid> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let Value::Table(table) = value else {
        return Err(Invalid::new("where", "must be a table: axis = value or axis = [values]"));
    };
    table
        .into_iter()
        .map(|(axis, value)| {
            let key = format!("where.{axis}");
            let values = match value.try_into::<WireValues>() {
                Ok(WireValues::One(v)) => vec![v],
                Ok(WireValues::Many(v)) => v,
                Err(_) => {
                    return Err(Invalid::new(
                        key,
                        "must be a number, a string, a truth value or a list of them",
                    ));
                }
            };
            require(!values.is_empty(), &key, "lists no value, so it selects no cell")?;
            Ok(Selected { axis, values })
        })
        .collect()
}

fn form(name: &str, table: Table, reference: Option<&Published>) -> Result<Form, Invalid> {
    match name {
        "below" => below(read(table)?),
        "within" | "rate" => bounded(name, read(table)?, reference),
        "monotone" => monotone(read(table)?),
        "at-most" => at_most(read(table)?),
        "midpoint" => {
            let w: WireMidpoint = read(table)?;
            require(w.tolerance > 0.0 && w.tolerance.is_finite(), "tolerance", "must be positive")?;
            let along = Along { axis: w.along, per: w.per };
            let (metric, estimator) = (w.metric, w.estimator);
            Ok(Form::Midpoint { metric, estimator, along, curve: w.curve, tolerance: w.tolerance })
        }
        _ => {
            let w: WireUntestable = read(table)?;
            require(!w.reason.trim().is_empty(), "reason", "must say why it cannot be tested")?;
            Ok(Form::Untestable { reason: w.reason })
        }
    }
}

fn resolution(given: Option<f64>) -> Result<f64, Invalid> {
    let resolution = given.unwrap_or(DEFAULT_RESOLUTION);
    require(resolution >= 0.0 && resolution.is_finite(), "resolution", "must be at least 0")?;
    Ok(resolution)
}

fn below(w: WireBelow) -> Result<Form, Invalid> {
    let margin = w.margin.unwrap_or(0.0);
    let factor = w.factor.unwrap_or(1.0);
    let scale = match w.scale {
        Some(WireScale::Ratio) => Scale::Ratio,
        _ => Scale::Difference,
    };
    require(w.a != w.b, "b", format!("compares `{}` with itself", w.a))?;
    require(margin >= 0.0 && margin.is_finite(), "margin", "must be at least 0")?;
    require(factor > 0.0 && factor.is_finite(), "factor", "must be positive")?;
    let plain = scale == Scale::Difference || margin == 0.0;
    require(plain, "margin", "has no meaning on the ratio scale; use `factor`")?;
    let resolution = resolution(w.resolution)?;
    Ok(Form::Below { metric: w.metric, a: w.a, b: w.b, margin, factor, scale, resolution })
}

fn monotone(w: WireMonotone) -> Result<Form, Invalid> {
    let direction = match w.direction {
        WireDirection::Increasing => Direction::Increasing,
        WireDirection::Decreasing => Direction::Decreasing,
    };
    let fitted = !matches!(w.statistic, None | Some(WireStatistic::Mean));
    require(fitted || w.along.is_none(), "along", "needs statistic = \"midpoint\" or \"width\"")?;
    require(w.along.is_some() || w.per.is_none(), "per", "needs `along`")?;
    let along = || match &w.along {
        None => Err(Invalid::new("along", "is missing: the axis of the logistic fit")),
        Some(a) if *a == w.axis => Err(Invalid::new("along", "must be another axis than `axis`")),
        Some(a) => Ok(Along { axis: a.clone(), per: w.per.clone() }),
    };
    let statistic = match w.statistic {
        None | Some(WireStatistic::Mean) => Statistic::Mean,
        Some(WireStatistic::Midpoint) => Statistic::Midpoint(along()?),
        Some(WireStatistic::Width) => Statistic::Width(along()?),
    };
    let means = matches!(statistic, Statistic::Mean);
    require(means || w.resolution.is_none(), "resolution", "has no meaning for logistic fits")?;
    require(means || w.relative_to.is_none(), "relative_to", "has no meaning for logistic fits")?;
    let resolution = resolution(w.resolution)?;
    let (metric, estimator, relative_to, axis) = (w.metric, w.estimator, w.relative_to, w.axis);
    not_itself(&estimator, relative_to.as_deref())?;
    Ok(Form::Monotone { metric, estimator, relative_to, axis, direction, statistic, resolution })
}

fn at_most(w: WireAtMost) -> Result<Form, Invalid> {
    require(
        w.limit > 0.0 && w.limit < 1.0,
        "limit",
        "must lie between 0 and 1, exclusive: no finite run can show a rate of 0",
    )?;
    let event = match (w.metric, w.above, w.below) {
        (None, None, None) => match w.event {
            Some(WireEvent::Failed) => Event::Failed,
            Some(WireEvent::TimedOut) => Event::TimedOut,
            Some(WireEvent::NotConverged) => Event::NotConverged,
            Some(WireEvent::NotOk) | None => Event::NotOk,
        },
        (Some(_), ..) if w.event.is_some() => {
            return Err(Invalid::new("event", "give an event or a metric with a threshold, not both"));
        }
        (Some(metric), Some(t), None) => Event::Above(metric, t),
        (Some(metric), None, Some(t)) => Event::Below(metric, t),
        (Some(_), ..) => {
            return Err(Invalid::new("above", "a metric needs one threshold: `above` or `below`"));
        }
        (None, ..) => return Err(Invalid::new("metric", "is missing: what is compared with the threshold")),
    };
    if let Event::Above(_, t) | Event::Below(_, t) = &event {
        require(t.is_finite(), "above", "the threshold must be finite")?;
    }
    Ok(Form::AtMost { estimator: w.estimator, event, limit: w.limit })
}
