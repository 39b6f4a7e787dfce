//! The harness: configuration, trials, records, verdicts and reports.
//! It knows no statistics method.

mod arguments;
pub mod baseline;
pub mod claims;
pub mod cluster;
pub mod columns;
pub mod compare;
pub mod config;
pub mod digest;
pub mod figures;
pub mod history;
pub mod interrupt;
pub mod isolate;
pub mod journal;
pub mod json;
mod keys;
pub mod memory;
mod overdue;
mod patterns;
pub mod plan;
pub mod provenance;
pub mod records;
pub mod reference;
pub mod registry;
pub mod report;
pub mod run;
mod select;
pub mod speed;
pub mod stamp;
pub mod storage;
pub mod summary;
pub mod verify;
