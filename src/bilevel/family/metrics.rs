//! What is measured of a bilevel method.

remeasure_core::metrics! {
    /// Everything that may be recorded, in the order that journals refer to.
    pub(crate) METRICS:
    LOSS = Lower, "loss", "f(θ), the lower level solved exactly; by cost: of the iterate reached by then";
    BEST_LOSS = Lower, "best_loss", "least f(θ) among the iterates looked at";
    EXCESS = Lower, "excess", "f(θ) − min f";
    SUBOPTIMALITY = Lower, "suboptimality", "f(θ) / min f − 1; by cost: at least 1e-12, for rounding";
    DRIFT = Lower, "drift", "f(θ) of the answer / least f(θ) among the iterates looked at";
    SWING = Lower, "swing", "greatest / least f(θ) among the iterates looked at after a tenth of the budget";
    COST = Lower, "cost", "evaluations, or products with the design, in all";
    COST_TO = Lower, "cost_to", "cost until f(θ) is at most the threshold that is the coordinate";
    REACHED = Higher event, "reached", "1 if f(θ) came down to the threshold that is the coordinate, 0 if not";
    GRADIENTS = Lower, "gradients", "gradients of the lower level";
    HESSIAN_PRODUCTS = Lower, "hessian_products", "products with the lower level's Hessian";
    PRODUCTS = Lower, "products", "products with the design or its transpose";
    SOLVES = Lower, "solves", "lower-level problems solved";
    STEPS = Neither, "steps", "outer iterates";
    ACCURACY = Neither, "accuracy", "ε of the iterate reached by a cost";
    BOUND = Neither, "bound", "ω, the a-posteriori bound on the error of the hypergradient, by cost";
    BOUND_ERROR = Neither, "bound_error", "the error ‖z − ∇f(θ)‖ itself, by cost, where the truth is cheap";
    BOUND_RATIO = Neither, "bound_ratio", "median over the steps of ω / ‖z − ∇f(θ)‖";
    BOUND_VIOLATIONS = Lower, "bound_violations",
        "steps at which the hypergradient's error exceeds its bound ω";
    VALUE_ERROR = Lower, "value_error", "|value that the method had for its answer − f(θ)|";
    WORST_VALUE_ERROR = Lower, "worst_value_error",
        "largest |value that the method had − f(θ)| among its iterates";
    GRADIENT_ERROR = Lower, "gradient_error", "‖hypergradient that the method had at its answer − ∇f(θ)‖";
    STATIONARITY = Lower, "stationarity",
        "‖θ − P(θ − ∇f(θ))‖², without a box ‖∇f(θ)‖²; by iteration, and of the answer";
    STATIONARITY_SLOPE = Neither, "stationarity_slope",
        "slope of log stationarity against log iteration over the second half of the log axis";
    PARAMETER = Neither, "parameter", "the hyperparameter that is the coordinate (from 1) of the answer";
    CURVE = Neither, "curve",
        "f at the hyperparameter that is the coordinate, the lower level solved exactly";
    CURVE_SLOPE = Neither, "curve_slope", "f′ there";
    PSNR = Higher, "psnr", "peak signal-to-noise ratio of the reconstructions, in dB";
    PSNR_TRAINING = Higher, "psnr_training", "the same for what the methods learn from";
    PSNR_NOISY = Neither, "psnr_noisy", "peak signal-to-noise ratio of the data";
    RECOVERED = Neither, "recovered", "pixel of the first test picture (coordinate: row + column/1000)";
    ORIGINAL = Neither, "original", "the same pixel without noise";
    NOISY = Neither, "noisy", "the same pixel as the methods are given it";
    TEST_LOSS = Lower, "test_loss", "loss on held-out data that no method sees";
    TEST_ERROR = Lower, "test_error", "share of held-out rows classified wrongly";
    NONZEROS = Neither, "nonzeros", "coefficients of the lower level's solution that are not 0";
    REPORTED = Certificate, "reported", "how exactly an external method solved its own problem, as it says";
    OWN = Neither, "own", "a further number of an external method; coordinate: its position in `numbers`, from 1";
}
