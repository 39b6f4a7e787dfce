//! What an external method says of its own fit.

use remeasure_core::family::{Metric, Recorder};

/// What an external method says of its own fit; nothing for other methods.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reported {
    /// How exactly it solved its own problem.
    pub certificate: Option<f64>,
    /// Further numbers, each with its position in the key `numbers`, from 1.
    pub own: Vec<(f64, f64)>,
    /// Whether it says nothing of its iterations.
    pub no_iterations: bool,
}

impl Reported {
    /// Records the certificate and the further numbers, at their positions.
    pub fn record(&self, certificate: Metric, own: Metric, out: &mut Recorder) {
        if let Some(value) = self.certificate {
            out.record(certificate, value);
        }
        for (position, value) in &self.own {
            out.record_at(own, *position, *value);
        }
    }
}
