//! The report among its files: charts and data are linked instead of embedded, so that a folder in a repository holds
//! nothing twice.

use super::POLICY;
use crate::stamp::{self, Carrier, Stamp};

/// The folder of figures, as the page links to it.
const FIGURES: &str = "figures";

/// The report with its charts as images from `figures/` and its data as a link to `summary.csv.gz`, stamped anew.
/// A chart of which `has` knows no file stays embedded. `None` if `page` has no stamp.
#[must_use]
pub fn linked(page: &[u8], has: &dyn Fn(&str) -> bool) -> Option<Vec<u8>> {
    let stamp: Stamp = stamp::Stamp::read(Carrier::Html, page)?.stamp;
    let body = String::from_utf8(stamp::body(Carrier::Html, page)?).ok()?;
    let text = without_data(&with_images(&body, has));
    // The page may show images from its own folder, wherever that is.
    let text = text.replacen(POLICY, &format!("{POLICY} file: https: http:"), 1);
    Some(stamp.apply(Carrier::Html, text.as_bytes()))
}

/// What lies between two marks, and where it begins.
fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<(usize, &'a str)> {
    let start = text.find(from)? + from.len();
    let length = text[start..].find(to)?;
    Some((start, &text[start..start + length]))
}

fn with_images(text: &str, has: &dyn Fn(&str) -> bool) -> String {
    const FIGURE: &str = "<figure id=\"figure-";
    let mut parts = text.split(FIGURE);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(FIGURE);
        match with_image(part, has) {
            Some(image) => out.push_str(&image),
            None => out.push_str(part),
        }
    }
    out
}

/// A figure, from its id on, with one image in the place of its views.
fn with_image(part: &str, has: &dyn Fn(&str) -> bool) -> Option<String> {
    let (id, _) = part.split_once('"')?;
    let mut files = ["svg", "png"].map(|ending| format!("{FIGURES}/{id}.{ending}")).into_iter();
    let file = files.find(|file| has(file))?;
    let (views, caption) = (part.find("<div class=\"view\"")?, part.find("<figcaption>")?);
    let drawn = part.get(views..caption)?;
    let alt = match between(drawn, "<desc", "</desc>") {
        Some((_, description)) => description.split_once('>')?.1.replace('"', "&quot;"),
        None => between(drawn, "alt=\"", "\"")?.1.to_owned(),
    };
    let image = format!("<div class=\"view\"><img src=\"{file}\" alt=\"{alt}\"></div>");
    Some([&part[..views], &image, &part[caption..]].concat())
}

fn without_data(text: &str) -> String {
    const DATA: &str = "<script type=\"application/gzip\">";
    const END: &str = "</script>";
    let Some((start, data)) = between(text, DATA, END) else { return text.to_owned() };
    let text = [&text[..start - DATA.len()], &text[start + data.len() + END.len()..]].concat();
    text.replacen("<div class=\"summary\"", "<div", 1).replacen(
        "<code>summary.csv</code></span>",
        "<a href=\"summary.csv.gz\">summary.csv.gz</a></span>",
        1,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_and_data_become_links() {
        let page = format!(
            "<meta content=\"{POLICY}\"><figure id=\"figure-a\"><h3>A</h3><div class=\"view\" data-scale=\"log\"><svg>\
             <desc id=\"d\">a \"b\"</desc></svg></div><div class=\"view\" hidden><svg></svg></div><figcaption>c\
             </figcaption></figure><figure id=\"figure-b\"><div class=\"view\"><img src=\"data:x\" alt=\"y\"></div>\
             <figcaption></figcaption></figure><figure id=\"figure-c\"><div class=\"view\"><svg></svg></div><figcaption>\
             </figcaption></figure><span class=\"plain\">all are in <code>summary.csv</code></span><div \
             class=\"summary\"><script type=\"application/gzip\">zip</script></div>"
        );
        let stamp = Stamp {
            experiment: "e".into(),
            profile: "p".into(),
            config: "c".into(),
            records: "r".into(),
            shows: "report".into(),
            specification: "s".into(),
            drawn_by: "d".into(),
        };
        let has = |file: &str| ["figures/a.svg", "figures/b.png"].contains(&file);
        let bytes = linked(&stamp.apply(Carrier::Html, page.as_bytes()), &has).unwrap();
        let found = Stamp::read(Carrier::Html, &bytes).unwrap();
        assert!(found.intact && found.stamp == stamp);
        let body = String::from_utf8(stamp::body(Carrier::Html, &bytes).unwrap()).unwrap();
        assert_eq!(
            body,
            format!(
                "<meta content=\"{POLICY} file: https: http:\"><figure id=\"figure-a\"><h3>A</h3><div class=\"view\">\
                 <img src=\"figures/a.svg\" alt=\"a &quot;b&quot;\"></div><figcaption>c</figcaption></figure><figure \
                 id=\"figure-b\"><div class=\"view\"><img src=\"figures/b.png\" alt=\"y\"></div><figcaption>\
                 </figcaption></figure><figure id=\"figure-c\"><div class=\"view\"><svg></svg></div><figcaption>\
                 </figcaption></figure><span class=\"plain\">all are in <a href=\"summary.csv.gz\">summary.csv.gz</a>\
                 </span><div></div>"
            )
        );
        assert_eq!(linked(b"no stamp", &has), None);
    }
}
