//! Reads the history and adds to it.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::line::Line;
use crate::files::read_if_there;

/// The first line of the file.
pub const HEADER: &str =
    "date,event,experiment,profile,config,code,target,kind,name,estimator,value,se,verdict";

const MEND: &str = "fix the file, or move it away to start a new one";

/// Refuses text that is not a whole history: a wrong header, or a last line that was cut off.
fn sound(path: &Path, text: &str) -> Result<()> {
    let header = text.lines().next().unwrap_or_default();
    if header != HEADER {
        bail!(
            "{}: the first line `{header}` is not the header of a history, `{HEADER}`; {MEND}, or use --no-history",
            path.display()
        );
    }
    if !text.ends_with('\n') {
        bail!("{}: the last line is cut off; complete or delete it", path.display());
    }
    Ok(())
}

/// All lines of the history at `path`, in the order of the file; none if there is no file.
///
/// # Errors
/// If the file cannot be read or is malformed; the message gives the number of a malformed line.
pub fn read(path: &Path) -> Result<Vec<Line>> {
    let text = read_if_there(path)?.unwrap_or_default();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    sound(path, &text)?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.with_context(|| format!("cannot read {}; {MEND}", path.display()))?;
        let number = record.position().map_or(0, csv::Position::line);
        lines.push(record.deserialize(None).with_context(|| format!("{}:{number}: {MEND}", path.display()))?);
    }
    Ok(lines)
}

/// Checks that lines can be added to the history at `path`, without writing anything.
///
/// # Errors
/// If the file exists and cannot be written.
pub fn writable(path: &Path) -> Result<()> {
    match OpenOptions::new().append(true).open(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error).with_context(|| {
            format!("cannot write {}; make it writable, or use --no-history", path.display())
        }),
        _ => Ok(()),
    }
}

/// The bytes of `lines`, after the header if the file is `new`.
fn bytes(lines: &[Line], new: bool) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    if new {
        writer.write_record(HEADER.split(','))?;
    }
    lines.iter().try_for_each(|line| writer.serialize(line))?;
    Ok(writer.into_inner()?)
}

/// Appends lines to the history at `path`, creating it if needed.
///
/// The file itself is locked, and all lines are appended in one write. Replacing it by a new file, as is
/// done for other files, could lose the lines of another process that writes at the same time, unless both
/// held a lock under another name. Besides, existing lines are never rewritten, so they cannot be damaged.
/// If writing fails, the file is cut back.
///
/// # Errors
/// If the file cannot be written or is malformed.
pub fn append(path: &Path, lines: &[Line]) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let cannot = || format!("cannot write {}", path.display());
    let mut options = OpenOptions::new();
    let mut file = options.read(true).append(true).create(true).open(path).with_context(cannot)?;
    // Held until the file is closed.
    file.lock().with_context(cannot)?;
    let mut text = String::new();
    file.rewind().with_context(cannot)?;
    file.read_to_string(&mut text).with_context(|| format!("cannot read {}", path.display()))?;
    if !text.is_empty() {
        sound(path, &text)?;
    }
    let written = file.write_all(&bytes(lines, text.is_empty())?).and_then(|()| file.sync_data());
    if let Err(error) = written {
        let _ = file.set_len(text.len() as u64);
        return Err(error).with_context(cannot);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Kind, Occasion, WrittenBy};

    fn some(name: &str, value: f64) -> Line {
        Line {
            occasion: Occasion {
                date: "2026-01-02T03:04:05Z".into(),
                event: WrittenBy::Accept,
                experiment: "e, quoted".into(),
                profile: "quick".into(),
                config: "0123".into(),
                code: "abc+".into(),
                target: "t".into(),
            },
            kind: Kind::Claim,
            name: name.into(),
            estimator: String::new(),
            value,
            se: f64::INFINITY,
            verdict: "not testable".into(),
        }
    }

    #[test]
    fn what_is_appended_is_read_and_nothing_else_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.csv");
        assert!(read(&path).unwrap().is_empty());
        append(&path, &[]).unwrap();
        assert!(!path.exists());
        append(&path, &[some("a", 1.0 / 3.0), some("b", f64::NAN)]).unwrap();
        let before = std::fs::read_to_string(&path).unwrap();
        assert!(before.starts_with(&(HEADER.to_owned() + "\n2026-01-02T03:04:05Z,accept,\"e, quoted\",")));
        append(&path, &[some("c", 1e-7)]).unwrap();
        let after = std::fs::read_to_string(&path).unwrap();
        assert!(after.starts_with(&before) && after.lines().count() == 4, "{after}");
        let found = read(&path).unwrap();
        assert_eq!((found[0].clone(), found[2].clone()), (some("a", 0.333_333_333), some("c", 1e-7)));
        assert!(found[1].value.is_nan());
        // A checkout may change the ends of lines.
        std::fs::write(&path, after.replace('\n', "\r\n")).unwrap();
        append(&path, &[some("d", 2.0)]).unwrap();
        assert_eq!(read(&path).unwrap().len(), 4);
    }

    #[test]
    fn another_file_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.csv");
        append(&path, &[some("a", 1.0)]).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        for (text, word) in [
            ("day,value\n1,2\n".to_owned(), "is not the header"),
            (whole.trim_end().to_owned(), "cut off"),
            (format!("{whole}<<<<<<< ours\n"), "history.csv"),
            (whole.replace(",accept,", ",guess,"), "history.csv:2: "),
        ] {
            std::fs::write(&path, &text).unwrap();
            let error = format!("{:#}", read(&path).unwrap_err());
            assert!(error.contains(word) && error.contains("history.csv"), "{error}");
            if word.starts_with("is not") || word == "cut off" {
                assert!(append(&path, &[some("b", 1.0)]).is_err());
                assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
            }
        }
    }

    #[test]
    fn appends_at_the_same_time_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        // Where the file is new, all of them find it empty.
        for round in 0..100 {
            let path = folder.path().join(format!("{round}.csv"));
            let start = std::sync::Barrier::new(4);
            std::thread::scope(|scope| {
                for thread in 0..4 {
                    let (path, start) = (&path, &start);
                    scope.spawn(move || {
                        let name = format!("{thread}");
                        start.wait();
                        for _ in 0..2 {
                            append(path, &[some(&name, 1.0), some(&name, 2.0), some(&name, 3.0)]).unwrap();
                        }
                    });
                }
            });
            let found = read(&path).unwrap();
            assert_eq!(found.len(), 24);
            // Lines of one call are adjacent.
            assert!(found.chunks(3).all(|c| c.iter().all(|l| l.name == c[0].name) && c[2].value == 3.0));
        }
    }
}
