//! The description of a chart, as plain data.

/// A figure: one or more panels that share their axes, except the vertical ones with [`Chart::own_y`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// Title; wrapped if long.
    pub title: String,
    /// Line under the title; may be empty.
    pub subtitle: String,
    /// The horizontal axis of every panel.
    pub x: AxisSpec,
    /// The vertical axis of every panel.
    pub y: AxisSpec,
    /// Whether every panel has its own limits and tick labels on the vertical axis.
    pub own_y: bool,
    /// The facets, in reading order; one for a simple figure.
    pub panels: Vec<Panel>,
    /// Names of lines that stand back behind the others: thinner and paler, without name at the end, and, in files,
    /// without band.
    pub faded: Vec<String>,
    /// Number of panels side by side; if `None`, chosen from the number of panels.
    pub columns: Option<usize>,
    /// Provenance, in small grey type; may be empty.
    pub footer: String,
    /// Text alternative that describes the figure; may be empty.
    pub alt: String,
    /// Printed size and colours.
    pub look: Look,
}

/// How a chart is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Look {
    /// The printed page; if `None`, the chart is sized for the screen.
    pub paper: Option<Paper>,
    /// Whether to use greys instead of colours.
    pub grey: bool,
    /// Dots per inch of a PNG; if `None`, 300 on paper, otherwise the caller's scale decides.
    pub dpi: Option<u32>,
}

/// The printed width that a chart is laid out for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paper {
    /// The width, in `unit`s.
    pub width: f64,
    /// `mm`, `cm`, `in` or `pt`.
    pub unit: &'static str,
    /// Points per `unit`.
    pub points: f64,
    /// Size of the axis labels, in points; other texts scale with it.
    pub font_size: f64,
}

impl Chart {
    /// The y values of all points and medians in the panel.
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
    /// Limits; if `None`, from the data.
    pub range: Option<(f64, f64)>,
    /// Positions and labels of the ticks, for categories; if `None`, round numbers are chosen.
    pub ticks: Option<Vec<(f64, String)>>,
}

/// How numbers map to positions on an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences look equal.
    #[default]
    Linear,
    /// Equal ratios look equal. Numbers that are not positive cannot be shown and are skipped.
    Log10,
}

/// One facet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// Small heading above the panel; may be empty.
    pub title: String,
    /// What is drawn. Where markers coincide, that of the first layer is on top; reference curves are drawn
    /// over everything else.
    pub layers: Vec<Layer>,
}

