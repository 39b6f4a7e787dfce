//! The metrics of the relaxation family.

remeasure_core::metrics! {
    /// All metrics, in the order that journals refer to.
    pub(super) METRICS:
    TOTAL_ITERATIONS = Lower, "total_iterations", "iterations of all solves of the sequence";
    MEAN_ITERATIONS = Lower, "mean_iterations", "iterations a system; at a coordinate t, of the first t";
    ITERATIONS_NEAR = Lower, "iterations_near",
        "iterations a system, of the fiftieth of the sequence that ends at t";
    OMEGA_NEAR = Neither, "omega_near", "mean ω of the fiftieth of the sequence that ends at t";
    MEAN_OMEGA = Neither, "mean_omega", "mean ω of the sequence";
    MEAN_AT_OMEGA = Lower, "mean_at_omega", "best-fixed: iterations a system under each ω of the grid";
    OVER_BEST_FIXED = Lower, "over_best_fixed",
        "total_iterations / those of the best fixed ω of the grid in hindsight";
    OVER_OPTIMAL = Lower, "over_optimal", "total_iterations / those of each system's ω* (SOR)";
    OVER_ORACLE = Lower, "over_oracle", "total_iterations / those of each system's best ω of the grid";
    REGRET_BEST_FIXED = Lower, "regret_best_fixed",
        "total_iterations − those of the ω of the grid that is best for the systems so far";
    REGRET_OPTIMAL = Lower, "regret_optimal", "total_iterations − those of each system's ω* (SOR)";
    EXPONENT_BEST_FIXED = Lower, "exponent_best_fixed",
        "slope of log regret_best_fixed on log t over the last decade, where it is above 0";
    EXPONENT_OPTIMAL = Lower, "exponent_optimal", "the same of regret_optimal";
    ASYMPTOTIC = Neither, "asymptotic",
        "mean of 1 + ln ε / ln ρ at the ω chosen: the asymptotic estimate (SOR)";
    CAPPED = Lower, "capped", "solves given up at the cap";
    IMPROPER = Lower, "improper", "rounds in which a bandit's probabilities did not sum to one";
}
