//! Reports: what people see of a run. One exporter per format.

pub mod chart;
