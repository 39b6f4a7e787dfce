//! Positions and labels of ticks.

/// A labelled tick.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    /// Position, in the units of the data.
    pub(super) value: f64,
    pub(super) label: String,
}

/// The ticks of an axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ticks {
    pub(super) major: Vec<Tick>,
    /// Positions of the minor ticks, which have no labels.
    pub(super) minor: Vec<f64>,
}

/// Ticks at round numbers (1, 2 or 5 times a power of ten apart) from `low` to `high`, about `target` at most.
pub(super) fn linear(low: f64, high: f64, target: usize) -> Vec<Tick> {
    let span = high - low;
    if span <= 0.0 || !span.is_finite() {
        return Vec::new();
    }
    let target = target.max(1);
    // A step of at most half the span has two multiples in it, wherever the span begins.
    let steps = (target..=target + 4).map(|parts| Step::at_least(span / parts as f64));
    let Some((step, multiples)) =
        steps.map(|step| (step, step.multiples(low, high))).find(|(_, multiples)| multiples.len() > 1)
    else {
        return Vec::new();
    };
    let largest = multiples.iter().map(|&k| step.times(k).abs()).fold(0.0, f64::max);
    let notation = Notation::choose(largest, step.exponent);
    multiples
        .into_iter()
        .map(|k| {
            // Avoid negative zero, which would get a sign.
            let value = if k == 0.0 { 0.0 } else { step.times(k) };
            Tick { value, label: notation.write(value) }
        })
        .collect()
}

/// The distance between two ticks: `digit` times ten to the `exponent`.
#[derive(Clone, Copy)]
struct Step {
    digit: f64,
    exponent: i32,
}

impl Step {
    fn at_least(raw: f64) -> Self {
        let exponent = raw.log10().floor() as i32;
        [(1.0, exponent), (2.0, exponent), (5.0, exponent)]
            .into_iter()
            .map(|(digit, exponent)| Self { digit, exponent })
            .find(|step| step.size() >= raw * (1.0 - 1e-9))
            .unwrap_or(Self { digit: 1.0, exponent: exponent + 1 })
    }

    /// The multiples of the step from `low` to `high`, counted in steps.
    fn multiples(&self, low: f64, high: f64) -> Vec<f64> {
        let slack = (high - low) * 1e-9;
        let first = ((low - slack) / self.size()).ceil();
        let last = ((high + slack) / self.size()).floor();
        std::iter::successors(Some(first), |k| Some(k + 1.0)).take_while(|&k| k <= last).take(100).collect()
    }

    fn size(&self) -> f64 {
        self.times(1.0)
    }

    /// Dividing by a power of ten rounds once; multiplying by its inverse would round twice.
    fn times(&self, k: f64) -> f64 {
        if self.exponent < 0 {
            k * self.digit / 10f64.powi(-self.exponent)
        } else {
            k * self.digit * 10f64.powi(self.exponent)
        }
    }
}

/// How all numbers on an axis are written.
enum Notation {
    /// With this many decimals.
    Plain(usize),
    /// As multiples of a common power of ten, with this many decimals.
    Power(i32, usize),
}

impl Notation {
    /// The notation for numbers up to `largest` that are multiples of ten to the `finest`.
    fn choose(largest: f64, finest: i32) -> Self {
        let decimals = usize::try_from(-finest).unwrap_or(0);
        if largest == 0.0 || (1e-3..1e6).contains(&largest) {
            return Self::Plain(decimals);
        }
        // The small addition keeps 999999.9999999999 from counting as less than a million.
        let exponent = (largest.log10() + 1e-12).floor() as i32;
        let digits = usize::try_from(exponent - finest).unwrap_or(0);
        if digits > 4 && (1.0..1e15).contains(&largest) {
            Self::Plain(decimals)
        } else {
            Self::Power(exponent, digits)
        }
    }

    fn write(&self, value: f64) -> String {
        match *self {
            Self::Plain(decimals) => minus(&format!("{value:.decimals$}")),
            Self::Power(..) if value == 0.0 => "0".to_owned(),
            Self::Power(exponent, decimals) => {
                let mantissa = scaled(value, -exponent);
                format!("{}×10{}", minus(&format!("{mantissa:.decimals$}")), superscript(exponent))
            }
        }
    }
}

