//! Finds which causes can explain each estimator's differences.

use remeasure_core::format::count;
use serde::Serialize;

use super::causes::{Cause, Class, Touches};
use super::compare::{Judgement, Pairing, State};

/// What can explain the differences of one estimator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attribution {
    /// The estimator.
    pub estimator: String,
    /// Its worst state over all cells.
    pub state: State,
    /// Classes of the causes that can explain its differences, in order; empty if it has none.
    pub classes: Vec<Class>,
    /// The explanation as text.
    pub text: String,
    /// Whether its own settings differ.
    #[serde(skip)]
    pub own: bool,
}

/// What can explain all differences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// `none`, `several`, or the word of the only class.
    pub word: &'static str,
    /// The explanation in a sentence.
    pub text: String,
    /// Estimators that are not identical in all cells, or whose settings differ.
    pub estimators: Vec<Attribution>,
    /// Number of all estimators.
    pub of: usize,
}

/// The kinds of differences in one estimator's numbers.
struct Standing {
    state: State,
    /// Some numbers that both sides have differ.
    numbers: bool,
    /// Shares of fits by outcome differ.
    endings: bool,
    /// Some cells are on one side only.
    extent: bool,
}

impl Standing {
    fn of(verdict: &Judgement, estimator: &str) -> Self {
        let of = |name: &str| name == estimator;
        let places: Vec<_> = verdict.places.iter().filter(|p| of(&p.estimator)).collect();
        let comparisons = || verdict.comparisons.iter().filter(|c| of(&c.estimator));
        // A place that is completely new or missing has no comparisons.
        let whole = |p: &&&super::compare::Place| {
            p.state == State::New || p.state == State::Missing && !comparisons().any(|c| c.cell == p.cell)
        };
        let on_one_side = places.iter().filter(whole).count();
        let identical = places.iter().filter(|p| p.state == State::Identical).count();
        Self {
            state: places.iter().map(|p| p.state).max().unwrap_or(State::Identical),
            numbers: identical + on_one_side < places.len(),
            endings: comparisons().any(|c| c.metric.starts_with('(') && c.before != c.now),
            extent: on_one_side > 0,
        }
    }

    fn explains(&self, cause: &Cause, estimator: &str) -> bool {
        match &cause.touches {
            Touches::All => self.numbers || self.extent && cause.class != Class::Selection,
            Touches::Estimator(name) => self.numbers && name == estimator,
            Touches::Endings(name) => self.endings && name.as_ref().is_none_or(|n| n == estimator),
            Touches::Extent => self.extent,
        }
    }
}

fn words(classes: &[Class]) -> String {
    let words: Vec<&str> = classes.iter().map(|c| c.word()).collect();
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

fn classes_of<'a>(causes: impl IntoIterator<Item = &'a Cause>) -> Vec<Class> {
    let mut classes: Vec<Class> = causes.into_iter().map(|c| c.class).collect();
    classes.sort_unstable();
    classes.dedup();
    classes
}

fn attribution(causes: &[Cause], verdict: &Judgement, estimator: &str) -> Option<Attribution> {
    let standing = Standing::of(verdict, estimator);
    let own: Vec<&Cause> = causes.iter().filter(|c| c.estimator() == Some(estimator)).collect();
    let settings: Vec<&str> = own.iter().map(|c| own_text(c, estimator)).collect();
    let same = |classes, text| {
        Some(Attribution {
            estimator: estimator.to_owned(),
            state: standing.state,
            classes,
            text,
            own: !own.is_empty(),
        })
    };
    if standing.state == State::Identical {
        let text = format!("identical, although its settings differ ({})", settings.join(", "));
        return if own.is_empty() { None } else { same(Vec::new(), text) };
    }
    let explaining: Vec<&Cause> = causes.iter().filter(|c| standing.explains(c, estimator)).collect();
    let classes = classes_of(explaining.iter().copied());
    if classes.is_empty() {
        let (class, text) = match (standing.extent, standing.endings) {
            (true, _) => (Class::Nothing, "cells are on one side only, although the selection is the same"),
            // Whether a fit hits its limit can vary from run to run.
            (_, true) => (Class::Limits, "limits: fits ended differently, as can happen near a limit"),
            _ => {
                let text =
                    "its numbers differ although nothing that can change them does: a bug in determinism";
                (Class::Nothing, text)
            }
        };
        return same(vec![class], text.to_owned());
    }
    // The seed's text would only repeat its class.
    let texts = explaining.iter().map(|c| own_text(c, estimator));
    let details: Vec<&str> = texts.map(|t| t.strip_prefix("seed: ").unwrap_or(t)).collect();
    let mut text = format!("{}: {}", words(&classes), details.join("; "));
    // If settings of other estimators changed, say that they are not the cause.
    let foreign = causes.iter().any(|c| matches!(&c.touches, Touches::Estimator(name) if name != estimator));
    if settings.is_empty() && foreign && standing.numbers {
        text.push_str("; its own settings are the same");
    }
    if classes.len() > 1 {
        text.push_str("; these cannot be distinguished");
    }
    same(classes, text)
}

/// The text of a cause, without the estimator's name if that is `estimator`.
fn own_text<'a>(cause: &'a Cause, estimator: &str) -> &'a str {
    let rest = cause.text.strip_prefix("estimator ").and_then(|t| t.strip_prefix(estimator));
    rest.and_then(|t| t.strip_prefix(", ")).unwrap_or(&cause.text)
}

