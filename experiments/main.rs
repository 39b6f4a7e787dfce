//! The `remeasure` command, with the families of this repository and the papers in `configs/`.

use std::process::ExitCode;

fn main() -> ExitCode {
    remeasure::main(remeasure::FAMILIES, remeasure::CONFIGS)
}
