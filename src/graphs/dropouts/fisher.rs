//! Fisher's z test of partial correlations, on all rows or without those in which a variable is 0.
//!
//! `ρ` is the partial correlation of `x` and `y` given `S`, and `p = 2(1 − Φ(√(n − |S| − 3) |artanh ρ|))`. Dai et al.
//! (arXiv 2403.15500) delete the rows in which a variable of `S` is 0, test by test. Tests that share `S` share its
//! rows and the factorisation of its correlations, so they are made together.

use remeasure_core::numerics::kernels::Products;
use remeasure_core::numerics::{Design, Standard, dense};
use schemars::JsonSchema;
use serde::Deserialize;
use statrs::function::erf::erfc;

/// Variance left to a variable by others, relative to its own, below which it counts as determined by them.
const DETERMINED: f64 = 1e-11;
/// Eigenvalue of a correlation matrix, relative to the largest, that a pseudo-inverse takes for zero.
const RANK: f64 = 1e-13;

/// Which rows a test leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Deletion {
    /// None.
    #[default]
    None,
    /// Rows in which a conditioning variable is 0, as published.
    Conditioning,
    /// Rows in which a variable of the test is 0, the two tested ones included.
    All,
}

/// A sample, with the places of its zeros.
#[derive(Clone, Debug)]
pub struct Sample {
    columns: Design,
    /// For each column, a bit for each row: whether it is not 0.
    present: Vec<u64>,
    words: usize,
}

impl Sample {
    /// Takes finite numbers, shape `n × d`.
    #[must_use]
    pub fn new(columns: Design) -> Self {
        let (n, d) = (columns.rows(), columns.columns());
        let words = n.div_ceil(64);
        let mut present = vec![0; words * d];
        for (j, bits) in present.chunks_exact_mut(words.max(1)).enumerate() {
            for (word, values) in bits.iter_mut().zip(columns.column(j).chunks(64)) {
                *word = values.iter().enumerate().fold(0, |word, (i, v)| word | (u64::from(*v != 0.0) << i));
            }
        }
        Self { columns, present, words }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.rows()
    }

    /// Number of variables.
    #[must_use]
    pub fn variables(&self) -> usize {
        self.columns.columns()
    }

    /// The values of a variable.
    #[must_use]
    pub fn column(&self, j: usize) -> &[f64] {
        self.columns.column(j)
    }

    /// Share of values that are 0.
    #[must_use]
    pub fn zero_share(&self) -> f64 {
        let present: u64 = self.present.iter().map(|word| u64::from(word.count_ones())).sum();
        1.0 - present as f64 / (self.rows() * self.variables()) as f64
    }

    /// The same sample with its variables in another order: variable `order[j]` becomes the `j`-th.
    #[must_use]
    pub fn permuted(&self, order: &[usize]) -> Self {
        let values = order.iter().flat_map(|&j| self.column(j).iter().copied()).collect();
        Self::new(Design::from_columns(self.rows(), order.len(), values))
    }

    /// Rows in which none of the variables, at least one, is 0.
    fn rows_without_zero(&self, variables: &[usize], rows: &mut Vec<u32>) {
        rows.clear();
        for k in 0..self.words {
            let mut word = variables.iter().fold(!0, |word, &j| word & self.present[j * self.words + k]);
            while word != 0 {
                rows.push(64 * k as u32 + word.trailing_zeros());
                word &= word - 1;
            }
        }
    }
}

/// The result of a test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    /// The partial correlation, strictly between −1 and 1.
    pub rho: f64,
    /// Rows used.
    pub rows: usize,
    /// The p-value; 1 where there is nothing to test.
    pub p: f64,
}

impl Tested {
    /// With a partial correlation given `conditions` variables.
    fn new(rho: f64, rows: usize, conditions: usize) -> Self {
        let rho = if rho.abs() >= 1.0 { (1.0 - f64::EPSILON).copysign(rho) } else { rho };
        let z = ((rows - conditions - 3) as f64).sqrt() * artanh(rho).abs();
        Self { rho, rows, p: erfc(z * std::f64::consts::FRAC_1_SQRT_2) }
    }

    /// There is nothing to test.
    fn void(rows: usize) -> Self {
        Self { rho: 0.0, rows, p: 1.0 }
    }
}

/// `artanh ρ`.
#[must_use]
pub fn artanh(rho: f64) -> f64 {
    0.5 * ((1.0 + rho) / (1.0 - rho)).ln()
}

/// Correlations of some variables over some rows.
#[derive(Clone, Debug, Default)]
struct Correlations {
    /// The variables, in the order of the matrix.
    members: Vec<usize>,
    /// Row-major; the upper triangle counts. Those of a constant are 0.
    matrix: Vec<f64>,
    rows: usize,
    constant: Vec<bool>,
}

