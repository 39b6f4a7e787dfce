//! Runs that are interrupted, killed, damaged and fed with code that misbehaves.
//!
//! The tests start the program itself: this binary, which is the command line over a family of
//! misbehaving estimators when its first argument is one of remeasure's commands.

mod isolation;
mod program;
mod unruly;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    const COMMANDS: [&str; 6] = ["run", "worker", "show", "merge", "status", "replay"];
    if std::env::args().nth(1).is_some_and(|first| COMMANDS.contains(&first.as_str())) {
        return remeasure::main(&[unruly::EXPERIMENT]);
    }
    let mut tests: Vec<Trial> = Vec::new();
    tests.extend(isolation::tests());
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}

/// A test from a function that panics when it fails.
fn test(name: &str, body: fn()) -> Trial {
    Trial::test(name.to_owned(), move || {
        body();
        Ok(())
    })
}
