//! Regression data in three parts: the lower level fits the first, the upper level is evaluated on the
//! second, and the third is only used to measure the result.

use std::path::PathBuf;

use rand::RngCore;
use rand::seq::SliceRandom;
use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::numerics::splitmix::SplitMix64;
use remeasure_core::numerics::{Design, Standard, kernels, split};
use remeasure_core::stream::Streams;
use remeasure_core::table::{self, Decimal, Delimiter, Layout};
use schemars::JsonSchema;
use serde::Deserialize;

/// Some rows of a regression problem.
#[derive(Clone, Debug)]
pub struct Part {
    /// Features, `n × p`.
    pub design: Design,
    /// Response, length `n`.
    pub response: Vec<f64>,
}

impl Part {
    /// Mean squared error of predictions by `coefficients`.
    #[must_use]
    pub fn mean_squared_error(&self, coefficients: &[f64]) -> f64 {
        let mut fitted = vec![0.0; self.response.len()];
        self.design.mul(coefficients, &mut fitted);
        let squared: f64 = fitted.iter().zip(&self.response).map(|(f, y)| (f - y) * (f - y)).sum();
        squared / self.response.len() as f64
    }
}

/// The data of one replicate.
#[derive(Clone, Debug)]
pub struct Regression {
    /// Data that the lower level fits.
    pub train: Part,
    /// Data that the upper level is evaluated on.
    pub validation: Part,
    /// Data to measure the result on.
    pub test: Part,
}

/// The key `[problem.data]`: sizes of synthetic data, or CSV files.
///
/// | Name | Default | Purpose |
/// |---|---|---|
/// | `x`, `y` | none | files: features, and one column of responses |
/// | `header`, `delimiter`, `decimal` | true, ",", "." | how CSV files are laid out |
/// | `validation_fraction`, `test_fraction` | .25 each | shares of the files' rows, drawn anew in each
/// replicate |
/// | `n`, `validation`, `test` | 200 each | numbers of rows of synthetic data |
/// | `p` | 400 | features |
/// | `k` | 20 | number of non-zero coefficients, evenly spaced |
/// | `snr` | 5 | variance of the signal divided by that of the noise, on the training rows |
/// | `correlation` | 0 | correlation ρ of neighbouring features (an autoregression along the columns) |
/// | `draw` | "anew" | or "documented": the same data in every replicate, from `seed` |
/// | `seed` | 29 | seed of documented data |
///
/// Synthetic data come from [`SplitMix64`]: first the rows of training, validation and test, each row in the
/// order of the features; then the coefficients; then the noise of all rows. Coefficients are `±1` (a uniform
/// below ½ gives `−1`), or with groups Gaussian times `2^{−g}` in group `g = 0, 1, …`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Data {
    /// File of features (CSV or `.npy`, plain or `.gz`; relative to the config's folder), instead of
    /// synthetic data. Give it together with `y`.
    x: Option<PathBuf>,
    /// File with one column of responses.
    y: Option<PathBuf>,
    /// Whether the first line of a CSV file names the columns; otherwise they are called 1, 2, …. Default: true.
    header: Option<bool>,
    /// What separates cells: `","`, `";"`, `"\t"`, `"|"` or `" "`. Default: `","`.
    delimiter: Option<Delimiter>,
    /// What separates the whole part of a number from its fraction: `"."` or `","`. Default: `"."`.
    decimal: Option<Decimal>,
    /// Share of the files' rows for validation, drawn anew in each replicate. Default: 0.25.
    validation_fraction: Option<f64>,
    /// Share of the files' rows for the test. Default: 0.25.
    test_fraction: Option<f64>,
    /// Number of training rows of synthetic data. Default: 200.
    n: Option<usize>,
    /// Number of features of synthetic data. Default: 400.
    p: Option<usize>,
    /// Number of non-zero coefficients of synthetic data, evenly spaced. Default: 20.
    k: Option<usize>,
    /// Variance of the signal divided by that of the noise, on the training rows. Default: 5.
    snr: Option<f64>,
    /// Correlation of neighbouring features (an autoregression along the columns), between −1 and 1. Default:
    /// 0.
    correlation: Option<f64>,
    /// Number of validation rows of synthetic data. Default: 200.
    validation: Option<usize>,
    /// Number of test rows of synthetic data. Default: 200.
    test: Option<usize>,
    /// Whether replicates have different data. Default: `"anew"`.
    draw: Option<Draw>,
    /// Seed of documented data. Default: 29.
    seed: Option<u64>,
}

/// Whether replicates have different data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Draw {
    /// Each replicate has its own data.
    Anew,
    /// All replicates have the same data, generated from `seed`.
    Documented,
}

/// Validated data: read from files, or to be drawn.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Synthetic(Synthetic),
    Files { read: table::Regression, validation: usize, test: usize },
}

