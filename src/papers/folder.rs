//! Reads a folder of papers, for the build.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::{PAPER, Paper};

/// A file to embed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Name of the paper and of its folder.
    pub paper: String,
    /// File name within the folder.
    pub file: String,
}

/// A parse error on one line: file, line and message.
pub(crate) fn explain(path: &str, text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or("");
    format!("{path}:{}: {}", before.matches('\n').count() + 1, error.message().trim().replace('\n', ", "))
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let cannot = |e: std::io::Error| format!("{}: {e}", folder.display());
    let entries = std::fs::read_dir(folder).map_err(cannot)?;
    let mut paths = entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>().map_err(cannot)?;
    // By stem, so that `a.toml` comes before `a-b.toml`.
    paths.sort_by_key(|path| path.file_stem().map(std::ffi::OsStr::to_owned));
    Ok(paths)
}

fn name(path: &Path) -> Result<String, String> {
    let name = path.file_name().and_then(|n| n.to_str());
    name.map(str::to_owned).ok_or_else(|| format!("{}: the name is not valid UTF-8", path.display()))
}

/// Checks one file of a paper's folder.
fn check(path: &Path, file: &str) -> Result<(), String> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| format!("{shown}: {e}"))?;
    if file == PAPER {
        return Paper::parse(&shown, &text).map(drop);
    }
    let config: toml::Table = toml::from_str(&text).map_err(|e| explain(&shown, &text, &e))?;
    let stem = file.trim_end_matches(".toml");
    match config.get("experiment").and_then(toml::Value::as_str) {
        Some(name) if name == stem => Ok(()),
        Some(name) => Err(format!("{shown}: `experiment` is \"{name}\", but the file is called {file}")),
        None => {
            Err(format!("{shown}: the key `experiment` is missing: expected \"{stem}\", the file's name"))
        }
    }
}

/// The files of a folder of papers, by paper, each `paper.toml` before its configs.
///
/// # Errors
/// If a folder has no `paper.toml`, a `paper.toml` has unknown keys, a config's file name is not its `experiment`,
/// or a name is used twice. The message gives the file, the key and the problem on one line.
pub fn read(configs: &Path) -> Result<Vec<File>, String> {
    let mut files: Vec<File> = Vec::new();
    for folder in listed(configs)?.into_iter().filter(|path| path.is_dir()) {
        let paper = name(&folder)?;
        if !folder.join(PAPER).is_file() {
            return Err(format!("{}: the folder of a paper has no {PAPER}", folder.display()));
        }
        let mut own = Vec::new();
        for path in listed(&folder)?.into_iter().filter(|path| path.extension().is_some_and(|e| e == "toml"))
        {
            let file = name(&path)?;
            check(&path, &file)?;
            if let Some(other) = files.iter().find(|f| file != PAPER && f.file == file) {
                return Err(format!(
                    "{}: `experiment`: the paper {} already has one of this name",
                    path.display(),
                    other.paper
                ));
            }
            let stem = file.trim_end_matches(".toml");
            if stem != paper && configs.join(stem).is_dir() {
                return Err(format!("{}: `experiment`: {stem} is the name of another paper", path.display()));
            }
            own.push(File { paper: paper.clone(), file });
        }
        own.sort_by_key(|f| f.file != PAPER);
        files.extend(own);
    }
    Ok(files)
}

/// The source text of a Rust array of [`crate::Embedded`], for a crate that has the files in `folder` next to its
/// Cargo.toml.
#[must_use]
pub fn table(files: &[File], folder: &str) -> String {
    let mut text = String::from("[\n");
    for File { paper, file } in files {
        let path = format!("{folder}/{paper}/{file}");
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "    Embedded {{ paper: {paper:?}, file: {file:?}, path: {path:?}, \
             text: include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {:?})) }},",
            format!("/{path}")
        );
    }
    text.push_str("]\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    const GOOD: (&str, &str) = ("p/paper.toml", "title = 'P'");

    #[test]
    fn the_listing_is_the_table() {
        let folder = folder(&[
            ("q/paper.toml", "title = 'Q'"),
            ("q/z.toml", "experiment = 'z'"),
            ("q/note.md", "not a config"),
            GOOD,
            ("p/a-b.toml", "experiment = 'a-b'"),
            ("p/a.toml", "experiment = 'a'"),
        ]);
        let files = read(folder.path()).unwrap();
        let names: Vec<String> = files.iter().map(|f| format!("{}/{}", f.paper, f.file)).collect();
        assert_eq!(names, ["p/paper.toml", "p/a.toml", "p/a-b.toml", "q/paper.toml", "q/z.toml"]);
        let table = table(&files, "configs");
        assert!(table.contains(r#"paper: "p", file: "a.toml", path: "configs/p/a.toml""#), "{table}");
    }

    #[test]
    fn what_cannot_be_registered_is_refused_on_one_line() {
        let refused = |files: &[(&str, &str)]| {
            let folder = folder(files);
            let message = read(folder.path()).unwrap_err();
            assert!(!message.contains('\n'), "{message}");
            message.replace(&format!("{}/", folder.path().display()), "")
        };
        assert_eq!(
            refused(&[GOOD, ("p/a.toml", "experiment = 'b'")]),
            "p/a.toml: `experiment` is \"b\", but the file is called a.toml"
        );
        assert_eq!(
            refused(&[GOOD, ("p/a.toml", "title = 'A'")]),
            "p/a.toml: the key `experiment` is missing: expected \"a\", the file's name"
        );
        assert_eq!(
            refused(&[("p/a.toml", "experiment = 'a'")]),
            "p: the folder of a paper has no paper.toml"
        );
        assert_eq!(
            refused(&[GOOD, ("p/q.toml", "experiment = 'q'"), ("q/paper.toml", "title = 'Q'")]),
            "p/q.toml: `experiment`: q is the name of another paper"
        );
        let unknown = refused(&[("p/paper.toml", "title = 'P'\nauthor = 'A'")]);
        assert!(unknown.starts_with("p/paper.toml:2: unknown field `author`"), "{unknown}");
        assert!(refused(&[GOOD, ("p/a.toml", "experiment = 'a'\n[")]).starts_with("p/a.toml:2: "));
        let twice = [GOOD, ("p/a.toml", "experiment = 'a'"), ("q/paper.toml", "title = 'Q'")];
        assert_eq!(
            refused(&[&twice[..], &[("q/a.toml", "experiment = 'a'")]].concat()),
            "q/a.toml: `experiment`: the paper p already has one of this name"
        );
    }
}
