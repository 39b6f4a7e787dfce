//! Claims on synthetic records whose verdict is known.

mod copies;
mod error_rates;
mod fits;
mod forms;
mod medians;
mod missing;
mod per_cell;
mod presumed;
mod ratios;
mod reading;
mod rounding;
mod table;
mod tie;
mod world;
