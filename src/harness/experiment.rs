//! A registered experiment.

use remeasure_core::family::AnyFamily;

/// An experiment that the command line knows by name.
#[derive(Clone, Copy)]
pub struct Experiment {
    /// Its name; the same as `experiment` in its config.
    pub name: &'static str,
    /// The config shipped with the binary.
    pub config: &'static str,
    /// Where that config lies in the repository, for error messages.
    pub path: &'static str,
    /// The family that runs it.
    pub family: &'static dyn AnyFamily,
}
