//! Time and memory limits: `time_limit` of an estimator, and `[limits]`. No number depends on them.

use std::time::Duration;

use bytesize::ByteSize;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Value;

use super::ConfigError;
use super::source::Source;

/// The key of an `[[estimator]]` that limits its time.
pub(super) const TIME_LIMIT: &str = "time_limit";

/// Smallest memory limit in bytes: a process needs about this much to run at all.
const LEAST_MEMORY: u64 = 64_000_000;

/// Error message for an invalid time.
const TIME: &str = "expected a time above 0 such as \"30s\", \"1m 30s\" or \"500ms\", or a number of seconds";

/// Error message for an invalid size.
const SIZE: &str = "expected a size such as \"8 GB\" or \"512 MiB\"";

/// Time and memory limits. No number depends on them.
///
/// ```toml
/// [limits]
/// time = "1m 30s"
/// memory = "8 GB"
/// ```
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsWire {
    /// Time limit of each fit, unless its estimator has a `time_limit`: `"30s"`, `"1m 30s"`, `"500ms"` or a number of
    /// seconds. Default: no limit.
    #[schemars(with = "Option<TextOrSeconds>")]
    time: Option<Value>,
    /// Memory limit of the whole run: `"8 GB"`, `"512 MiB"`; at least 64 MB. Default: no limit.
    #[schemars(with = "Option<String>")]
    memory: Option<Value>,
}

/// A time: a text with a unit, or a number of seconds.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "stands for TOML values in schemas")]
pub(crate) enum TextOrSeconds {
    Text(String),
    Seconds(f64),
}

/// `[limits]`, read and checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits {
    /// Time limit for estimators without their own.
    pub(super) time: Option<Duration>,
    /// Memory limit of the whole run in bytes.
    pub(super) memory: Option<u64>,
}

/// Reads a time: `"1m 30s"`, `"500ms"`, or a number of seconds such as `"2.5"`.
///
/// # Errors
/// If the text is not a time, or the time is 0; the message says what is expected.
pub fn duration(text: &str) -> Result<Duration, String> {
    let read = match text.trim().parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => humantime::parse_duration(text.trim()).ok(),
    };
    read.filter(|time| !time.is_zero()).ok_or_else(|| format!("{TIME}; found \"{text}\""))
}

/// Reads a size such as `"8 GB"` (powers of 1000) or `"512 MiB"` (powers of 1024); returns bytes.
///
/// # Errors
/// If the text is not a size, or the size is below 64 MB; the message says what is expected.
pub fn memory(text: &str) -> Result<u64, String> {
    let ByteSize(bytes) = text.trim().parse().map_err(|_| format!("{SIZE}; found \"{text}\""))?;
    if bytes < LEAST_MEMORY {
        return Err(format!("expected at least {} MB; found \"{text}\"", LEAST_MEMORY / 1_000_000));
    }
    Ok(bytes)
}

/// Reads the time at `path`.
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
    use super::super::{Document, Overrides, Resolved};
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

    const CONFIG: &str = r#"
        experiment = "x"
        title = "x"
        family = "sparse"
        seed = 1
        [limits]
        time = "60s"
        memory = "8 GB"
        [problem]
        p = 3
        [[estimator]]
        kind = "lasso"
        time_limit = "1m 30s"
        [[estimator]]
        kind = "omp"
        time_limit = 0.5
        [[estimator]]
        kind = "oracle"
        [profile.quick]
        replicates = 2
        [profile.paper]
        replicates = 2
        limits.time = "1h"
        estimator.omp.time_limit = "2h"
    "#;

    fn resolve(config: &str, profile: &str, overrides: &Overrides) -> Result<Resolved, ConfigError> {
        Document::parse("x.toml", config)?.resolve(profile, overrides)
    }

    fn seconds(resolved: &Resolved) -> Vec<Option<f64>> {
        resolved.estimators.iter().map(|e| e.time_limit.map(|limit| limit.as_secs_f64())).collect()
    }

    #[test]
    fn an_estimators_own_limit_goes_before_that_of_all() -> Result<(), ConfigError> {
        let quick = resolve(CONFIG, "quick", &Overrides::default())?;
        assert_eq!(seconds(&quick), [Some(90.0), Some(0.5), Some(60.0)]);
        assert_eq!(quick.memory, Some(8_000_000_000));
        assert!(quick.estimators.iter().all(|e| e.parameters.is_empty()), "no key is left to the family");
        let paper = resolve(CONFIG, "paper", &Overrides::default())?;
        assert_eq!(seconds(&paper), [Some(90.0), Some(7200.0), Some(3600.0)]);
        assert_eq!(paper.memory, Some(8_000_000_000));
        Ok(())
    }

    #[test]
    fn the_command_lines_limits_go_before_all_others() -> Result<(), ConfigError> {
        let time_limit = Some(Duration::from_millis(1500));
        let overrides = Overrides { time_limit, memory: Some(123_456_789), ..Overrides::default() };
        assert!(overrides.is_empty() && !overrides.leave_the_text());
        let resolved = resolve(CONFIG, "paper", &overrides)?;
        assert_eq!(seconds(&resolved), [Some(1.5); 3]);
        assert_eq!(resolved.memory, Some(123_456_789));
        // Without a table `[limits]` too.
        let bare = CONFIG.replace("[limits]\n        time = \"60s\"\n        memory = \"8 GB\"\n", "");
        assert_eq!(seconds(&resolve(&bare, "quick", &Overrides::default())?), [Some(90.0), Some(0.5), None]);
        assert_eq!(seconds(&resolve(&bare, "quick", &overrides)?), [Some(1.5); 3]);
        // The command line does not accept this value, but the config refuses it as well.
        let none = Overrides { time_limit: Some(Duration::ZERO), ..Overrides::default() };
        assert_eq!(
            resolve(CONFIG, "quick", &none).map_err(|e| e.place).err(),
            Some("--time-limit 0s".into())
        );
        Ok(())
    }

    #[test]
    fn the_resolved_config_says_the_limits_again() -> Result<(), ConfigError> {
        let time_limit = Some(Duration::from_millis(1500));
        for overrides in
            [Overrides::default(), Overrides { time_limit, memory: Some(1 << 30), ..Overrides::default() }]
        {
            let first = resolve(CONFIG, "paper", &overrides)?;
            let again = resolve(&first.to_toml(), "paper", &Overrides::default())?;
            assert_eq!(seconds(&again), seconds(&first));
            assert_eq!(again.memory, first.memory);
        }
        Ok(())
    }

    #[test]
    fn limits_are_no_part_of_what_numbers_depend_on() -> Result<(), ConfigError> {
        let limited = resolve(CONFIG, "quick", &Overrides::default())?;
        let free: String = CONFIG
            .lines()
            .filter(|l| !["time", "memory", "[limits]"].iter().any(|k| l.trim().starts_with(k)))
            .map(|l| format!("{l}\n"))
            .collect();
        let free = resolve(&free, "quick", &Overrides::default())?;
        assert_eq!((seconds(&free), free.memory), (vec![None; 3], None));
        assert_eq!(free.hash(), limited.hash());
        let other = CONFIG.replace("kind = \"omp\"", "kind = \"omp\"\nsparsity = 2");
        assert_ne!(resolve(&other, "quick", &Overrides::default())?.hash(), limited.hash());
        Ok(())
    }
}
