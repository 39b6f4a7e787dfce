//! Formats numbers for display, with as many digits as their standard error supports.

/// Shown where there is no number.
pub const NONE: &str = "—";

/// Number and noun with a plural s: `1 cell`, `2 cells`.
#[must_use]
pub fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Groups the digits by thousands: `14,000`.
#[must_use]
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Exponent of the leading digit after rounding to `digits` significant digits.
fn exponent(value: f64, digits: usize) -> i32 {
    let text = format!("{:.*e}", digits.saturating_sub(1), value.abs());
    text.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0)
}

/// `value` rounded to the decimal place 10^`place`.
fn at_place(value: f64, place: i32) -> String {
    let text = if place <= 0 {
        format!("{value:.*}", place.unsigned_abs() as usize)
    } else {
        let unit = 10.0_f64.powi(place);
        format!("{:.0}", (value / unit).round() * unit)
    };
    // Print a negative zero as zero.
    let zero = text.starts_with('-') && text.chars().all(|c| !c.is_ascii_digit() || c == '0');
    if zero { text[1..].to_string() } else { text }
}

fn not_finite(value: f64) -> String {
    match value {
        v if v.is_nan() => NONE.into(),
        v if v > 0.0 => "∞".into(),
        _ => "−∞".into(),
    }
}

/// The power of ten to factor out of a number for display; 0 for ordinary sizes.
fn power(value: f64) -> i32 {
    if value == 0.0 || (1e-3..1e6).contains(&value.abs()) { 0 } else { exponent(value, 4) }
}

/// A number without a standard error: four significant digits without trailing zeros, in scientific notation
/// if very small or large.
#[must_use]
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return not_finite(value);
    }
    if value == 0.0 {
        return "0".into();
    }
    let power = power(value);
    let scaled = value / 10.0_f64.powi(power);
    let mut text = at_place(scaled, exponent(scaled, 4) - 3);
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    if power == 0 { text } else { format!("{text}e{power}") }
}

/// A given rather than measured number: all its digits (at most 15, so that rounding errors do not show), in
/// scientific notation if very small or large.
#[must_use]
pub fn exact(value: f64) -> String {
    if !value.is_finite() {
        return not_finite(value);
    }
    if value == 0.0 {
        return "0".into();
    }
    let mut text = format!("{value:e}");
    if text.chars().filter(char::is_ascii_digit).count() > 15 {
        let rounded: f64 = format!("{value:.14e}").parse().unwrap_or(value);
        text = format!("{rounded:e}");
    }
    let rounded: f64 = text.parse().unwrap_or(value);
    if power(rounded) == 0 { rounded.to_string() } else { text }
}

/// Most digits of a number in a message that are not written with an exponent.
const DIGITS: usize = 25;

/// A floating-point number as the shortest text that reads back the same: with an exponent if it would be long without.
#[must_use]
pub fn shortest(value: f64) -> String {
    let plain = value.to_string();
    if plain.len() > DIGITS { format!("{value:e}") } else { plain }
}

/// A message in which no number has hundreds of digits: messages quote whatever a config or a file holds, and plain
/// formatting writes 1e308 with 309 digits.
#[must_use]
pub fn tamed(message: String) -> String {
    let part = |c: char| c.is_ascii_digit() || c == '.';
    if !message.as_bytes().windows(DIGITS).any(|w| w.iter().all(|b| part(char::from(*b)))) {
        return message;
    }
    let mut out = String::with_capacity(message.len());
    let mut rest = message.as_str();
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let length = rest[start..].find(|c| !part(c)).unwrap_or(rest.len() - start);
        let digits = rest[start..start + length].trim_end_matches('.');
        out.push_str(&rest[..start]);
        match digits.parse::<f64>() {
            // Hexadecimal digests and names are left alone.
            Ok(value) if digits.len() > DIGITS && !out.ends_with(char::is_alphanumeric) => {
                out.push_str(&format!("{value:e}"));
            }
            _ => out.push_str(digits),
        }
        rest = &rest[start + digits.len()..];
    }
    out + rest
}

/// A number and its standard error as displayed, with their common power of ten factored out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rounded {
    /// The value.
    pub value: String,
    /// Its standard error, if known.
    pub error: Option<String>,
    /// Exponent of the factored-out power of ten.
    pub power: i32,
}

/// Rounds the error to two significant digits and the value to the same decimal place. With an unknown (NaN)
/// error only the value is shown; an error of 0 is shown as 0.
#[must_use]
pub fn number_with_error(value: f64, error: f64) -> Rounded {
    if !value.is_finite() || error.is_nan() {
        return Rounded { value: number(value), error: None, power: 0 };
    }
    if error == 0.0 || error.is_infinite() {
        let error = if error == 0.0 { "0" } else { "∞" };
        return Rounded { value: number(value), error: Some(error.to_owned()), power: 0 };
    }
    let power = power(if value.abs() > error { value } else { error });
    let unit = 10.0_f64.powi(power);
    let (value, error) = (value / unit, error / unit);
    let place = exponent(error, 2) - 1;
    Rounded { value: at_place(value, place), error: Some(at_place(error, place)), power }
}

