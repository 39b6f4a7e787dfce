//! `[[speed]]`: pairs of estimators whose running times are compared. No number of a run depends on them.

use remeasure_core::Invalid;
use remeasure_core::hint;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Value;

use super::read::read_confined;
use super::source::{Source, join};
use super::wire::Patterns;
use super::{ConfigError, EstimatorSpec};
use crate::patterns;
use crate::patterns::CellPatterns;
use crate::records::Axis;

/// Default number of rounds.
const ROUNDS: u32 = 15;
/// Minimum number of rounds for a usable interval.
pub(crate) const LEAST_ROUNDS: u32 = 7;
/// Maximum number of rounds; more would add nothing.
const MOST_ROUNDS: u32 = 1000;

/// A pair of estimators: `remeasure speed` measures the time of one as a multiple of the other's.
///
/// ```toml
/// [[speed]]
/// estimator = "lasso"
/// against = "linfa"
/// where = ["n=100", "snr_db=1*"]
/// repeats = 15
/// about = "Both stop at a duality gap of 1e-6."
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpeedWire {
    /// Name of the `[[estimator]]` whose time is measured.
    estimator: String,
    /// Name of another `[[estimator]]`, whose time is the unit.
    against: String,
    /// Cells in which they are compared: patterns as in `where` of an `[[estimator]]`. Default: all cells.
    #[serde(default, rename = "where")]
    #[schemars(with = "Option<Patterns>")]
    confined: Option<Value>,
    /// Number of measuring rounds in each cell, 7 to 1000.
    #[serde(default = "rounds")]
    #[schemars(range(min = 7, max = 1000))]
    repeats: u32,
    /// Why the comparison is fair, in a sentence; shown by `remeasure show`.
    #[serde(default)]
    about: String,
}

fn rounds() -> u32 {
    ROUNDS
}

/// One `[[speed]]`, read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeedSpec {
    /// The estimator whose time is reported.
    pub estimator: String,
    /// The estimator whose time is the unit.
    pub against: String,
    /// `where`: the patterns of the cells in which they are compared, as given; empty for all cells.
    pub confined: Vec<String>,
    /// Rounds in each cell.
    pub repeats: u32,
    /// Why the comparison is fair.
    pub about: String,
}

/// Method of [`CellPatterns`] that adds a pattern.
type Add<'a> = fn(&mut CellPatterns<'a>, &str, &str) -> Result<(), String>;

impl SpeedSpec {
    fn patterns<'a>(&self, axes: &'a [Axis], add: Add<'a>) -> Result<CellPatterns<'a>, String> {
        let mut cells = CellPatterns::new(axes);
        for pattern in patterns::split(&self.confined) {
            let added = match pattern.split_once('=') {
                Some((key, value)) => add(&mut cells, key, value),
                None => Err("expected AXIS=PATTERN, such as `n=100`".to_owned()),
            };
            added.map_err(|message| format!("`{pattern}`: {message}"))?;
        }
        Ok(cells)
    }

    /// The patterns of its cells. A profile may have no matching cell.
    ///
    /// # Errors
    /// If a pattern names no axis.
    pub(crate) fn cells<'a>(&self, axes: &'a [Axis]) -> Result<CellPatterns<'a>, String> {
        self.patterns(axes, CellPatterns::allow)
    }

    /// Refuses patterns that no cell of any profile matches; `axes` must have the values of all profiles.
    /// Not for stored configs, which have only one profile.
    ///
    /// # Errors
    /// On the first such pattern.
    pub(crate) fn check_values(&self, axes: &[Axis]) -> Result<(), Invalid> {
        self.patterns(axes, CellPatterns::add).map(|_| ()).map_err(|m| Invalid::new("where", m))
    }
}

/// Reads and checks all `[[speed]]`.
pub(super) fn read(
    source: &Source,
    wires: Vec<SpeedWire>,
    estimators: &[EstimatorSpec],
    axes: &[Axis],
) -> Result<Vec<SpeedSpec>, ConfigError> {
    let mut specs: Vec<SpeedSpec> = Vec::with_capacity(wires.len());
    for (i, wire) in wires.into_iter().enumerate() {
        let path = format!("speed[{i}]");
        let fail = |key: &str, message: &str| source.error(&join(&path, key), message);
        for (key, name) in [("estimator", &wire.estimator), ("against", &wire.against)] {
            if !estimators.iter().any(|e| &e.name == name) {
                let names = estimators.iter().map(|e| e.name.as_str());
                return Err(fail(key, &hint::unknown("estimator", name, names)));
            }
        }
        if wire.estimator == wire.against {
            return Err(fail("against", "expected another estimator than `estimator`"));
        }
        let same = |s: &&SpeedSpec| (&s.estimator, &s.against) == (&wire.estimator, &wire.against);
        if specs.iter().any(|s| same(&s)) {
            let message = "another [[speed]] already compares these two: name all cells in its `where`";
            return Err(fail("against", message));
        }
        let repeats = wire.repeats;
        if !(LEAST_ROUNDS..=MOST_ROUNDS).contains(&repeats) {
            let message = format!("expected {LEAST_ROUNDS} to {MOST_ROUNDS} rounds, found {repeats}");
            return Err(fail("repeats", &message));
        }
        let spec = SpeedSpec {
            confined: read_confined(source, &path, wire.confined)?,
            estimator: wire.estimator,
            against: wire.against,
            repeats,
            about: wire.about.trim().to_owned(),
        };
        spec.cells(axes).map(|_| ()).map_err(|message| fail("where", &message))?;
        specs.push(spec);
    }
    Ok(specs)
}

