//! The claims table.

use remeasure::harness::claims::{CSV_HEADER, claims_csv_row, claims_markdown, judge};

use crate::world::{claim, noise, world};

pub(crate) fn at<'a>(row: &'a [String; 22], name: &str) -> &'a str {
    &row[CSV_HEADER.iter().position(|h| *h == name).unwrap()]
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
    let row = claims_csv_row(&findings[0]);
    assert_eq!(
        (at(&row, "id"), at(&row, "verdict"), at(&row, "interval_level"), at(&row, "groups")),
        ("first", "reproduced", "0.9", "1")
    );
    assert_eq!(at(&row, "value").parse::<f64>().unwrap(), findings[0].measured.unwrap().value);
    let row = claims_csv_row(&findings[2]);
    assert_eq!((at(&row, "value"), at(&row, "reason")), ("", "a | b"));
}
