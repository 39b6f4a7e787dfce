//! The harness: configuration, trials, records, verdicts and reports.
//! It contains no statistical methods.

#[cfg(not(unix))]
compile_error!("remeasure runs on Unix only: its worker processes and locks use Unix sockets and inodes");

mod arguments;
pub mod baseline;
mod change_report;
pub mod claims;
pub mod cluster;
pub mod columns;
pub mod compare;
pub mod config;
pub mod digest;
mod digits;
mod drawing;
pub mod figures;
pub mod files;
pub mod history;
pub mod interrupt;
pub mod isolate;
pub mod journal;
pub mod json;
mod keys;
mod markdown;
pub mod memory;
#[cfg(test)]
mod module_graph;
mod overdue;
mod patterns;
pub mod plan;
pub mod provenance;
pub mod records;
pub mod reference;
pub mod registry;
pub mod report;
pub mod run;
mod schedule;
mod select;
pub mod speed;
pub mod stamp;
pub mod storage;
pub mod summary;
pub mod verify;
mod words;
pub mod workflow;

pub use change_report::Format;
