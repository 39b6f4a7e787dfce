//! Networks, their gradients and optimisers.
