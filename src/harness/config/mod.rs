//! Experiment configs: TOML read strictly, merged with a profile and
//! overrides, and turned into validated types before anything runs.

pub(super) mod anywhere;
mod commands;
mod explain;
mod header;
pub(super) mod identity;
pub mod limits;
mod overlay;
mod overrides;
mod presumed;
mod read;
mod source;
mod speed;
mod sweep;
mod table;
pub(crate) mod wire;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use sha2::{Digest, Sha256};
use toml::{Table, Value};

pub use header::{Header, ProfileSize};
pub use identity::{Change, Reach};
pub(crate) use limits::LimitsWire;
pub use overrides::Overrides;
pub use source::ConfigError;
pub(crate) use speed::LEAST_ROUNDS;
pub use speed::SpeedSpec;
pub(crate) use speed::SpeedWire;
pub use table::TableSpec;

pub use crate::figures::{Length, PaletteSpec, StyleSpec};
pub use crate::select::{Filter, Statistic};

use read::{read_estimators, read_wire, unique_ids};
use remeasure_core::digest::sha256;
use remeasure_core::{Invalid, hint};
use source::{Origin, Source};
use wire::{ProfileWire, Until, Wire};

use crate::claims::{ClaimSpec, Looks, spread};
pub use crate::claims::{Fewer, Look};
use crate::digest;
use crate::figures::FigureSpec;
use crate::keys;
use crate::records::{Axis, AxisValue};

/// One `[[estimator]]`, whose parameters its family has yet to read.
#[derive(Clone, Debug)]
pub struct EstimatorSpec {
    /// Name in every table: unique within the config.
    pub name: String,
    /// Name of its type within the family.
    pub kind: String,
    /// Position among the file's `[[estimator]]` entries.
    pub index: usize,
    /// `where`: the patterns of the cells in which it runs, as given; empty for all cells.
    pub confined: Vec<String>,
    /// Its parameters, without `name`, `kind`, `where` and `time_limit`.
    pub parameters: Table,
    /// Time limit for one fit: its own, or that of `[limits]`.
    pub time_limit: Option<Duration>,
}

/// A parsed config file, not yet bound to a profile.
#[derive(Clone, Debug)]
pub struct Document {
    source: Source,
    table: Table,
    text: String,
    file: PathBuf,
    /// Whether it was read from a file of the user's own, not from what a run stored or the program holds.
    own: bool,
}

/// A config with one profile and all overrides applied.
#[derive(Clone, Debug)]
pub struct Resolved {
    source: Source,
    /// Name of the experiment.
    pub experiment: String,
    /// Title, in one line.
    pub title: String,
    /// Description: the question and the method, in a paragraph.
    pub about: String,
    /// The paper and its year.
    pub paper: String,
    /// Name of the family of problems and estimators.
    pub family: String,
    /// Seed of every random stream.
    pub seed: u64,
    /// Name of the applied profile.
    pub profile: String,
    /// Replicates per cell.
    pub replicates: u32,
    /// Looks at growing replicates; `None` if their number is fixed.
    pub looks: Option<Looks>,
    /// Estimators and cells with fewer replicates, as no undecided claim needed more.
    pub fewer: Fewer,
    /// Memory limit of the whole run in bytes.
    pub memory: Option<u64>,
    /// The sweep's axes.
    pub axes: Vec<Axis>,
    /// The same axes with the values from all profiles; empty if the other profiles are unknown, as in
    /// the config of a stored run.
    pub anywhere: Vec<Axis>,
    /// The estimators, in order.
    pub estimators: Vec<EstimatorSpec>,
    /// Tables to make.
    pub tables: Vec<TableSpec>,
    /// Figures to draw.
    pub figures: Vec<FigureSpec>,
    /// Claims to judge.
    pub claims: Vec<ClaimSpec>,
    /// Estimators whose times are compared.
    pub speed: Vec<SpeedSpec>,
    /// The file that it was read from; empty if it comes with the program.
    pub file: PathBuf,
    problem: Table,
    merged: Table,
    /// SHA-256 of the text, if it is the user's own.
    own_text: Option<String>,
}

