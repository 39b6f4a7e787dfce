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

use crate::harness::family::Kind;
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
