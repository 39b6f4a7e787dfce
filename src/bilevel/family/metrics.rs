//! What is measured of a bilevel method.

use remeasure_core::family::Metric;

pub(crate) const METRICS: &[Metric] = &[
    Metric {
        name: "loss",
        about: "f(θ), the lower level solved exactly; by cost: of the iterate reached by then",
    },
    Metric { name: "best_loss", about: "least f(θ) among the iterates looked at" },
    Metric { name: "excess", about: "f(θ) − min f" },
    Metric { name: "suboptimality", about: "f(θ) / min f − 1; by cost: at least 1e-12, for rounding" },
    Metric { name: "drift", about: "f(θ) of the answer / least f(θ) among the iterates looked at" },
    Metric {
        name: "swing",
        about: "greatest / least f(θ) among the iterates looked at after a tenth of the budget",
    },
    Metric { name: "cost", about: "evaluations, or products with the design, in all" },
    Metric { name: "cost_to", about: "cost until f(θ) is at most the threshold that is the coordinate" },
    Metric {
        name: "reached",
        about: "1 if f(θ) came down to the threshold that is the coordinate, 0 if not",
    },
    Metric { name: "gradients", about: "gradients of the lower level" },
    Metric { name: "hessian_products", about: "products with the lower level's Hessian" },
    Metric { name: "products", about: "products with the design or its transpose" },
    Metric { name: "solves", about: "lower-level problems solved" },
    Metric { name: "steps", about: "outer iterates" },
    Metric { name: "accuracy", about: "ε of the iterate reached by a cost" },
    Metric { name: "bound", about: "ω, the a-posteriori bound on the error of the hypergradient, by cost" },
    Metric {
        name: "bound_error", about: "the error ‖z − ∇f(θ)‖ itself, by cost, where the truth is cheap"
    },
    Metric { name: "bound_ratio", about: "median over the steps of ω / ‖z − ∇f(θ)‖" },
    Metric {
        name: "bound_violations",
        about: "steps at which the hypergradient's error exceeds its bound ω",
    },
    Metric { name: "value_error", about: "|value that the method had for its answer − f(θ)|" },
    Metric {
        name: "worst_value_error",
        about: "largest |value that the method had − f(θ)| among its iterates",
    },
    Metric {
        name: "gradient_error", about: "‖hypergradient that the method had at its answer − ∇f(θ)‖"
    },
    Metric {
        name: "stationarity",
        about: "‖θ − P(θ − ∇f(θ))‖², without a box ‖∇f(θ)‖²; by iteration, and of the answer",
    },
    Metric {
        name: "stationarity_slope",
        about: "slope of log stationarity against log iteration over the second half of the log axis",
    },
    Metric { name: "parameter", about: "the hyperparameter that is the coordinate (from 1) of the answer" },
    Metric {
        name: "curve",
        about: "f at the hyperparameter that is the coordinate, the lower level solved exactly",
    },
    Metric { name: "curve_slope", about: "f′ there" },
    Metric { name: "psnr", about: "peak signal-to-noise ratio of the reconstructions, in dB" },
    Metric { name: "psnr_training", about: "the same for what the methods learn from" },
    Metric { name: "psnr_noisy", about: "peak signal-to-noise ratio of the data" },
    Metric { name: "recovered", about: "pixel of the first test picture (coordinate: row + column/1000)" },
    Metric { name: "original", about: "the same pixel without noise" },
    Metric { name: "noisy", about: "the same pixel as the methods are given it" },
    Metric { name: "test_loss", about: "loss on held-out data that no method sees" },
    Metric { name: "test_error", about: "share of held-out rows classified wrongly" },
    Metric { name: "nonzeros", about: "coefficients of the lower level's solution that are not 0" },
];

/// Metrics that are better low.
pub(crate) const LOWER: &[&str] = &[
    "loss",
    "best_loss",
    "excess",
    "suboptimality",
    "drift",
    "swing",
    "cost",
    "cost_to",
    "gradients",
    "hessian_products",
    "products",
    "solves",
    "bound_violations",
    "value_error",
    "worst_value_error",
    "gradient_error",
    "stationarity",
    "test_loss",
    "test_error",
];

/// Metrics that are better high.
pub(crate) const HIGHER: &[&str] = &["reached", "psnr", "psnr_training"];