/// [`number_with_error`] in one line, as `0.1234 ± 0.0056` or `(1.234 ± 0.056)e-7`.
#[must_use]
pub fn value_with_error(value: f64, error: f64) -> String {
    let Rounded { value, error, power } = number_with_error(value, error);
    match error {
        None => value,
        Some(error) if power == 0 => format!("{value} ± {error}"),
        Some(error) => format!("({value} ± {error})e{power}"),
    }
}

/// An interval `[low, high]`, with its ends rounded to two significant digits of its width.
#[must_use]
pub fn interval(low: f64, high: f64) -> String {
    let width = high - low;
    if !(width > 0.0 && width.is_finite()) {
        return format!("[{}, {}]", number(low), number(high));
    }
    let power = power(low.abs().max(high.abs()));
    let unit = 10.0_f64.powi(power);
    let place = exponent(width / unit, 2) - 1;
    let (low, high) = (at_place(low / unit, place), at_place(high / unit, place));
    if power == 0 { format!("[{low}, {high}]") } else { format!("[{low}, {high}]e{power}") }
}

/// A p-value: `< 0.001`, `0.012`, `0.35`, `1`.
#[must_use]
pub fn p_value(p: f64) -> String {
    match p {
        p if p.is_nan() => NONE.into(),
        p if p < 0.001 => "< 0.001".into(),
        p if p >= 0.995 => "1".into(),
        p if p < 0.0995 => at_place(p, exponent(p, 2) - 1),
        p => format!("{p:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (14_000_000, "14,000,000")] {
            assert_eq!(thousands(number), text);
        }
    }

    #[test]
    fn two_digits_of_the_error_and_the_value_to_match() {
        for (value, error, text) in [
            (0.123_412, 0.005_55, "0.1234 ± 0.0056"),
            (0.123_412, 0.099_6, "0.12 ± 0.10"),
            (-3.7, 12.3, "-4 ± 12"),
            (12_345.0, 1234.0, "12300 ± 1200"),
            (99.96, 0.04, "99.960 ± 0.040"),
            (1.234_2e-7, 5.6e-9, "(1.234 ± 0.056)e-7"),
            (1.234_2e8, 5.6e6, "(1.234 ± 0.056)e8"),
            (0.0, 0.02, "0.000 ± 0.020"),
            (-0.0001, 0.02, "0.000 ± 0.020"),
            (0.25, 0.0, "0.25 ± 0"),
            (0.123_456, f64::NAN, "0.1235"),
            (f64::NAN, 1.0, "—"),
            (f64::INFINITY, 1.0, "∞"),
        ] {
            assert_eq!(value_with_error(value, error), text);
        }
    }

    #[test]
    fn one_is_singular() {
        assert_eq!([0, 1, 2].map(|n| count(n, "cell")), ["0 cells", "1 cell", "2 cells"]);
    }

    #[test]
    fn numbers_keep_four_digits() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (-0.5, "-0.5"),
            (2.345_67, "2.346"),
            (0.999_99, "1"),
            (1234.5, "1234"),
            (123_456.0, "123500"),
            (1_234_567.0, "1.235e6"),
            (0.000_123_45, "1.234e-4"),
            (100.0, "100"),
            (f64::NEG_INFINITY, "−∞"),
        ] {
            assert_eq!(number(value), text, "{value}");
        }
    }

    #[test]
    fn given_numbers_keep_all_their_digits() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0 + 1e-5, "1.00001"),
            (1.0 - 1e-5, "0.99999"),
            (0.1 + 0.2, "0.3"),
            (5.2381e-4, "5.2381e-4"),
            (5.2381e-4 * 0.9, "4.71429e-4"),
            (-123_456.789, "-123456.789"),
            (1_234_567.0, "1.234567e6"),
            (1.000_000_000_000_1, "1.0000000000001"),
            (-1e-300, "-1e-300"),
            (f64::INFINITY, "∞"),
        ] {
            assert_eq!(exact(value), text, "{value:e}");
        }
    }

    #[test]
    fn p_values_and_intervals() {
        for (p, text) in [
            (0.0, "< 0.001"),
            (0.000_99, "< 0.001"),
            (0.001, "0.0010"),
            (0.012_3, "0.012"),
            (0.099_6, "0.10"),
            (0.354, "0.35"),
            (0.994, "0.99"),
            (1.0, "1"),
            (f64::NAN, "—"),
        ] {
            assert_eq!(p_value(p), text, "{p}");
        }
        assert_eq!(interval(0.123_4, 0.234_5), "[0.12, 0.23]");
        assert_eq!(interval(-1.0, 1.0), "[-1.0, 1.0]");
        assert_eq!(interval(1e-9, 2e-9), "[1.0, 2.0]e-9");
        assert_eq!(interval(f64::NEG_INFINITY, 2.0), "[−∞, 2]");
    }

    #[test]
    fn numbers_in_messages_are_short_and_read_back() {
        for value in [1e308, -1e308, 1e22, 0.30000000000000004, 5e-324, 1e-7, 123_456.75, f64::MAX] {
            let text = shortest(value);
            assert!(text.len() <= DIGITS, "{text}");
            assert_eq!(text.parse::<f64>().unwrap(), value);
        }
        assert_eq!(tamed(format!("found {}, not {}", -1e308, 0.5)), "found -1e308, not 0.5");
        assert_eq!(tamed(format!("{}. And more", 1e-300)), "1e-300. And more");
        let digest = "a9".to_owned() + &"1234567890".repeat(6);
        assert_eq!(tamed(digest.clone()), digest);
    }
}
