//! Bounds set by a claim's keys: given directly, or as a tolerance around a published or expected value.

use remeasure_core::Invalid;

use super::bounds::Bounds;
use super::claim::{ClaimSpec, require};
use super::evidence::Target;
use super::select::{Group, View};
use super::values::{CellValue, Published};

/// The bounds that a claim sets for its groups.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Limits {
    /// The same for all groups.
    Same(Bounds),
    /// Around a separate value for each group.
    PerCell(Vec<(CellValue, Bounds)>),
}

impl Limits {
    /// Bounds from `lower` and `upper`, or from `tolerance` or `relative_tolerance`.
    ///
    /// # Errors
    /// The key that is missing, out of range or excluded by another.
    pub(super) fn read(
        (lower, upper): (Option<f64>, Option<f64>),
        (tolerance, relative): (Option<f64>, Option<f64>),
        claim: &ClaimSpec,
    ) -> Result<Self, Invalid> {
        let key = match (tolerance, relative) {
            (None, None) => return ends(lower, upper).map(Self::Same),
            (Some(_), Some(_)) => {
                return Err(Invalid::new("relative_tolerance", "give one tolerance, not two"));
            }
            (Some(_), None) => "tolerance",
            (None, Some(_)) => "relative_tolerance",
        };
        require(lower.is_none() && upper.is_none(), key, "give bounds or a tolerance, not both")?;
        let around = |centre: f64| {
            let half = tolerance.or(relative.map(|r| r * centre.abs())).unwrap_or(0.0);
            let message = "must leave some room around the published or expected value";
            require(half > 0.0 && half.is_finite(), key, message)?;
            Ok(Bounds { lower: centre - half, upper: centre + half })
        };
        match claim.published.as_ref().or(claim.expected.as_ref()) {
            Some(Published::Number(centre)) => around(*centre).map(Self::Same),
            Some(Published::PerCell(values)) => {
                let of = |v: &CellValue| Ok((v.clone(), around(v.value)?));
                values.iter().map(of).collect::<Result<_, _>>().map(Self::PerCell)
            }
            _ => {
                let message = format!("this or `expected` must be a number when `{key}` is given");
                Err(Invalid::new("published", message))
            }
        }
    }

    /// The bounds of a group, and its own target if each group has a separate value.
    ///
    /// # Errors
    /// A group without a value, or with several.
    pub(super) fn of(&self, view: &View<'_>, group: &Group) -> Result<(Bounds, Option<Target>), String> {
        let values = match self {
            Self::Same(bounds) => return Ok((*bounds, None)),
            Self::PerCell(values) => values,
        };
        let cell = &view.store.cells[group.cells[0]].values;
        let on = |axis: &str| view.store.axis(axis).map(|a| &cell[a]);
        let mut own = values.iter().filter(|(v, _)| v.fits(on));
        let place = if group.label.is_empty() { "the claim's cell" } else { &group.label };
        match (own.next(), own.next()) {
            (Some((v, bounds)), None) => {
                Ok((*bounds, Some(Target { published: v.value, hypothesis: bounds.words() })))
            }
            (None, _) => Err(format!("the claim gives no value for {place}")),
            (Some(_), Some(_)) => Err(format!("the claim gives several values for {place}")),
        }
    }

    /// The hypothesis about all groups; empty if each has a separate value.
    pub(super) fn hypothesis(&self) -> String {
        match self {
            Self::Same(bounds) => bounds.words(),
            Self::PerCell(_) => String::new(),
        }
    }
}

/// Bounds from `lower` and `upper`.
fn ends(lower: Option<f64>, upper: Option<f64>) -> Result<Bounds, Invalid> {
    require(
        lower.is_some() || upper.is_some(),
        "lower",
        "give `lower` or `upper` or both, or `published` or `expected` with a tolerance",
    )?;
    let (lower, upper) = (lower.unwrap_or(f64::NEG_INFINITY), upper.unwrap_or(f64::INFINITY));
    require(lower < upper, "lower", "must lie below `upper`")?;
    require(lower.is_finite() || upper.is_finite(), "lower", "one of the bounds must be finite")?;
    Ok(Bounds { lower, upper })
}
