//! What the sweep is in any profile.

use super::read::{read_estimators, read_wire};
use super::sweep;
use super::{Document, overlay};
use crate::records::{Axis, AxisValue};

impl Document {
    /// The axes with the values that they have in any profile, so that what is published for cells
    /// that one profile leaves out can be told from what is misspelt. A profile that cannot be read
    /// adds nothing: its own use says why.
    pub(super) fn axes_anywhere(&self) -> Vec<Axis> {
        let mut anywhere: Vec<Axis> = Vec::new();
        for axis in self.profiles().into_iter().flat_map(|p| self.axes_of(p).unwrap_or_default()) {
            let Some(known) = anywhere.iter_mut().find(|a| a.name == axis.name) else {
                anywhere.push(axis);
                continue;
            };
            for value in axis.values {
                if !known.values.iter().any(|v| v.same(&value)) {
                    known.values.push(value);
                }
            }
        }
        anywhere
    }

    fn axes_of(&self, profile: &str) -> Option<Vec<Axis>> {
        let (mut source, mut merged) = (self.source.clone(), self.table.clone());
        overlay::apply_profile(&mut source, &mut merged, profile).ok()?;
        let wire = read_wire(&source, merged).ok()?;
        let estimators = read_estimators(&source, wire.estimator, None).ok()?;
        sweep::axes(&source, &wire.sweep, &estimators).ok()
    }
}

/// The values of an axis in this profile or in any other.
fn values<'a>(axis: &'a Axis, anywhere: &'a [Axis]) -> Vec<&'a AxisValue> {
    let elsewhere = anywhere.iter().filter(|a| a.name == axis.name).flat_map(|a| &a.values);
    let mut known: Vec<&AxisValue> = axis.values.iter().collect();
    for value in elsewhere {
        if !known.iter().any(|k| k.same(value)) {
            known.push(value);
        }
    }
    known
}

/// Axes with the values that they have in this profile or in any other.
pub(crate) fn all(axes: &[Axis], anywhere: &[Axis]) -> Vec<Axis> {
    let with_all =
        |axis: &Axis| Axis { values: values(axis, anywhere).into_iter().cloned().collect(), ..axis.clone() };
    axes.iter().map(with_all).collect()
}

/// Why no cell of any profile has a value, if none has.
pub(crate) fn unknown(axis: &Axis, anywhere: &[Axis], value: &AxisValue) -> Option<String> {
    let known = values(axis, anywhere);
    if known.iter().any(|k| k.same(value)) {
        return None;
    }
    let known: Vec<String> = known.iter().map(ToString::to_string).collect();
    Some(format!("no profile has {} = {value}; there are {}", axis.name, known.join(", ")))
}
