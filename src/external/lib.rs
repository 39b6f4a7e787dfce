//! Programs in any language as estimators and problems.
//!
//! A program is started once per thread and family. It reads requests on its standard input and writes answers on
//! its standard output, one line of JSON each; larger arrays are `.npy` files in a folder that the two share. The
//! protocol is described in `docs/protocol.md`.
//!
//! Nothing is executed before [`allow`] was called: a config alone never starts a program.

mod answer;
mod array;
mod groups;
mod keys;
mod method;
mod process;
mod program;
mod reported;
mod shared;
mod version;

pub use answer::Answer;
pub use array::{Array, Data};
pub use groups::{Terms, allow, end_all, is_allowed};
pub use keys::{KIND, Keys, RECORDED, changed_files, commands, record, record_version};
pub use method::{Method, Request, close};
pub use reported::Reported;

/// Version of the protocol.
pub const PROTOCOL: u32 = 1;