impl Explanation {
    /// The estimators to list: none if the same explanation holds for all.
    pub(super) fn told(&self) -> &[Attribution] {
        let apart = self.estimators.iter().any(|a| a.own || a.text != self.estimators[0].text);
        if apart || self.estimators.len() < self.of { &self.estimators } else { &[] }
    }
}

/// Attributes the differences of `verdict` to `causes`, estimator by estimator. Settings of an estimator
/// explain only its own numbers.
#[must_use]
pub fn explain(causes: &[Cause], verdict: &Judgement, pairing: Pairing) -> Explanation {
    let mut names: Vec<&str> = Vec::new();
    for place in &verdict.places {
        if !names.contains(&place.estimator.as_str()) {
            names.push(&place.estimator);
        }
    }
    let estimators: Vec<Attribution> =
        names.iter().filter_map(|name| attribution(causes, verdict, name)).collect();
    let differing: Vec<&Attribution> = estimators.iter().filter(|a| a.state > State::Identical).collect();
    let mut classes: Vec<Class> = differing.iter().flat_map(|a| a.classes.iter().copied()).collect();
    classes.sort_unstable();
    classes.dedup();
    let moved = verdict.places.iter().any(|p| p.state == State::Moved);
    let (word, text) = match classes.as_slice() {
        [] => {
            let movers = classes_of(causes.iter().filter(|c| !matches!(c.touches, Touches::Endings(_))));
            let more = match movers.is_empty() {
                true => "nothing that can change a number differs, and no number does".to_owned(),
                false => format!("no number differs, although {} {}", words(&movers), differ(&movers)),
            };
            ("none", more)
        }
        [Class::Nothing] => {
            ("nothing", "the same program gave different numbers for the same config".to_owned())
        }
        [Class::Seed] if moved => {
            ("seed", "only the seed differs, but some numbers differ beyond the noise of new data".to_owned())
        }
        [Class::Seed] => {
            ("seed", "only the seed differs: new data; the differences are within noise".to_owned())
        }
        [one] => {
            let new = pairing == Pairing::NewData && *one != Class::Selection;
            let noise = if new && !moved { "; none is beyond the noise of new data" } else { "" };
            (one.word(), format!("only the {} can explain the differences{noise}", one.word()))
        }
        several => {
            let apart = differing.iter().all(|a| a.classes.len() == 1);
            let how = match apart {
                true => "they affect different estimators; see below",
                false => "where several affect one estimator, they cannot be distinguished",
            };
            ("several", format!("{}: {how}", words(several)))
        }
    };
    let number = differing.len();
    let text = if number > 0 && number < names.len() {
        format!("{text} ({} of {})", number, count(names.len(), "estimator"))
    } else {
        text
    };
    Explanation { word, text, estimators, of: names.len() }
}

fn differ(classes: &[Class]) -> &'static str {
    if classes.len() > 1 { "differ" } else { "differs" }
}

#[cfg(test)]
mod tests {
    use super::super::compare::{Place, Rules};
    use super::*;

    fn cause(class: Class, touches: Touches) -> Cause {
        Cause { class, touches, text: class.word().to_owned() }
    }

    fn explained(causes: &[Cause], states: &[(&str, State)]) -> Explanation {
        let place =
            |(e, state): &(&str, State)| Place { cell: "n=1".into(), estimator: (*e).into(), state: *state };
        let verdict = Judgement {
            places: states.iter().map(place).collect(),
            comparisons: Vec::new(),
            claims: Vec::new(),
            tests: 0,
            failing: Vec::new(),
            power: Vec::new(),
            rules: Rules::default(),
        };
        explain(causes, &verdict, Pairing::SameData)
    }

    #[test]
    fn what_touches_one_estimator_explains_no_other() {
        use State::{Compatible, Identical, Missing, Moved};
        let own = |name: &str| cause(Class::Config, Touches::Estimator(name.into()));
        let code = cause(Class::Code, Touches::All);
        let fewer = cause(Class::Selection, Touches::Extent);
        let limit = cause(Class::Limits, Touches::Endings(None));
        for (causes, states, word, classes) in [
            (vec![], vec![("a", Identical), ("b", Identical)], "none", vec![]),
            (vec![code.clone()], vec![("a", Identical)], "none", vec![]),
            (vec![own("a")], vec![("a", Moved), ("b", Identical)], "config", vec![vec![Class::Config]]),
            (
                vec![own("a")],
                vec![("a", Identical), ("b", Moved)],
                "nothing",
                vec![vec![], vec![Class::Nothing]],
            ),
            (vec![limit, fewer.clone()], vec![("a", Compatible)], "nothing", vec![vec![Class::Nothing]]),
            (
                vec![fewer, code.clone()],
                vec![("a", Identical), ("b", Moved)],
                "code",
                vec![vec![Class::Code]],
            ),
            (
                vec![own("a"), code.clone()],
                vec![("a", Moved), ("b", Compatible)],
                "several",
                vec![vec![Class::Config, Class::Code], vec![Class::Code]],
            ),
            (vec![own("a")], vec![("b", Missing)], "nothing", vec![vec![Class::Nothing]]),
        ] {
            let found = explained(&causes, &states);
            let of_each: Vec<_> = found.estimators.iter().map(|e| e.classes.clone()).collect();
            assert_eq!((found.word, of_each), (word, classes), "{causes:?} {states:?}");
        }
        let both = explained(&[own("a"), code], &[("a", Moved), ("b", Compatible)]);
        assert_eq!(both.estimators[0].text, "config and code: config; code; these cannot be distinguished");
        assert_eq!(both.estimators[1].text, "code: code; its own settings are the same");
    }
}
