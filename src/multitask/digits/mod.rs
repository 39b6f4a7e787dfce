//! Corrupted handwritten digits: one task for each pair of a corruption and a digit.
//!
//! Each task distinguishes one digit from all others in images with one corruption. An observation has 64
//! pixels from 0 to 1 and a constant 1, the intercept, so `d = 65`; the label is 1 for the digit and −1 for
//! the others. Half of the observations of a task show its digit, the other half are drawn uniformly from the
//! images of all others: with the natural share of one in ten, a constant guess would be right nine times out
//! of ten.
//!
//! Target: one corruption and digit. Sources: all digits in all other corruptions. A replicate first divides
//! the images into three disjoint sets: for the target's sample, for the target's test, and for the sources.
//! Target and test images are drawn without replacement. The sources draw **with** replacement and with a new
//! corruption each time, so a source never runs out. But as there are about 1,600 images, the information in
//! a source without randomness (identity, scale, …) stops growing after some thousand draws.

pub mod corruption;

use std::sync::Arc;

use corruption::Corruption;
use rand::Rng;
use rand::seq::SliceRandom;
use remeasure_core::digits::{Images, PIXELS};
use remeasure_core::family::Input;
use remeasure_core::numerics::Design;
use remeasure_core::params::{self, Check, Kind};
use remeasure_core::stream::{Stream, Streams};
use remeasure_core::{Invalid, deadline};
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Table;

use super::problem::{Budget, Instance, Sources};
use super::statistics::Statistics;

/// Number of digits.
const CLASSES: usize = 10;

/// Dimension of an observation: pixels and intercept.
const DIMENSION: usize = PIXELS + 1;

/// Number of rows drawn before their products are added.
const BLOCK: u64 = 4096;

/// Corrupted handwritten digits: one task per corruption and digit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wire {
    /// Name of the target's corruption.
    target: String,
    /// Digit of the target, 0 to 9.
    digit: usize,
    /// Rank `k` of the representation, from 1 to 65.
    k: usize,
    /// Number of target images to learn from; even, at least `k`.
    target_samples: usize,
    /// Number of target images to test on; even, above 0.
    test_samples: usize,
    /// Total number of observations of all sources.
    budget: u64,
    /// Minimum number of observations of each source.
    #[serde(default)]
    floor: u64,
    /// Standard deviation of the noise assumed by penalties, at least 0.
    #[serde(default = "one")]
    sigma: f64,
}

fn one() -> f64 {
    1.0
}

/// Corrupted handwritten digits, as read from `[problem]` with `kind = "digits"`.
///
/// | key | meaning |
/// |---|---|
/// | `target`, `digit` | the target's corruption by name, and its digit |
/// | `k` | rank of the representation, at most 65 |
/// | `target_samples`, `test_samples` | numbers of target images to learn from and to test on; even |
/// | `budget`, `floor` | total number of observations of all sources, and minimum of each (default 0) |
/// | `sigma` | standard deviation of the noise assumed by penalties (default 1) |
#[derive(Clone, Debug)]
pub struct Digits {
    images: Arc<Images>,
    target: Corruption,
    digit: usize,
    /// Rank of the representation.
    pub k: usize,
    target_samples: usize,
    test_samples: usize,
    /// Total number of observations of the sources.
    pub budget: u64,
    floor: u64,
    sigma: f64,
}

fn corruption(name: &str) -> Result<Corruption, Invalid> {
    Corruption::ALL.into_iter().find(|c| c.name() == name).ok_or_else(|| {
        let names: Vec<&str> = Corruption::ALL.iter().map(|c| c.name()).collect();
        Invalid::new("target", format!("no corruption `{name}` (valid: {})", names.join(", ")))
    })
}

impl Check for Wire {
    fn check(&self) -> Result<(), Invalid> {
        corruption(&self.target)?;
        let fail = |key: &str, message: String| Err(Invalid::new(key, message));
        if self.digit >= CLASSES {
            return fail("digit", format!("expected 0 to 9, found {}", self.digit));
        }
        if self.k == 0 || self.k > DIMENSION {
            return fail("k", format!("expected a rank between 1 and {DIMENSION}, found {}", self.k));
        }
        for (key, samples) in [("target_samples", self.target_samples), ("test_samples", self.test_samples)] {
            if samples == 0 || samples % 2 == 1 {
                return fail(key, format!("expected an even number above 0, found {samples}"));
            }
        }
        if self.target_samples < self.k {
            let message = format!("expected at least k = {} samples, found {}", self.k, self.target_samples);
            return fail("target_samples", message);
        }
        // The sources need images of every digit too.
        if self.target_samples + self.test_samples > 250 {
            let message = format!(
                "with `target_samples` {} the target uses more than 125 of about 178 images of its digit",
                self.target_samples
            );
            return fail("test_samples", message);
        }
        if !(self.sigma.is_finite() && self.sigma >= 0.0) {
            return fail(
                "sigma",
                format!("expected a standard deviation of at least 0, found {}", self.sigma),
            );
        }
        let floors = self.floor.saturating_mul(sources() as u64);
        if self.budget == 0 || floors > self.budget {
            let message = format!(
                "{} observations are fewer than the floor of {} for each of {} tasks: raise this or lower `floor`",
                self.budget,
                self.floor,
                sources()
            );
            return fail("budget", message);
        }
        Ok(())
    }
}

