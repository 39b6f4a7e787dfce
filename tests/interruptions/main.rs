//! Runs that are interrupted, killed, damaged, or given code that misbehaves.
//!
//! The tests start the program itself. It is this binary: if its first argument is one of remeasure's
//! commands, it is the command line with a family of misbehaving estimators.

mod damage;
mod disk;
mod growth;
mod interleavings;
mod isolation;
mod kills;
mod library;
mod limits;
mod program;
mod signals;
mod together;
mod unruly;

use std::process::ExitCode;
use std::sync::atomic::Ordering;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    const COMMANDS: [&str; 6] = ["run", "worker", "show", "merge", "status", "replay"];
    if std::env::args().nth(1).is_some_and(|first| COMMANDS.contains(&first.as_str())) {
        unruly::PRINTS.store(true, Ordering::Relaxed);
        return remeasure::main(&[&unruly::UNRULY], unruly::FILES);
    }
    let tests = [
        kills::tests(),
        signals::tests(),
        growth::tests(),
        damage::tests(),
        disk::tests(),
        isolation::tests(),
        limits::tests(),
        together::tests(),
        interleavings::tests(),
    ];
    let mut arguments = Arguments::from_args();
    // Most tests wait most of the time.
    arguments.test_threads.get_or_insert(6);
    libtest_mimic::run(&arguments, tests.into_iter().flatten().collect()).exit_code()
}

/// A test from a function that panics when it fails.
fn test(name: &str, body: fn()) -> Trial {
    Trial::test(name.to_owned(), move || {
        body();
        Ok(())
    })
}
