//! Location and scale of columns of numbers, whatever their size.

/// Columns that differ by no more than this share of their largest size differ by rounding: they are constant.
const ROUNDING: f64 = 1e-12;
/// Below this spread, relative to the size, deviations are taken from the first value, as the mean's own rounding
/// would show in them.
const TIGHT: f64 = 1e-6;
/// Largest size of values whose squares are summed as they are, and the reciprocal of the smallest.
const PLAIN: f64 = 1e100;
/// Values that are summed next to each other.
const LANES: usize = 8;

/// What must be known of a column before it is standardised.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spread {
    /// A power of two by which values are multiplied before they are squared: 1 for values of ordinary size.
    unit: f64,
    /// Whether all values are the same, or differ by their rounding alone.
    constant: bool,
    first: f64,
    tight: bool,
}

impl Spread {
    /// The spread of finite values.
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let (mut least, mut most, mut first) = (f64::INFINITY, f64::NEG_INFINITY, None);
        for value in values {
            first.get_or_insert(value);
            least = least.min(value);
            most = most.max(value);
        }
        Self::between(first, least, most)
    }

    /// The same of a slice, several values at a time.
    fn of_slice(values: &[f64]) -> Self {
        let (mut least, mut most) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        let (whole, rest) = values.as_chunks::<LANES>();
        for chunk in whole {
            for i in 0..LANES {
                least[i] = if chunk[i] < least[i] { chunk[i] } else { least[i] };
                most[i] = if chunk[i] > most[i] { chunk[i] } else { most[i] };
            }
        }
        let least = least.iter().chain(rest).fold(f64::INFINITY, |m, v| m.min(*v));
        let most = most.iter().chain(rest).fold(f64::NEG_INFINITY, |m, v| m.max(*v));
        Self::between(values.first().copied(), least, most)
    }

    /// That of values from `least` to `most`.
    fn between(first: Option<f64>, least: f64, most: f64) -> Self {
        let size = least.abs().max(most.abs());
        let ordinary = size == 0.0 || (1.0 / PLAIN..=PLAIN).contains(&size);
        let unit =
            if ordinary { 1.0 } else { 2.0_f64.powi(-(size.log2().floor() as i32)).min(2.0_f64.powi(1023)) };
        let (size, range) = (size * unit, most * unit - least * unit);
        Self {
            unit,
            // NaN where there are no values.
            constant: range.is_nan() || range <= ROUNDING * size,
            first: first.unwrap_or(0.0) * unit,
            tight: range <= TIGHT * size,
        }
    }

    /// Where deviations are taken from.
    fn origin(&self) -> f64 {
        if self.tight { self.first } else { 0.0 }
    }

    /// Mean of the values after multiplication by `unit`, less the origin, and their mean squared
    /// deviation.
    fn moments(&self, values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
        let origin = self.origin();
        let shifted = values.map(|v| if self.unit == 1.0 { v - origin } else { v * self.unit - origin });
        let (mut sum, mut size) = (0.0, 0.0);
        for v in shifted.clone() {
            sum += v;
            size += 1.0;
        }
        let mean = sum / size;
        let power = shifted.map(|v| (v - mean).powi(2)).sum::<f64>() / size;
        (mean, power)
    }
}

/// `Σ f(v)`, in lanes.
fn lane_sum(values: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    let mut sums = [0.0; LANES];
    let (whole, rest) = values.as_chunks::<LANES>();
    for chunk in whole {
        for i in 0..LANES {
            sums[i] += f(chunk[i]);
        }
    }
    sums.iter().sum::<f64>() + rest.iter().map(|v| f(*v)).sum::<f64>()
}

/// The map of a column to mean 0 and mean square 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standard {
    unit: f64,
    origin: f64,
    mean: f64,
    /// The reciprocal of the standard deviation (divisor n) of the values times `unit`; 0 if they are constant.
    factor: f64,
}