impl Correlations {
    fn side(&self) -> usize {
        self.members.len()
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        self.matrix[i.min(j) * self.side() + i.max(j)]
    }
}

/// Memory that tests share.
#[derive(Clone, Debug, Default)]
struct Scratch {
    rows: Vec<u32>,
    values: Vec<f64>,
    products: Products,
    /// Row by row, the factor of the correlations of `S`.
    factor: Vec<f64>,
    /// For each variable, `L⁻¹` times its correlations with `S`.
    weights: Vec<f64>,
    /// For each variable, the variance that `S` leaves to it.
    left: Vec<f64>,
}

impl Scratch {
    /// Correlations of `found.members` over the rows in `self.rows`, or over all rows.
    fn correlate(&mut self, sample: &Sample, whole: bool, found: &mut Correlations) {
        let side = found.side();
        let n = if whole { sample.rows() } else { self.rows.len() };
        found.rows = n;
        found.constant.clear();
        self.values.resize(side * n, 0.0);
        for (&j, to) in found.members.iter().zip(self.values.chunks_exact_mut(n.max(1))) {
            let column = sample.column(j);
            if whole {
                to.copy_from_slice(column);
            } else {
                to.iter_mut().zip(&self.rows).for_each(|(to, &row)| *to = column[row as usize]);
            }
            let standard = Standard::of_slice(to);
            found.constant.push(standard.is_constant());
            to.iter_mut().for_each(|v| *v = standard.apply(*v));
        }
        found.matrix.clear();
        found.matrix.resize(side * side, 0.0);
        let values = &self.values;
        self.products.add_gram(side, 0..n, None, |j| &values[j * n..(j + 1) * n], &mut found.matrix);
        found.matrix.iter_mut().for_each(|v| *v /= n as f64);
        for i in 0..side {
            found.matrix[i * side + i] = 1.0;
        }
    }

    /// Factors the correlations of `given` (positions among the members), and takes it out of all members. Returns whether they
    /// are far from singular.
    fn condition(&mut self, on: &Correlations, given: &[usize]) -> bool {
        let (k, side) = (given.len(), on.side());
        self.factor.clear();
        self.factor.resize(k * k, 0.0);
        self.weights.resize(side * k, 0.0);
        self.left.resize(side, 0.0);
        for i in 0..k {
            for j in 0..=i {
                let inner: f64 = (0..j).map(|l| self.factor[i * k + l] * self.factor[j * k + l]).sum();
                let value = on.at(given[i], given[j]) - inner;
                if i > j {
                    self.factor[i * k + j] = value / self.factor[j * k + j];
                } else if value > DETERMINED {
                    self.factor[i * k + i] = value.sqrt();
                } else {
                    return false;
                }
            }
        }
        for x in 0..side {
            let weights = &mut self.weights[x * k..(x + 1) * k];
            let mut left = 1.0;
            for i in 0..k {
                let inner: f64 = (0..i).map(|l| self.factor[i * k + l] * weights[l]).sum();
                weights[i] = (on.at(given[i], x) - inner) / self.factor[i * k + i];
                left -= weights[i] * weights[i];
            }
            self.left[x] = left;
        }
        true
    }

    /// The partial correlation after [`condition`](Self::condition).
    fn partial(
        &self,
        on: &Correlations,
        given: &[usize],
        regular: bool,
        (x, y): (usize, usize),
    ) -> anyhow::Result<f64> {
        let k = given.len();
        if !regular || self.left[x] <= DETERMINED || self.left[y] <= DETERMINED {
            return by_pseudo_inverse(on, given, (x, y));
        }
        let (a, b) = (&self.weights[x * k..(x + 1) * k], &self.weights[y * k..(y + 1) * k]);
        let explained: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
        Ok((on.at(x, y) - explained) / (self.left[x] * self.left[y]).sqrt())
    }
}

/// `−P₀₁/√(P₀₀P₁₁)` for the pseudo-inverse `P` of the correlations of `(x, y, S)`: defined where these are singular, too.
fn by_pseudo_inverse(on: &Correlations, given: &[usize], (x, y): (usize, usize)) -> anyhow::Result<f64> {
    let all: Vec<usize> = [x, y].into_iter().chain(given.iter().copied()).collect();
    let side = all.len();
    let matrix: Vec<f64> = all.iter().flat_map(|&i| all.iter().map(move |&j| on.at(i, j))).collect();
    let (values, vectors) = dense::eigen(side, &matrix)?;
    let largest = values.last().copied().unwrap_or(0.0);
    let entry = |i: usize, j: usize| -> f64 {
        let terms = values.iter().enumerate().filter(|(_, value)| **value > RANK * largest);
        terms.map(|(l, value)| vectors.column(l)[i] * vectors.column(l)[j] / value).sum()
    };
    let rho = -entry(0, 1) / (entry(0, 0) * entry(1, 1)).sqrt();
    Ok(if rho.is_finite() { rho } else { 0.0 })
}

