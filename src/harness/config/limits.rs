//! `time_limit` of an estimator and `[limits]`: what a run may take. No number depends on them.

use std::time::Duration;

use bytesize::ByteSize;
use serde::Deserialize;
use toml::Value;

use super::ConfigError;
use super::source::Source;

/// The key of an `[[estimator]]` that limits its time.
pub(super) const TIME_LIMIT: &str = "time_limit";

/// A process of less than this cannot be expected to run anything.
const LEAST_MEMORY: u64 = 64_000_000;

/// What a time must be.
const TIME: &str = "expected a time above 0 such as \"30s\", \"1m 30s\" or \"500ms\", or a number of seconds";

/// What a size must be.
const SIZE: &str = "expected a size such as \"8 GB\" or \"512 MiB\"";

/// `[limits]` as it stands in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsWire {
    time: Option<Value>,
    memory: Option<Value>,
}

/// `[limits]`, read and checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits {
    /// For every estimator without its own.
    pub(super) time: Option<Duration>,
    /// Bytes for the whole run.
    pub(super) memory: Option<u64>,
}

/// A time from its text: `"1m 30s"`, `"500ms"`, or a number of seconds such as `"2.5"`.
///
/// # Errors
/// What was expected instead; a time of 0 is refused.
pub fn duration(text: &str) -> Result<Duration, String> {
    let read = match text.trim().parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => humantime::parse_duration(text.trim()).ok(),
    };
    read.filter(|time| !time.is_zero()).ok_or_else(|| format!("{TIME}; found \"{text}\""))
}

/// Bytes from a size such as `"8 GB"` (powers of 1000) or `"512 MiB"` (powers of 1024).
///
/// # Errors
/// What was expected instead; less than 64 MB is refused.
pub fn memory(text: &str) -> Result<u64, String> {
    let ByteSize(bytes) = text.trim().parse().map_err(|_| format!("{SIZE}; found \"{text}\""))?;
    if bytes < LEAST_MEMORY {
        return Err(format!("expected at least {}; found \"{text}\"", ByteSize(LEAST_MEMORY).display().si()));
    }
    Ok(bytes)
}

/// The time at `path`.
pub(super) fn read_time(source: &Source, path: &str, value: &Value) -> Result<Duration, ConfigError> {
    let read = match value {
        Value::String(text) => duration(text),
        Value::Integer(_) | Value::Float(_) => {
            duration(&value.to_string()).map_err(|_| format!("{TIME}; found {value}"))
        }
        other => Err(format!("{TIME}; found {}", other.type_str())),
    };
    read.map_err(|message| source.error(path, &message))
}

/// Reads `[limits]`.
pub(super) fn read(source: &Source, wire: &LimitsWire) -> Result<Limits, ConfigError> {
    let time = wire.time.as_ref().map(|value| read_time(source, "limits.time", value)).transpose()?;
    let size = |value: &Value| {
        let read = match value {
            Value::String(text) => memory(text),
            other => Err(format!("{SIZE}; found {} `{other}`", other.type_str())),
        };
        read.map_err(|message| source.error("limits.memory", &message))
    };
    Ok(Limits { time, memory: wire.memory.as_ref().map(size).transpose()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_from_words_and_numbers() {
        let cases = [
            ("30s", 30_000),
            ("1m 30s", 90_000),
            ("1m30s", 90_000),
            ("500ms", 500),
            ("2h", 7_200_000),
            ("2.5", 2500),
            (" 10 ", 10_000),
        ];
        for (text, milliseconds) in cases {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["0", "0s", "-5", "-5s", "-0.0", "nan", "inf", "1e99", "", "soon", "5 parsecs", "30s 5"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_read_in_powers_of_1000_and_1024() {
        let cases = [
            ("8 GB", 8_000_000_000),
            ("8GB", 8_000_000_000),
            ("64 MB", 64_000_000),
            ("64000 KB", 64_000_000),
            ("512 MiB", 512 << 20),
            ("1048576 KiB", 1 << 30),
            ("1.5 GiB", 3 << 29),
            ("64000000 B", 64_000_000),
        ];
        for (text, bytes) in cases {
            assert_eq!(memory(text), Ok(bytes), "{text}");
        }
        for text in ["0", "0 GB", "8", "63.9 MB", "-8 GB", "nan GB", "", "GB", "lots", "8 GBit", "8 parsecs"]
        {
            assert!(memory(text).is_err(), "{text}");
        }
    }
}
