//! The metrics of the privacy family.

remeasure_core::metrics! {
    /// All metrics, in the order that journals refer to.
    pub(super) METRICS:
    ERROR = Lower, "error", "‖θ̂ − θ*‖; coordinate: the number of rounds so far";
    RECALL = Higher, "recall", "share of the support among the k largest coefficients; 0 is not counted as large";
    LAMBDA = Neither, "lambda", "threshold λ that was used";
    CLIPPED_X = Neither, "clipped_x", "share of the features' values that were clipped; for nldp, of the rows";
    CLIPPED_Y = Neither, "clipped_y", "share of the responses that were clipped";
    REACH = Certificate, "reach", "largest norm of a user's gradient / the radius of the randomizer; at most 1";
    USED = Neither, "used", "share of the users who sent a message; at most 1, as each sends one";
    UP = Neither, "up", "share of the messages of r·e₁ with a positive first coordinate: e^ε/(1 + e^ε)";
    LOSS = Neither, "loss", "ln(share of r·e₁ / share of −r·e₁) / ε: at most 1 in expectation, up to chance";
    BIAS = Neither, "bias",
        "(mean message − v)² in units of its squared standard error, mean over coordinates: 1 if unbiased";
    NORM_ERROR = Certificate, "norm_error", "largest departure of a message's norm from B, relative to it";
}