#[cfg(test)]
mod tests {
    use super::super::{Document, Overrides, Resolved};
    use super::*;
    use crate::records::axes_anywhere;

    const CONFIG: &str = "experiment = \"x\"\ntitle = \"x\"\nfamily = \"f\"\nseed = 3\n[problem]\n[sweep]\n\
        problem.n = [10, 20]\n[[estimator]]\nkind = \"lasso\"\n[[estimator]]\nname = \"theirs\"\nkind = \"lasso\"\n\
        [profile.quick]\nreplicates = 4\n[profile.paper]\nreplicates = 4\nsweep.problem.n = [10, 99]\n";

    fn resolve(speed: &str, profile: &str) -> Result<Resolved, ConfigError> {
        let text = format!("{CONFIG}{speed}");
        Document::parse("x.toml", &text)?.resolve(profile, &Overrides::default())
    }

    #[test]
    fn pairs_are_read_and_move_no_hash() -> Result<(), ConfigError> {
        let text = "[[speed]]\nestimator = \"lasso\"\nagainst = \"theirs\"\nwhere = \"n=99\"\n\
            [[speed]]\nestimator = \"theirs\"\nagainst = \"lasso\"\nrepeats = 9\nabout = \" fair \"\n";
        let resolved = resolve(text, "quick")?;
        let [first, second] = resolved.speed.as_slice() else { panic!("{:?}", resolved.speed) };
        assert_eq!((first.confined.as_slice(), first.repeats), (["n=99".to_owned()].as_slice(), ROUNDS));
        assert_eq!((second.repeats, second.about.as_str()), (9, "fair"));
        let plain = resolve("", "quick")?;
        assert_eq!(resolved.hash(), plain.hash());
        assert!(resolved.changes_since(&plain).is_empty());
        // A resolved config contains them.
        let again =
            Document::parse("y.toml", &resolved.to_toml())?.resolve("quick", &Overrides::default())?;
        assert_eq!(again.speed.len(), 2);
        Ok(())
    }

    #[test]
    fn cells_may_be_those_of_another_profile() -> Result<(), ConfigError> {
        let of = |cells: &str| {
            format!("[[speed]]\nestimator = \"lasso\"\nagainst = \"theirs\"\nwhere = {cells}\n")
        };
        for (cells, profile, sound) in [("\"n=99\"", "quick", true), ("\"n=30\"", "paper", false)] {
            let resolved = resolve(&of(cells), profile)?;
            let all = axes_anywhere(&resolved.axes, &resolved.anywhere);
            let checked = resolved.speed[0].check_values(&all);
            assert_eq!(checked.is_ok(), sound, "{checked:?}");
            if let Err(error) = checked {
                assert!(error.message.contains("`n=30`: no cell matches; `n` takes 10, 99, 20"), "{error:?}");
            }
            // No cell of this profile, rather than all of them.
            let cells = resolved.speed[0].cells(&resolved.axes);
            let cells = cells.map_err(|m| resolved.error("speed", &m))?;
            assert!(resolved.axes[0].values.iter().all(|v| !cells.matches(std::slice::from_ref(v))));
        }
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_named() {
        let of = |rest: &str| {
            let pair = "[[speed]]\nestimator = \"lasso\"\n";
            resolve(&format!("{pair}{rest}"), "quick").map(|_| ()).unwrap_err()
        };
        let cases = [
            ("against = \"their\"", "speed[0].against", "unknown estimator `their`; did you mean `theirs`?"),
            ("against = \"lasso\"", "speed[0].against", "expected another estimator"),
            ("against = \"theirs\"\nrepeats = 3", "speed[0].repeats", "expected 7 to 1000 rounds, found 3"),
            ("against = \"theirs\"\nwhere = [\"m=1\"]", "speed[0].where", "unknown axis `m`"),
            ("against = \"theirs\"\nwhere = \"10\"", "speed[0].where", "expected AXIS=PATTERN"),
            ("against = \"theirs\"\nwhere = 10", "speed[0].where", "found integer"),
            ("against = \"theirs\"\nrounds = 9", "speed[0].rounds", "unknown key `rounds`"),
            ("", "speed[0]", "the key `against` is missing"),
            (
                "against = \"theirs\"\n[[speed]]\nestimator = \"lasso\"\nagainst = \"theirs\"",
                "speed[1].against",
                "another [[speed]] already compares these two",
            ),
        ];
        for (rest, key, message) in cases {
            let error = of(rest);
            assert_eq!(error.key, key, "{error}");
            assert!(error.message.contains(message) && error.line.is_some(), "{error}");
        }
    }
}
