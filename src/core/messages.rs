//! Messages on standard error.

/// Writes a line to standard error like `eprintln!`, but does not panic if nobody can read it: messages are advice, so a
/// closed pipe or a full disk behind standard error must not end a run.
#[macro_export]
macro_rules! advise {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        // Nothing can be done, and nothing is lost.
        let _ = writeln!(std::io::stderr().lock(), $($text)*);
    }};
}
