//! remeasure re-measures what papers claim.
//!
//! This crate is the facade of a workspace. The harness ([`harness`], with charts by [`chart`] and the command line
//! [`cli`]) contains no statistical methods, and the families ([`sparse`], [`ordinal`], [`multitask`], [`bilevel`],
//! [`relaxation`], [`meta`], [`causal`], [`selection`], [`graphs`], [`network`], [`nonconvex`], [`privacy`], [`supports`],
//! [`coding`], [`sampling`], [`search`]) do not depend on the harness. Both use [`core`], and the families share the solvers of
//! [`optim`] and the neural networks of [`nets`].
//! The binary in `experiments/` runs the [`FAMILIES`] on the papers in `configs/`, which are embedded as [`CONFIGS`].
//! Your own program can call [`main()`] with other families and configs.

use std::process::ExitCode;

use remeasure_core::family::AnyFamily;
use remeasure_harness::provenance::{Build, declare_build};
use remeasure_harness::registry::{Embedded, Registry};

pub use remeasure_bilevel as bilevel;
pub use remeasure_causal as causal;
pub use remeasure_chart as chart;
pub use remeasure_cli as cli;
pub use remeasure_coding as coding;
pub use remeasure_core as core;
pub use remeasure_external as external;
pub use remeasure_graphs as graphs;
pub use remeasure_harness as harness;
pub use remeasure_meta as meta;
pub use remeasure_multitask as multitask;
pub use remeasure_nets as nets;
pub use remeasure_network as network;
pub use remeasure_nonconvex as nonconvex;
pub use remeasure_optim as optim;
pub use remeasure_ordinal as ordinal;
pub use remeasure_privacy as privacy;
pub use remeasure_relaxation as relaxation;
pub use remeasure_sampling as sampling;
pub use remeasure_search as search;
pub use remeasure_selection as selection;
pub use remeasure_sparse as sparse;
pub use remeasure_supports as supports;

/// The build of the program that this crate is part of.
pub const BUILD: Build = Build {
    version: env!("CARGO_PKG_VERSION"),
    commit: env!("REMEASURE_COMMIT"),
    dirty: matches!(env!("REMEASURE_DIRTY").as_bytes(), b"true"),
    rustc: env!("REMEASURE_RUSTC"),
    target: env!("REMEASURE_TARGET"),
};

/// The families of this repository.
pub const FAMILIES: &[&'static dyn AnyFamily] = &[
    &sparse::SPARSE,
    &ordinal::ORDINAL,
    &multitask::MULTITASK,
    &bilevel::BILEVEL,
    &relaxation::RELAXATION,
    &meta::META,
    &causal::CAUSAL,
    &selection::SELECTION,
    &graphs::GRAPHS,
    &network::NETWORK,
    &nonconvex::NONCONVEX,
    &privacy::PRIVACY,
    &supports::SUPPORTS,
    &coding::CODING,
    &sampling::SAMPLING,
    &search::SEARCH,
];

/// The papers and experiments of this repository: everything in `configs/`.
pub const CONFIGS: &[Embedded] = &include!(concat!(env!("OUT_DIR"), "/configs.rs"));

/// Runs the command line with the given families, and papers whose configs are embedded in the program.
#[must_use]
pub fn main(families: &[&'static dyn AnyFamily], configs: &[Embedded]) -> ExitCode {
    declare_build(BUILD);
    match Registry::new(families, configs) {
        Ok(registry) => cli::main(&registry),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn a_family_has_no_two_metrics_estimators_curves_or_problems_of_one_name() {
        for family in crate::FAMILIES {
            for names in [
                family.metrics().iter().map(|m| m.name).collect::<Vec<_>>(),
                family.kinds().iter().map(|k| k.name).collect(),
                family.curves().iter().map(|c| c.name).collect(),
                family.problems().iter().map(|k| k.name).collect(),
            ] {
                let distinct: BTreeSet<&str> = names.iter().copied().collect();
                assert_eq!(distinct.len(), names.len(), "{}: {names:?}", family.name());
            }
        }
    }

    /// Every key below a schema, with whether it is described.
    fn keys(schema: &serde_json::Value, path: &str, found: &mut Vec<(String, bool)>) {
        let inner = |key: &str| schema.get(key).and_then(|v| v.as_object()).into_iter().flatten();
        for (name, key) in inner("properties") {
            let path = format!("{path}.{name}");
            found.push((path.clone(), key.get("description").is_some()));
            keys(key, &path, found);
        }
        for (name, definition) in inner("$defs") {
            keys(definition, &format!("{path}/{name}"), found);
        }
    }

    #[test]
    fn every_key_of_a_problem_and_an_estimator_is_described() {
        let mut found = Vec::new();
        for family in crate::FAMILIES {
            for kind in family.kinds().iter().chain(&family.problems()) {
                keys((kind.schema)().as_value(), &format!("{}/{}", family.name(), kind.name), &mut found);
            }
        }
        assert!(found.len() > 200, "{}", found.len());
        let bare: Vec<&String> =
            found.iter().filter(|(_, described)| !described).map(|(key, _)| key).collect();
        assert!(bare.is_empty(), "{bare:#?}");
    }
}
