//! Ctrl-C: once to stop after the trials in flight, twice to stop at once.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

/// The exit code of a run that was interrupted, as shells expect it.
pub const EXIT_INTERRUPTED: u8 = 130;

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Listens for Ctrl-C, and for the signals by which schedulers and closing terminals end a process.
///
/// # Errors
/// A system that refuses.
pub fn listen() -> Result<()> {
    ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::Relaxed) {
            // What was finished is in the journal.
            std::process::exit(i32::from(EXIT_INTERRUPTED));
        }
        eprintln!("\nstopping when the trials in flight are done; once more to stop at once");
    })
    .context("cannot listen for Ctrl-C")
}

/// Whether the run shall stop.
#[must_use]
pub fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
