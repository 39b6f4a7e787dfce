//! Records where each key of a config came from, so that every error can point there.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::explain::explain;

/// A config error with its place, its key and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// File, or command-line option that set the key.
    pub place: String,
    /// Line and column in the file, from 1, and the text of that line.
    pub line: Option<(usize, usize, String)>,
    /// Dotted path of the key; empty when the error concerns the whole file.
    pub key: String,
    /// What is wrong, what was expected and the nearest valid name.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)?;
        if let Some((line, column, _)) = &self.line {
            write!(f, ":{line}:{column}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": `{}`", self.key)?;
        }
        write!(f, ": {}", self.message)?;
        if let Some((line, column, text)) = &self.line {
            let number = line.to_string();
            let gap = " ".repeat(number.len());
            write!(f, "\n{gap} |\n{number} | {text}\n{gap} | {}^", " ".repeat(column - 1))?;
        }
        Ok(())
    }
}

/// Source of a key's value.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// Another key of the file, such as a profile's change or a sweep axis.
    Key(String),
    /// A command-line option, as it was given.
    Option(String),
}

/// A config text with the position of each of its keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    file: String,
    text: String,
    keys: BTreeMap<String, Range<usize>>,
    origins: BTreeMap<String, Origin>,
}

/// Joins two dotted paths.
pub(super) fn join(parent: &str, key: &str) -> String {
    match (parent.is_empty(), key.is_empty()) {
        (true, _) => key.to_owned(),
        (_, true) => parent.to_owned(),
        _ => format!("{parent}.{key}"),
    }
}

fn index_table(table: &DeTable<'_>, path: &str, keys: &mut BTreeMap<String, Range<usize>>) {
    for (key, value) in table {
        let path = join(path, key.get_ref());
        index_value(value.get_ref(), &path, keys);
        keys.insert(path, key.span());
    }
}

fn index_value(value: &DeValue<'_>, path: &str, keys: &mut BTreeMap<String, Range<usize>>) {
    match value {
        DeValue::Table(table) => index_table(table, path, keys),
        DeValue::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                let path = format!("{path}[{i}]");
                keys.insert(path.clone(), item.span());
                index_value(item.get_ref(), &path, keys);
            }
        }
        _ => {}
    }
}

impl Source {
    /// Parses `text`; `file` is the name shown in errors.
    pub(super) fn parse(file: &str, text: &str) -> Result<(Self, toml::Table), ConfigError> {
        let mut source = Self {
            file: file.to_owned(),
            text: text.to_owned(),
            keys: BTreeMap::new(),
            origins: BTreeMap::new(),
        };
        let syntax = |source: &Self, e: &toml::de::Error| ConfigError {
            place: file.to_owned(),
            line: e.span().map(|s| source.position(s.start)),
            key: String::new(),
            message: format!("not valid TOML: {}", e.message().trim().replace('\n', ", ")),
        };
        let parsed = DeTable::parse(text).map_err(|e| syntax(&source, &e))?;
        index_table(parsed.get_ref(), "", &mut source.keys);
        let table = toml::from_str(text).map_err(|e| syntax(&source, &e))?;
        Ok((source, table))
    }

    /// Notes that `path` was last set by `origin`.
    pub(super) fn set_origin(&mut self, path: &str, origin: Origin) {
        self.origins.insert(path.to_owned(), origin);
    }

    fn position(&self, offset: usize) -> (usize, usize, String) {
        let offset = offset.min(self.text.len());
        let before = &self.text[..offset];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column, self.text.lines().nth(line - 1).unwrap_or("").to_owned())
    }

    /// An error about the key at `path`, pointing at whatever set it last.
    pub(super) fn error(&self, path: &str, message: &str) -> ConfigError {
        let (path, message) = explain(path, message);
        let (place, line) = self.place(&path);
        ConfigError { place, line, key: path, message }
    }

    /// The option, or the line of the file, that set the nearest known part of `path`.
    fn place(&self, path: &str) -> (String, Option<(usize, usize, String)>) {
        // The command line may have made a table invalid.
        let inside = |key: &str| key.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
        for (key, origin) in &self.origins {
            if let Origin::Option(option) = origin
                && inside(key)
            {
                return (option.clone(), None);
            }
        }
        let mut at = path;
        loop {
            match self.origins.get(at) {
                Some(Origin::Option(option)) => return (option.clone(), None),
                Some(Origin::Key(key)) if key != at => return self.place(key),
                _ => {}
            }
            if let Some(span) = self.keys.get(at) {
                return (self.file.clone(), Some(self.position(span.start)));
            }
            match at.rfind(['.', '[']) {
                Some(cut) => at = &at[..cut],
                None => return (self.file.clone(), None),
            }
        }
    }
}
