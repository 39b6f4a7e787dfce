//! remeasure re-measures what papers claim.
//!
//! This crate is the facade of a workspace; each room is a crate of its own. The harness ([`harness`], drawn by
//! [`chart`] and driven by [`cli`]) knows no statistics, and the families ([`sparse`], [`ordinal`], [`multitask`],
//! [`bilevel`], [`relaxation`]) know no harness. Both are built on [`core`]; the families share the solvers of
//! [`optim`]. The binary in `experiments/` registers the experiments.

use std::process::ExitCode;

use remeasure_harness::experiment::Experiment;
use remeasure_harness::provenance::{Build, declare_build};

pub use remeasure_bilevel as bilevel;
pub use remeasure_chart as chart;
pub use remeasure_cli as cli;
pub use remeasure_core as core;
pub use remeasure_harness as harness;
pub use remeasure_multitask as multitask;
pub use remeasure_optim as optim;
pub use remeasure_ordinal as ordinal;
pub use remeasure_relaxation as relaxation;
pub use remeasure_sparse as sparse;

/// The build of the program that this crate is part of.
pub const BUILD: Build = Build {
    version: env!("CARGO_PKG_VERSION"),
    commit: env!("REMEASURE_COMMIT"),
    dirty: matches!(env!("REMEASURE_DIRTY").as_bytes(), b"true"),
    rustc: env!("REMEASURE_RUSTC"),
    target: env!("REMEASURE_TARGET"),
};

/// Runs the command line over the registered experiments.
#[must_use]
pub fn main(experiments: &[Experiment]) -> ExitCode {
    declare_build(BUILD);
    cli::main(experiments)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::core::family::AnyFamily;

    #[test]
    fn a_family_has_no_two_metrics_estimators_or_curves_of_one_name() {
        let families: [&dyn AnyFamily; 5] = [
            &crate::sparse::SPARSE,
            &crate::ordinal::ORDINAL,
            &crate::multitask::MULTITASK,
            &crate::bilevel::BILEVEL,
            &crate::relaxation::RELAXATION,
        ];
        for family in families {
            for names in [
                family.metrics().iter().map(|m| m.name).collect::<Vec<_>>(),
                family.kinds().iter().map(|k| k.name).collect(),
                family.curves().iter().map(|c| c.name).collect(),
            ] {
                let distinct: BTreeSet<&str> = names.iter().copied().collect();
                assert_eq!(distinct.len(), names.len(), "{}: {names:?}", family.name());
            }
        }
    }
}