/// Whether `name` is safe as a file name, a column and a part of a dotted path.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// Error message for an invalid name.
const NAME: &str = "expected a name of letters, digits, hyphens and underscores, without spaces";

impl Document {
    /// Parses a config text; `file` is the name shown in errors.
    ///
    /// # Errors
    /// If the text is not valid TOML.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let (source, table) = Source::parse(file, text)?;
        Ok(Self { source, table, text: text.to_owned(), file: PathBuf::new(), own: false })
    }

    /// Reads a config file. Relative paths in it are relative to its folder.
    ///
    /// # Errors
    /// If the file cannot be read or is not valid TOML.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        // Commands in other folders find it again.
        let whole = std::path::absolute(path).with_context(|| format!("cannot find {name}"))?;
        Ok(Self { own: true, ..Self::parse(&name, &text)?.of_file(&whole) })
    }

    /// The same, with relative paths relative to the folder of `file`.
    #[must_use]
    pub fn of_file(self, file: &Path) -> Self {
        Self { file: file.to_owned(), ..self }
    }

    /// The file's text, unchanged.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Names of the profiles, in the order of the file.
    #[must_use]
    pub fn profiles(&self) -> Vec<&str> {
        let table = self.table.get("profile").and_then(Value::as_table);
        table.map(|t| t.keys().map(String::as_str).collect()).unwrap_or_default()
    }

    /// Whether it has a `[[speed]]` table.
    #[must_use]
    pub fn has_speed(&self) -> bool {
        self.table.get("speed").and_then(Value::as_array).is_some_and(|a| !a.is_empty())
    }

    /// Name of the experiment.
    ///
    /// # Errors
    /// If the config has none.
    pub fn experiment(&self) -> Result<String, ConfigError> {
        let name = self.table.get("experiment").and_then(Value::as_str);
        name.map(str::to_owned).ok_or_else(|| self.source.error("", "the key `experiment` is missing"))
    }

    /// As [`resolve`](Self::resolve) without overrides. If the profile has looks at growing replicates, the look of a
    /// stored run, whose resolved config is `stored`.
    ///
    /// # Errors
    /// As for [`resolve`](Self::resolve).
    pub fn resolve_as_stored(&self, profile: &str, stored: &Table) -> Result<Resolved, ConfigError> {
        let plain = self.resolve(profile, &Overrides::default())?;
        match (plain.looks, Look::stored(profile, stored)) {
            (Some(_), look @ Some(_)) => self.resolve(profile, &Overrides { look, ..Overrides::default() }),
            _ => Ok(plain),
        }
    }

    /// Applies a profile and the command line's overrides, and checks everything
    /// that can be checked without the family.
    ///
    /// # Errors
    /// On the first key that is unknown, missing, of the wrong type or inconsistent.
    pub fn resolve(&self, profile: &str, overrides: &Overrides) -> Result<Resolved, ConfigError> {
        let mut source = self.source.clone();
        // Types are checked on the file alone first, so that errors point into it.
        let _: Wire = read_wire(&source, self.table.clone())?;
        let profiles = self.profiles();
        if !profiles.contains(&profile) {
            return Err(source.error("profile", &hint::unknown("profile", profile, profiles)));
        }
        for name in &profiles {
            if !is_name(name) {
                return Err(source.error(&format!("profile.{name}"), NAME));
            }
        }
        let mut merged = self.table.clone();
        overlay::apply_profile(&mut source, &mut merged, profile)?;
        overlay::apply_overrides(&mut source, &mut merged, profile, overrides)?;
        let wire = read_wire(&source, merged.clone())?;
        let limits = limits::read(&source, &wire.limits)?;
        let mut problem = wire.problem;
        let mut estimators = read_estimators(&source, wire.estimator, limits.time)?;
        commands::record(&source, &mut merged, &mut problem, &mut estimators, (&self.file, !self.own))?;
        let axes = sweep::axes(&source, &wire.sweep, &estimators)?;
        for axis in &axes {
            source.set_origin(
                &config_path(&axis.path, &estimators),
                Origin::Key(format!("sweep.{}", axis.path)),
            );
        }
        let size = &wire.profile[profile];
        let replicates = size.replicates;
        if replicates == 0 {
            return Err(source
                .error(&format!("profile.{profile}.replicates"), "expected at least 1 replicate, found 0"));
        }
        let looks = looks(size).map_err(|e| locate(&source, &format!("profile.{profile}"), &e))?;
        let mut claims = Vec::with_capacity(wire.claim.len());
        for (i, claim) in wire.claim.into_iter().enumerate() {
            let spec = ClaimSpec::parse(claim).map_err(|e| locate(&source, &format!("claim[{i}]"), &e))?;
            claims.push(spec);
        }
        if !is_name(&wire.experiment) {
            return Err(source.error("experiment", NAME));
        }
        wire.style.check().map_err(|e| locate(&source, "style", &e))?;
        let mut figures = Vec::with_capacity(wire.figure.len());
        for (i, figure) in wire.figure.into_iter().enumerate() {
            let path = format!("figure[{i}]");
            let mut spec = FigureSpec::read(figure).map_err(|e| locate(&source, &path, &e))?;
            spec.complete(&wire.style, &claims, &axes);
            spec.style.check().map_err(|e| locate(&source, &format!("{path}.style"), &e))?;
            figures.push(spec);
        }
        unique_ids(&source, "table", wire.table.iter().map(|t| t.id.as_str()))?;
        unique_ids(&source, "figure", figures.iter().map(|f| f.id.as_str()))?;
        unique_ids(&source, "claim", claims.iter().map(|c: &ClaimSpec| c.common.id.as_str()))?;
        let judged = spread(&claims, &axes);
        if let Some(i) =
            (1..judged.len()).find(|&i| judged[..i].iter().any(|c| c.common.id == judged[i].common.id))
        {
            let message =
                format!("two claims would be judged as `{}`: rename one of them", judged[i].common.id);
            return Err(source.error("claim", &message));
        }
        let speed = speed::read(&source, wire.speed, &estimators, &axes)?;
        let mut resolved = Resolved {
            source,
            experiment: wire.experiment,
            title: wire.title,
            about: wire.about.trim().to_owned(),
            paper: wire.paper,
            family: wire.family,
            seed: wire.seed,
            profile: profile.to_owned(),
            replicates,
            looks,
            fewer: size.fewer.clone(),
            memory: limits.memory,
            axes,
            anywhere: self.axes_anywhere(),
            estimators,
            tables: wire.table,
            figures,
            claims,
            speed,
            file: self.file.clone(),
            problem,
            merged,
            own_text: self.own.then(|| sha256(self.text.as_bytes())),
        };
        if !overrides.set.is_empty() {
            resolved.presume(&self.resolve(profile, &Overrides::default())?);
        }
        Ok(resolved)
    }
}

