//! The replicates in which all compared estimators have a value. To compare each estimator on its own
//! survivors would favour one that fails on the hard data.

use super::usable;
use crate::records::{Record, Store};

/// The usable values of a group, with their replicates.
pub(super) fn survivors(store: &Store, group: &[Record]) -> Vec<(u32, f64)> {
    group.iter().filter_map(|r| Some((r.replicate, usable(store, r)?))).collect()
}

/// Replicates in which several estimators all have a usable value, ascending.
///
/// An estimator without any usable value takes no part: it would leave no replicates on which to
/// compare the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Common(Vec<u32>);

impl Common {
    /// The common replicates of some estimators in one cell.
    #[must_use]
    pub fn of(
        store: &Store,
        cell: usize,
        estimators: &[usize],
        metric: usize,
        coordinate: Option<f64>,
    ) -> Self {
        let values = |&e: &usize| survivors(store, store.values(cell, e, metric, coordinate));
        Self::of_survivors(&estimators.iter().map(values).collect::<Vec<_>>())
    }

    pub(super) fn of_survivors(peers: &[Vec<(u32, f64)>]) -> Self {
        let mut peers = peers.iter().filter(|p| !p.is_empty());
        let mut common: Vec<u32> = peers.next().into_iter().flatten().map(|(r, _)| *r).collect();
        for peer in peers {
            // Both ascend, so one pass is enough.
            let mut theirs = peer.iter().map(|(r, _)| *r).peekable();
            common.retain(|mine| {
                while theirs.next_if(|r| r < mine).is_some() {}
                theirs.peek() == Some(mine)
            });
        }
        Self(common)
    }

    /// The values of one estimator in these replicates.
    #[must_use]
    pub fn values(
        &self,
        store: &Store,
        cell: usize,
        estimator: usize,
        metric: usize,
        coordinate: Option<f64>,
    ) -> Vec<f64> {
        self.among(&survivors(store, store.values(cell, estimator, metric, coordinate)))
    }

    pub(super) fn among(&self, own: &[(u32, f64)]) -> Vec<f64> {
        let mut wanted = self.0.iter().peekable();
        let chosen = own.iter().filter(|(r, _)| {
            while wanted.next_if(|w| *w < r).is_some() {}
            wanted.peek() == Some(&r)
        });
        chosen.map(|(_, value)| *value).collect()
    }
}
