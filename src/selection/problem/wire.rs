//! The keys of `[problem]`, and their conditions.

use std::path::PathBuf;
use std::sync::Arc;

use remeasure_core::Invalid;
use remeasure_core::format::count;
use remeasure_core::params::Check;
use remeasure_core::table::{ColumnName, Decimal, Delimiter, Layout, Table, listed};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Problem, Sample, Source};
use crate::full::Learner;
use crate::models::jin::Jin;
use crate::models::liang::{Liang, ModelSet};
use crate::scores::Scores;

/// Linear models on random features, in the settings after Liang et al. Per replicate: training, calibration and test
/// rows, and as many rows as for training for the scale model.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LiangWire {
    /// 1: normal; 2: noise of Student's t₃; 3: the mean of all features; 4: features of a multivariate t₃.
    setting: usize,
    /// The candidate models.
    #[serde(default)]
    models: ModelSet,
    /// Training rows, at least 8.
    #[serde(default = "hundred")]
    n_train: usize,
    /// Calibration rows, at least 4.
    #[serde(default = "hundred")]
    n: usize,
    /// Test rows.
    #[serde(default = "hundred")]
    m: usize,
    /// Factor of the noise, above 0.
    #[serde(default = "one")]
    sigma: f64,
    /// Levels of the false discovery rate, ascending; numbers are recorded with the level as the coordinate.
    #[serde(default = "seven")]
    levels: Vec<f64>,
}

/// Forests, boosting and scaled means in the settings after Jin and Candès. Per replicate: training, calibration and test
/// rows, and as many rows as for training for the scale models.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct JinWire {
    /// 1 and 3: a regression function with a flat part; 2 and 4: a smooth one; in 3 and 4 the noise depends on it.
    setting: usize,
    /// Training rows, at least 8.
    #[serde(default = "hundred")]
    n_train: usize,
    /// Calibration rows, at least 4.
    #[serde(default = "hundred")]
    n: usize,
    /// Test rows.
    #[serde(default = "hundred")]
    m: usize,
    /// Factor of the noise, above 0.
    #[serde(default = "one")]
    sigma: f64,
    /// Levels of the false discovery rate, ascending; numbers are recorded with the level as the coordinate.
    #[serde(default = "seven")]
    levels: Vec<f64>,
}

/// The settings after Jin and Candès for selection without a split, with a learner of 1{Y > 0}.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FullWire {
    /// 1 to 4, as for `kind = "jin"`, but with another regression function in 1 and 3 and other noise in 1 and 4.
    setting: usize,
    /// Labelled rows, at least 4.
    #[serde(default = "hundred")]
    n: usize,
    /// Test rows.
    #[serde(default = "hundred")]
    m: usize,
    /// Factor of the noise, above 0.
    #[serde(default = "one")]
    sigma: f64,
    /// The learner: kernel ridge regression.
    #[serde(default)]
    learner: Learner,
    /// Levels of the false discovery rate, ascending; numbers are recorded with the level as the coordinate.
    #[serde(default = "seven")]
    levels: Vec<f64>,
}

/// Scores are independent standard normal numbers, and no label is of interest: every selected row is a false discovery.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NullWire {
    /// Number of models.
    models: usize,
    /// Calibration rows, at least 4.
    #[serde(default = "hundred")]
    n: usize,
    /// Test rows.
    #[serde(default = "hundred")]
    m: usize,
    /// Levels of the false discovery rate, ascending; numbers are recorded with the level as the coordinate.
    #[serde(default = "seven")]
    levels: Vec<f64>,
}

/// Your own scores and labels: a file of calibration rows with their labels, and one of test rows. The larger a score,
/// the likelier the label is of interest. The rows of both files must be exchangeable, and the models must not have seen
/// them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CsvWire {
    /// File of calibration rows.
    calibration: PathBuf,
    /// File of test rows.
    test: PathBuf,
    /// Column of labels in the calibration file. If the test file has it, false discoveries are counted.
    label: ColumnName,
    /// Labels above this are of interest.
    #[serde(default)]
    threshold: f64,
    /// Columns of scores, one for each model. Default: all columns that both files have, except labels.
    scores: Option<Vec<ColumnName>>,
    /// Levels of the false discovery rate, ascending. Give one to read the selected rows.
    levels: Vec<f64>,
    /// Whether the files begin with a header.
    header: Option<bool>,
    /// What separates the cells.
    delimiter: Option<Delimiter>,
    /// What separates the whole part of a number from its fraction.
    decimal: Option<Decimal>,
}

