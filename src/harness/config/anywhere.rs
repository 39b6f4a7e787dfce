//! The sweep's values over all profiles.

use super::read::{read_estimators, read_wire};
use super::sweep;
use super::{Document, overlay};
use crate::records::Axis;

impl Document {
    /// The axes with the values from all profiles. They show whether a published value belongs to a cell
    /// of another profile or is misspelt. A profile that cannot be read adds nothing; using it gives the
    /// error.
    #[must_use]
    pub fn axes_anywhere(&self) -> Vec<Axis> {
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
