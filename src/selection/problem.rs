//! `[problem]` of the selection family, and the data of a replicate.

mod wire;

use std::sync::Arc;

use rand_distr::{Distribution, StandardNormal};
use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::numerics::Design;
use remeasure_core::params::{self, Kind};
use remeasure_core::stream::Streams;
use wire::{CsvWire, FullWire, JinWire, LiangWire, NullWire};

use crate::full::{FullSample, Learner};
use crate::models::{Labelled, Model, Setting};
use crate::scores::Scores;

/// Where the scores and labels come from.
#[derive(Clone)]
pub enum Source {
    /// Models are fitted to `n_train` drawn rows; `n` further ones calibrate, and `m` are tested.
    Drawn {
        /// The law and its models.
        setting: Arc<dyn Setting>,
        /// Training rows.
        n_train: usize,
        /// Calibration rows.
        n: usize,
        /// Test rows.
        m: usize,
    },
    /// `n` labelled rows are drawn and not split.
    Full {
        /// The law.
        setting: Arc<dyn Setting>,
        /// Labelled rows.
        n: usize,
        /// Test rows.
        m: usize,
        /// What is fitted to them.
        learner: Learner,
    },
    /// Scores are independent normal numbers, and no label is of interest.
    Null {
        /// Number of models.
        models: usize,
        /// Calibration rows.
        n: usize,
        /// Test rows.
        m: usize,
    },
    /// Scores and labels of files; nothing is drawn.
    Given {
        /// The data.
        sample: Arc<Sample>,
        /// The files.
        inputs: Vec<Input>,
    },
}

/// A validated problem.
#[derive(Clone)]
pub struct Problem {
    /// Where the data come from.
    pub source: Source,
    /// Levels `q` of the false discovery rate, ascending; all are measured in each replicate.
    pub levels: Vec<f64>,
}

/// What is known of the models of a replicate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Audit {
    /// Largest certificate of the quantile regressions.
    pub gap: f64,
    /// Models whose test scores are all the same.
    pub constant: usize,
    /// Share of calibration and test rows with a fitted scale that is not positive, of the models that have one.
    pub nonpositive: f64,
}

/// What refitting the models to fewer rows needs.
pub struct Training {
    setting: Arc<dyn Setting>,
    train: Labelled,
    fresh: Labelled,
    calibration: Labelled,
    test: Design,
}

/// Scores of the models, with what is known beside them.
pub struct Sample {
    /// The scores.
    pub scores: Scores,
    /// Names of the models.
    pub names: Vec<String>,
    /// Which test labels are of interest, where they are known.
    pub truth: Option<Vec<bool>>,
    /// The model that stands for "one fixed model".
    pub plain: usize,
    /// Of fitted models.
    pub audit: Option<Audit>,
    /// Of fitted models.
    pub training: Option<Training>,
}

/// The data of a replicate.
pub enum Data {
    /// Models with a calibration set.
    Split(Arc<Sample>),
    /// Labelled rows that are not split.
    Full(Box<FullSample>),
}

impl Data {
    /// Which test labels are of interest, where they are known.
    #[must_use]
    pub fn truth(&self) -> Option<&[bool]> {
        match self {
            Self::Split(sample) => sample.truth.as_deref(),
            Self::Full(sample) => Some(&sample.truth),
        }
    }

    /// Number of test rows.
    #[must_use]
    pub fn tests(&self) -> usize {
        match self {
            Self::Split(sample) => sample.scores.tests(),
            Self::Full(sample) => sample.truth.len(),
        }
    }
}

fn of_interest(y: &[f64]) -> Vec<bool> {
    y.iter().map(|y| *y > 0.0).collect()
}

/// Scores of models, and how many fitted scales are not positive.
fn scored(models: &[Model], calibration: &Labelled, test: &Design, offset: f64) -> (Scores, usize) {
    let mut negative = 0;
    let mut of = |x: &Design| -> Vec<Vec<f64>> {
        let one = |m: &Model| {
            let (scores, below) = m.score(x);
            negative += below;
            scores
        };
        models.iter().map(one).collect()
    };
    let (cal, tests) = (of(&calibration.x), of(test));
    (Scores { calibration: cal, test: tests, positive: of_interest(&calibration.y), offset }, negative)
}

