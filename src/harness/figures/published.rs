//! Published values in figures: their keys and checks, and where they are drawn.

use remeasure_core::Invalid;
use schemars::JsonSchema;
use serde::Deserialize;

use super::drawing::Drawing;
use super::{Common, Frame, Known, ScaleSpec, must};
use crate::records::{AxisValue, unknown_value};
use crate::select::{self, Filter};

/// What a paper shows at one place in a figure. Further keys are axes of the sweep, short name = value: as many as
/// are needed to identify the cell.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct Published<N> {
    /// The estimator to compare with.
    pub(super) estimator: String,
    /// Value of the figure's `x`; absent where `x = "estimator"`.
    pub(super) x: Option<AxisValue>,
    #[serde(flatten)]
    pub(super) shown: N,
    #[serde(flatten)]
    #[schemars(with = "std::collections::BTreeMap<String, AxisValue>")]
    pub(super) cell: Filter,
}

/// A point of a line.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct Mark {
    /// The published number.
    pub(super) value: f64,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct Five {
    /// End of the lower whisker, lower quartile, median, upper quartile, end of the upper whisker.
    #[serde(rename = "box")]
    pub(super) numbers: [f64; 5],
}

/// Numbers that a paper shows.
pub(crate) trait Numbers {
    const KEY: &'static str;
    const EXPECTED: &'static str;

    fn numbers(&self) -> &[f64];
}

impl Numbers for Mark {
    const KEY: &'static str = "value";
    const EXPECTED: &'static str = "must be a finite number";

    fn numbers(&self) -> &[f64] {
        std::slice::from_ref(&self.value)
    }
}

impl Numbers for Five {
    const KEY: &'static str = "box";
    const EXPECTED: &'static str =
        "must be lower whisker, lower quartile, median, upper quartile, upper whisker, in ascending order";

    fn numbers(&self) -> &[f64] {
        &self.numbers
    }
}

impl<N: Numbers> Published<N> {
    fn is_at_the_place_of(&self, other: &Self, axes: &[&str]) -> bool {
        let same_x = match (&other.x, &self.x) {
            (Some(a), Some(b)) => a.same(b),
            (None, None) => true,
            _ => false,
        };
        let value = |p: &Self, axis: &str| p.cell.get(axis).and_then(AxisValue::from_toml);
        let same_cell = axes.iter().all(|a| match (value(other, a), value(self, a)) {
            (Some(a), Some(b)) => a.same(&b),
            _ => true,
        });
        other.estimator == self.estimator && same_x && same_cell
    }

    fn check_numbers(&self, frame: &Frame<'_>, at: &impl Fn(&str) -> String) -> Result<(), Invalid> {
        let numbers = self.shown.numbers();
        if !numbers.iter().all(|x| x.is_finite()) || !numbers.is_sorted() {
            return Err(Invalid::new(at(N::KEY), N::EXPECTED));
        }
        if frame.y_scale == ScaleSpec::Log && numbers[0] <= 0.0 {
            return Err(Invalid::new(at(N::KEY), "must be positive on a logarithmic scale"));
        }
        Ok(())
    }
}

impl Known<'_> {
    /// Refuses published numbers that have no place or share one.
    pub(super) fn published<N: Numbers>(
        &self,
        common: &Common,
        frame: &Frame<'_>,
        all: &[Published<N>],
    ) -> Result<(), Invalid> {
        for (i, entry) in all.iter().enumerate() {
            let at = |key: &str| match key {
                "" => format!("published[{i}]"),
                key => format!("published[{i}].{key}"),
            };
            self.published_estimator(common, frame, &entry.estimator, &at("estimator"))?;
            self.published_cell(common, frame, entry, &at)?;
            entry.check_numbers(frame, &at)?;
            if let Some(first) = all[..i].iter().position(|other| entry.is_at_the_place_of(other, &self.axes))
            {
                let message = format!("`published[{first}]` is already at this place");
                return Err(Invalid::new(at(""), message));
            }
        }
        Ok(())
    }

    fn published_estimator(
        &self,
        common: &Common,
        frame: &Frame<'_>,
        estimator: &String,
        key: &str,
    ) -> Result<(), Invalid> {
        must("estimator", key, estimator, &self.estimators)?;
        let named = common.estimators.is_empty() || common.estimators.contains(estimator);
        if !named || frame.numerator == Some(estimator.as_str()) {
            return Err(Invalid::new(key, format!("the figure does not show `{estimator}`")));
        }
        Ok(())
    }

    fn published_cell<N>(
        &self,
        common: &Common,
        frame: &Frame<'_>,
        entry: &Published<N>,
        at: &impl Fn(&str) -> String,
    ) -> Result<(), Invalid> {
        let known = |key: &str, name: &str, value: &AxisValue| {
            let axis = self.sweep.iter().find(|a| a.name == name);
            let unknown = axis.and_then(|a| unknown_value(a, self.anywhere, value));
            unknown.map_or(Ok(()), |message| Err(Invalid::new(at(key), message)))
        };
        match &entry.x {
            Some(_) if frame.x == "estimator" => {
                let message =
                    "the figure has its estimators along `x`, so `estimator` already gives the place";
                return Err(Invalid::new(at("x"), message));
            }
            None if frame.x != "estimator" => {
                return Err(Invalid::new(at("x"), format!("is missing: give the value of `{}`", frame.x)));
            }
            Some(value) => known("x", frame.x, value)?,
            None => {}
        }
        for (name, value) in &entry.cell {
            must("axis", &at(name), name, &self.axes)?;
            if *name == frame.x {
                let message = format!("`{name}` is the figure's horizontal axis: give its value as `x`");
                return Err(Invalid::new(at(name), message));
            }
            let Some(value) = AxisValue::from_toml(value) else {
                return Err(Invalid::new(at(name), "must be one value of the axis"));
            };
            known(name, name, &value)?;
            let allowed = common.filter.get(name).map(select::allowed);
            if allowed.is_some_and(|allowed| !allowed.iter().any(|a| a.same(&value))) {
                return Err(Invalid::new(at(name), format!("`where` leaves out {name} = {value}")));
            }
        }
        for axis in self.sweep {
            let given = axis.name == frame.x || entry.cell.contains_key(&axis.name);
            if !given && !select::is_fixed(axis, &common.filter) {
                let message = format!("does not say which value of `{}` it belongs to", axis.name);
                return Err(Invalid::new(at(""), message));
            }
        }
        Ok(())
    }
}

impl Drawing<'_> {
    /// What is published for a value of `x` in the given cells for one of the given estimators.
    pub(super) fn published_at<'b, N>(
        &self,
        all: &'b [Published<N>],
        x: Option<&AxisValue>,
        cells: &[usize],
        estimators: &[usize],
    ) -> Option<&'b N> {
        let same_x = |p: &&Published<N>| match (&p.x, x) {
            (Some(theirs), Some(ours)) => theirs.same(ours),
            (None, None) => true,
            _ => false,
        };
        let own = |p: &&Published<N>| {
            let estimator = self.store.estimator(&p.estimator);
            let here = select::cells(self.store, &p.cell);
            estimator.is_some_and(|e| estimators.contains(&e)) && here.iter().any(|c| cells.contains(c))
        };
        all.iter().filter(same_x).find(own).map(|p| &p.shown)
    }
}
