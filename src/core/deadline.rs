//! Per-thread deadlines that iterations can check without passing them through signatures.
//!
//! The harness decides by its own clock whether a fit is late and discards the result of a late fit. An
//! iteration only has to stop soon after the deadline. What it then returns does not matter, as long as it
//! does not panic or leave anything half-finished in values that outlive it. Without a deadline, results
//! cannot depend on timing: [`passed`] returns `false` and reads no clock.
//!
//! A deadline applies to one thread: work handed to other threads does not see it.
//!
//! ```
//! use std::time::Duration;
//! use remeasure_core::deadline;
//!
//! let (rounds, late) = deadline::within(Some(Duration::from_millis(5)), || {
//!     let mut rounds = 0_u64;
//!     while !deadline::passed() {
//!         rounds += 1;
//!     }
//!     rounds
//! });
//! assert!(late && rounds > 0);
//! ```

use std::cell::Cell;
use std::time::{Duration, Instant};

thread_local! {
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
    /// That of [`left`] alone, which built-in code does not look at.
    static PROGRAMS: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Restores the previous deadline when dropped, including on unwinding.
struct Restore(Option<Instant>);

impl Drop for Restore {
    fn drop(&mut self) {
        DEADLINE.set(self.0);
    }
}

/// Runs `work` with a deadline `limit` from now; also returns whether a deadline had passed by the time it
/// ended. In nested scopes the earliest deadline applies; `None` adds none.
pub fn within<T>(limit: Option<Duration>, work: impl FnOnce() -> T) -> (T, bool) {
    let outer = DEADLINE.get();
    // A limit that the clock cannot represent means no deadline.
    let own = limit.and_then(|limit| Instant::now().checked_add(limit));
    let _restore = Restore(outer);
    DEADLINE.set(own.into_iter().chain(outer).min());
    let result = work();
    (result, passed())
}

/// Whether this thread's deadline has passed; `false` if it has none.
#[inline]
#[must_use]
pub fn passed() -> bool {
    DEADLINE.get().is_some_and(|deadline| Instant::now() >= deadline)
}

/// The time until this thread's deadline, or until that of [`for_programs`] if it is earlier; zero afterwards, and
/// `None` if there is neither.
#[must_use]
pub fn left() -> Option<Duration> {
    let deadline = DEADLINE.get().into_iter().chain(PROGRAMS.get()).min();
    deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
}

/// Runs `work` with a limit that only [`left`] knows: that of other programs, on which results may depend anyway.
pub fn for_programs<T>(limit: Option<Duration>, work: impl FnOnce() -> T) -> T {
    PROGRAMS.set(limit.and_then(|limit| Instant::now().checked_add(limit)));
    let result = work();
    PROGRAMS.set(None);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Option<Duration> = Some(Duration::from_secs(3600));
    const NONE: Option<Duration> = Some(Duration::ZERO);

    #[test]
    fn without_a_limit_nothing_ever_passes() {
        assert!(!passed());
        assert_eq!(within(None, || (passed(), DEADLINE.get())), ((false, None), false));
        // More than the clock can represent.
        assert_eq!(within(Some(Duration::MAX), || DEADLINE.get()), (None, false));
    }

    #[test]
    fn a_limit_passes_in_its_time_and_ends_with_its_scope() {
        let limit = Duration::from_millis(20);
        let start = Instant::now();
        let (early, late) = within(Some(limit), || {
            let early = passed();
            while !passed() {}
            early
        });
        assert!(!early && late);
        assert!(start.elapsed() >= limit);
        assert!(!passed());
        assert_eq!(within(LONG, || 3), (3, false));
    }

    #[test]
    fn of_nested_scopes_the_earlier_deadline_holds() {
        let inside = within(LONG, || {
            let tighter = within(NONE, passed);
            (tighter, passed())
        });
        assert_eq!(inside, (((true, true), false), false));
        let inside = within(NONE, || (within(LONG, passed), within(None, passed)));
        assert_eq!(inside, (((true, true), (true, true)), true));
    }

    #[test]
    fn unwinding_puts_the_deadline_back() {
        let ((), late) = within(LONG, || {
            let unwound =
                std::panic::catch_unwind(|| within(NONE, || std::panic::resume_unwind(Box::new(()))));
            assert!(unwound.is_err());
            assert!(!passed());
        });
        assert!(!late);
        assert_eq!(DEADLINE.get(), None);
    }

    #[test]
    fn other_threads_have_none() {
        within(NONE, || {
            assert!(std::thread::scope(|s| s.spawn(|| !passed()).join().unwrap()));
            assert!(passed());
        });
    }
}
