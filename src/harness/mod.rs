//! The harness: configuration, trials, records, verdicts and reports.
//! It knows no statistics method.

pub mod baseline;
pub mod claims;
pub mod cli;
pub mod cluster;
pub mod compare;
pub mod config;
pub mod curve;
pub mod experiment;
pub mod family;
pub mod format;
pub mod interrupt;
pub mod isolate;
pub mod journal;
pub mod memory;
mod overdue;
mod patterns;
pub mod plan;
pub mod provenance;
pub mod records;
pub mod report;
pub mod run;
pub mod storage;
pub mod summary;
