//! Claims on synthetic records whose verdict is known.

mod error_rates;
mod fits;
mod forms;
mod missing;
mod presumed;
mod reading;
mod rounding;
mod table;
mod world;
