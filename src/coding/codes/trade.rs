//! What a dictionary and a way of coding trade: active units against error.

use remeasure_core::deadline;
use remeasure_core::numerics::{Design, dense, kernels};

use super::{Certificate, Coder, Gram, Learning, Pursuit};

/// Mean numbers of active units at which errors are reported.
pub const LEVELS: [f64; 7] = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0];

/// The relative error at which active units are counted.
pub const TARGET: f64 = 0.7;

/// Codes of all data at one level of a penalty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Mean number of active units.
    pub active: f64,
    /// `√(Σ‖y − W a‖² / Σ‖y‖²)`.
    pub error: f64,
}

/// Points by ascending number of active units.
#[derive(Clone, Debug, PartialEq)]
pub struct Trade {
    /// The points.
    pub points: Vec<Point>,
    /// Share of the units that no datum uses at any point; `None` where units are not chosen by data.
    pub unused: Option<f64>,
    /// Of the codes at the level used in learning.
    pub certificate: Option<Certificate>,
}

impl Trade {
    /// The error at a mean number of active units, between the two points around it; `None` if there are none.
    #[must_use]
    pub fn error_at(&self, active: f64) -> Option<f64> {
        self.between(|point| point.active - active, |point| point.error)
    }

    /// The mean number of active units at an error.
    #[must_use]
    pub fn active_at(&self, error: f64) -> Option<f64> {
        self.between(|point| error - point.error, |point| point.active)
    }

    /// The value where `sign` first turns from below 0, by linear interpolation.
    fn between(&self, sign: impl Fn(&Point) -> f64, value: impl Fn(&Point) -> f64) -> Option<f64> {
        let pair = self.points.windows(2).find(|pair| sign(&pair[0]) <= 0.0 && sign(&pair[1]) >= 0.0)?;
        let (low, high) = (sign(&pair[0]), sign(&pair[1]));
        let share = if high > low { low / (low - high) } else { 0.0 };
        Some(value(&pair[0]) + share * (value(&pair[1]) - value(&pair[0])))
    }
}

/// Whether the codes of a point are fitted again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refit {
    /// As the penalty leaves them.
    No,
    /// By least squares on their support, which undoes the shrinkage.
    Yes,
}

/// Ratio of neighbouring levels of a penalty.
const RATIO: f64 = 1.15;
/// Most levels on either side of the one used in learning.
const MOST: usize = 60;

/// `W_jᵀy` of all data, `K × N`, and `‖y‖²`.
fn products(y: &Design, atoms: &Design) -> (Design, Vec<f64>) {
    (dense::inner(atoms, y), y.column_squared_norms())
}

/// Codes `y` by the proximal gradient at λ times 1.15ⁱ, as many `i` on both sides of 0 as it takes to reach all [`LEVELS`]
/// and the error [`TARGET`], or 60.
///
/// # Errors
/// As [`Coder::new`] and [`Gram::refit`].
pub fn grid(
    y: &Design,
    atoms: &Design,
    with: &Learning,
    steps: usize,
    refit: Refit,
) -> anyhow::Result<Trade> {
    let (along, powers) = products(y, atoms);
    let whole: f64 = powers.iter().sum();
    let gram = Gram::new(atoms);
    let mut solver = gram.clone();
    let mut coder = Coder::new(atoms, &gram, with.shrinkage, with.lambda)?;
    let mut used = vec![false; atoms.columns()];
    let mut certificate = Certificate::default();
    for (n, power) in powers.iter().enumerate() {
        certificate = certificate.worse(coder.certify(along.column(n), *power, steps));
    }
    let mut point = |exponent: i32| -> anyhow::Result<Point> {
        coder.set(with.shrinkage, with.lambda * RATIO.powi(exponent))?;
        let (mut active, mut error) = (0, 0.0);
        for (n, power) in powers.iter().enumerate() {
            let along = along.column(n);
            coder.encode(along, steps);
            active += coder.active.len();
            coder.active.iter().for_each(|&j| used[j] = true);
            if refit == Refit::Yes && !coder.active.is_empty() {
                solver.refit(along, &mut coder.code, &coder.active)?;
            }
            error += power + gram.energy(along, &coder.code, &coder.active);
        }
        Ok(Point { active: active as f64 / powers.len() as f64, error: (error.max(0.0) / whole).sqrt() })
    };
    let mut points = vec![point(0)?];
    let few = |p: &Point| p.active <= LEVELS[0] && p.error >= TARGET;
    let many = |p: &Point| p.active >= LEVELS[LEVELS.len() - 1] && p.error <= TARGET;
    for i in 1..=MOST {
        if few(&points[points.len() - 1]) || deadline::passed() {
            break;
        }
        points.push(point(i as i32)?);
    }
    points.reverse();
    for i in 1..=MOST {
        if many(&points[points.len() - 1]) || deadline::passed() {
            break;
        }
        points.push(point(-(i as i32))?);
    }
    let unused = used.iter().filter(|used| !**used).count() as f64 / used.len() as f64;
    Ok(Trade { points, unused: Some(unused), certificate: Some(certificate) })
}

/// Most units of a datum in a matching pursuit.
const MOST_OF_DATUM: usize = 48;

/// Codes `y` by orthogonal matching pursuit. Of all steps of all data those are taken that lower the error most, so that
/// some data get more units than others, as they do with a penalty.
///
/// # Errors
/// As [`Gram::refit`].
pub fn pursuit(y: &Design, atoms: &Design) -> anyhow::Result<Trade> {
    let (along, powers) = products(y, atoms);
    let most = MOST_OF_DATUM.min(atoms.columns()).min(atoms.rows());
    let mut gram = Gram::new(atoms);
    let mut pursuit = Pursuit::default();
    // The least gain of a datum so far, and the gain. The former falls, so that no step is taken before an earlier one.
    let mut gains = Vec::with_capacity(powers.len() * most);
    for (n, power) in powers.iter().enumerate() {
        let (mut before, mut least) = (*power, f64::INFINITY);
        pursuit.run(&mut gram, along.column(n), *power, most, |_, error| {
            least = least.min(before - error);
            gains.push((least, before - error));
            before = error;
        })?;
    }
    gains.sort_by(|a, b| b.0.total_cmp(&a.0));
    let whole: f64 = powers.iter().sum();
    let mut points = vec![Point { active: 0.0, error: 1.0 }];
    let mut left = whole;
    for part in gains.chunks(powers.len().div_ceil(2)) {
        left -= part.iter().map(|(_, gain)| gain).sum::<f64>();
        let active = points[points.len() - 1].active + part.len() as f64 / powers.len() as f64;
        points.push(Point { active, error: (left.max(0.0) / whole).sqrt() });
    }
    Ok(Trade { points, unused: None, certificate: None })
}

/// Projects `y` on the first 0, 1, … columns of an orthonormal `basis`.
#[must_use]
pub fn components(y: &Design, basis: &Design) -> Trade {
    let most = (LEVELS[LEVELS.len() - 1] as usize).min(basis.columns());
    let mut errors = vec![0.0; most + 1];
    for n in 0..y.columns() {
        let mut left = kernels::squared_norm(y.column(n));
        errors[0] += left;
        for (m, error) in errors.iter_mut().enumerate().skip(1) {
            left -= kernels::dot(basis.column(m - 1), y.column(n)).powi(2);
            *error += left.max(0.0);
        }
    }
    let error = |e: &f64| (e / errors[0]).sqrt();
    let points = errors.iter().enumerate().map(|(m, e)| Point { active: m as f64, error: error(e) });
    Trade { points: points.collect(), unused: None, certificate: None }
}
