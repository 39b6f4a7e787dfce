//! What a chart shows, as plain data.

/// A figure: one or more panels that share their axes, but for [`Chart::own_y`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// Headline; wrapped when it is long.
    pub title: String,
    /// Second line under the title; may be empty.
    pub subtitle: String,
    /// The horizontal axis of every panel.
    pub x: AxisSpec,
    /// The vertical axis of every panel.
    pub y: AxisSpec,
    /// Whether every panel has limits of its own on its vertical axis, with texts at its ticks.
    pub own_y: bool,
    /// The facets, in reading order; one for a plain figure.
    pub panels: Vec<Panel>,
    /// Panels side by side; without it their number decides.
    pub columns: Option<usize>,
    /// Provenance, in small grey type; may be empty.
    pub footer: String,
    /// What the figure shows, in words, for those who cannot see it; may be empty.
    pub alt: String,
    /// Printed size and colours.
    pub look: Look,
}

/// How a chart is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Look {
    /// The page of print; without it the chart has a size for the screen.
    pub paper: Option<Paper>,
    /// Whether greys stand for colours.
    pub grey: bool,
    /// Dots per inch of a PNG; without it the caller's scale decides, or 300 on paper.
    pub dpi: Option<u32>,
}

/// A printed width, for which a chart is laid out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paper {
    /// The width, in its unit.
    pub width: f64,
    /// `mm`, `cm`, `in` or `pt`.
    pub unit: &'static str,
    /// Points in a unit.
    pub points: f64,
    /// Size of the labels of axes, in points; other texts keep their proportion to it.
    pub font_size: f64,
}

impl Chart {
    /// The heights of all points and medians that it shows.
    pub fn heights(&self) -> impl Iterator<Item = f64> {
        self.panels.iter().flat_map(|panel| &panel.layers).flat_map(|layer| -> Vec<f64> {
            match layer {
                Layer::Line { points, .. } | Layer::Scatter { points, .. } => {
                    points.iter().map(|p| p.1).filter(|y| y.is_finite()).collect()
                }
                Layer::Boxes { boxes, .. } => boxes.iter().map(|b| b.median).collect(),
                _ => Vec::new(),
            }
        })
    }
}

/// One axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AxisSpec {
    /// Name and unit.
    pub label: String,
    /// Linear or logarithmic.
    pub scale: Scale,
    /// Limits; without them the data decide.
    pub range: Option<(f64, f64)>,
    /// Places and texts of the ticks, for categories; without them round numbers are chosen.
    pub ticks: Option<Vec<(f64, String)>>,
}

/// How numbers become places on an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences look equal.
    #[default]
    Linear,
    /// Equal ratios look equal; numbers that are not positive cannot be shown and are skipped.
    Log10,
}

/// One facet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// Small heading above the panel; may be empty.
    pub title: String,
    /// What is drawn. Where markers coincide, that of the first layer lies on top; reference
    /// curves are drawn over everything else.
    pub layers: Vec<Layer>,
}

impl Panel {
    /// The name of the series with these looks; empty where there is none.
    pub(super) fn series_of(&self, style: usize) -> &str {
        self.layers
            .iter()
            .find_map(|layer| match layer {
                Layer::Line { name, style: its, .. }
                | Layer::Boxes { name, style: its, .. }
                | Layer::Scatter { name, style: its, .. }
                    if *its == style =>
                {
                    Some(name.as_str())
                }
                _ => None,
            })
            .unwrap_or_default()
    }
}

