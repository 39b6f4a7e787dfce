//! `[style]`: the printed size and style of figures. Neither the numbers nor the config hash depend on it.

use remeasure_core::Invalid;
use schemars::JsonSchema;
use serde::Deserialize;

/// Error message for an invalid length.
const LENGTH: &str = "expected a length above 0 in mm, cm, in or pt, such as \"85mm\" or \"3.5in\"";
/// Size of axis labels, in points, if a width is given without a font size.
const FONT_SIZE: f64 = 8.0;
/// Width of the page in sizes of axis labels: narrower pages have no room, wider ones no use.
const WIDTHS: std::ops::RangeInclusive<f64> = 20.0..=200.0;

/// A positive printed length in mm, cm, in or pt, such as `"85mm"`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Length {
    /// The number before the unit.
    pub value: f64,
    /// `mm`, `cm`, `in` or `pt`.
    pub unit: &'static str,
}

impl Length {
    /// The length in points (72 per inch).
    #[must_use]
    pub fn points(&self) -> f64 {
        self.value
            * match self.unit {
                "mm" => 72.0 / 25.4,
                "cm" => 72.0 / 2.54,
                "in" => 72.0,
                _ => 1.0,
            }
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl TryFrom<String> for Length {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let split = |unit: &'static str| Some((text.trim().strip_suffix(unit)?.trim().parse().ok()?, unit));
        match ["mm", "cm", "in", "pt"].into_iter().find_map(split) {
            Some((value, unit)) if f64::is_finite(value) && value > 0.0 => Ok(Self { value, unit }),
            _ => Err(format!("{LENGTH}; found \"{text}\"")),
        }
    }
}

/// How series are distinguished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PaletteSpec {
    /// Colours, markers, dashes and hatches.
    #[default]
    Colour,
    /// Greys, markers, dashes and hatches.
    Grey,
}

/// The printed size and style of figures. A `[[figure]]` may have its own `style`; its keys take precedence.
///
/// ```toml
/// [style]
/// width = "85mm"
/// palette = "grey"
/// pdf = true
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StyleSpec {
    /// Printed width, such as `"85mm"` or `"3.5in"` (mm, cm, in or pt); the figure is laid out for this width.
    #[schemars(with = "Option<String>")]
    pub width: Option<Length>,
    /// Printed size of the axis labels, such as `"9pt"`; other texts scale with it. Needs a `width`; `"8pt"` when
    /// absent.
    #[schemars(with = "Option<String>")]
    pub font_size: Option<Length>,
    /// How series are distinguished; `colour` when absent.
    pub palette: Option<PaletteSpec>,
    /// Dots per inch of the PNG, 50 to 1200. When absent: 300 with a `width`, else 192.
    pub dpi: Option<u32>,
    /// Whether to draw a PDF as well; `false` when absent.
    pub pdf: Option<bool>,
}

impl StyleSpec {
    /// These keys, completed by those of `base`.
    pub(crate) fn over(self, base: &Self) -> Self {
        Self {
            width: self.width.or(base.width),
            font_size: self.font_size.or(base.font_size),
            palette: self.palette.or(base.palette),
            dpi: self.dpi.or(base.dpi),
            pdf: self.pdf.or(base.pdf),
        }
    }

    /// Size of the axis labels, in points.
    #[must_use]
    pub fn label_points(&self) -> f64 {
        self.font_size.map_or(FONT_SIZE, |size| size.points())
    }

    /// Refuses what cannot be drawn.
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        let fail = |key: &str, message: String| Err(Invalid::new(key, message));
        match (self.width, self.font_size) {
            (None, Some(_)) => return fail("font_size", "needs a `width` as well".to_owned()),
            (Some(width), _) => {
                let ratio = width.points() / self.label_points();
                if !WIDTHS.contains(&ratio) {
                    let size = self.label_points();
                    let (low, high) = (WIDTHS.start() * size, WIDTHS.end() * size);
                    let found = format!("{}{}", width.value, width.unit);
                    return fail(
                        "width",
                        format!("with a font size of {size}pt, expected {low}pt to {high}pt, found {found}"),
                    );
                }
            }
            (None, None) => {}
        }
        match self.dpi {
            Some(dpi) if !(50..=1200).contains(&dpi) => {
                fail("dpi", format!("expected 50 to 1200, found {dpi}"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Document, Overrides, Resolved};

    const CONFIG: &str = "experiment = \"x\"\ntitle = \"x\"\nfamily = \"f\"\nseed = 3\n[problem]\nk = 3\n\
        [[estimator]]\nkind = \"a\"\n[profile.quick]\nreplicates = 4\n\
        [[figure]]\nid = \"a\"\ntitle = \"a\"\nkind = \"line\"\nmetric = \"m\"\nx = \"k\"\n\
        [[figure]]\nid = \"b\"\ntitle = \"b\"\nkind = \"line\"\nmetric = \"m\"\nx = \"k\"\n";

    fn resolve(more: &str) -> Result<Resolved, String> {
        let document = Document::parse("x.toml", &format!("{CONFIG}{more}")).unwrap();
        document.resolve("quick", &Overrides::default()).map_err(|e| e.to_string())
    }

    #[test]
    fn a_figure_goes_before_the_section() {
        let own = "[figure.style]\nwidth = \"4 in\"\n[style]\nwidth = \"85mm\"\npdf = true\ndpi = 600\n";
        let found = resolve(own).unwrap();
        let [a, b] = [found.figures[0].style, found.figures[1].style];
        assert!((a.width.unwrap().points() - 85.0 / 25.4 * 72.0).abs() < 1e-9);
        assert_eq!((b.width.unwrap().points(), b.pdf, b.dpi), (288.0, Some(true), Some(600)));
    }

    #[test]
    fn it_moves_the_specification_of_figures_and_not_the_config_hash() {
        let (plain, styled) = (resolve("").unwrap(), resolve("[style]\npalette = \"grey\"\n").unwrap());
        assert_eq!(plain.hash(), styled.hash());
        assert_ne!(plain.specification("figure/a"), styled.specification("figure/a"));
        let own = resolve("[figure.style]\npalette = \"grey\"\n").unwrap();
        assert_eq!(plain.specification("figure/a"), own.specification("figure/a"));
        assert_ne!(plain.specification("figure/b"), own.specification("figure/b"));
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        for (text, words) in [
            ("[style]\nwidth = \"85\"", "expected a length above 0 in mm, cm, in or pt"),
            ("[style]\nwidth = \"-1mm\"", "expected a length above 0"),
            ("[style]\nwidht = \"85mm\"", "unknown key `widht`; did you mean `width`"),
            ("[style]\nwidth = \"20mm\"", "expected 160pt to 1600pt, found 20mm"),
            ("[style]\nfont_size = \"8pt\"", "needs a `width`"),
            ("[style]\ndpi = 7", "expected 50 to 1200, found 7"),
            ("[style]\npalette = \"red\"", "`red`"),
            ("[figure.style]\ndpi = 7", "figure"),
        ] {
            let error = resolve(text).unwrap_err();
            assert!(error.contains(words) && error.contains("x.toml"), "{text}: {error}");
        }
    }
}
