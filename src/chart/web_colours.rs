//! The colours of charts in HTML pages, as CSS classes for light and dark pages.

use std::fmt::Write;

use super::palette;
use super::scene::Ink;
use super::series::FAINT;

/// Colours that are not those of series: class name, light and dark colour.
const ROLES: [(&str, Ink, &str); 7] = [
    ("p", palette::WHITE, "#16191d"),
    ("i", palette::BLACK, "#e8eaed"),
    ("s", palette::GREY, "#a9b0b8"),
    ("g", palette::GRID, "#2c3137"),
    ("r", palette::FRAME, "#79818a"),
    ("m", palette::MISSING, "#33383e"),
    ("h", palette::MISSING_HATCH, "#5d656d"),
];

/// The colours of series on a dark page: the same hues, each with a contrast of at least 4.5 to the page, so that texts
/// can have them, too.
const DARK: [&str; palette::STYLES] = [
    "#4aa8e0", "#f0803c", "#2fc598", "#e09bc3", "#f0b429", "#9ad6f7", "#e07aa5", "#a8a8a8", "#a597f5",
    "#c9c94a",
];

fn hex(ink: Ink) -> String {
    let (r, g, b) = ink.rgb;
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// The CSS rules for charts: the colours, light and dark, and their classes.
#[must_use]
pub fn style_sheet() -> String {
    let series = |i: usize| (i.to_string(), hex(palette::colour(i)), DARK[i].to_owned());
    let texts = |i: usize| (format!("t{i}"), hex(palette::text(i)), DARK[i].to_owned());
    let own = (0..palette::STYLES).filter(|&i| palette::text(i) != palette::colour(i));
    let all: Vec<(String, String, String)> = (0..palette::STYLES)
        .map(series)
        .chain(own.map(texts))
        .chain(ROLES.iter().map(|(name, light, dark)| ((*name).to_owned(), hex(*light), (*dark).to_owned())))
        .collect();
    let set = |dark: bool| -> String {
        all.iter().map(|(name, l, d)| format!("--c-{name}:{};", if dark { d } else { l })).collect()
    };
    let mut text = format!(
        ":root{{{}}}\n@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{}}}}}\n\
         @media screen{{:root[data-theme=dark]{{{}}}}}\n",
        set(false),
        set(true),
        set(true)
    );
    for (name, ..) in &all {
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            ".f{name}{{fill:var(--c-{name})}}.k{name}{{fill:none;stroke:var(--c-{name})}}\
             .b{name}{{background:var(--c-{name})}}"
        );
    }
    let _ = writeln!(text, ".faint{{opacity:{FAINT}}}.hot .faint{{opacity:1}}");
    text
}

/// The class of a colour, or the colour itself if it has none.
pub(super) enum Colour {
    Class(String),
    Literal(String),
}

impl Colour {
    pub(super) fn of(ink: Ink) -> Self {
        let role = ROLES.iter().find(|role| role.1.rgb == ink.rgb).map(|role| role.0.to_owned());
        let series = || (0..palette::STYLES).find(|&i| palette::colour(i).rgb == ink.rgb);
        let texts = || (0..palette::STYLES).find(|&i| palette::text(i).rgb == ink.rgb);
        let series = || series().map(|i| i.to_string()).or_else(|| texts().map(|i| format!("t{i}")));
        match role.or_else(series) {
            Some(name) => Self::Class(name),
            None => Self::Literal(hex(ink)),
        }
    }

    pub(super) fn filled(&self, ink: Ink) -> String {
        let alpha = if ink.alpha < 1.0 { format!(" fill-opacity=\"{}\"", ink.alpha) } else { String::new() };
        match self {
            Self::Class(name) => format!("class=\"f{name}\"{alpha}"),
            Self::Literal(hex) => format!("fill=\"{hex}\"{alpha}"),
        }
    }

    pub(super) fn stroked(&self, ink: Ink) -> String {
        let alpha =
            if ink.alpha < 1.0 { format!(" stroke-opacity=\"{}\"", ink.alpha) } else { String::new() };
        match self {
            Self::Class(name) => format!("class=\"k{name}\"{alpha}"),
            Self::Literal(hex) => format!("fill=\"none\" stroke=\"{hex}\"{alpha}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance of a colour (WCAG 2.2).
    fn luminance(hex: &str) -> f64 {
        let channel = |i: usize| {
            let c = f64::from(u8::from_str_radix(&hex[i..i + 2], 16).unwrap()) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn texts_and_series_stand_out_on_a_dark_page() {
        let dark = ROLES[0].2;
        for colour in DARK {
            assert!(contrast(colour, dark) >= 4.5, "{colour}");
        }
        for style in 0..palette::STYLES {
            let text = hex(palette::text(style));
            assert!(contrast(&text, "#ffffff") >= 4.5, "{text}");
        }
        for (name, light, on_dark) in &ROLES[1..3] {
            assert!(contrast(on_dark, dark) >= 4.5, "{name}");
            assert!(contrast(&hex(*light), "#ffffff") >= 4.5, "{name}");
        }
    }
}
