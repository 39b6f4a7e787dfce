//! Permission to start programs, and the process groups of those that run.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{PoisonError, RwLock};

use rustix::process::{Pid, Signal, kill_process_group};

/// The terms on which programs may run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// File to which their standard error is appended; `None` to keep only its last lines.
    pub log: Option<PathBuf>,
    /// Memory that one program may use, in bytes.
    pub memory: Option<u64>,
}

static TERMS: RwLock<Option<Terms>> = RwLock::new(None);
/// The leaders of the running groups; 0 is a free place. Without a lock, so that a signal handler can read it.
static RUNNING: [AtomicI32; 4096] = [const { AtomicI32::new(0) }; 4096];

/// Allows configs of this process to start programs from now on.
pub fn allow(terms: Terms) {
    *TERMS.write().unwrap_or_else(PoisonError::into_inner) = Some(terms);
}

/// Whether [`allow`] was called.
#[must_use]
pub fn is_allowed() -> bool {
    terms().is_some()
}

pub(crate) fn terms() -> Option<Terms> {
    TERMS.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// A process group that is ended when this value is dropped.
#[derive(Debug)]
pub(crate) struct Group {
    leader: Pid,
    place: Option<&'static AtomicI32>,
}

impl Group {
    /// The group led by the process `id`.
    pub(crate) fn new(id: u32) -> Option<Self> {
        let raw = i32::try_from(id).ok()?;
        let leader = Pid::from_raw(raw)?;
        let take =
            |place: &&AtomicI32| place.compare_exchange(0, raw, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        Some(Self { leader, place: RUNNING.iter().find(take) })
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Fails if all of its processes have ended already.
        let _ = kill_process_group(self.leader, Signal::KILL);
        if let Some(place) = self.place {
            place.store(0, Ordering::Release);
        }
    }
}

/// Ends the programs of all threads with their children, before the process exits. Safe in a signal handler.
pub fn end_all() {
    for leader in RUNNING.iter().filter_map(|place| Pid::from_raw(place.load(Ordering::Acquire))) {
        let _ = kill_process_group(leader, Signal::KILL);
    }
}
