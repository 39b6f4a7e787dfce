//! The reference data (tests/data/presto/ORIGIN.md).

use remeasure::numerics::Design;
use remeasure::ordinal::Sample;

/// d1: sparse differences.
pub const D1: &str = "d1_sparse_n2500_p10_K4";
/// d2: small.
pub const D2: &str = "d2_n300_p5_K3";
/// d4: correlated features, and curves that cross at the smallest λ.
pub const D4: &str = "d4_corr_p8_K5";

/// The text of a file.
pub fn text(name: &str) -> String {
    let path = format!("{}/tests/data/presto/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The rows of a CSV file with a header, as maps from its names.
pub fn records(name: &str) -> Vec<std::collections::HashMap<String, String>> {
    let text = text(name);
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(|row| row.unwrap()).collect()
}

/// Numbers separated by blanks.
pub fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace().map(|v| v.parse().unwrap()).collect()
}

/// A data set; its labels count from 1 in the file.
pub fn sample(name: &str) -> Sample {
    let text = text(&format!("{name}.csv"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<Vec<f64>> = reader.deserialize().map(|row| row.unwrap()).collect();
    let p = rows[0].len() - 1;
    let columns = (0..p).flat_map(|j| rows.iter().map(move |row| row[j])).collect();
    let labels: Vec<usize> = rows.iter().map(|row| row[p] as usize - 1).collect();
    let classes = labels.iter().max().unwrap() + 1;
    Sample { design: Design::from_columns(rows.len(), p, columns), labels, classes }
}
