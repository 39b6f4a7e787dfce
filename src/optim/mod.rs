//! Solvers: datafit × penalty × algorithm, with certificates.