impl Training {
    /// Fits the models to the first half of the training rows. Returns their scores of the other half, as calibration
    /// rows, and those of the calibration rows; both with the test rows.
    ///
    /// # Errors
    /// A fit fails.
    pub fn halved(&self, streams: &Streams) -> anyhow::Result<(Scores, Scores)> {
        let n = self.train.y.len();
        let part = |rows: std::ops::Range<usize>| {
            let rows: Vec<usize> = rows.collect();
            Labelled { x: self.train.x.take_rows(&rows), y: rows.iter().map(|&i| self.train.y[i]).collect() }
        };
        let (models, _) = self.setting.fit(&part(0..n / 2), &self.fresh, streams)?;
        let offset = self.setting.offset();
        let choice = scored(&models, &part(n / 2..n), &self.test, offset).0;
        let last = scored(&models, &self.calibration, &self.test, offset).0;
        choice.check()?;
        last.check()?;
        Ok((choice, last))
    }
}

impl Problem {
    /// The kinds that [`Problem::read`] accepts.
    #[must_use]
    pub fn kinds() -> Vec<Kind> {
        vec![
            Kind::of::<LiangWire>(
                "liang",
                "300 features of which 15 matter, and linear models on random features",
            ),
            Kind::of::<JinWire>(
                "jin",
                "20 uniform features, and forests, boosting and scaled means as models",
            ),
            Kind::of::<FullWire>("full", "Jin's settings, the labelled rows not split"),
            Kind::of::<NullWire>("null", "scores without meaning and no label of interest: a check"),
            Kind::of::<CsvWire>("csv", "your own scores and labels"),
        ]
    }

    /// Reads a `[problem]` table.
    ///
    /// # Errors
    /// The first invalid key; for `"csv"` also a file that cannot be read.
    pub fn read(mut table: toml::Table) -> Result<Self, Invalid> {
        match table.remove("kind").as_ref().and_then(|k| k.as_str()) {
            Some("liang") => params::read::<LiangWire>(table)?.load(),
            Some("jin") => params::read::<JinWire>(table)?.load(),
            Some("full") => params::read::<FullWire>(table)?.load(),
            Some("null") => params::read::<NullWire>(table)?.load(),
            Some("csv") => params::read::<CsvWire>(table)?.load(),
            _ => Err(Invalid::new("kind", "expected \"liang\", \"jin\", \"full\", \"null\" or \"csv\"")),
        }
    }

    /// Files that the problem reads.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        match &self.source {
            Source::Given { inputs, .. } => inputs,
            _ => &[],
        }
    }

    /// Draws one replicate.
    ///
    /// # Errors
    /// A model cannot be fitted.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Data> {
        match &self.source {
            Source::Drawn { setting, n_train, n, m } => drawn(setting, (*n_train, *n, *m), streams),
            Source::Full { setting, n, m, learner } => {
                Ok(Data::Full(Box::new(FullSample::draw(&**setting, *n, *m, *learner, streams))))
            }
            Source::Null { models, n, m } => {
                let mut stream = streams.stream("scores");
                let mut scores = |rows: usize| -> Vec<Vec<f64>> {
                    let mut row = || (0..rows).map(|_| StandardNormal.sample(&mut stream)).collect();
                    (0..*models).map(|_| row()).collect()
                };
                let (calibration, test) = (scores(*n), scores(*m));
                Ok(Data::Split(Arc::new(Sample {
                    scores: Scores { calibration, test, positive: vec![false; *n], offset: f64::INFINITY },
                    names: (1..=*models).map(|k| k.to_string()).collect(),
                    truth: Some(vec![false; *m]),
                    plain: 0,
                    audit: None,
                    training: None,
                })))
            }
            Source::Given { sample, .. } => Ok(Data::Split(Arc::clone(sample))),
        }
    }
}

/// Draws rows, fits the models and scores.
fn drawn(
    setting: &Arc<dyn Setting>,
    sizes: (usize, usize, usize),
    streams: &Streams,
) -> anyhow::Result<Data> {
    let (n_train, n, m) = sizes;
    let train = setting.draw(n_train, streams, "train");
    let calibration = setting.draw(n, streams, "calibration");
    let test = setting.draw(m, streams, "test");
    let fresh = setting.draw(n_train, streams, "fresh");
    let (models, gap) = setting.fit(&train, &fresh, streams)?;
    let (scores, negative) = scored(&models, &calibration, &test.x, setting.offset());
    scores.check()?;
    let scaled = models.iter().filter(|model| model.scale.is_some()).count() * (n + m);
    let is_constant = |s: &&Vec<f64>| s.iter().all(|v| *v == s[0]);
    let audit = Audit {
        gap,
        constant: scores.test.iter().filter(is_constant).count(),
        nonpositive: if scaled > 0 { negative as f64 / scaled as f64 } else { 0.0 },
    };
    Ok(Data::Split(Arc::new(Sample {
        scores,
        names: models.into_iter().map(|model| model.name).collect(),
        truth: Some(of_interest(&test.y)),
        plain: setting.plain(),
        audit: Some(audit),
        training: Some(Training { setting: Arc::clone(setting), train, fresh, calibration, test: test.x }),
    })))
}
