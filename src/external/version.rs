//! The version of a program, as a command prints it.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::groups::{self, Group};
use crate::process::{clean, confine};

/// Time that a version command has.
const LIMIT: Duration = Duration::from_secs(10);
/// Most bytes read of its output.
const MOST: u64 = 1 << 16;

/// The first line that a command prints that is not empty.
pub(crate) fn first_line(
    command: &[String],
    env: &BTreeMap<String, String>,
    folder: &Path,
) -> Result<String, String> {
    let terms = groups::terms().ok_or("is not allowed: see --allow-commands")?;
    let (program, arguments) = command.split_first().ok_or("is empty")?;
    let mut child = Command::new(program);
    child.args(arguments).envs(env).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if !folder.as_os_str().is_empty() {
        child.current_dir(folder);
    }
    confine(&mut child, terms.memory);
    let mut child = child.spawn().map_err(|e| format!("cannot be run: {e}"))?;
    let group = Group::new(child.id());
    // Some programs print their version as an error.
    let outputs = child.stdout.take().zip(child.stderr.take());
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        if let Some((stdout, stderr)) = outputs {
            // What cannot be read is not there.
            let _ = stdout.take(MOST).read_to_end(&mut text);
            let _ = stderr.take(MOST).read_to_end(&mut text);
        }
        text
    });
    let end = Instant::now() + LIMIT;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Ok(status),
            Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(2)),
            Ok(None) => break Err(format!("did not end within {}", humantime::format_duration(LIMIT))),
            Err(error) => break Err(format!("cannot be waited for: {error}")),
        }
    };
    // Also ends children that hold its output open.
    drop(group);
    let _ = child.wait();
    let text = reader.join().unwrap_or_default();
    let status = status?;
    if !status.success() {
        return Err(format!("ended with {status}"));
    }
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    Ok(clean(line.ok_or("prints nothing")?))
}
