//! Published values that belong to single cells or groups of cells.

use remeasure_core::Invalid;

use super::claim::ClaimSpec;
use super::names::{Names, selected};
use super::values::{CellValue, Published};
use crate::records::{self, Axis, AxisValue, unknown_value};

/// A group of cells, as its values on the axes that are not consumed.
type Place<'a> = Vec<(&'a Axis, &'a AxisValue)>;

/// Every group that a claim covers.
fn places<'a>(axes: &[(&'a Axis, Vec<&'a AxisValue>)]) -> Vec<Place<'a>> {
    axes.iter().fold(vec![Vec::new()], |places, (axis, values)| {
        let with = |place: &Place<'a>| -> Vec<Place<'a>> {
            values.iter().map(|v| place.iter().copied().chain([(*axis, *v)]).collect()).collect()
        };
        places.iter().flat_map(with).collect()
    })
}

fn words_of(place: &Place<'_>) -> String {
    match records::label(place.iter().map(|(axis, value)| (&axis.name, value)), " = ") {
        empty if empty.is_empty() => "the only cell".into(),
        label => label,
    }
}

impl ClaimSpec {
    /// Checks that every group of cells has exactly one value, if values are given per cell. Values of
    /// cells that exist only in other profiles are not checked further.
    pub(super) fn check_values(&self, names: &Names<'_>) -> Result<(), Invalid> {
        for (key, reference) in [("published", &self.published), ("expected", &self.expected)] {
            if let Some(Published::PerCell(values)) = reference {
                self.check_axes(names, key, values)?;
                self.check_groups(names, key, values)?;
            }
        }
        Ok(())
    }

    fn check_axes(&self, names: &Names<'_>, key: &str, values: &[CellValue]) -> Result<(), Invalid> {
        for (i, entry) in values.iter().enumerate() {
            for (name, value) in &entry.cell {
                let key = format!("{key}[{i}].{name}");
                let axis = names.axis(&key, name)?;
                if self.runs_along(name) {
                    let message =
                        format!("the claim runs along `{name}`, so a value applies to the whole axis");
                    return Err(Invalid::new(key, message));
                }
                if let Some(message) = unknown_value(axis, names.anywhere, value) {
                    return Err(Invalid::new(key, message));
                }
            }
        }
        Ok(())
    }

    fn check_groups(&self, names: &Names<'_>, key: &str, values: &[CellValue]) -> Result<(), Invalid> {
        let free = names.axes.iter().filter(|a| !self.runs_along(&a.name));
        let axes: Vec<_> = free.map(|a| (a, selected(a, &self.selection))).collect();
        for place in places(&axes) {
            let on = |name: &str| place.iter().find(|(axis, _)| axis.name == name).map(|(_, v)| *v);
            let own: Vec<usize> = (0..values.len()).filter(|&i| values[i].fits(on)).collect();
            match own[..] {
                [_] => {}
                [] => {
                    let message = format!("has no value for {}", words_of(&place));
                    return Err(Invalid::new(key, message));
                }
                [first, second, ..] => {
                    let message = format!("`{key}[{first}]` is already the value for {}", words_of(&place));
                    return Err(Invalid::new(format!("{key}[{second}]"), message));
                }
            }
        }
        Ok(())
    }
}