/// `value` times ten to the `exponent`, in two steps if one would overflow.
fn scaled(value: f64, exponent: i32) -> f64 {
    let half = exponent / 2;
    value * 10f64.powi(half) * 10f64.powi(exponent - half)
}

/// Ticks of a logarithmic axis from ten to the `low` to ten to the `high`, about `target` at most.
pub(super) fn log10(low: f64, high: f64, target: usize) -> Ticks {
    let slack = (high - low) * 1e-9;
    let (low, high) = (low - slack, high + slack);
    if high <= low {
        return Ticks::default();
    }
    let (first, last) = (low.ceil() as i32, high.floor() as i32);
    let inside = |&(digit, exponent): &(u8, i32)| {
        let at = f64::from(digit).log10() + f64::from(exponent);
        at >= low && at <= high
    };
    let all = |digits: &[u8]| -> Vec<(u8, i32)> {
        ((first - 1)..=last).flat_map(|e| digits.iter().map(move |&d| (d, e))).filter(inside).collect()
    };
    let decades = last - first + 1;
    let few = all(&[1, 2, 5]).len() <= target + 1;
    if decades >= 3 || (decades == 2 && !few) {
        let every = (decades as usize).div_ceil(target.max(1)) as i32;
        // Use multiples of the stride, so that 1 is among them if possible.
        let major: Vec<(u8, i32)> = (first..=last).filter(|e| e % every == 0).map(|e| (1, e)).collect();
        let minor = if every > 1 {
            (first..=last).filter(|e| e % every != 0).map(|e| power(1, e)).collect()
        } else if decades <= 8 {
            all(&[2, 3, 4, 5, 6, 7, 8, 9]).into_iter().map(|(d, e)| power(d, e)).collect()
        } else {
            Vec::new()
        };
        return Ticks { major: label_powers(&major), minor };
    }
    let fine = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    for digits in [&[1, 2, 5][..], &fine] {
        let major = all(digits);
        if major.len() >= 3 && (major.len() <= target + 1 || digits.len() == 3) {
            let minor = all(&fine)
                .into_iter()
                .filter(|tick| !major.contains(tick))
                .map(|(d, e)| power(d, e))
                .collect();
            return Ticks { major: label_powers(&major), minor };
        }
    }
    // Less than a third of a decade looks nearly linear.
    let major = linear(10f64.powf(low), 10f64.powf(high), target);
    Ticks { major: major.into_iter().filter(|tick| tick.value > 0.0).collect(), minor: Vec::new() }
}

fn power(digit: u8, exponent: i32) -> f64 {
    let digit = f64::from(digit);
    if exponent < 0 && exponent > -300 { digit / 10f64.powi(-exponent) } else { digit * 10f64.powi(exponent) }
}

/// Labels with plain numbers near 1, or powers of ten otherwise; the same for all ticks of an axis.
fn label_powers(ticks: &[(u8, i32)]) -> Vec<Tick> {
    let plain = ticks.iter().all(|&(_, exponent)| (-3..=4).contains(&exponent));
    ticks
        .iter()
        .map(|&(digit, exponent)| {
            let value = power(digit, exponent);
            let label = if plain {
                format!("{value:.*}", usize::try_from(-exponent).unwrap_or(0))
            } else if digit == 1 {
                format!("10{}", superscript(exponent))
            } else {
                format!("{digit}×10{}", superscript(exponent))
            };
            Tick { value, label }
        })
        .collect()
}

fn minus(number: &str) -> String {
    number.replace('-', "−")
}