fn hundred() -> usize {
    100
}

fn one() -> f64 {
    1.0
}

fn seven() -> Vec<f64> {
    vec![0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5]
}

fn check_setting(setting: usize) -> Result<(), Invalid> {
    if (1..=4).contains(&setting) {
        return Ok(());
    }
    Err(Invalid::new("setting", format!("expected 1, 2, 3 or 4, found {setting}")))
}

fn check_positive(key: &str, value: f64) -> Result<(), Invalid> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Invalid::new(key, format!("expected a number above 0, found {value}")))
}

fn check_size(key: &str, least: usize, value: usize) -> Result<(), Invalid> {
    if value >= least {
        return Ok(());
    }
    Err(Invalid::new(key, format!("expected at least {least}, found {value}")))
}

/// Levels lie between 0 and 1, ascend, and can be reached with `n` calibration rows.
fn check_levels(levels: &[f64], n: usize) -> Result<(), Invalid> {
    if levels.is_empty() {
        return Err(Invalid::new("levels", "expected at least one level, such as [0.2]"));
    }
    if let Some(q) = levels.iter().find(|q| !(**q > 0.0 && **q < 1.0)) {
        return Err(Invalid::new("levels", format!("expected levels between 0 and 1, found {q}")));
    }
    if levels.windows(2).any(|w| w[0] >= w[1]) {
        return Err(Invalid::new("levels", "expected levels in ascending order, each once"));
    }
    if 1.0 / (n + 1) as f64 > levels[0] {
        let needed = (1.0 / levels[0] - 1e-9).ceil() - 1.0;
        let message = format!(
            "with {} the least p-value is 1/{}, above the level {}: nothing can be selected; use at least {needed} \
             calibration rows or a larger level",
            count(n, "calibration row"),
            n + 1,
            levels[0]
        );
        return Err(Invalid::new("levels", message));
    }
    Ok(())
}

impl Check for LiangWire {
    fn check(&self) -> Result<(), Invalid> {
        check_setting(self.setting)?;
        check_size("n_train", 8, self.n_train)?;
        check_size("n", 4, self.n)?;
        check_size("m", 1, self.m)?;
        check_positive("sigma", self.sigma)?;
        check_levels(&self.levels, self.n)
    }
}

impl Check for JinWire {
    fn check(&self) -> Result<(), Invalid> {
        check_setting(self.setting)?;
        check_size("n_train", 8, self.n_train)?;
        check_size("n", 4, self.n)?;
        check_size("m", 1, self.m)?;
        check_positive("sigma", self.sigma)?;
        check_levels(&self.levels, self.n)
    }
}

impl Check for FullWire {
    fn check(&self) -> Result<(), Invalid> {
        check_setting(self.setting)?;
        check_size("n", 4, self.n)?;
        check_size("m", 1, self.m)?;
        check_positive("sigma", self.sigma)?;
        check_positive("learner.gamma", self.learner.gamma)?;
        check_positive("learner.lambda", self.learner.lambda)?;
        check_levels(&self.levels, self.n)
    }
}

impl Check for NullWire {
    fn check(&self) -> Result<(), Invalid> {
        check_size("models", 1, self.models)?;
        check_size("n", 4, self.n)?;
        check_size("m", 1, self.m)?;
        check_levels(&self.levels, self.n)
    }
}

impl Check for CsvWire {
    fn check(&self) -> Result<(), Invalid> {
        if !self.threshold.is_finite() {
            return Err(Invalid::new("threshold", "expected a finite number"));
        }
        Ok(())
    }
}

impl LiangWire {
    pub(super) fn load(self) -> Result<Problem, Invalid> {
        let Self { setting, models, n_train, n, m, sigma, levels } = self;
        let setting = Arc::new(Liang { setting, sigma, models });
        Ok(Problem { source: Source::Drawn { setting, n_train, n, m }, levels })
    }
}