/// Synthetic data, with sizes as in `[problem.data]`.
#[derive(Clone, Debug)]
pub struct Synthetic {
    /// Numbers of training, validation and test rows.
    pub rows: [usize; 3],
    /// Number of features.
    pub p: usize,
    /// Number of non-zero coefficients, if there are no groups.
    pub k: usize,
    /// Variance of the signal divided by that of the noise.
    pub snr: f64,
    /// Correlation of neighbouring features.
    pub correlation: f64,
    /// Seed of data that are the same in every replicate; `None` for new data in each.
    pub seed: Option<u64>,
}

/// Maximum number of entries of a design: 800 MB.
const LARGEST: f64 = 1e8;

fn refuse(given: &[(&str, bool)], message: &str) -> Result<(), Invalid> {
    match given.iter().find(|(_, given)| *given) {
        Some((key, _)) => Err(Invalid::new(format!("data.{key}"), message)),
        None => Ok(()),
    }
}

fn fraction(key: &str, given: Option<f64>) -> Result<f64, Invalid> {
    let value = given.unwrap_or(0.25);
    if !(value > 0.0 && value < 1.0) {
        return Err(Invalid::new(
            format!("data.{key}"),
            format!("expected a fraction between 0 and 1, found {value}"),
        ));
    }
    Ok(value)
}

fn count(key: &str, given: Option<usize>, default: usize, least: usize) -> Result<usize, Invalid> {
    let value = given.unwrap_or(default);
    if value < least {
        return Err(Invalid::new(format!("data.{key}"), format!("expected at least {least}, found {value}")));
    }
    Ok(value)
}

impl Data {
    /// Reads the files or checks the sizes.
    pub(super) fn source(&self) -> Result<Source, Invalid> {
        match (&self.x, &self.y) {
            (None, None) => self.synthetic().map(Source::Synthetic),
            (Some(_), None) => Err(Invalid::new("data.y", "missing: the file with the responses of data.x")),
            (None, Some(_)) => Err(Invalid::new("data.x", "missing: the file with the features of data.y")),
            (Some(x), Some(y)) => {
                let drawn = [
                    ("n", self.n.is_some()),
                    ("p", self.p.is_some()),
                    ("k", self.k.is_some()),
                    ("snr", self.snr.is_some()),
                    ("correlation", self.correlation.is_some()),
                    ("validation", self.validation.is_some()),
                    ("test", self.test.is_some()),
                    ("draw", self.draw.is_some()),
                    ("seed", self.seed.is_some()),
                ];
                refuse(&drawn, "only synthetic data have this key: remove it, or data.x and data.y")?;
                let fractions = [
                    fraction("validation_fraction", self.validation_fraction)?,
                    fraction("test_fraction", self.test_fraction)?,
                ];
                let layout = Layout { header: self.header, delimiter: self.delimiter, decimal: self.decimal };
                let read = table::regression(("data.x", x), ("data.y", y), layout)?;
                let rows = read.response.len();
                let [validation, test] = fractions.map(|f| split::held_out(rows, f));
                if validation + test + 2 > rows {
                    let message = format!(
                        "holding out {validation} and {test} of {rows} rows leaves fewer than 2 training rows"
                    );
                    return Err(Invalid::new("data.validation_fraction", message));
                }
                Ok(Source::Files { read, validation, test })
            }
        }
    }

    fn synthetic(&self) -> Result<Synthetic, Invalid> {
        let of_files = [
            ("validation_fraction", self.validation_fraction.is_some()),
            ("test_fraction", self.test_fraction.is_some()),
            ("header", self.header.is_some()),
            ("delimiter", self.delimiter.is_some()),
            ("decimal", self.decimal.is_some()),
        ];
        refuse(&of_files, "only files have this key: set data.x and data.y, or remove it")?;
        let rows = [
            count("n", self.n, 200, 2)?,
            count("validation", self.validation, 200, 1)?,
            count("test", self.test, 200, 1)?,
        ];
        let p = count("p", self.p, 400, 1)?;
        let k = count("k", self.k, 20.min(p), 1)?;
        if k > p {
            return Err(Invalid::new(
                "data.k",
                format!("k = {k} non-zero coefficients do not fit into p = {p}"),
            ));
        }
        // Use floating point, so that a huge size cannot overflow.
        let entries = rows.iter().map(|r| *r as f64).sum::<f64>() * p as f64;
        if entries > LARGEST {
            let message = format!("{entries:.1e} numbers exceed the limit of {LARGEST:.0e}");
            return Err(Invalid::new("data.p", message));
        }
        let snr = self.snr.unwrap_or(5.0);
        if !(snr.is_finite() && snr > 0.0) {
            return Err(Invalid::new("data.snr", format!("expected a number above 0, found {snr}")));
        }
        let correlation = self.correlation.unwrap_or(0.0);
        if !(correlation > -1.0 && correlation < 1.0) {
            let message = format!("expected a value between -1 and 1, found {correlation}");
            return Err(Invalid::new("data.correlation", message));
        }
        let documented = self.draw == Some(Draw::Documented);
        if self.seed.is_some() && !documented {
            let message = "only draw = \"documented\" has a seed; other data use the seed of the experiment";
            return Err(Invalid::new("data.seed", message));
        }
        let seed = documented.then(|| self.seed.unwrap_or(29));
        Ok(Synthetic { rows, p, k, snr, correlation, seed })
    }
}

