//! What the harness measures of each family: the one place in the library
//! where both wings meet, so that a crate of one's own can use it too.

mod bilevel;
mod multitask;
mod ordinal;
mod relaxation;
mod sparse;

pub use bilevel::Bilevel;
pub use multitask::Multitask;
pub use ordinal::Ordinal;
pub use relaxation::Relaxation;
pub use sparse::Sparse;

use toml::Table;

use crate::harness::family::{Better, Kind};
use crate::numerics::Invalid;
use crate::numerics::params::Entry;

/// What a family's registered estimators are called.
fn kinds<E>(entries: &[Entry<E>]) -> Vec<Kind> {
    entries.iter().map(|e| Kind { name: e.name, about: e.about }).collect()
}

/// Reads the parameters of the registered estimator `kind`.
fn read_estimator<E>(entries: &[Entry<E>], kind: &str, table: Table) -> Result<E, Invalid> {
    let entry = entries.iter().find(|e| e.name == kind);
    entry.map_or_else(|| Err(Invalid::new("kind", "not an estimator of this family")), |e| (e.read)(table))
}

/// Which way a metric is better, by the family's lists.
fn better(metric: &str, lower: &[&str], higher: &[&str]) -> Option<Better> {
    let sense = |list: &[&str], sense| list.contains(&metric).then_some(sense);
    sense(lower, Better::Lower).or(sense(higher, Better::Higher))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::family::{AnyFamily, Metric};

    /// What is wrong with a family's lists.
    fn faults(metrics: &[Metric], lower: &[&str], higher: &[&str]) -> Vec<String> {
        let known = |name: &&str| metrics.iter().any(|m| m.name == *name);
        let unknown = lower.iter().chain(higher).filter(|n| !known(n)).map(|n| format!("{n} is no metric"));
        let both = lower.iter().filter(|n| higher.contains(n)).map(|n| format!("{n} is in both lists"));
        unknown.chain(both).collect()
    }

    #[test]
    fn the_lists_name_metrics_once() {
        let nothing: Vec<String> = Vec::new();
        for (metrics, lower, higher) in [
            (bilevel::METRICS, bilevel::LOWER, bilevel::HIGHER),
            (multitask::METRICS, multitask::LOWER, multitask::HIGHER),
            (ordinal::METRICS, ordinal::LOWER, ordinal::HIGHER),
            (relaxation::METRICS, relaxation::LOWER, relaxation::HIGHER),
            (sparse::METRICS, sparse::LOWER, sparse::HIGHER),
        ] {
            assert_eq!(faults(metrics, lower, higher), nothing);
        }
        assert_eq!(faults(sparse::METRICS, &["nmse", "nmes"], &["nmse"]).len(), 2);
    }

    #[test]
    fn errors_are_better_low_and_rates_of_success_high() {
        assert_eq!(AnyFamily::better(&Sparse, "nmse"), Some(Better::Lower));
        assert_eq!(AnyFamily::better(&Sparse, "support_f1"), Some(Better::Higher));
        assert_eq!(AnyFamily::better(&Bilevel, "psnr"), Some(Better::Higher));
        // A penalty is neither.
        assert_eq!(AnyFamily::better(&Sparse, "lambda"), None);
    }
}
