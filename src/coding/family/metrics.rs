//! The metrics of the coding family.

remeasure_core::metrics! {
    /// All metrics, in the order that journals refer to.
    pub(super) METRICS:
    ERROR = Lower, "error", "mean absolute error of the atoms, paired greedily with the true ones";
    FOUND = Higher, "found", "true atoms whose mean absolute error is below a tenth of a bar's height";
    ALL_FOUND = Higher event, "all_found", "1 if all atoms are found, else 0";
    PRIOR = Neither, "prior", "estimated probability of a cause, π";
    SIGMA = Neither, "sigma", "estimated standard deviation of the noise, σ";
    PRIOR_ERROR = Lower, "prior_error", "|π̂ − π|";
    SIGMA_ERROR = Lower, "sigma_error", "|σ̂ − σ|";
    KEPT = Neither, "kept", "share of the data that the last step was fitted to";
    LIKELIHOOD = Higher, "likelihood", "mean log-likelihood of a datum before the last step, over the states looked at";
    ITERATIONS = Neither, "iterations", "steps or sweeps";
    RESIDUAL = Certificate, "residual",
        "largest relative duality gap; else relative projected gradient, or distance of codes from a further step";
    ATOMS = Neither, "atoms",
        "pixel of the learnt atoms side by side (coordinate: row + column/1000); frames: solid if found, broken if not";
    TRUE_ATOMS = Neither, "true_atoms", "the same of the true atoms";
    ATOM = Neither, "atom", "number d of atom h of your own data (coordinate: 10000·h + d, from 1)";
    RELATIVE_ERROR = Lower, "relative_error",
        "√(Σ‖y − W a‖² ÷ Σ‖y‖²) of the data to test on, at 4 active units on average; coordinate: another number of them";
    SQUARED_ERROR = Lower, "squared_error", "its square";
    ACTIVE = Lower, "active", "active units on average at which the relative error is .7";
    RECOVERED = Higher, "recovered", "share of the planted atoms with a learnt one at a |cosine| above .95";
    GABOR = Neither, "gabor",
        "share of the first 64 atoms of which a Gabor function with side lobes explains more than half of the squared norm";
    UNUSED = Lower, "unused", "share of the learnt atoms that no datum uses at any level of the penalty";
    RISE = Certificate, "rise", "largest rise of an objective in a step of the proximal gradient, relative to ½‖y‖²";
}