/// One thing drawn in a panel.
///
/// `name` is the legend text: layers of the same name, in one panel or several,
/// share an entry, and an empty name has none. `style` picks colour, marker,
/// dash and hatch together, so that a series keeps its looks across figures.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// Points joined in the order given. A point that is not finite leaves a gap.
    Line {
        /// Legend text.
        name: String,
        /// Index of the looks.
        style: usize,
        /// The points, `(x, y)`.
        points: Vec<(f64, f64)>,
        /// Lower and upper limit at each point; empty for none.
        band: Vec<(f64, f64)>,
    },
    /// Box plots; several series at the same place stand side by side.
    Boxes {
        /// Legend text.
        name: String,
        /// Index of the looks.
        style: usize,
        /// The boxes.
        boxes: Vec<BoxStats>,
    },
    /// Boxes that were published, narrow and grey, each beside the box of a series.
    PublishedBoxes {
        /// Legend text.
        name: String,
        /// The name of the series.
        beside: String,
        /// The boxes.
        boxes: Vec<BoxStats>,
    },
    /// Values that were published for points of a line: dark hollow diamonds with the line's colour within.
    PublishedMarks {
        /// Legend text.
        name: String,
        /// Index of the line's looks.
        style: usize,
        /// The points, `(x, y)`.
        points: Vec<(f64, f64)>,
    },
    /// Separate points.
    Scatter {
        /// Legend text.
        name: String,
        /// Index of the looks.
        style: usize,
        /// The points, `(x, y)`.
        points: Vec<(f64, f64)>,
    },
    /// Strokes from one point to another, such as standard errors, under the markers; no legend entry
    /// of their own. On a logarithmic axis they reach its end where they reach 0.
    Strokes {
        /// Index of the looks.
        style: usize,
        /// The ends of each, `((x, y), (x, y))`.
        strokes: Vec<Stroke>,
    },
    /// A grid of coloured cells, with a colour bar.
    HeatMap {
        /// Centres of the columns, ascending.
        x: Vec<f64>,
        /// Centres of the rows, ascending.
        y: Vec<f64>,
        /// The cells, row by row: `values[row * x.len() + column]`; `None` where there is no number.
        values: Vec<Option<f64>>,
        /// Numbers that the colour scale must span besides the data of all panels, so that no
        /// value is drawn in the colour of another.
        range: Option<(f64, f64)>,
        /// Label of the colour bar.
        label: String,
    },
    /// A greyscale picture, black 0 and white 1. A chart that has one consists of pictures and has no axes.
    Image {
        /// Pixels in a row.
        columns: usize,
        /// The pixels, row by row from the top; `None` where there is no number.
        values: Vec<Option<f64>>,
    },
    /// A known curve, drawn dark and dashed over everything else. Two points make a level.
    Reference {
        /// Legend text.
        name: String,
        /// The points, `(x, y)`.
        points: Vec<(f64, f64)>,
    },
}

/// The two ends of a stroke.
pub type Stroke = ((f64, f64), (f64, f64));

/// The five numbers of a box, and what lies beyond its whiskers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoxStats {
    /// Place on the horizontal axis.
    pub at: f64,
    /// End of the lower whisker.
    pub low: f64,
    /// Lower quartile.
    pub q1: f64,
    /// Median.
    pub median: f64,
    /// Upper quartile.
    pub q3: f64,
    /// End of the upper whisker.
    pub high: f64,
    /// Points beyond the whiskers.
    pub outliers: Vec<f64>,
}

/// Why a chart could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// The limits given for an axis or a colour scale mean nothing on it.
    #[error("the {axis} range {low} to {high} is impossible: {reason}")]
    Range {
        /// Which axis.
        axis: &'static str,
        /// The first limit given.
        low: f64,
        /// The second limit given.
        high: f64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Lists that belong together differ in length.
    #[error("{what}: {found} given where {expected} are needed")]
    Length {
        /// Which list.
        what: String,
        /// The length it has.
        found: usize,
        /// The length it should have.
        expected: usize,
    },
    /// The picture would be larger than can reasonably be drawn.
    #[error("the chart would be {width} by {height} pixels, more than can be drawn")]
    Size {
        /// Width in pixels.
        width: f64,
        /// Height in pixels.
        height: f64,
    },
    /// The drawing backend failed.
    #[error("drawing failed: {0}")]
    Backend(String),
    /// The PNG encoder failed.
    #[error("PNG encoding failed: {0}")]
    Encode(#[from] png::EncodingError),
}