impl Source {
    /// Rejects a number of coefficients if all coefficients are non-zero.
    pub(super) fn refuse_sparsity(data: &Data) -> Result<(), Invalid> {
        refuse(&[("k", data.k.is_some())], "with groups all coefficients are non-zero: remove it")
    }

    /// Number of features.
    pub(super) fn features(&self) -> usize {
        match self {
            Self::Synthetic(s) => s.p,
            Self::Files { read, .. } => read.design.columns(),
        }
    }

    /// The files read.
    pub(super) fn files(&self) -> &[Input] {
        match self {
            Self::Synthetic(_) => &[],
            Self::Files { read, .. } => &read.inputs,
        }
    }

    /// Draws or splits the data; with several `groups` of consecutive features, the coefficients of each have
    /// their own size.
    ///
    /// # Errors
    /// The response is constant on the training rows.
    pub(super) fn draw(&self, streams: &Streams, groups: usize) -> anyhow::Result<Regression> {
        match self {
            Self::Synthetic(sizes) => {
                let seed = sizes.seed.unwrap_or_else(|| streams.stream("regression").next_u64());
                Ok(sizes.draw(seed, groups))
            }
            Self::Files { read, validation, test } => {
                split_files(read, [*validation, *test], &mut streams.stream("split"))
            }
        }
    }
}

/// Group of feature `j` of `p`, given at least as many features as groups.
pub(super) fn group(j: usize, p: usize, groups: usize) -> usize {
    j * groups / p
}

impl Synthetic {
    /// The data generated from a seed, with coefficients in this number of groups.
    #[must_use]
    pub fn draw(&self, seed: u64, groups: usize) -> Regression {
        let mut generator = SplitMix64::new(seed);
        let fresh = (1.0 - self.correlation * self.correlation).sqrt();
        let designs = self.rows.map(|rows| {
            let mut design = Design::from_columns(rows, self.p, vec![0.0; rows * self.p]);
            for i in 0..rows {
                let mut before = 0.0;
                for (j, drawn) in generator.normals(self.p).into_iter().enumerate() {
                    let scale = if j == 0 { 1.0 } else { fresh };
                    before = self.correlation * before + scale * drawn;
                    design.column_mut(j)[i] = before;
                }
            }
            design
        });
        let mut coefficients = vec![0.0; self.p];
        if groups > 1 {
            coefficients = generator.normals(self.p);
            for (j, w) in coefficients.iter_mut().enumerate() {
                *w *= 0.5_f64.powi(group(j, self.p, groups) as i32);
            }
        } else {
            for i in 0..self.k {
                coefficients[i * self.p / self.k] = if generator.uniform() < 0.5 { -1.0 } else { 1.0 };
            }
        }
        let mut responses = self.rows.map(|rows| vec![0.0; rows]);
        for (design, response) in designs.iter().zip(&mut responses) {
            design.mul(&coefficients, response);
        }
        let power = kernels::squared_norm(&responses[0]) / self.rows[0] as f64;
        let sigma = (power / self.snr).sqrt();
        let noise = generator.normals(self.rows.iter().sum());
        for (y, e) in responses.iter_mut().flatten().zip(noise) {
            *y += sigma * e;
        }
        let mut parts =
            designs.into_iter().zip(responses).map(|(design, response)| Part { design, response });
        let mut next = || parts.next().unwrap_or_else(|| unreachable!("there are as many parts as sizes"));
        Regression { train: next(), validation: next(), test: next() }
    }
}

/// Splits the rows at random; centres and scales by the training rows alone. On these, columns and response
/// have mean 0 and mean square 1. No intercept is needed, and predicting the mean has a mean squared error
/// of 1. Constant columns become 0.
fn split_files(
    read: &table::Regression,
    [validation, test]: [usize; 2],
    stream: &mut remeasure_core::stream::Stream,
) -> anyhow::Result<Regression> {
    let (rows, p) = (read.response.len(), read.design.columns());
    let mut order: Vec<usize> = (0..rows).collect();
    order.shuffle(stream);
    let (train, held_out) = order.split_at(rows - validation - test);
    let (validation, test) = held_out.split_at(validation);
    let response = split::standard(&read.response, train);
    anyhow::ensure!(!response.is_constant(), "the response is constant on the {} training rows", train.len());
    let features: Vec<Standard> = (0..p).map(|j| split::standard(read.design.column(j), train)).collect();
    let part = |rows: &[usize]| {
        let mut design = read.design.take_rows(rows);
        for (j, standard) in features.iter().enumerate() {
            design.column_mut(j).iter_mut().for_each(|v| *v = standard.apply(*v));
        }
        let response = rows.iter().map(|&i| response.apply(read.response[i])).collect();
        Part { design, response }
    };
    Ok(Regression { train: part(train), validation: part(validation), test: part(test) })
}
