//! Charts as files.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use remeasure_chart::Chart;

use crate::files::write_atomic;

/// A name made safe for use as a file name.
pub(crate) fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    name.chars().map(safe).collect()
}

/// Draws a chart as `NAME.svg` and `NAME.png` into a folder; returns both paths.
pub(crate) fn save(folder: &Path, name: &str, chart: &Chart) -> Result<[PathBuf; 2]> {
    let drawing = || format!("cannot draw the figure `{name}`");
    let svg = remeasure_chart::svg(chart).with_context(drawing)?;
    let png = remeasure_chart::png(chart, 2).with_context(drawing)?;
    let [at_svg, at_png] = ["svg", "png"].map(|ending| folder.join(format!("{}.{ending}", file_name(name))));
    write_atomic(&at_svg, svg.as_bytes())?;
    write_atomic(&at_png, &png)?;
    Ok([at_svg, at_png])
}