/// The test on one sample.
#[derive(Clone, Debug)]
pub struct FisherZ<'a> {
    sample: &'a Sample,
    deletion: Deletion,
    /// Of all variables over all rows.
    whole: Correlations,
    part: Correlations,
    given: Vec<usize>,
    scratch: Scratch,
    void: u64,
}

impl<'a> FisherZ<'a> {
    /// Tests on a sample that leave out some rows.
    #[must_use]
    pub fn new(sample: &'a Sample, deletion: Deletion) -> Self {
        let (mut whole, mut scratch) = (Correlations::default(), Scratch::default());
        if deletion != Deletion::All {
            whole.members = (0..sample.variables()).collect();
            scratch.correlate(sample, true, &mut whole);
        }
        let part = Correlations::default();
        Self { sample, deletion, whole, part, given: Vec::new(), scratch, void: 0 }
    }

    /// Tests made so far in which there was nothing to test: at most `|S| + 3` rows, or a constant variable.
    #[must_use]
    pub fn void(&self) -> u64 {
        self.void
    }

    /// Rows of the whole sample.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.sample.rows()
    }

    /// Tests `x ⟂ y | S`.
    ///
    /// # Errors
    /// The eigenvalues of a singular matrix were not found.
    pub fn test(&mut self, x: usize, y: usize, s: &[usize]) -> anyhow::Result<Tested> {
        let mut out = Vec::with_capacity(1);
        self.tests(s, &[(x.min(y), x.max(y))], &mut out)?;
        Ok(out.pop().unwrap_or(Tested::void(0)))
    }

    /// Tests `x ⟂ y | S` for several pairs, none of them in `S`, which is ascending; replaces `out` by their results.
    ///
    /// # Errors
    /// As [`test`](Self::test).
    pub fn tests(
        &mut self,
        s: &[usize],
        pairs: &[(usize, usize)],
        out: &mut Vec<Tested>,
    ) -> anyhow::Result<()> {
        out.clear();
        match self.deletion {
            Deletion::All => {
                for pair in pairs {
                    self.part.members.clear();
                    self.part.members.extend(s.iter().copied().chain([pair.0, pair.1]));
                    self.over_part(s, std::slice::from_ref(pair), out, true)?;
                }
            }
            Deletion::Conditioning if !s.is_empty() => {
                self.part.members.clear();
                self.part.members.extend(pairs.iter().flat_map(|pair| [pair.0, pair.1]));
                self.part.members.sort_unstable();
                self.part.members.dedup();
                self.part.members.splice(0..0, s.iter().copied());
                self.over_part(s, pairs, out, false)?;
            }
            Deletion::None | Deletion::Conditioning => {
                let regular = self.scratch.condition(&self.whole, s);
                for &pair in pairs {
                    let found = conclude(&self.scratch, &self.whole, s, regular, pair)?;
                    self.void += u64::from(found.1);
                    out.push(found.0);
                }
            }
        }
        Ok(())
    }

    /// The same over the rows in which none of `S`, or of all members, is 0. The members begin with `S`.
    fn over_part(
        &mut self,
        s: &[usize],
        pairs: &[(usize, usize)],
        out: &mut Vec<Tested>,
        all: bool,
    ) -> anyhow::Result<()> {
        let k = s.len();
        let deleting = if all { &self.part.members } else { s };
        self.sample.rows_without_zero(deleting, &mut self.scratch.rows);
        let rows = self.scratch.rows.len();
        if rows <= k + 3 {
            self.void += pairs.len() as u64;
            out.extend(pairs.iter().map(|_| Tested::void(rows)));
            return Ok(());
        }
        self.scratch.correlate(self.sample, false, &mut self.part);
        self.given.clear();
        self.given.extend(0..k);
        let regular = self.scratch.condition(&self.part, &self.given);
        let place = |j: usize| {
            let rest = &self.part.members[k..];
            k + if all { usize::from(rest[0] != j) } else { rest.binary_search(&j).unwrap_or(0) }
        };
        for &(x, y) in pairs {
            let found = conclude(&self.scratch, &self.part, &self.given, regular, (place(x), place(y)))?;
            self.void += u64::from(found.1);
            out.push(found.0);
        }
        Ok(())
    }
}

/// The result for a pair of members, and whether there was nothing to test.
fn conclude(
    scratch: &Scratch,
    on: &Correlations,
    given: &[usize],
    regular: bool,
    pair: (usize, usize),
) -> anyhow::Result<(Tested, bool)> {
    let rows = on.rows;
    if rows <= given.len() + 3 || on.constant[pair.0] || on.constant[pair.1] {
        return Ok((Tested::void(rows), true));
    }
    let rho = scratch.partial(on, given, regular, pair)?;
    Ok((Tested::new(rho, rows, given.len()), false))
}
