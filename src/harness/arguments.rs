//! The arguments of reference curves: axes of the sweep, or numbers in `[problem]`.

use std::collections::BTreeMap;

use crate::records::{Axis, AxisValue};

/// Source of the value of a curve's argument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Argument {
    /// The axis at this position.
    Axis(usize),
    /// A setting that all cells share.
    Setting(f64),
}

/// The argument of curves along the path of a fit, in figures with `x = "coordinate"`.
pub(crate) const COORDINATE: &str = "coordinate";

/// The last part of a dotted path.
fn short(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Finds an argument by its path or short name, first among the axes, then among the problem's settings.
///
/// # Errors
/// If there is none; the message continues "is a function of `name`, which".
pub(crate) fn find(
    name: &str,
    axes: &[Axis],
    settings: &BTreeMap<String, AxisValue>,
) -> Result<Argument, String> {
    let below_problem = name.strip_prefix("problem.").unwrap_or(name);
    let named = |a: &Axis| a.name == name || a.path == name;
    let axis = axes.iter().position(named).or_else(|| axes.iter().position(|a| short(&a.path) == name));
    if let Some(axis) = axis {
        return Ok(Argument::Axis(axis));
    }
    let exact = settings.get_key_value(below_problem);
    let mut found =
        exact.into_iter().chain(settings.iter().filter(|(key, _)| exact.is_none() && short(key) == name));
    let missing = || {
        format!(
            "is neither an axis of the sweep nor a number in `[problem]`: set `{below_problem} = …` there"
        )
    };
    let (key, value) = found.next().ok_or_else(missing)?;
    if let Some((other, _)) = found.next() {
        return Err(format!("could be `problem.{key}` or `problem.{other}`"));
    }
    value.as_f64().map(Argument::Setting).ok_or_else(|| format!("is {value} in `[problem]`, not a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(path: &str, name: &str) -> Axis {
        Axis { path: path.to_owned(), name: name.to_owned(), label: String::new(), values: Vec::new() }
    }

    #[test]
    fn an_argument_is_an_axis_or_else_a_setting() {
        let axes = [axis("problem.n", "n"), axis("estimator.fixed.omega", "w"), axis("problem.tasks", "T")];
        let settings = [
            ("d", AxisValue::Integer(30)),
            ("kind", AxisValue::Text("hard".into())),
            ("stopping.tolerance", AxisValue::Float(1e-8)),
            ("a.size", AxisValue::Float(1.0)),
            ("b.size", AxisValue::Float(2.0)),
            ("size.b", AxisValue::Float(3.0)),
        ];
        let settings = settings.map(|(key, value)| (key.to_owned(), value)).into();
        let of = |name: &str| find(name, &axes, &settings);
        for (name, axis) in [("n", 0), ("problem.n", 0), ("w", 1), ("omega", 1), ("tasks", 2)] {
            assert_eq!(of(name), Ok(Argument::Axis(axis)), "{name}");
        }
        for (name, value) in
            [("d", 30.0), ("problem.d", 30.0), ("tolerance", 1e-8), ("b.size", 2.0), ("b", 3.0)]
        {
            assert_eq!(of(name), Ok(Argument::Setting(value)), "{name}");
        }
        for (name, message) in [
            ("floor", "is neither an axis of the sweep nor a number in `[problem]`: set `floor = …` there"),
            (
                "problem.floor",
                "is neither an axis of the sweep nor a number in `[problem]`: set `floor = …` there",
            ),
            ("kind", "is hard in `[problem]`, not a number"),
            ("size", "could be `problem.a.size` or `problem.b.size`"),
        ] {
            assert_eq!(of(name), Err(message.to_owned()), "{name}");
        }
    }
}
