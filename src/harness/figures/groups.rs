//! Groups of cells and estimators that are shown separately.

use crate::records::Store;
use crate::select;

/// Cells and estimators that share a panel, a line or a box.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(super) label: String,
    pub(super) style: usize,
    pub(super) cells: Vec<usize>,
    pub(super) estimators: Vec<usize>,
}

/// Splits cells and estimators by `dimension`: `estimator` or the name of an axis.
pub(super) fn split(
    store: &Store,
    dimension: Option<&str>,
    cells: &[usize],
    estimators: &[usize],
) -> Vec<Group> {
    let whole =
        || Group { label: String::new(), style: 0, cells: cells.to_vec(), estimators: estimators.to_vec() };
    match dimension {
        None => vec![whole()],
        Some("estimator") => estimators
            .iter()
            .map(|&e| Group { label: store.estimators[e].clone(), style: e, estimators: vec![e], ..whole() })
            .collect(),
        Some(name) => match store.axis(name) {
            None => vec![whole()],
            Some(axis) => select::axis_values(store, axis, cells)
                .into_iter()
                .enumerate()
                .map(|(style, value)| Group {
                    label: format!("{} = {value}", store.axes[axis].label),
                    style,
                    cells: select::at(store, cells, axis, &value),
                    ..whole()
                })
                .collect(),
        },
    }
}