impl Standard {
    /// That of finite values. Does not depend on their scale.
    #[must_use]
    pub fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let spread = Spread::of(values.clone());
        let (mean, power) = spread.moments(values);
        let factor = if spread.constant { 0.0 } else { power.sqrt().recip() };
        Self { unit: spread.unit, origin: spread.origin(), mean, factor }
    }

    /// The same of a slice, faster, with sums in another order.
    #[must_use]
    pub fn of_slice(values: &[f64]) -> Self {
        let spread = Spread::of_slice(values);
        let (unit, origin, n) = (spread.unit, spread.origin(), values.len() as f64);
        let mean = lane_sum(values, |v| v * unit - origin) / n;
        let power = lane_sum(values, |v| ((v * unit - origin) - mean).powi(2)) / n;
        let factor = if spread.constant { 0.0 } else { power.sqrt().recip() };
        Self { unit, origin, mean, factor }
    }

    /// Whether the values were constant; all values are then mapped to 0.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.factor == 0.0
    }

    /// The standardised value.
    #[must_use]
    pub fn apply(&self, value: f64) -> f64 {
        self.centred(value) * self.factor
    }

    /// A power of two by which values are multiplied before anything else: 1 for values of ordinary size.
    #[must_use]
    pub fn unit(&self) -> f64 {
        self.unit
    }

    /// Mean of the values.
    #[must_use]
    pub fn mean(&self) -> f64 {
        (self.origin + self.mean) / self.unit
    }

    /// Standard deviation of the values, with divisor `n`; infinite if they are constant.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        (self.factor * self.unit).recip()
    }

    /// The deviation from the mean, times [`unit`](Self::unit).
    #[must_use]
    pub fn centred(&self, value: f64) -> f64 {
        (value * self.unit - self.origin) - self.mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [f64; 6] = [0.31, -1.2, 0.77, 2.5, -0.4, 0.31];

    fn standardised(values: &[f64]) -> Vec<f64> {
        let standard = Standard::of(values.iter().copied());
        values.iter().map(|v| standard.apply(*v)).collect()
    }

    #[test]
    fn the_result_has_mean_0_and_mean_square_1_at_every_scale() {
        let plain = standardised(&VALUES);
        assert!(plain.iter().sum::<f64>().abs() < 1e-14);
        assert!((plain.iter().map(|v| v * v).sum::<f64>() / 6.0 - 1.0).abs() < 1e-14);
        for scale in [1e300, 7e307, 1e200, 1e-200, 1e-300] {
            let scaled: Vec<f64> = VALUES.iter().map(|v| v * scale).collect();
            for (a, b) in standardised(&scaled).iter().zip(&plain) {
                assert!((a - b).abs() < 1e-13, "{scale}: {a} {b}");
            }
        }
        // A power of two changes no bit.
        let scaled: Vec<f64> = VALUES.iter().map(|v| v * 2.0_f64.powi(900)).collect();
        assert_eq!(standardised(&scaled), plain);
    }

    #[test]
    fn constant_up_to_rounding_is_constant_and_what_varies_by_a_billionth_is_not() {
        for value in [14.62, 0.1, 1_000_000.1, 3.3e-5, 14.0, 0.0, 1e300, 1e-300, -0.7] {
            for n in [2, 33, 41, 1000] {
                let same = vec![value; n];
                assert!(standardised(&same).iter().all(|v| *v == 0.0), "{value} × {n}");
                // The last bits may differ.
                let mut near = same.clone();
                near[0] *= 1.0 + 4.0 * f64::EPSILON;
                assert!(standardised(&near).iter().all(|v| *v == 0.0), "{value} × {n}");
                let mut varied = same;
                varied[0] *= 1.0 + 1e-9;
                let found = standardised(&varied);
                let square = found.iter().map(|v| v * v).sum::<f64>() / n as f64;
                assert_eq!(value != 0.0, (square - 1.0).abs() < 1e-9, "{value} × {n}: {square}");
                assert!(found.iter().sum::<f64>().abs() < 1e-6 * n as f64, "{value} × {n}");
            }
        }
        assert!(Standard::of(std::iter::empty()).is_constant());
    }

    #[test]
    fn a_slice_has_the_standard_of_its_values() {
        for n in [0, 1, 7, 8, 30, 1000] {
            for (scale, shift) in [(1.0, 0.0), (1e200, 0.0), (1e-300, 0.0), (1e-3, 1e5), (0.0, 3.3)] {
                let values: Vec<f64> = (0..n).map(|i| scale * (f64::from(i) * 0.7).sin() + shift).collect();
                let (one, other) = (Standard::of(values.iter().copied()), Standard::of_slice(&values));
                assert_eq!((one.unit, one.origin.to_bits()), (other.unit, other.origin.to_bits()));
                assert_eq!(one.is_constant(), other.is_constant(), "{n} {scale}");
                for v in &values {
                    let (a, b) = (one.apply(*v), other.apply(*v));
                    assert!((a - b).abs() < 1e-9 * (1.0 + a.abs()), "{n} {scale} {shift}: {a} {b}");
                }
            }
        }
    }

    #[test]
    fn ordinary_values_are_summed_as_they_are() {
        let spread = Spread::of(VALUES.iter().copied());
        let mean = VALUES.iter().sum::<f64>() / 6.0;
        let power = VALUES.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 6.0;
        assert_eq!((spread.unit, spread.moments(VALUES.iter().copied())), (1.0, (mean, power)));
    }
}
