//! stub
use crate::numerics::Invalid;
use crate::sparse::estimator::Entry;
pub(super) const ISTA: Entry = Entry { name: "ista", about: "", read: |_| Err(Invalid::new("kind", "stub")) };
pub(super) const FISTA: Entry =
    Entry { name: "fista", about: "", read: |_| Err(Invalid::new("kind", "stub")) };
