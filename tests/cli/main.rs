//! The program as its users start it.

mod bad_input;
mod closed;
mod curves;
mod determinism;
mod examples;
mod external;
mod figures;
mod html;
mod ordinal;
mod origins;
mod output;
mod own_config;
mod paper;
mod permission;
mod program;
mod protocol;
mod readme;
mod reference;
mod registry;
mod replay;
mod shards;
mod submit;
mod until;
