//! Settings that a claim presumes, and values that are expected rather than published.

use remeasure::harness::claims::{Verdict, claims_markdown, judge};
use remeasure::harness::records::{AxisValue, Store};

use crate::table::at;
use crate::world::{claim, judge_one, noise, reason, world};

const BELOW: &str = "form = 'below'\nmetric = 'metric'\na = 'a'\nb = 'b'";

fn run(settings: &[(&str, AxisValue)]) -> Store {
    let mut store = world(&[("n", &[1.0, 2.0])], &["a", "b"], 20, |_, r, e| {
        if e == "a" { noise(r, 20, 3) } else { 9.0 + noise(r, 20, 7) }
    });
    store.settings = settings.iter().map(|(k, v)| ((*k).to_string(), v.clone())).collect();
    store
}

#[test]
fn a_claim_is_tested_only_under_the_settings_it_presumes() {
    let gaussian = AxisValue::Text("gaussian".into());
    let keys = format!("{BELOW}\ngiven = {{ k = 10, design.kind = 'gaussian' }}");
    // 10.0 equals 10; settings that the claim does not mention may be anything.
    let same = run(&[
        ("k", AxisValue::Float(10.0)),
        ("design.kind", gaussian.clone()),
        ("p", AxisValue::Integer(3)),
    ]);
    assert_eq!(judge_one(&same, &keys).verdict, Verdict::Reproduced);
    let dotted = keys.replace("design.kind", "\"design.kind\"");
    assert_eq!(judge_one(&same, &dotted).verdict, Verdict::Reproduced);
    let other = run(&[("k", AxisValue::Integer(20)), ("design.kind", gaussian)]);
    let f = judge_one(&other, &keys);
    assert_eq!(reason(&f), "the claim is stated for k = 10; this run has k = 20");
    assert!(f.measured.is_none() && f.p_against.is_none());
    let neither = run(&[("k", AxisValue::Integer(20))]);
    assert_eq!(
        reason(&judge_one(&neither, &keys)),
        "the claim is stated for k = 10, design.kind = gaussian; this run has k = 20, no design.kind"
    );
    let swept = format!("{BELOW}\ngiven = {{ n = 1 }}");
    assert_eq!(
        reason(&judge_one(&same, &swept)),
        "the claim is stated for n = 1; this run has a sweep over n"
    );
}

#[test]
fn what_is_not_tested_does_not_count_among_the_claims() {
    let store = run(&[("k", AxisValue::Integer(20))]);
    let claims = [claim(BELOW), claim(&format!("id = 'd'\n{BELOW}\ngiven = {{ k = 10 }}"))];
    let findings = judge(&store, &claims, &[]);
    assert_eq!(findings[0].p_support, findings[0].p_support_raw);
}

#[test]
fn an_axis_of_an_estimator_is_no_setting_of_the_problem() {
    let mut store = run(&[("n", AxisValue::Integer(7))]);
    store.axes[0].path = "estimator.a.n".into();
    let keys = format!("{BELOW}\ngiven = {{ n = 7 }}");
    assert_eq!(judge_one(&store, &keys).verdict, Verdict::Reproduced);
}

#[test]
fn an_expected_value_is_not_passed_off_as_published() {
    let store = world(&[], &["a"], 20, |_, r, _| 5.2381e-4 * (1.0 + 0.01 * noise(r, 20, 3)));
    let within = "form = 'within'\nmetric = 'metric'\nestimator = 'a'\nrelative_tolerance = 0.1";
    let claims = [
        claim(&format!("{within}\nexpected = 5.2381e-4")),
        claim(&format!("id = 'd'\n{within}\npublished = 5.2381e-4")),
        claim("id = 'e'\nform = 'untestable'\nreason = 'x'\nexpected = 'theory'"),
        claim("id = 'f'\nform = 'untestable'\nreason = 'x'"),
    ];
    let findings = judge(&store, &claims, &[]);
    let texts: Vec<String> = findings.iter().map(|f| f.published_text()).collect();
    assert_eq!(
        texts,
        ["5.2381e-4 (expected, not published)", "5.2381e-4", "theory (expected, not published)", "—"]
    );
    // Both limit the test in the same way.
    assert_eq!(findings[0].test, findings[1].test);
    assert_eq!(findings[0].verdict, Verdict::Reproduced);
    assert!(claims_markdown(&findings).contains("| Table 1 | 5.2381e-4 (expected, not published) | "));
    let columns = |i: usize| (at(&findings[i], "published"), at(&findings[i], "expected"));
    assert_eq!(columns(0), (String::new(), "5.2381e-4".into()));
    assert_eq!(columns(1), ("5.2381e-4".into(), String::new()));
}
