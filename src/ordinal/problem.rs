//! `[problem]` of the ordinal family: simulations, the user's own data or an application.

use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::params::{self, Kind};
use remeasure_core::stream::Streams;
use remeasure_external::{self as external, Keys, Method};
use toml::Table;

use super::applications::{CsvWire, Data, PrediabetesWire, WineWire};
use super::drawn::Drawn;
use super::generators::Simulation;
use super::model::Model;
use super::plans::Plans;
use super::sample::Sample;

/// A validated problem.
#[derive(Clone, Debug)]
pub enum Problem {
    /// Drawn from a known model.
    Simulation(Simulation),
    /// Synthetic insurance plans.
    Plans(Plans),
    /// Data from a file, split anew in each replicate.
    Data(Data),
    /// Drawn by a program of the user's own.
    Drawn(Drawn),
}

/// The data of one replicate.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Training rows; every class occurs among their labels.
    pub train: Sample,
    /// True class probabilities at the training rows, row-major `n × classes`, if they are known.
    pub truth: Option<Vec<f64>>,
    /// The model that labels were drawn from, if it is known.
    pub model: Option<Model>,
    /// The group of each training row, counted from 0, if there are groups.
    pub groups: Option<Vec<usize>>,
    /// Test rows, if there are any; classes may be missing.
    pub test: Option<Sample>,
    /// How often data were redrawn.
    pub redraws: Redraws,
}

/// How often a replicate was redrawn before it could be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redraws {
    /// Draws discarded because a true class probability was negative at some row.
    pub crossing: usize,
    /// Draws discarded because a class did not occur among the training labels.
    pub unseen: usize,
}

/// Why a replicate could not be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrawError {
    /// No draw had only positive true probabilities.
    #[error(
        "in each of {tries} draws of slopes and features a true class probability was negative: \
         set the intercepts further apart or lower q, bound or p"
    )]
    Crossing {
        /// Number of draws.
        tries: usize,
    },
    /// A class was missing in every draw.
    #[error("a class was missing among the training rows in each of {tries} draws: use more rows")]
    Unseen {
        /// Number of draws.
        tries: usize,
    },
}

impl Problem {
    /// The kinds that [`Problem::read`] accepts.
    #[must_use]
    pub fn kinds() -> Vec<Kind> {
        vec![
            Simulation::kind(),
            Plans::kind(),
            Kind::of::<CsvWire>("csv", "your own file, split anew in each replicate"),
            Kind::of::<PrediabetesWire>("prediabetes", "Faletto and Bien's application to prediabetes"),
            Kind::of::<WineWire>("wine", "red wines of Cortez et al., quality 3 to 8"),
            Kind::of::<Keys>(external::KIND, "a program of your own draws the data"),
        ]
    }

    /// Reads a `[problem]` table; `kind` is `"simulation"` (default), `"plans"`, `"csv"`,
    /// `"prediabetes"`, `"wine"` or `"command"`.
    ///
    /// # Errors
    /// The first invalid key; for `"csv"` also a file that cannot be read.
    pub fn read(mut table: Table) -> Result<Self, Invalid> {
        let kind = table.remove("kind");
        match kind.as_ref().map(|k| k.as_str().unwrap_or("")) {
            None | Some("simulation") => Ok(Self::Simulation(Simulation::read(table)?)),
            Some("plans") => Ok(Self::Plans(params::read(table)?)),
            Some("csv") => Ok(Self::Data(params::read::<CsvWire>(table)?.load()?)),
            Some("prediabetes") => Ok(Self::Data(params::read::<PrediabetesWire>(table)?.load()?)),
            Some("wine") => Ok(Self::Data(params::read::<WineWire>(table)?.load()?)),
            Some(external::KIND) => Ok(Self::Drawn(Drawn(Method::problem("ordinal", table)?))),
            Some(_) => {
                let message =
                    "expected \"simulation\", \"plans\", \"csv\", \"prediabetes\", \"wine\" or \"command\"";
                Err(Invalid::new("kind", message))
            }
        }
    }

    /// Name and SHA-256 of each file or data set.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        match self {
            Self::Simulation(_) | Self::Plans(_) | Self::Drawn(_) => &[],
            Self::Data(d) => std::slice::from_ref(&d.input),
        }
    }

    /// Whether the classes have an order.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        !matches!(self, Self::Data(d) if !d.ordered)
    }

    /// Whether the last class is a rare one, of interest by itself.
    #[must_use]
    pub fn has_rare_class(&self) -> bool {
        self.is_ordered() && !matches!(self, Self::Plans(_))
    }

    /// Whether rows have groups.
    #[must_use]
    pub fn has_groups(&self) -> bool {
        matches!(self, Self::Plans(_)) || matches!(self, Self::Data(d) if d.groups.is_some())
    }

    /// Draws one replicate, which depends only on `streams`.
    ///
    /// # Errors
    /// No usable data were drawn within the limits of [`DrawError`], or a program failed to draw.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Instance> {
        match self {
            Self::Simulation(s) => Ok(s.draw(streams)?),
            Self::Plans(p) => Ok(p.draw(streams)?),
            Self::Data(d) => Ok(d.split(streams)?),
            Self::Drawn(d) => d.draw(streams),
        }
    }
}

/// The role of a stream after `redraws` discarded draws: `role`, `role 1`, `role 2`, ….
pub(super) fn role(role: &str, redraws: usize) -> String {
    if redraws == 0 { role.to_owned() } else { format!("{role} {redraws}") }
}
