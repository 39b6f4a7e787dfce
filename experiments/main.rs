//! The `remeasure` command: the registered experiments, and nothing else.

mod phase_transition;
mod sparse_recovery;

use std::process::ExitCode;

fn main() -> ExitCode {
    remeasure::main(&[sparse_recovery::EXPERIMENT, phase_transition::EXPERIMENT])
}
