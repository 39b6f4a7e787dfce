//! Papers and their configs: `configs/<paper>/paper.toml` and one TOML for each experiment next to it.
//!
//! A program's build script reads such a folder with [`read`] and writes it as Rust source with [`table`]; the
//! program then parses the embedded files. Both use the same [`Paper`], so the program can read what the build accepts.

mod folder;

use serde::Deserialize;

pub use folder::{File, read, table};

/// Name of the file about a paper.
pub const PAPER: &str = "paper.toml";

/// A TOML file embedded in a program: a `paper.toml` or the config of an experiment.
#[derive(Clone, Copy, Debug)]
pub struct Embedded {
    /// Name of the paper and of its folder.
    pub paper: &'static str,
    /// File name within the folder.
    pub file: &'static str,
    /// Contents.
    pub text: &'static str,
    /// Path in the repository, for error messages.
    pub path: &'static str,
}

/// One publication, or a question with several references: `configs/PAPER/paper.toml`, next to the configs of its
/// experiments.
///
/// ```toml
/// title = "Predicting Rare Events by Shrinking Towards Proportional Odds"
/// authors = ["Faletto", "Bien"]
/// year = 2023
/// arxiv = "2305.18700"
/// code = { address = "https://github.com/gregfaletto/presto" }
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// Name on the command line, and of its folder.
    #[serde(skip)]
    pub slug: String,
    /// Title of the publication, or the question.
    pub title: String,
    /// Surnames of the authors; none for a question.
    #[serde(default)]
    pub authors: Vec<String>,
    /// Year of publication.
    pub year: Option<u16>,
    /// Identifier on arXiv, such as `2305.18700`.
    pub arxiv: Option<String>,
    /// Journal or conference, with volume and pages if known.
    pub venue: Option<String>,
    /// Other sources.
    #[serde(default)]
    pub references: Vec<String>,
    /// The authors' code.
    pub code: Option<Code>,
    /// What was read of the paper, and what could not be read.
    #[serde(default)]
    pub read: String,
    /// What we found: a few sentences, written when the numbers are final.
    #[serde(default)]
    pub findings: Vec<String>,
    /// Its experiments, by name.
    #[serde(skip)]
    pub experiments: Vec<Experiment>,
}

/// Released code of a paper.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Its URL.
    pub address: String,
    /// Its licence, if it states one.
    pub licence: Option<String>,
}

/// A config shipped with a program.
#[derive(Clone, Copy, Debug)]
pub struct Experiment {
    /// Its name: the stem of its file and the `experiment` in it.
    pub name: &'static str,
    /// The config.
    pub config: &'static str,
    /// Path in the repository, for error messages.
    pub path: &'static str,
}

impl Paper {
    /// Reads a `paper.toml`; `path` is named in errors.
    ///
    /// # Errors
    /// If a key is unknown, missing or of the wrong type; the message gives `path`, line and problem.
    pub fn parse(path: &str, text: &str) -> Result<Self, String> {
        let mut paper: Self = toml::from_str(text).map_err(|e| folder::explain(path, text, &e))?;
        for part in paper.findings.iter_mut().chain(&mut paper.references).chain([&mut paper.read]) {
            *part = part.trim().to_owned();
        }
        Ok(paper)
    }

    /// Authors and year, such as `Faletto and Bien 2023`; for a question, the number of its references.
    #[must_use]
    pub fn citation(&self) -> String {
        let year = self.year.map(|year| format!(" {year}")).unwrap_or_default();
        match self.authors.as_slice() {
            [] => match self.references.len() {
                0 => "question".to_owned(),
                1 => "question, 1 reference".to_owned(),
                n => format!("question, {n} references"),
            },
            [one] => format!("{one}{year}"),
            [first @ .., last] => format!("{} and {last}{year}", first.join(", ")),
        }
    }

    /// The name that selects one of its experiments on the command line, where the paper's name means all of them.
    #[must_use]
    pub fn call(&self, experiment: &str) -> String {
        let shared = self.slug == experiment && self.experiments.len() > 1;
        if shared { format!("{}/{experiment}", self.slug) } else { experiment.to_owned() }
    }

    /// Its address on arXiv.
    #[must_use]
    pub fn arxiv_address(&self) -> Option<String> {
        self.arxiv.as_ref().map(|id| format!("https://arxiv.org/abs/{id}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_is_cited_by_authors_and_year() {
        let cited = |text: &str| Paper::parse("p", &format!("title = 'T'\n{text}")).unwrap().citation();
        assert_eq!(cited("authors = ['A']\nyear = 2020"), "A 2020");
        assert_eq!(cited("authors = ['A', 'B', 'C']\nyear = 2020"), "A, B and C 2020");
        assert_eq!(cited("references = ['R 1', 'R 2']"), "question, 2 references");
    }

    #[test]
    fn keys_that_are_wrong_are_named_with_file_and_line() {
        let refused = |text: &str| Paper::parse("configs/p/paper.toml", text).unwrap_err();
        let unknown = refused("title = 'T'\nauthor = ['A']");
        assert!(unknown.starts_with("configs/p/paper.toml:2: unknown field `author`, expected"), "{unknown}");
        assert_eq!(refused("year = 2020"), "configs/p/paper.toml:1: missing field `title`");
        let code = refused("title = 'T'\n[code]\naddress = 'a'\nlicense = 'MIT'");
        assert!(code.starts_with("configs/p/paper.toml:4: unknown field `license`"), "{code}");
        assert!(refused("title = ").starts_with("configs/p/paper.toml:1: "), "{}", refused("title = "));
    }
}
