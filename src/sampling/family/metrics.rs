//! The metrics of the sampling family.

remeasure_core::metrics! {
    /// All metrics, in the order that journals refer to.
    pub(super) METRICS:
    CALLS = Lower, "calls", "mean constraint evaluations per token, accepted ones and the end of a string included";
    EXPECTED_CALLS = Neither, "expected_calls", "closed form of calls";
    CALLS_RATIO = Neither, "calls_ratio", "calls / their closed form";
    CALLS_SHARE = Lower, "calls_share", "calls / V";
    CALLS_BOUND = Neither, "calls_bound", "calls · Z/2: at most 1 in expectation for two loops";
    EVIDENCE = Neither, "evidence", "mean weight / Z, over draws or runs: 1 if unbiased";
    BIAS = Neither, "bias", "(mean weight − Z) / its standard error over draws or runs";
    WEIGHTED = Neither, "weighted", "mean of weight · (token + 1) / its exact value: 1 if properly weighted";
    VARIANCE = Neither, "variance", "variance of weight / Z";
    VARIANCE_RATIO = Neither, "variance_ratio", "variance / −ln Z/(1 − Z) − 1, that of the geometric estimator";
    FAILED = Lower, "failed", "share of draws or runs without a token or string that meets the constraint";
    SURPRISE = Neither, "minus_log_z", "−log Z, the divergence of the constrained from the unconstrained model, in nats";
    TV_LENGTH = Lower, "tv_length",
        "total variation distance of the law of lengths, over runs with a positive weight, from the exact one";
    TV_FIRST = Lower, "tv_first", "the same for the law of the first token";
    DIVERGENCE = Neither, "kl_lcd", "KL(target ‖ locally constrained decoding), exact, in nats";
    STEPS = Neither, "steps", "mean tokens of a string of the target, the end included, exact";
    LENGTH = Neither, "length", "probability of a length; coordinate: tokens";
    EXACT_ERROR = Certificate, "exact_error",
        "largest difference of E[weight · 1{token = x}] from p(x) or 0, by enumeration (up to 7 tokens)";
    EXACT_CALLS = Certificate, "exact_calls",
        "difference of the mean calls by enumeration and in closed form (up to 7 tokens)";
    EXACT_VARIANCE = Neither, "exact_variance_ratio", "variance_ratio by enumeration (up to 7 tokens)";
}
