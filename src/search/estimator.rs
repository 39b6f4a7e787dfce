//! What a method of the search family does.

use remeasure_core::params;
use remeasure_core::stream::Streams;

use crate::black_box::BlackBox;
use crate::problem::Sample;

/// A method, with validated parameters.
pub enum Method {
    /// Searches a function.
    Search(Box<dyn Search>),
    /// Predicts values of a function.
    Model(Box<dyn Model>),
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

/// An estimator that configs can select.
pub type Entry = params::Entry<Method>;