impl Panel {
    /// The name of the series with this style; empty if there is none.
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
/// `name` is the legend text: layers of the same name, in one panel or several, share an entry, and an empty
/// name has none. `style` determines colour, marker, dash and hatch together, so that a series looks the same
/// in all figures.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// Points joined in the given order. A point that is not finite leaves a gap. Where `faded` names a line without a name,
    /// it has no markers either.
    Line {
        /// Legend text.
        name: String,
        /// Index of the style.
        style: usize,
        /// The points, `(x, y)`.
        points: Vec<(f64, f64)>,
        /// Lower and upper limit at each point; empty for no band.
        band: Vec<(f64, f64)>,
    },
    /// Box plots; several series at the same position are drawn side by side.
    Boxes {
        /// Legend text.
        name: String,
        /// Index of the style.
        style: usize,
        /// The boxes.
        boxes: Vec<BoxStats>,
    },
    /// Published boxes, narrow and grey, each next to the box of a series.
    PublishedBoxes {
        /// Legend text.
        name: String,
        /// The name of the series.
        beside: String,
        /// The boxes.
        boxes: Vec<BoxStats>,
    },
    /// Published values for points of a line: dark hollow diamonds with the line's colour inside.
    PublishedMarks {
        /// Legend text.
        name: String,
        /// Index of the line's style.
        style: usize,
        /// The points, `(x, y)`.
        points: Vec<(f64, f64)>,
    },
    /// Separate points.
    Scatter {
        /// Legend text.
        name: String,
        /// Index of the style.
        style: usize,
        /// The points, `(x, y)`.
        points: Vec<(f64, f64)>,
    },
    /// Line segments, such as standard errors, drawn under the markers; they have no legend entry of their
    /// own. On a logarithmic axis, a segment that reaches 0 extends to the end of the axis.
    Strokes {
        /// Index of the style.
        style: usize,
        /// The two ends of each segment, `((x, y), (x, y))`.
        strokes: Vec<Stroke>,
    },
    /// Estimates with their intervals, one below the other. They have no legend entry: ticks of the vertical axis name
    /// them.
    Forest {
        /// What they are estimates of, for tooltips.
        name: String,
        /// Index of the style, of which only the colour counts.
        style: usize,
        /// The estimates.
        rows: Vec<ForestRow>,
    },
    /// A grid of coloured cells, with a colour bar.
    HeatMap {
        /// Centres of the columns, ascending.
        x: Vec<f64>,
        /// Centres of the rows, ascending.
        y: Vec<f64>,
        /// The cells, row by row: `values[row * x.len() + column]`; `None` for a cell without a number.
        values: Vec<Option<f64>>,
        /// Numbers that the colour scale must cover in addition to the data. All panels share one scale, so
        /// that a colour means the same value everywhere.
        range: Option<(f64, f64)>,
        /// Label of the colour bar.
        label: String,
    },
    /// A greyscale picture: black is 0, white is 1. A chart with a picture has only pictures and no axes.
    Image {
        /// Pixels in a row.
        columns: usize,
        /// The pixels, row by row from the top; `None` for a pixel without a number.
        values: Vec<Option<f64>>,
    },
    /// A graph. A chart with a graph has only graphs and no axes.
    Graph {
        /// The nodes.
        nodes: Vec<GraphNode>,
        /// The edges between them.
        edges: Vec<GraphEdge>,
    },
    /// A known curve, drawn dark and dashed over everything else. Two points make a level line.
    Reference {
        /// Legend text.
        name: String,
        /// The points, `(x, y)`.
        points: Vec<(f64, f64)>,
    },
}

/// The two ends of a line segment.
pub type Stroke = ((f64, f64), (f64, f64));

/// A node of a graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphNode {
    /// Its place, both coordinates from 0 to 1, the vertical one downwards; see [`layered`](crate::layered).
    pub at: (f64, f64),
    /// Its name, written into it.
    pub name: String,
}

/// An edge of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphEdge {
    /// Index of the node where it begins.
    pub from: usize,
    /// Index of the node where it ends.
    pub to: usize,
    /// Whether it has an arrowhead at its end.
    pub directed: bool,
    /// How it compares with a true graph.
    pub fate: Fate,
}

/// How an edge compares with a true graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// It is not compared.
    #[default]
    Plain,
    /// It is true.
    Right,
    /// There is a true edge between the nodes, with other arrowheads.
    Other,
    /// It is true and was not found.
    Missing,
    /// There is no true edge between the nodes.
    Extra,
}

/// One estimate of a forest plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForestRow {
    /// Position on the vertical axis.
    pub at: f64,
    /// The estimate.
    pub value: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end of its interval.
    pub high: f64,
    /// Its weight in percent: a square with this share of the largest area. `None` for a pooled estimate: a diamond as
    /// wide as the interval.
    pub weight: Option<f64>,
}

/// A box plot: five numbers, and the points beyond the whiskers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoxStats {
    /// Position on the horizontal axis.
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
    /// The limits given for an axis or a colour scale are not possible there.
    #[error("the {axis} range {low} to {high} is impossible: {reason}")]
    Range {
        /// The axis or scale.
        axis: &'static str,
        /// The first limit given.
        low: f64,
        /// The second limit given.
        high: f64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Lists that belong together differ in length.
    #[error("{what}: expected {expected}, found {found}")]
    Length {
        /// The list.
        what: String,
        /// Its length.
        found: usize,
        /// The expected length.
        expected: usize,
    },
    /// The picture would be too large to draw.
    #[error("the chart would be {width} by {height} pixels, which is too large to draw")]
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
