//! Claims that get a verdict for each value of an axis.

use super::claim::ClaimSpec;
use super::names::selected;
use super::values::Selected;
use crate::records::{Axis, AxisValue};

/// The claims to be judged: a claim with `verdict_per` becomes one claim for each value of that axis
/// that it covers, with the value in its id and its statement.
#[must_use]
pub fn spread(claims: &[ClaimSpec], axes: &[Axis]) -> Vec<ClaimSpec> {
    let of = |claim: &ClaimSpec| {
        let axis = axes.iter().find(|a| claim.common.verdict_per.as_ref() == Some(&a.name));
        match axis {
            Some(axis) => selected(axis, &claim.selection).into_iter().map(|v| claim.at(axis, v)).collect(),
            None => vec![claim.clone()],
        }
    };
    claims.iter().flat_map(of).collect()
}

impl ClaimSpec {
    /// The same claim, restricted to one value of an axis.
    fn at(&self, axis: &Axis, value: &AxisValue) -> Self {
        let mut claim = self.clone();
        claim.common.id = format!("{}-{}", self.common.id, slug(value));
        claim.common.statement = format!("{} ({} = {value})", self.common.statement, axis.label);
        claim.selection.retain(|s| s.axis != axis.name);
        claim.selection.push(Selected { axis: axis.name.clone(), values: vec![value.clone()] });
        claim.common.verdict_per = None;
        claim
    }
}

/// A value as part of an id: `0.05` becomes `0-05`, `-10` becomes `minus-10`.
fn slug(value: &AxisValue) -> String {
    let negative = value.as_f64().is_some_and(|x| x < 0.0);
    let text = format!("{}{value}", if negative { "minus" } else { "" }).to_lowercase();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
    words.collect::<Vec<_>>().join("-")
}