fn superscript(exponent: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    exponent
        .to_string()
        .bytes()
        .map(|b| if b == b'-' { '⁻' } else { DIGITS[usize::from(b - b'0') % 10] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|t| t.label.as_str()).collect()
    }

    /// Parses a label.
    fn read(label: &str) -> f64 {
        let plain = |s: &str| s.replace('−', "-").parse::<f64>().unwrap();
        let up = |s: &str| -> i32 {
            s.chars()
                .map(|c| {
                    if c == '⁻' {
                        '-'
                    } else {
                        char::from(b'0' + "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|d| d == c).unwrap() as u8)
                    }
                })
                .collect::<String>()
                .parse()
                .unwrap()
        };
        let raised = |s: &str| s.chars().next().is_some_and(|c| "⁻⁰¹²³⁴⁵⁶⁷⁸⁹".contains(c));
        if let Some((mantissa, exponent)) = label.split_once("×10") {
            format!("{}e{}", plain(mantissa), up(exponent)).parse().unwrap()
        } else if let Some(exponent) = label.strip_prefix("10").filter(|s| raised(s)) {
            format!("1e{}", up(exponent)).parse().unwrap()
        } else {
            plain(label)
        }
    }

    #[test]
    fn round_numbers_without_noise() {
        assert_eq!(labels(&linear(0.0, 1.0, 5)), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(
            labels(&linear(-0.05, 0.35, 8)),
            ["−0.05", "0.00", "0.05", "0.10", "0.15", "0.20", "0.25", "0.30", "0.35"]
        );
        assert_eq!(labels(&linear(0.0, 1000.0, 5)), ["0", "200", "400", "600", "800", "1000"]);
        assert_eq!(labels(&linear(0.0, 2e6, 4)), ["0", "0.5×10⁶", "1.0×10⁶", "1.5×10⁶", "2.0×10⁶"]);
        assert_eq!(labels(&linear(0.0, 3e-5, 3)), ["0", "1×10⁻⁵", "2×10⁻⁵", "3×10⁻⁵"]);
        assert_eq!(linear(0.0, 1.0, 10)[3].value, 0.3);
    }

    #[test]
    fn decades_and_parts_of_them() {
        assert_eq!(labels(&log10(-3.0, 2.0, 8).major), ["0.001", "0.01", "0.1", "1", "10", "100"]);
        assert_eq!(labels(&log10(-6.0, -3.0, 8).major), ["10⁻⁶", "10⁻⁵", "10⁻⁴", "10⁻³"]);
        assert_eq!(labels(&log10(-0.1, 0.8, 8).major), ["1", "2", "5"]);
        assert_eq!(labels(&log10(2.0, 3.0, 8).major), ["100", "200", "500", "1000"]);
        assert_eq!(labels(&log10(-12.0, 0.0, 5).major), ["10⁻¹²", "10⁻⁹", "10⁻⁶", "10⁻³", "10⁰"]);
        assert_eq!(labels(&log10(-5.0, -4.0, 8).major), ["10⁻⁵", "2×10⁻⁵", "5×10⁻⁵", "10⁻⁴"]);
        assert_eq!(log10(0.0, 3.0, 8).minor.len(), 24);
    }

    fn check(ticks: &[Tick], low: f64, high: f64, slack: f64) -> Result<(), TestCaseError> {
        for pair in ticks.windows(2) {
            prop_assert!(pair[0].value < pair[1].value);
            prop_assert_ne!(&pair[0].label, &pair[1].label);
        }
        for tick in ticks {
            prop_assert!(
                tick.value >= low - slack && tick.value <= high + slack,
                "{tick:?} in {low}..{high}"
            );
            let back = read(&tick.label);
            prop_assert!(
                (back - tick.value).abs() <= 1e-9 * (high - low).max(tick.value.abs() * 1e-5),
                "{tick:?}"
            );
            prop_assert!(tick.label.chars().count() <= 18, "{tick:?}");
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn linear_ticks_are_true(low in -1e3f64..1e3, width in 1e-3f64..1.0, magnitude in -30i32..30, target in 2usize..12) {
            let scale = 10f64.powi(magnitude);
            let (low, high) = (low * scale, (low + 1000.0 * width) * scale);
            let ticks = linear(low, high, target);
            prop_assert!(ticks.len() >= 2 && ticks.len() <= target.max(4) + 1, "{}", ticks.len());
            check(&ticks, low, high, (high - low) * 1e-8)?;
        }

        #[test]
        fn log_ticks_are_true(low in -200f64..200.0, decades in 0.02f64..40.0, target in 3usize..10) {
            let ticks = log10(low, low + decades, target);
            prop_assert!(ticks.major.len() >= 2 && ticks.major.len() <= target.max(7) + 1, "{ticks:?}");
            for tick in &ticks.major {
                prop_assert!(tick.value.log10() >= low - 1e-6 && tick.value.log10() <= low + decades + 1e-6);
                prop_assert!((read(&tick.label) / tick.value - 1.0).abs() < 1e-6, "{tick:?}");
            }
            for pair in ticks.major.windows(2) {
                prop_assert!(pair[0].label != pair[1].label);
            }
        }
    }
}
