//! `[problem]` of the search family, and the data of a replicate.

mod sample;
mod wire;

use rand::Rng;
use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::params::{self, Kind};
use remeasure_core::stream::Streams;
use remeasure_external as external;
use wire::{CommandWire, FunctionWire, OfflineWire, SampleWire, TuningWire};

use crate::Function;
use crate::black_box::{Instance, Objective};
use crate::functions::Placed;
use crate::offline::{Designs, DesignsLaw};
use crate::tuning::TuningLaw;

pub use sample::{Sample, SampleLaw};

/// A test function of the unit cube.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placing {
    /// The function.
    pub function: Function,
    /// Number of coordinates.
    pub dimension: usize,
    /// Whether the space is rotated around the minimum.
    pub rotate: bool,
    /// Whether the minimum is moved.
    pub shift: bool,
}

/// What is searched.
#[derive(Clone, Debug)]
pub enum Searched {
    /// A test function.
    Function(Placing),
    /// Penalties of a regression.
    Tuning(TuningLaw),
    /// The user's program, with the ends of its box and its least value.
    Command(Box<external::Method>, Vec<f64>, Vec<f64>, Option<f64>),
}

/// What a replicate is drawn from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A function with the number of first points and of all trials.
    Search(Searched, usize, usize),
    /// Values of a function, some observed, some to be predicted.
    Sample(SampleLaw),
    /// Given designs, to be improved without a look at the function.
    Offline(DesignsLaw),
}

/// A validated problem.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What a replicate is drawn from.
    pub source: Source,
}

/// The data of a replicate.
#[derive(Clone, Debug)]
pub enum Data {
    /// A function to be searched.
    Search(Instance),
    /// Values to be predicted.
    Sample(Sample),
    /// Given designs.
    Offline(Designs),
}

impl Placing {
    /// Draws rotation and shift.
    ///
    /// # Errors
    /// The rotation drawn is singular.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Placed> {
        Placed::draw(self.function, self.dimension, (self.rotate, self.shift), streams)
    }
}

impl Searched {
    fn dimension(&self) -> usize {
        match self {
            Self::Function(placing) => placing.dimension,
            Self::Tuning(law) => law.dimension(),
            Self::Command(_, lower, ..) => lower.len(),
        }
    }

    fn draw(&self, streams: &Streams) -> anyhow::Result<(Objective, Option<f64>)> {
        Ok(match self {
            Self::Function(placing) => {
                let placed = placing.draw(streams)?;
                let minimum = placed.minimum();
                (Objective::Placed(placed), Some(minimum))
            }
            Self::Tuning(law) => (Objective::Tuning(Box::new(law.draw(streams)?)), None),
            Self::Command(method, lower, upper, minimum) => {
                (Objective::Command((**method).clone(), lower.clone(), upper.clone()), *minimum)
            }
        })
    }
}

impl Problem {
    /// The kinds that [`Problem::read`] accepts.
    #[must_use]
    pub fn kinds() -> Vec<Kind> {
        vec![
            Kind::of::<FunctionWire>("function", "a test function to be minimised"),
            Kind::of::<TuningWire>(
                "tuning",
                "penalties of the Lasso or elastic net, by the error on validation rows",
            ),
            Kind::of::<CommandWire>(external::KIND, "your own function: a program in any language"),
            Kind::of::<SampleWire>("sample", "values of a function, some observed, some to be predicted"),
            Kind::of::<OfflineWire>(
                "offline",
                "given designs, to be improved without a look at the function",
            ),
        ]
    }

    /// Reads a `[problem]` table.
    ///
    /// # Errors
    /// The first invalid key.
    pub fn read(mut table: toml::Table) -> Result<Self, Invalid> {
        let source = match table.remove("kind").as_ref().and_then(|k| k.as_str()) {
            Some("function") => params::read::<FunctionWire>(table)?.load()?,
            Some("tuning") => params::read::<TuningWire>(table)?.load(),
            Some(external::KIND) => wire::command(table)?,
            Some("sample") => params::read::<SampleWire>(table)?.load()?,
            Some("offline") => params::read::<OfflineWire>(table)?.load()?,
            _ => {
                let message = "expected \"function\", \"tuning\", \"command\", \"sample\" or \"offline\"";
                return Err(Invalid::new("kind", message));
            }
        };
        Ok(Self { source })
    }

    /// Files that the problem reads: none.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &[]
    }

    /// Draws one replicate, which depends only on `streams`.
    ///
    /// # Errors
    /// What is drawn cannot be used: a singular rotation, responses that are all 0.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Data> {
        Ok(match &self.source {
            Source::Search(searched, starts, trials) => {
                let dimension = searched.dimension();
                let (objective, minimum) = searched.draw(streams)?;
                let mut stream = streams.stream("starts");
                let starts = (0..starts * dimension).map(|_| stream.r#gen()).collect();
                Data::Search(Instance { objective, dimension, minimum, starts, trials: *trials })
            }
            Source::Sample(law) => Data::Sample(law.draw(streams)?),
            Source::Offline(law) => Data::Offline(law.draw(streams)?),
        })
    }
}
