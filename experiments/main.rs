//! The `remeasure` command: the families of this repository on the papers in `configs/`.

use std::process::ExitCode;

fn main() -> ExitCode {
    remeasure::main(remeasure::FAMILIES, remeasure::CONFIGS)
}
