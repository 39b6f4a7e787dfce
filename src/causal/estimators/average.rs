//! Average effects by an instrument that may be invalid.

use super::{Entry, Method, entry};
use crate::instrument::crossfit::{CrossFitted, Selected, Typical};
use crate::instrument::genius::Genius;
use crate::instrument::parametric::{MultiplyRobust, PlugIn};
use crate::instrument::regressions::{Confounder, Oracle, Plain, TwoStage};

/// Registers the estimator.
pub(super) const PLAIN: Entry = entry!(
    Method::Average,
    Plain,
    "least-squares",
    "least squares of the outcome on the treatment, adjusted"
);

/// Registers the estimator.
pub(super) const TWO_STAGE: Entry = entry!(
    Method::Average,
    TwoStage,
    "two-stage",
    "two-stage least squares, which takes the instruments as valid"
);

/// Registers the estimator.
pub(super) const GENIUS: Entry = entry!(
    Method::Average,
    Genius,
    "genius",
    "GENIUS: one effect from covariances that differ between values of the instruments"
);

/// Registers the estimator.
pub(super) const PLUG_IN: Entry =
    entry!(Method::Average, PlugIn, "plug-in", "the mean of β(X), with parametric nuisances");

/// Registers the estimator.
pub(super) const ROBUST: Entry = entry!(
    Method::Average,
    MultiplyRobust,
    "multiply-robust",
    "the multiply robust estimator with parametric nuisances, of which some can be wrong"
);

/// Registers the estimator.
pub(super) const CROSS_FITTED: Entry = entry!(
    Method::Average,
    CrossFitted,
    "cross-fitted",
    "the multiply robust estimator with learned nuisances, cross-fitted on five folds"
);

/// Registers the estimator.
pub(super) const SELECTED: Entry = entry!(
    Method::Average,
    Selected,
    "selected-learners",
    "the same with the learners that a criterion selects; the criterion is recalled, not read"
);

/// Registers the estimator.
pub(super) const TYPICAL: Entry = entry!(
    Method::Average,
    Typical,
    "typical-learners",
    "the median over all combinations of learners; the yardstick of the selection"
);

/// Registers the estimator.
pub(super) const ORACLE: Entry = entry!(
    Method::Average,
    Oracle,
    "oracle-nuisances",
    "the multiply robust formula with the true nuisances; a yardstick"
);

/// Registers the estimator.
pub(super) const CONFOUNDER: Entry = entry!(
    Method::Average,
    Confounder,
    "known-confounder",
    "least squares with the confounder; an infeasible yardstick"
);
