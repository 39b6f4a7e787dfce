//! For programs.

use serde_json::{Value, json};

use super::{About, Subject, Told};
use crate::baseline::causes::Cause;
use crate::baseline::compare::{Comparison, Place, State};
use crate::baseline::explain::Attribution;

/// A number, or null where there is none.
pub(crate) fn number(x: f64) -> Value {
    serde_json::Number::from_f64(x).map_or(Value::Null, Value::Number)
}

fn comparison(c: &Comparison) -> Value {
    json!({
        "cell": c.cell,
        "estimator": c.estimator,
        "metric": c.metric,
        "coordinate": c.coordinate.map(number),
        "state": c.state.word(),
        "before": number(c.before),
        "now": number(c.now),
        "difference": number(c.difference),
        "standard_error": number(c.se),
        "p": number(c.p),
        "p_adjusted": number(c.adjusted),
        "test": c.method.word(),
        "replicates_changed": c.changed.map(|(n, _)| n),
        "smallest_caught": number(c.smallest),
        "better": c.better,
    })
}

fn cause(c: &Cause) -> Value {
    json!({ "class": c.class.word(), "estimator": c.estimator(), "text": c.text })
}

fn about(a: &About) -> Value {
    json!({
        "name": a.name,
        "kind": a.kind,
        "profile": a.profile,
        "config": a.config_hash,
        "code": a.code,
        "date": a.date,
        "machine": a.machine,
        "size": a.size,
    })
}

fn attribution(a: &Attribution) -> Value {
    let classes: Vec<&str> = a.classes.iter().map(|c| c.word()).collect();
    json!({ "estimator": a.estimator, "state": a.state.word(), "classes": classes, "text": a.text })
}

/// What only a check or only a comparison of two sides has.
fn subject(told: &Told) -> serde_json::Map<String, Value> {
    let fields = match &told.subject {
        Subject::Check(accepted) => vec![
            (
                "baseline",
                json!({ "accepted": accepted.date, "reason": accepted.reason, "code": told.before }),
            ),
            ("code", json!(told.now)),
        ],
        Subject::Sides(sides) => vec![
            ("a", about(&sides.before)),
            ("b", about(&sides.now)),
            ("cause", json!({ "word": sides.explanation.word, "text": sides.explanation.text })),
            ("estimators", sides.explanation.estimators.iter().map(attribution).collect()),
            ("notes", json!(sides.notes)),
        ],
    };
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn experiment(told: &Told) -> Value {
    let v = &told.verdict;
    let place = |p: &Place| json!({ "cell": p.cell, "estimator": p.estimator, "state": p.state.word() });
    let spread = |s: Option<(f64, f64)>| {
        s.map(|(median, worst)| json!({ "median": number(median), "worst": number(worst) }))
    };
    let counts: serde_json::Map<String, Value> =
        State::ALL.into_iter().map(|s| (s.word().to_owned(), json!(v.count(s)))).collect();
    let mut fields = json!({
        "experiment": told.experiment,
        "profile": told.profile,
        "state": v.state().word(),
        "counts": counts,
        "same_data": told.pairing == super::Pairing::SameData,
        "changed": told.causes.iter().map(|c| c.text.as_str()).collect::<Vec<_>>(),
        "causes": told.causes.iter().map(cause).collect::<Vec<_>>(),
        "rate": number(v.rules.rate),
        "tolerance": number(v.rules.tolerance),
        "tests": v.tests,
        "places": v.places.iter().map(place).collect::<Vec<_>>(),
        "comparisons": v.comparisons.iter().map(comparison).collect::<Vec<_>>(),
        "failing": v.failing.iter().map(|(c, e)| json!({ "cell": c, "estimator": e })).collect::<Vec<_>>(),
        "claims": v.claims.iter()
            .map(|c| json!({ "id": c.id, "before": c.before, "now": c.now, "statement": c.statement }))
            .collect::<Vec<_>>(),
        "smallest_change_caught": v.power.iter()
            .map(|p| json!({ "metric": p.metric, "power": number(v.rules.power), "identical": p.identical,
                             "here": spread(p.here), "other_data": spread(p.anew) }))
            .collect::<Vec<_>>(),
    });
    if let Value::Object(fields) = &mut fields {
        fields.append(&mut subject(told));
    }
    fields
}

/// One comparison, whole.
pub(super) fn one(told: &Told) -> String {
    crate::json::sorted(experiment(told))
}

/// All checks as one object: `{"checks": […]}`; shares of the baseline's mean where a change is relative.
#[must_use]
pub fn json(told: &[Told]) -> String {
    let all = json!({ "checks": told.iter().map(experiment).collect::<Vec<_>>() });
    crate::json::sorted(all)
}
