//! Proximal gradient methods.
