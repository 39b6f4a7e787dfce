//! Effects on predicted outcomes.

use super::{Entry, Method, entry};
use crate::onemap::log::Replay;
use crate::onemap::methods::{Labelled, Weighted};

/// Registers the estimator.
pub(super) const WEIGHTED: Entry = entry!(
    Method::Effect,
    Weighted,
    "weighted-effect",
    "the effect on outcomes, predictions or corrected predictions, weighted by known propensities"
);

/// Registers the estimator.
pub(super) const LABELLED: Entry = entry!(
    Method::Effect,
    Labelled,
    "labelled-effect",
    "the effect from units with labels, with or without predictions of the others"
);

/// Registers the estimator.
pub(super) const REPLAY: Entry =
    entry!(Method::Replay, Replay, "logged-effect", "the effects that the authors logged (one-map-log only)");
