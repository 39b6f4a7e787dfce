//! The forms of claims: one file each, registered in [`FORMS`].

mod at_most;
mod below;
mod midpoint;
mod monotone;
mod rate;
#[cfg(test)]
mod tests;
mod untestable;
mod within;

use std::fmt;
use std::sync::Arc;

use prelude::*;
use remeasure_core::{hint, params};
use schemars::Schema;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::claim::Common;
use crate::select::Statistic;

/// Imports that the forms share.
mod prelude {
    pub(super) use remeasure_core::Invalid;
    pub(super) use remeasure_core::curve::Curve;
    pub(super) use remeasure_core::format::{exact, number};
    pub(super) use remeasure_core::numerics::statistics::Estimate;
    pub(super) use schemars::JsonSchema;
    pub(super) use serde::{Deserialize, Serialize};

    pub(super) use super::Kind::{self, Axis, Estimator, Metric};
    pub(super) use super::{Form, Test};
    pub(super) use crate::claims::bounds::{Bounds, Direction};
    pub(super) use crate::claims::claim::{ClaimSpec, Over, require};
    pub(super) use crate::claims::evidence::*;
    pub(super) use crate::claims::limits::Limits;
    pub(super) use crate::claims::logistic::{Along, fit};
    pub(super) use crate::claims::names::Names;
    pub(super) use crate::claims::select::View;
    pub(super) use crate::claims::tested::*;
    pub(super) use crate::claims::ties::{self, Distance, Scale};
}

const FORMS: &[Form] =
    &[below::FORM, within::FORM, rate::FORM, monotone::FORM, at_most::FORM, midpoint::FORM, untestable::FORM];

/// A form of claim that configs can name.
pub(in crate::claims) struct Form {
    pub(super) name: &'static str,
    /// What it claims, in one line.
    about: &'static str,
    /// Whether it supports `over = "pooled"`.
    pub(super) pools: bool,
    /// The schema of its own keys.
    schema: fn() -> Schema,
    pub(super) read: fn(Table) -> Result<Arc<dyn Test>, Invalid>,
}

impl Form {
    const fn new<T: Test + DeserializeOwned + JsonSchema + 'static>(
        name: &'static str,
        about: &'static str,
    ) -> Self {
        let read = |table| params::parse::<T>(table).map(|test| Arc::new(test) as Arc<dyn Test>);
        Self { name, about, pools: false, schema: params::schema::<T>, read }
    }

    const fn pooled(self) -> Self {
        Self { pools: true, ..self }
    }

    /// Finds the form that a claim names.
    pub(super) fn named(name: Option<Value>) -> Result<&'static Self, Invalid> {
        let known = FORMS.iter().map(|form| form.name);
        let message = match name {
            None => format!("is missing; give one of {}", known.collect::<Vec<_>>().join(", ")),
            Some(Value::String(name)) => match FORMS.iter().find(|form| form.name == name) {
                Some(form) => return Ok(form),
                None => hint::unknown("form", &name, known),
            },
            Some(_) => "must be a string".to_owned(),
        };
        Err(Invalid::new("form", message))
    }

    pub(super) fn keys(&self) -> Vec<String> {
        keys(&(self.schema)())
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Every form: its name, what it claims, and the schema of its own keys, without [`common_keys`].
pub fn forms() -> impl Iterator<Item = (&'static str, &'static str, Schema)> {
    FORMS.iter().map(|form| (form.name, form.about, (form.schema)()))
}

/// The schema of the keys that all claims share, besides `form`.
#[must_use]
pub fn common_keys() -> Schema {
    params::schema::<Common>()
}

/// The keys of a table, in the order in which they are declared.
pub(super) fn keys(schema: &Schema) -> Vec<String> {
    crate::keys::names(schema).into_iter().map(str::to_owned).collect()
}

/// The names of the forms that `which` selects: "`a`, `b` or `c`".
pub(super) fn listed(which: impl Fn(&Form) -> bool) -> String {
    let names: Vec<String> = FORMS.iter().filter(|f| which(f)).map(|f| format!("`{}`", f.name)).collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => names.concat(),
    }
}

/// What a name in a claim refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::claims) enum Kind {
    Metric,
    Estimator,
    /// An axis along which the test uses several values at once.
    Axis,
}

/// The test of a claim, made from the keys of its form.
pub(in crate::claims) trait Test: fmt::Debug + Send + Sync {
    /// The metrics, estimators and axes that it uses, each with the key that names it.
    fn names(&self) -> Vec<(Kind, &'static str, Option<&str>)>;

    /// The bounds that its keys and the common keys set, if the form takes bounds.
    ///
    /// # Errors
    /// The key that is missing, out of range or excluded by another.
    fn limits(&self, _claim: &ClaimSpec) -> Result<Option<Limits>, Invalid> {
        Ok(None)
    }

    /// Checks its keys, given those of `claim` that all forms share.
    ///
    /// # Errors
    /// The key that cannot be used.
    fn check(&self, claim: &ClaimSpec) -> Result<(), Invalid>;

    /// Checks that the axes and curves that it names suit it.
    ///
    /// # Errors
    /// The key whose value does not suit.
    fn check_names(&self, _claim: &ClaimSpec, _names: &Names<'_>) -> Result<(), Invalid> {
        Ok(())
    }

    /// The metric, estimator and statistic whose value in a cell is `published`.
    fn reported(&self) -> Option<(&str, &str, Statistic)> {
        None
    }

    /// Why no run can test it.
    fn untestable(&self) -> Option<&str> {
        None
    }

    /// Tests the claim on the records.
    ///
    /// # Errors
    /// Why it cannot be tested.
    fn evaluate(&self, view: &mut View<'_>, curves: &[Curve]) -> Evaluated;
}
