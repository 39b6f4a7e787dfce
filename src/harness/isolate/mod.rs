//! Trials in processes of their own, which can be ended from outside.
//!
//! A panic is caught where it happens and a solver asks for its deadline; code that hangs,
//! overflows its stack, aborts or eats all memory can only be stopped with its process. Each
//! thread of the run then has a worker process, hands it trials over a socket and reads rows
//! back as they are finished. A worker that dies costs the fit it was in; the next worker goes
//! on with the trial's other estimators, which draw the same data again.

mod protocol;
mod supervisor;
mod worker;

pub use supervisor::Supervisor;
pub use worker::serve;

/// The hidden command that starts a worker.
pub const WORKER: &str = "worker";

/// What worker processes need to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Isolation {
    /// The resolved config as TOML.
    pub config: String,
    /// Its profile.
    pub profile: String,
    /// Memory that one worker may use, in bytes.
    pub memory: Option<u64>,
}
