//! Claims on synthetic records whose verdict is known.

mod error_rates;
mod fits;
mod forms;
mod missing;
mod reading;
mod table;
mod world;