/// Number of sources: all digits in all corruptions but the target's.
fn sources() -> usize {
    (Corruption::ALL.len() - 1) * CLASSES
}

/// The sources: tasks and the images they draw from.
#[derive(Debug)]
struct Pool {
    images: Arc<Images>,
    tasks: Vec<(Corruption, usize)>,
    /// Indices of the images of each digit.
    of_digit: Vec<Vec<usize>>,
}

/// With probability ½ an image of the digit, otherwise one of another digit, uniform over all images of those.
fn draw_one(of_digit: &[Vec<usize>], digit: usize, stream: &mut Stream) -> (usize, f64) {
    if stream.gen_bool(0.5) {
        let own = &of_digit[digit];
        return (own[stream.gen_range(0..own.len())], 1.0);
    }
    let all: usize = of_digit.iter().map(Vec::len).sum();
    let mut at = stream.gen_range(0..all - of_digit[digit].len());
    for (_, images) in of_digit.iter().enumerate().filter(|(d, _)| *d != digit) {
        match images.get(at) {
            Some(&image) => return (image, -1.0),
            None => at -= images.len(),
        }
    }
    unreachable!("the place is among the images of the other digits")
}

/// A design of the given images, corrupted, with the intercept last.
fn design(images: &Images, chosen: &[usize], corruption: Corruption, stream: &mut Stream) -> Design {
    let rows = chosen.len();
    let mut design = Design::from_columns(rows, DIMENSION, vec![1.0; rows * DIMENSION]);
    for (row, &i) in chosen.iter().enumerate() {
        for (j, x) in corruption.apply(images.image(i), stream).into_iter().enumerate() {
            design.column_mut(j)[row] = x;
        }
    }
    design
}

impl Sources for Pool {
    fn tasks(&self) -> usize {
        self.tasks.len()
    }

    fn dimension(&self) -> usize {
        DIMENSION
    }

    fn sample(&self, task: usize, count: u64, stream: &mut Stream, into: &mut Statistics) {
        let (corruption, digit) = self.tasks[task];
        let mut left = count;
        while left > 0 && !deadline::passed() {
            let rows = left.min(BLOCK);
            let (chosen, labels): (Vec<usize>, Vec<f64>) =
                (0..rows).map(|_| draw_one(&self.of_digit, digit, stream)).unzip();
            into.add(&Statistics::of_rows(&design(&self.images, &chosen, corruption, stream), &labels));
            left -= rows;
        }
    }
}

impl Digits {
    /// The name and keys in configs.
    pub(super) fn kind() -> Kind {
        Kind::of::<Wire>("digits", "corrupted handwritten digits")
    }

    /// Reads a `[problem]` table.
    ///
    /// # Errors
    /// The first invalid key.
    pub fn read(table: Table) -> Result<Self, Invalid> {
        let wire: Wire = params::read(table)?;
        Ok(Self {
            images: Images::shared()?,
            target: corruption(&wire.target)?,
            digit: wire.digit,
            k: wire.k,
            target_samples: wire.target_samples,
            test_samples: wire.test_samples,
            budget: wire.budget,
            floor: wire.floor,
            sigma: wire.sigma,
        })
    }

    /// Number of source tasks.
    #[must_use]
    pub fn tasks(&self) -> usize {
        sources()
    }

    /// Name and SHA-256 of the data set.
    #[must_use]
    pub fn input(&self) -> &Input {
        self.images.input()
    }

    /// Draws one replicate, which depends only on `streams`.
    #[must_use]
    pub fn draw(&self, streams: &Streams) -> Instance {
        let mut stream = streams.stream("split");
        let mut own: Vec<usize> = Vec::new();
        let mut others: Vec<usize> = Vec::new();
        for (i, &digit) in self.images.digits().iter().enumerate() {
            if digit == self.digit { own.push(i) } else { others.push(i) }
        }
        own.shuffle(&mut stream);
        others.shuffle(&mut stream);
        let mut take = |samples: usize| {
            let half = samples / 2;
            let chosen: Vec<usize> = own.drain(..half).chain(others.drain(..half)).collect();
            let labels = (0..samples).map(|i| if i < half { 1.0 } else { -1.0 }).collect();
            (chosen, labels)
        };
        let (target, target_labels): (_, Vec<f64>) = take(self.target_samples);
        let (test, test_labels) = take(self.test_samples);
        let spoil = |chosen: &[usize], role: &str| {
            design(&self.images, chosen, self.target, &mut streams.stream(role))
        };
        let mut of_digit = vec![Vec::new(); CLASSES];
        own.into_iter().chain(others).for_each(|i| of_digit[self.images.digits()[i]].push(i));
        let corruptions = Corruption::ALL.into_iter().filter(|c| *c != self.target);
        let tasks = corruptions.flat_map(|c| (0..CLASSES).map(move |digit| (c, digit))).collect();
        Instance {
            rank: self.k,
            sigma: self.sigma,
            sources: Box::new(Pool { images: Arc::clone(&self.images), tasks, of_digit }),
            target: Statistics::of_rows(&spoil(&target, "target"), &target_labels),
            budget: Budget {
                amount: self.budget as f64,
                floor: self.floor,
                least: 0,
                most_tasks: None,
                costs: None,
            },
            truth: None,
            held_out: Some((spoil(&test, "test"), test_labels)),
        }
    }
}

#[cfg(test)]
mod tests;
