//! `[problem]` of the coding family, and the data of one replicate.

mod bars;
mod patches;
mod planted;
mod wire;

use std::sync::Arc;

use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::numerics::Design;
use remeasure_core::params::{self, Kind};
use remeasure_core::stream::Streams;

pub use bars::{Bars, Model, Silent};
pub(crate) use patches::EDGE;
pub use patches::{Images, Patches};
pub use planted::Planted;
use wire::{BarsWire, CsvWire, PatchesWire, PlantedWire};

/// What the data were made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// The atoms, `D × H`.
    pub dictionary: Design,
    /// Probability that a cause is active.
    pub prior: f64,
    /// Standard deviation of the noise.
    pub sigma: f64,
    /// Whether an atom and its negative give the same data.
    pub signless: bool,
    /// An atom is found if its mean absolute error is below this.
    pub tolerance: f64,
}

/// The data of one replicate.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// The data, `D × N`: a column is a datum.
    pub y: Arc<Design>,
    /// Data that are coded with the learnt atoms, where they are others than `y`.
    pub test: Option<Arc<Design>>,
    /// Number of atoms to learn, `H`.
    pub units: usize,
    /// Pixels in a row of an atom shown as a picture.
    pub width: usize,
    /// What bars were made from.
    pub truth: Option<Truth>,
    /// Planted atoms of norm 1.
    pub planted: Option<Arc<Design>>,
}

/// The user's own data.
#[derive(Clone, Debug)]
pub struct Own {
    data: Data,
    inputs: Vec<Input>,
}

/// A validated problem.
#[derive(Clone, Debug)]
pub enum Problem {
    /// Bars that add or occlude each other, drawn.
    Bars(Bars),
    /// Sums of planted atoms, drawn.
    Planted(Planted),
    /// Patches of images.
    Patches(Patches),
    /// The user's own data.
    Csv(Own),
}

impl Problem {
    /// The kinds that [`Problem::read`] accepts.
    #[must_use]
    pub fn kinds() -> Vec<Kind> {
        vec![
            Kind::of::<BarsWire>("bars", "the rows and columns of a square as atoms, drawn"),
            Kind::of::<PlantedWire>("planted", "sums of a few random atoms of norm 1, drawn"),
            Kind::of::<PatchesWire>("patches", "whitened patches of photographs or textures"),
            Kind::of::<CsvWire>("csv", "your own data"),
        ]
    }

    /// Reads a `[problem]` table.
    ///
    /// # Errors
    /// The first invalid key; for `"csv"` also a file that cannot be read.
    pub fn read(mut table: toml::Table) -> Result<Self, Invalid> {
        match table.remove("kind").as_ref().and_then(|k| k.as_str()) {
            Some("bars") => Ok(Self::Bars(params::read::<BarsWire>(table)?.into())),
            Some("planted") => Ok(Self::Planted(params::read::<PlantedWire>(table)?.into())),
            Some("patches") => Ok(Self::Patches(params::read::<PatchesWire>(table)?.load()?)),
            Some("csv") => Ok(Self::Csv(params::read::<CsvWire>(table)?.load()?)),
            _ => Err(Invalid::new("kind", "expected \"bars\", \"planted\", \"patches\" or \"csv\"")),
        }
    }

    /// Number of atoms to learn, `H`.
    #[must_use]
    pub fn units(&self) -> usize {
        match self {
            Self::Bars(bars) => bars.units(),
            Self::Planted(planted) => planted.units,
            Self::Patches(patches) => patches.units,
            Self::Csv(own) => own.data.units,
        }
    }

    /// Numbers of a datum, `D`, and number of data, `N`.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        match self {
            Self::Bars(bars) => (bars.size * bars.size, bars.n),
            Self::Planted(planted) => (planted.pixels, planted.n),
            Self::Patches(patches) => (EDGE * EDGE, patches.n),
            Self::Csv(own) => (own.data.y.rows(), own.data.y.columns()),
        }
    }

    /// Files that the problem reads.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        match self {
            Self::Bars(_) | Self::Planted(_) => &[],
            Self::Patches(patches) => &patches.inputs,
            Self::Csv(own) => &own.inputs,
        }
    }

    /// Draws one replicate. The user's own data are the same in each.
    ///
    /// # Errors
    /// Patches that cannot be whitened.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Data> {
        Ok(match self {
            Self::Bars(bars) => bars.draw(streams),
            Self::Planted(planted) => planted.draw(streams),
            Self::Patches(patches) => patches.draw(streams)?,
            Self::Csv(own) => own.data.clone(),
        })
    }
}
