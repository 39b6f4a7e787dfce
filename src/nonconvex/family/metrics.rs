//! The metrics of the nonconvex family.

remeasure_core::metrics! {
    /// All metrics, in the order that journals refer to.
    pub(super) METRICS:
    TO_TARGET = Lower, "to_target",
        "index of the first objective at the target, 0 for the start; one more than the limit if there is none";
    REACHED = Higher event, "reached", "1 if a run reached the target, else 0";
    OBJECTIVE = Lower, "objective", "smallest objective of a run";
    ABOVE_BEST = Lower, "above_best", "its distance from the best of the three gradient methods";
    ITERATIONS = Lower, "iterations", "iterations until the method stopped, over a whole path";
    STATIONARITY = Certificate, "stationarity",
        "largest distance of the derivative from the penalty's subdifferential ÷ λ, over the features kept (Lasso: gap)";
    RISE = Neither, "rise", "largest rise of the objective in an iteration ÷ objective at the start";
    ERROR = Lower, "error", "‖b − β‖²/‖β‖²";
    PPV = Higher, "ppv", "share of the selected features that are relevant, 0 if there are none";
    NPV = Higher, "npv", "share of the other features that are irrelevant";
    ACTIVE = Neither, "active", "nonzero coefficients, with the intercept";
    FRACTION = Neither, "fraction", "chosen λ ÷ λ_max";
    VIOLATIONS = Lower, "violations", "features left out at the chosen λ whose derivative exceeds λ by more than 1 %";
    AUROC = Higher, "auroc", "share of pairs in which the relevant feature has the larger score, ½ for equal ones";
}
