//! Ctrl-C: once to stop after the trials in progress, twice to stop at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result};
use remeasure_core::advise;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;

/// The exit code of an interrupted run, as shells expect it.
pub const EXIT_INTERRUPTED: u8 = 130;

/// Set by the first signal.
static REQUESTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();
/// Whether the user has been informed.
static TOLD: AtomicBool = AtomicBool::new(false);

/// Whether a signal was ignored when this process was started, as `nohup` does for a closing terminal.
fn ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Writing beyond a quota or file-size limit (`ulimit -f`) then fails with an error instead of ending the process.
pub fn survive_file_size_limits() {
    // Where the signal cannot be caught, everything is as before.
    let _ = flag::register(SIGXFSZ, Arc::default());
}

/// Listens for Ctrl-C, and for the signals with which schedulers and closing terminals end a process.
///
/// # Errors
/// If the system does not allow it.
pub fn listen() -> Result<()> {
    let requested = REQUESTED.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        if ignored(signal) {
            continue;
        }
        // In this order, the first signal only sets the flag; the second finds it set, ends the programs of the
        // config with their children, and then the process, which loses nothing because finished trials are in the
        // journal.
        let again = Arc::clone(requested);
        let end = move || {
            if again.load(Ordering::Relaxed) {
                remeasure_external::end_all();
            }
        };
        // SAFETY: it loads atomics and calls kill(2), both of which signal handlers may do.
        unsafe { signal_hook::low_level::register(signal, end) }.context("cannot listen for Ctrl-C")?;
        flag::register_conditional_shutdown(signal, i32::from(EXIT_INTERRUPTED), Arc::clone(requested))
            .and_then(|_| flag::register(signal, Arc::clone(requested)))
            .context("cannot listen for Ctrl-C")?;
    }
    Ok(())
}

/// For commands that Ctrl-C ends at once: ends the programs of the config with their children before.
///
/// # Errors
/// If the system does not allow it.
pub fn end_programs() -> Result<()> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let end = move || {
            remeasure_external::end_all();
            // If this fails, the signal is ignored.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        };
        // SAFETY: it loads atomics, calls kill(2), and ends the process as the signal would without a handler.
        unsafe { signal_hook::low_level::register(signal, end) }.context("cannot listen for Ctrl-C")?;
    }
    Ok(())
}

/// Whether the run should stop. The first call after the signal also informs the user.
#[must_use]
pub fn requested() -> bool {
    let now = REQUESTED.get().is_some_and(|flag| flag.load(Ordering::Relaxed));
    if now && !TOLD.swap(true, Ordering::Relaxed) {
        advise!("\nstopping after the trials in progress; press Ctrl-C again to stop at once");
    }
    now
}