/// The path under which errors name a swept key: estimators by position rather than by name.
fn config_path(axis: &str, estimators: &[EstimatorSpec]) -> String {
    let named = axis.strip_prefix("estimator.").and_then(|rest| {
        let estimator = estimators.iter().find(|e| rest.starts_with(&format!("{}.", e.name)))?;
        Some(format!("estimator[{}].{}", estimator.index, &rest[estimator.name.len() + 1..]))
    });
    named.unwrap_or_else(|| axis.to_owned())
}

/// `[[estimator]]` without the keys that do not affect numbers.
fn without_limits(estimators: &Value) -> Value {
    let mut estimators = estimators.clone();
    for table in overlay::tables_of(&mut estimators) {
        table.remove(limits::TIME_LIMIT);
    }
    estimators
}

/// The looks of a profile.
fn looks(size: &ProfileWire) -> Result<Option<Looks>, Invalid> {
    let first = size.first_look.unwrap_or(size.replicates);
    let alone = |key: &str, given: bool| match given && size.until.is_none() {
        true => Err(Invalid::new(key, "needs `until = \"decided\"`")),
        false => Ok(()),
    };
    alone("max_replicates", size.max_replicates.is_some())?;
    alone("first_look", size.first_look.is_some())?;
    let looks = Looks::new(first, size.max_replicates);
    if looks.most < first {
        let most = looks.most;
        let message = format!("expected at least {first}, the replicates of the first look, found {most}");
        return Err(Invalid::new("max_replicates", message));
    }
    Ok(size.until.map(|Until::Decided| looks))
}

