//! The claims table.

use remeasure::harness::claims::{ClaimRow, Finding, claims_markdown, judge};

use crate::world::{claim, noise, world};

/// A field of the finding's row in `claims.csv`.
pub(crate) fn at(finding: &Finding, name: &str) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.serialize(ClaimRow::from(finding)).unwrap();
    let bytes = writer.into_inner().unwrap();
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let column = reader.headers().unwrap().iter().position(|h| h == name).unwrap();
    reader.records().next().unwrap().unwrap()[column].to_owned()
}

#[test]
fn markdown_and_csv_show_every_part() {
    let store = world(&[("snr", &[1.0, 5.0])], &["a", "b"], 21, |c, r, e| {
        if e == "a" { -1.0 / (c[0] * c[0]) + 0.5 * noise(r, 21, 4) } else { 0.5 * noise(r, 21, 8) }
    });
    let below = "form = 'below'\nmetric = 'metric'\na = 'a'\nb = 'b'\nstatement";
    let claims = [
        claim(
            "id = 'first'\nform = 'within'\nmetric = 'metric'\nestimator = 'a'\nwhere = { snr = 1 }\npublished = -1\ntolerance = 0.5",
        ),
        claim(&format!("id = 'second'\n{}", below.trim_end_matches("\nstatement"))),
        claim("id = 'third'\nform = 'untestable'\nreason = 'a | b'\npublished = 'x | y'"),
    ];
    let findings = judge(&store, &claims, &[]);
    let lines: Vec<String> = claims_markdown(&findings).lines().map(String::from).collect();
    assert_eq!(
        lines[2],
        "| s | Table 1 | -1 | -1.00 ± 0.11 (mean of metric of a) | within [-1.5, -0.5]: t test, n = 21 | < 0.001 \
         | [-1.19, -0.81] (90 %) | reproduced |"
    );
    assert!(
        lines[3].contains("weakest of 2: snr = 5") && lines[3].contains("undecided (about "),
        "{}",
        lines[3]
    );
    assert_eq!(lines[4], "| s | Table 1 | x \\| y | — | — | — | — | not testable: a \\| b |");
    let row = &findings[0];
    assert_eq!(
        ["id", "verdict", "interval_level", "groups"].map(|name| at(row, name)),
        ["first", "reproduced", "0.9", "1"]
    );
    assert_eq!(at(row, "value").parse::<f64>().unwrap(), findings[0].measured.unwrap().value);
    let row = &findings[2];
    assert_eq!(["value", "reason"].map(|name| at(row, name)), ["", "a | b"]);
}
