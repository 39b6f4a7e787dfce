//! The metrics of the multitask family.

remeasure_core::metrics! {
    /// All metrics, in the order that journals refer to.
    pub(super) METRICS:
    EXCESS_RISK = Lower, "excess_risk", "½‖B̂ŵ − B w‖², that is ½E(xᵀ(B̂ŵ − B w))² of the target";
    REPRESENTATION_ERROR = Lower, "representation_error",
        "½‖(I − P_B̂) B w‖², the part due to the representation";
    ASYMPTOTIC = Neither, "asymptotic",
        "σ²/2 · (d − k) V(n): the theory's representation error for this plan";
    ASYMPTOTIC_RISK = Neither, "asymptotic_risk", "asymptotic + σ²/2 · k/n_target: the theory's excess risk";
    OVER_ASYMPTOTIC = Lower, "over_asymptotic", "representation_error / asymptotic";
    EFFICIENCY = Higher, "efficiency",
        "least V at this number of observations, ‖ν¹‖₁²/N, over V(n) of this plan";
    TEST_ERROR = Lower, "test_error", "share of held-out rows of the target whose sign is predicted wrongly";
    TASKS_USED = Neither, "tasks_used", "source tasks with at least one observation";
    SAMPLES = Neither, "samples", "observations of the sources";
    COST = Lower, "cost", "what they cost; their number where nothing has a cost";
    EPOCHS = Neither, "epochs", "epochs of sampling";
    STATIONARITY = Lower, "stationarity", "relative size of the step left to a stationary representation";
    ITERATIONS = Lower, "iterations", "iterations of the final fit (alternations, then Newton steps)";
    RELEVANCE_RESIDUAL = Lower, "relevance_residual",
        "‖Wν − w‖/‖w‖ of the last relevance, W and w as it was given them";
    RELEVANCE_GAP = Certificate, "relevance_gap", "relative duality gap of the last relevance";
}