impl JinWire {
    pub(super) fn load(self) -> Result<Problem, Invalid> {
        let Self { setting, n_train, n, m, sigma, levels } = self;
        let setting = Arc::new(Jin { setting, sigma, full: false });
        Ok(Problem { source: Source::Drawn { setting, n_train, n, m }, levels })
    }
}

impl FullWire {
    pub(super) fn load(self) -> Result<Problem, Invalid> {
        let Self { setting, n, m, sigma, learner, levels } = self;
        let setting = Arc::new(Jin { setting, sigma, full: true });
        Ok(Problem { source: Source::Full { setting, n, m, learner }, levels })
    }
}

impl NullWire {
    pub(super) fn load(self) -> Result<Problem, Invalid> {
        let Self { models, n, m, levels } = self;
        Ok(Problem { source: Source::Null { models, n, m }, levels })
    }
}

impl CsvWire {
    pub(super) fn load(self) -> Result<Problem, Invalid> {
        let layout = Layout { header: self.header, delimiter: self.delimiter, decimal: self.decimal };
        let calibration = Table::open("calibration", &self.calibration, layout)?;
        let test = Table::open("test", &self.test, layout)?;
        check_levels(&self.levels, calibration.rows())?;
        let place = calibration.column("label", &self.label)?;
        let labels = calibration.numbers(place)?;
        let positive: Vec<bool> = labels.iter().map(|y| *y > self.threshold).collect();
        let hits = positive.iter().filter(|p| **p).count();
        if hits == 0 || hits == positive.len() {
            let (what, missing) = if hits == 0 {
                ("no label is", "rows of interest")
            } else {
                ("all labels are", "other rows")
            };
            let message = format!(
                "{what} above {} in {}: calibration needs {missing}, too; set `threshold`",
                self.threshold,
                self.calibration.display()
            );
            return Err(Invalid::new("label", message));
        }
        let known = test.header().iter().any(|h| h.trim() == &*self.label);
        let truth = match known {
            true => {
                let numbers = test.numbers(test.column("label", &self.label)?)?;
                Some(numbers.iter().map(|y| *y > self.threshold).collect())
            }
            false => None,
        };
        let names = self.names(&calibration, &test)?;
        let (mut cal, mut tests) = (Vec::new(), Vec::new());
        for name in &names {
            let scores = calibration.numbers(calibration.column("scores", name)?)?;
            let other = test.numbers(test.column("scores", name)?)?;
            if scores.iter().chain(&other).all(|s| *s == scores[0]) {
                let message =
                    format!("all scores in column `{name}` are {}: it ranks no row; leave it out", scores[0]);
                return Err(Invalid::new("scores", message));
            }
            cal.push(scores);
            tests.push(other);
        }
        let scores = Scores { calibration: cal, test: tests, positive, offset: f64::INFINITY };
        let of = |table: &Table, extra: &str| {
            table.input(format!("{} of {}{extra}", count(table.rows(), "row"), count(names.len(), "score")))
        };
        let inputs = vec![
            of(&calibration, &format!(", {hits} of interest")),
            of(&test, if known { ", with labels" } else { "" }),
        ];
        let sample = Sample { scores, names, truth, plain: 0, audit: None, training: None };
        Ok(Problem { source: Source::Given { sample: Arc::new(sample), inputs }, levels: self.levels })
    }

    /// Names of the columns of scores.
    fn names(&self, calibration: &Table, test: &Table) -> Result<Vec<String>, Invalid> {
        let names: Vec<String> = match &self.scores {
            Some(names) => names.iter().map(|name| name.to_string()).collect(),
            None => {
                let both =
                    |name: &&str| *name != &*self.label && test.header().iter().any(|h| h.trim() == *name);
                calibration.header().iter().map(|h| h.trim()).filter(both).map(str::to_owned).collect()
            }
        };
        if names.is_empty() {
            let message = format!(
                "the files have no column of scores in common; the columns are {} and {}",
                listed(calibration.header()),
                listed(test.header())
            );
            return Err(Invalid::new("scores", message));
        }
        if let Some(name) = names.iter().find(|name| name.as_str() == &*self.label) {
            return Err(Invalid::new("scores", format!("`{name}` is the column of labels: leave it out")));
        }
        Ok(names)
    }
}