fn locate(source: &Source, parent: &str, invalid: &Invalid) -> ConfigError {
    source.error(&source::join(parent, &invalid.key), &invalid.message)
}

impl Resolved {
    /// The claims as they are judged; see [`spread`].
    #[must_use]
    pub fn claims(&self) -> Vec<ClaimSpec> {
        spread(&self.claims, &self.axes)
    }

    /// The keys of `[problem]` with their values, without the swept ones.
    #[must_use]
    pub fn problem_settings(&self) -> BTreeMap<String, String> {
        let swept = |key: &str| self.axes.iter().any(|axis| axis.path == format!("problem.{key}"));
        let own = self.problem.iter().filter(|(key, _)| !swept(key));
        own.map(|(key, value)| (key.clone(), value.to_string())).collect()
    }

    /// An error about one of this config's keys.
    #[must_use]
    pub fn error(&self, path: &str, message: &str) -> ConfigError {
        self.source.error(path, message)
    }

    /// An error about a key below `parent`, such as `problem` or `estimator[2]`.
    #[must_use]
    pub fn locate(&self, parent: &str, invalid: &Invalid) -> ConfigError {
        locate(&self.source, parent, invalid)
    }

    /// The kind of `[problem]`, if it says one.
    #[must_use]
    pub fn problem_kind(&self) -> Option<&str> {
        self.problem.get("kind").and_then(Value::as_str)
    }

    /// The look at which the run is, if its replicates grow.
    #[must_use]
    pub fn look(&self) -> Look {
        Look { replicates: self.replicates, fewer: self.fewer.clone() }
    }

    /// Number of cells in the sweep.
    #[must_use]
    pub fn cell_count(&self) -> usize {
        self.axes.iter().map(|a| a.values.len()).product()
    }

    /// The `[problem]` and `[[estimator]]` tables of one cell: the sweep's values put in place.
    #[must_use]
    pub fn cell_tables(&self, values: &[AxisValue]) -> (Table, Vec<EstimatorSpec>) {
        let mut problem = self.problem.clone();
        let mut estimators = self.estimators.clone();
        for (axis, value) in self.axes.iter().zip(values) {
            sweep::place(axis, value, &mut problem, &mut estimators);
        }
        (problem, estimators)
    }

    /// The problem's settings that all cells share: dotted key to value, without the swept ones
    /// and without lists.
    #[must_use]
    pub fn settings(&self) -> BTreeMap<String, AxisValue> {
        let single = |(path, value): (String, &Value)| Some((path, AxisValue::from_toml(value)?));
        let mut settings: BTreeMap<String, AxisValue> =
            keys::leaves(&self.problem).into_iter().filter_map(single).collect();
        for axis in &self.axes {
            if let Some(key) = axis.path.strip_prefix("problem.") {
                settings.remove(key);
            }
        }
        settings
    }

    /// The whole resolved config as TOML. Running it gives the same numbers.
    #[must_use]
    pub fn to_toml(&self) -> String {
        self.merged.to_string()
    }

    /// The first 16 hex digits of the SHA-256 of everything that can change a number: experiment,
    /// family, seed, replicates, problem, sweep and estimators. Limits cannot: an estimator that stays
    /// within them gives the same number, and one that exceeds them gives none.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for key in ["experiment", "family", "seed", "profile", "problem", "sweep", "estimator"] {
            if let Some(value) = self.merged.get(key) {
                hash.update(key.as_bytes());
                // The profile's name and overrides are already merged in: only its size counts.
                match key {
                    "profile" => {
                        hash.update(self.replicates.to_le_bytes());
                        if !self.fewer.is_empty() {
                            hash.update(format!("{:?}", self.fewer));
                        }
                    }
                    "estimator" => hash.update(without_limits(value).to_string().as_bytes()),
                    _ => hash.update(value.to_string().as_bytes()),
                }
            }
        }
        digest::short(hash)
    }
}
