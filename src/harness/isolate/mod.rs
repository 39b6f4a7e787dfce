//! Trials in worker processes, which can be killed from outside.
//!
//! Panics are caught where they happen, and solvers check their deadlines. But code that hangs, overflows
//! its stack, aborts or uses up all memory can be stopped only by killing its process. So each thread of
//! the run has a worker process, sends it trials over a socket, and reads rows back as they finish. If a
//! worker dies, only its current fit is lost; the next worker continues with the trial's other estimators,
//! on the same data drawn again.

mod protocol;
mod supervisor;
mod worker;

use std::path::PathBuf;

pub use supervisor::Supervisor;
pub use worker::serve;

/// Name of the hidden command that starts a worker.
pub const WORKER: &str = "worker";

/// Settings of worker processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Isolation {
    /// The resolved config as TOML.
    pub config: String,
    /// The file that the config was read from; empty if it comes with the program.
    pub file: PathBuf,
    /// Its profile.
    pub profile: String,
    /// Memory that one worker may use, in bytes.
    pub memory: Option<u64>,
    /// Whether the config's commands may be executed, and the file for their standard error.
    pub commands: Option<PathBuf>,
}
