//! What a method of the search family does.

use remeasure_core::params;
use remeasure_core::stream::Streams;

use crate::black_box::BlackBox;
use crate::offline::{Designs, Surrogate};
use crate::problem::Sample;

/// A method, with validated parameters.
pub enum Method {
    /// Searches a function.
    Search(Box<dyn Search>),
    /// Predicts values of a function.
    Model(Box<dyn Model>),
    /// Finds designs from given ones.
    Offline(Box<dyn Offline>),
}

/// A way to search with values alone.
pub trait Search: Send + Sync {
    /// Asks until no trial is left, or fewer times.
    ///
    /// # Errors
    /// Those of [`BlackBox::evaluate`], or a model cannot be fitted.
    fn search(&self, function: &mut BlackBox<'_>, streams: &Streams) -> anyhow::Result<()>;
}

/// A model of a function.
pub trait Model: Send + Sync {
    /// Mean and standard deviation at each candidate, from the rows observed.
    ///
    /// # Errors
    /// There are no rows, or they cannot be fitted.
    fn predict(&self, sample: &Sample, streams: &Streams) -> anyhow::Result<Vec<(f64, f64)>>;
}

/// Designs that were found, in standardised units.
#[derive(Clone, Debug)]
pub struct Found {
    /// The designs (m × d, point by point).
    pub points: Vec<f32>,
    /// Their predicted values, of methods with a model.
    pub predicted: Option<Vec<f32>>,
    /// Predicted values of the designs held out.
    pub held_out: Option<Vec<f32>>,
    /// The networks.
    pub ensemble: Vec<Surrogate>,
}

/// A way to find better designs from given ones.
pub trait Offline: Send + Sync {
    /// Finds designs.
    ///
    /// # Errors
    /// A network cannot be trained.
    fn find(&self, designs: &Designs, streams: &Streams) -> anyhow::Result<Found>;
}

/// An estimator that configs can select.
pub type Entry = params::Entry<Method>;
