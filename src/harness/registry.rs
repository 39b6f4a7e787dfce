//! What a program can run: families of problems, and papers with their experiments.

use anyhow::{Result, anyhow, bail};
use remeasure_core::family::AnyFamily;
use remeasure_core::hint;

pub use remeasure_papers::{Code, Embedded, Experiment, Paper};

use crate::config::{ConfigError, Document, Header, Resolved};

/// Families and papers.
pub struct Registry {
    families: Vec<&'static dyn AnyFamily>,
    papers: Vec<Paper>,
}

/// The family, and the shipped paper, that a config runs with.
#[derive(Clone, Copy)]
pub struct Host<'a> {
    /// The family that it names.
    pub family: &'static dyn AnyFamily,
    /// The shipped config of the same name; empty if there is none.
    pub config: &'static str,
    /// The paper of the shipped config.
    pub paper: Option<&'a Paper>,
}

impl Registry {
    /// A registry of families, and of papers from embedded files. Configs are parsed only when used.
    ///
    /// # Errors
    /// If a `paper.toml` is missing or invalid, or two experiments have the same name.
    pub fn new(families: &[&'static dyn AnyFamily], files: &[Embedded]) -> Result<Self> {
        let mut papers: Vec<Paper> = Vec::new();
        for file in files.iter().filter(|f| f.file == remeasure_papers::PAPER) {
            let paper = Paper::parse(file.path, file.text).map_err(|message| anyhow!(message))?;
            papers.push(Paper { slug: file.paper.to_owned(), ..paper });
        }
        let mut names: Vec<&str> = Vec::new();
        for file in files.iter().filter(|f| f.file != remeasure_papers::PAPER) {
            let name = file.file.strip_suffix(".toml").unwrap_or(file.file);
            let Some(paper) = papers.iter_mut().find(|p| p.slug == file.paper) else {
                bail!("{}: its paper has no {}", file.path, remeasure_papers::PAPER);
            };
            if names.contains(&name) {
                bail!("{}: another experiment is called {name}", file.path);
            }
            names.push(name);
            paper.experiments.push(Experiment { name, config: file.text, path: file.path });
        }
        Ok(Self { families: families.to_vec(), papers })
    }

    /// The families.
    #[must_use]
    pub fn families(&self) -> &[&'static dyn AnyFamily] {
        &self.families
    }

    /// The papers, in the order of their folders.
    #[must_use]
    pub fn papers(&self) -> &[Paper] {
        &self.papers
    }

    /// The experiments, by paper.
    pub fn experiments(&self) -> impl Iterator<Item = &Experiment> + Clone {
        self.papers.iter().flat_map(|p| &p.experiments)
    }

    /// An experiment and its paper.
    #[must_use]
    pub fn experiment(&self, name: &str) -> Option<(&Paper, &Experiment)> {
        self.papers.iter().find_map(|p| Some((p, p.experiments.iter().find(|e| e.name == name)?)))
    }

    /// The config shipped for an experiment.
    ///
    /// # Errors
    /// If the config is not valid TOML.
    pub fn document(&self, name: &str) -> Option<Result<Document, ConfigError>> {
        self.experiment(name).map(|(_, e)| Document::parse(e.path, e.config))
    }

    /// The experiments selected by `names`. A paper means all of its experiments; `PAPER/EXPERIMENT` or the name of an
    /// experiment means that one. If a paper and an experiment share a name, it means the paper. Returns each
    /// experiment once, in the order of the names; without names, all experiments of the registered families.
    ///
    /// # Errors
    /// If a name is unknown; the message suggests similar names.
    pub fn select(&self, names: &[String]) -> Result<Vec<&Experiment>> {
        if names.is_empty() {
            let known = |e: &&Experiment| {
                let header = Header::read(e.path, e.config);
                header
                    .map_or(true, |header| self.families.iter().any(|family| family.name() == header.family))
            };
            return Ok(self.experiments().filter(known).collect());
        }
        let mut chosen: Vec<&Experiment> = Vec::new();
        for name in names {
            for experiment in self.named(name)? {
                if !chosen.iter().any(|c| c.name == experiment.name) {
                    chosen.push(experiment);
                }
            }
        }
        Ok(chosen)
    }

    /// The experiments selected by one name.
    fn named(&self, name: &str) -> Result<Vec<&Experiment>> {
        if let Some(paper) = self.papers.iter().find(|p| p.slug == name) {
            return Ok(paper.experiments.iter().collect());
        }
        if let Some((_, experiment)) = self.experiment(name) {
            return Ok(vec![experiment]);
        }
        if let Some((slug, own)) = name.split_once('/')
            && let Some(paper) = self.papers.iter().find(|p| p.slug == slug)
        {
            return match paper.experiments.iter().find(|e| e.name == own) {
                Some(experiment) => Ok(vec![experiment]),
                None => bail!(
                    "{}",
                    hint::unknown(
                        &format!("experiment of the paper `{slug}`"),
                        own,
                        paper.experiments.iter().map(|e| e.name)
                    )
                ),
            };
        }
        let last = name.rsplit('/').next().unwrap_or(name);
        let paper = hint::nearest(last, self.papers.iter().map(|p| p.slug.as_str()));
        let experiment = hint::nearest(last, self.experiments().map(|e| e.name));
        let near = match (paper, experiment) {
            (Some(paper), Some(experiment)) if paper != experiment => {
                format!("; did you mean the paper `{paper}` or the experiment `{experiment}`?")
            }
            (Some(name), _) | (None, Some(name)) => format!("; did you mean `{name}`?"),
            (None, None) => ";".to_owned(),
        };
        bail!(
            "unknown paper or experiment `{name}`{near} `remeasure list` shows all; one's own config is given with --config FILE"
        );
    }

    /// The name that selects exactly this experiment on the command line.
    #[must_use]
    pub fn call(&self, experiment: &str) -> String {
        self.experiment(experiment).map_or_else(|| experiment.to_owned(), |(paper, _)| paper.call(experiment))
    }

    /// The family of a config, and the config and paper shipped under its name for this family.
    ///
    /// # Errors
    /// If the family is not registered.
    pub fn host(&self, resolved: &Resolved) -> Result<Host<'_>, ConfigError> {
        let family =
            self.families.iter().find(|f| f.name() == resolved.family).copied().ok_or_else(|| {
                let names: Vec<&str> = self.families.iter().map(|f| f.name()).collect();
                resolved.error("family", &hint::unknown("family", &resolved.family, names))
            })?;
        let shipped = self.experiment(&resolved.experiment).filter(|(_, experiment)| {
            Header::read(experiment.path, experiment.config).is_ok_and(|h| h.family == resolved.family)
        });
        Ok(Host {
            family,
            config: shipped.map_or("", |(_, experiment)| experiment.config),
            paper: shipped.map(|(paper, _)| paper),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn file(paper: &'static str, file: &'static str, text: &'static str) -> Embedded {
        Embedded { paper, file, text, path: "configs/x.toml" }
    }

    fn registry() -> Registry {
        Registry::new(
            &[],
            &[
                file("alpha", "paper.toml", "title = 'A'"),
                file("alpha", "alpha.toml", ""),
                file("alpha", "alpha-long.toml", ""),
                file("beta", "paper.toml", "title = 'B'"),
                file("beta", "simulated.toml", ""),
            ],
        )
        .unwrap()
    }

    fn select(names: &[&str]) -> Result<String> {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        Ok(registry().select(&names)?.iter().map(|e| e.name).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_paper_means_all_of_its_experiments_and_each_is_selected_once() {
        assert_eq!(select(&[]).unwrap(), "alpha alpha-long simulated");
        assert_eq!(select(&["alpha"]).unwrap(), "alpha alpha-long");
        assert_eq!(select(&["alpha/alpha"]).unwrap(), "alpha");
        assert_eq!(
            (registry().call("alpha"), registry().call("simulated")),
            ("alpha/alpha".into(), "simulated".into())
        );
        assert_eq!(
            select(&["beta/simulated", "alpha-long", "beta", "alpha"]).unwrap(),
            "simulated alpha-long alpha"
        );
    }

    #[test]
    fn unknown_names_come_with_the_nearest_ones() {
        let refused = |name: &str| select(&[name]).unwrap_err().to_string();
        assert_eq!(
            refused("alpha/alpa"),
            "unknown experiment of the paper `alpha` `alpa`; did you mean `alpha`? (valid: `alpha`, `alpha-long`)"
        );
        assert!(
            refused("alpha-lon").contains("did you mean the paper `alpha` or the experiment `alpha-long`?")
        );
        assert!(refused("simulate").contains("did you mean `simulated`?"));
        assert!(refused("zzz").starts_with("unknown paper or experiment `zzz`"));
    }

    #[test]
    fn what_is_embedded_must_fit_together() {
        let refused = |files: &[Embedded]| Registry::new(&[], files).err().unwrap().to_string();
        assert!(refused(&[file("a", "a.toml", "")]).contains("has no paper.toml"));
        assert!(refused(&[file("a", "paper.toml", "titel = 'A'")]).contains("unknown field `titel`"));
        let (a, b) = (file("a", "paper.toml", "title = 'A'"), file("b", "paper.toml", "title = 'B'"));
        assert!(refused(&[a, b, file("a", "x.toml", ""), file("b", "x.toml", "")]).contains("is called x"));
    }
}
