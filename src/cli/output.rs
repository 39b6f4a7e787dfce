//! Standard output, whose reader may leave.

use std::io::{Result, Stdout, Write};

/// Standard output of a command.
pub(crate) struct Output {
    out: Stdout,
    /// Whether no error of the output matters, as the results are in files.
    advice: bool,
}

/// What a command is called for. A reader that has closed it (`remeasure list | head`) is no error and changes no exit
/// code; a full disk is one.
pub(crate) fn out() -> Output {
    Output { out: std::io::stdout(), advice: false }
}

/// What a command says about results that are in files or in its exit code: nothing that happens to it stops the
/// command.
pub(crate) fn say() -> Output {
    Output { out: std::io::stdout(), advice: true }
}

impl Output {
    fn forgiven<T>(&self, result: Result<T>, instead: T) -> Result<T> {
        match result {
            Err(e) if self.advice || e.kind() == std::io::ErrorKind::BrokenPipe => Ok(instead),
            other => other,
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let written = self.out.write(bytes);
        self.forgiven(written, bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        let flushed = self.out.flush();
        self.forgiven(flushed, ())
    }
}
