//! Stamps: every figure and table records what it was made from.
//!
//! A stamp is one line of text: in an SVG its `<metadata>`, in a PNG a `tEXt` chunk, in Markdown, HTML, LaTeX
//! and PDF a comment at the end. It ends with a digest of itself and of the file without it, which reveals
//! edited files. It contains no time, so that the same run gives the same bytes.

use crate::digest;

/// Start of the line.
const MARK: &str = "remeasure-stamp";
/// Keyword of the PNG chunk.
const KEYWORD: &[u8] = b"remeasure\0";
/// The signature of a PNG file and its first chunk, which must stay the first.
const PNG_HEAD: usize = 8 + 25;

/// What a file was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Name of the experiment.
    pub experiment: String,
    /// Its profile.
    pub profile: String,
    /// Hash of everything in the config that can move a number.
    pub config: String,
    /// Digest of records and outcomes.
    pub records: String,
    /// What the file shows: `figure/ID`, `table/ID` or `report`.
    pub shows: String,
    /// Digest of the part of the config that specifies it.
    pub specification: String,
    /// Commit of the code that drew it.
    pub drawn_by: String,
}

/// The kinds of files that carry stamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A chart as text.
    Svg,
    /// A chart as pixels.
    Png,
    /// A table or report.
    Markdown,
    /// A report for browsers.
    Html,
    /// A table for a paper.
    Latex,
    /// A chart as a printed page.
    Pdf,
}

impl Carrier {
    /// The carrier of a file, by the extension of its name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        match name.rsplit_once('.')?.1 {
            "svg" => Some(Self::Svg),
            "png" => Some(Self::Png),
            "md" => Some(Self::Markdown),
            "html" => Some(Self::Html),
            "tex" => Some(Self::Latex),
            "pdf" => Some(Self::Pdf),
            _ => None,
        }
    }

    /// Position of the stamp in `bytes`.
    fn place(self, bytes: &[u8]) -> usize {
        match self {
            // After the line of the root element.
            Self::Svg => bytes.iter().position(|b| *b == b'\n').map_or(0, |line| line + 1),
            Self::Png => PNG_HEAD.min(bytes.len()),
            Self::Markdown | Self::Html | Self::Latex | Self::Pdf => bytes.len(),
        }
    }

    /// The stamp's line as written into the file.
    fn wrapped(self, line: &str) -> Vec<u8> {
        match self {
            Self::Svg => format!("<metadata>{line}</metadata>\n").into_bytes(),
            Self::Markdown | Self::Html => format!("\n<!-- {line} -->\n").into_bytes(),
            Self::Latex => format!("% {line}\n").into_bytes(),
            Self::Pdf => format!("%{line}\n").into_bytes(),
            Self::Png => {
                let mut chunk = b"tEXt".to_vec();
                chunk.extend_from_slice(KEYWORD);
                chunk.extend_from_slice(line.as_bytes());
                let length = (chunk.len() - 4) as u32;
                let check = crc32fast::hash(&chunk);
                [&length.to_be_bytes()[..], &chunk, &check.to_be_bytes()].concat()
            }
        }
    }

    /// The line in the file, and the file without it.
    fn split(self, bytes: &[u8]) -> Option<(String, Vec<u8>)> {
        let (from, to) = match self {
            Self::Svg => {
                let from = self.place(bytes);
                let line = bytes[from..].iter().position(|b| *b == b'\n')?;
                (from, from + line + 1)
            }
            Self::Markdown | Self::Html => {
                let text = std::str::from_utf8(bytes).ok()?;
                (text.rfind("\n<!-- ")?, bytes.len())
            }
            // The last line.
            Self::Latex | Self::Pdf => {
                let before = bytes.strip_suffix(b"\n")?;
                (before.iter().rposition(|b| *b == b'\n')? + 1, bytes.len())
            }
            Self::Png => {
                let length: [u8; 4] = bytes.get(PNG_HEAD..PNG_HEAD + 4)?.try_into().ok()?;
                let to = PNG_HEAD + 12 + u32::from_be_bytes(length) as usize;
                (PNG_HEAD, to)
            }
        };
        let block = bytes.get(from..to)?;
        let text = String::from_utf8_lossy(block);
        let begin = text.find(MARK)?;
        let fields = &text[begin..];
        let end = fields.find(DIGEST)? + DIGEST.len() + 16;
        let line = fields.get(..end)?.to_owned();
        // We did not write a line that is wrapped in any other way.
        if self.wrapped(&line) != block {
            return None;
        }
        Some((line, [&bytes[..from], &bytes[to..]].concat()))
    }
}

/// The last field.
const DIGEST: &str = " content=";

/// A word without characters that separate fields, end the line or end a comment.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+/-".contains(c);
    let text: String = text.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    text.replace("--", "-_")
}

/// A stamp that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The stamp.
    pub stamp: Stamp,
    /// Whether file and stamp are unchanged.
    pub intact: bool,
}

impl Stamp {
    /// All fields except the digest of the content.
    fn fields(&self) -> String {
        let fields = [
            ("experiment", &self.experiment),
            ("profile", &self.profile),
            ("config", &self.config),
            ("records", &self.records),
            ("shows", &self.shows),
            ("specification", &self.specification),
            ("drawn-by", &self.drawn_by),
        ];
        fields.iter().fold(MARK.to_owned(), |text, (key, value)| format!("{text} {key}={}", word(value)))
    }

    /// The file with the stamp in it.
    #[must_use]
    pub fn apply(&self, carrier: Carrier, body: &[u8]) -> Vec<u8> {
        let fields = self.fields();
        let line = format!("{fields}{DIGEST}{}", content(&fields, body));
        let at = carrier.place(body);
        [&body[..at], &carrier.wrapped(&line), &body[at..]].concat()
    }

    /// The stamp in a file; `None` if there is none that this version can read.
    #[must_use]
    pub fn read(carrier: Carrier, bytes: &[u8]) -> Option<Found> {
        let bytes: Vec<u8> = match carrier {
            Carrier::Png | Carrier::Pdf => bytes.to_vec(),
            // Version control may change the ends of lines.
            _ => bytes.iter().copied().filter(|b| *b != b'\r').collect(),
        };
        let (line, body) = carrier.split(&bytes)?;
        let (fields, digest) = line.split_once(DIGEST)?;
        let value = |key: &str| {
            let mut words = fields.split(' ').skip(1);
            words.find_map(|w| w.strip_prefix(key)?.strip_prefix('=').map(str::to_owned))
        };
        let stamp = Self {
            experiment: value("experiment")?,
            profile: value("profile")?,
            config: value("config")?,
            records: value("records")?,
            shows: value("shows")?,
            specification: value("specification")?,
            drawn_by: value("drawn-by")?,
        };
        Some(Found { intact: content(fields, &body) == digest, stamp })
    }
}

/// A file without its stamp; `None` if it has none.
#[must_use]
pub fn body(carrier: Carrier, bytes: &[u8]) -> Option<Vec<u8>> {
    Some(carrier.split(bytes)?.1)
}

fn content(fields: &str, body: &[u8]) -> String {
    digest::of_bytes(&[fields.as_bytes(), b"\n", body].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp() -> Stamp {
        Stamp {
            experiment: "toy-study".into(),
            profile: "quick".into(),
            config: "0123456789abcdef".into(),
            records: "fedcba9876543210".into(),
            shows: "figure/error_rate".into(),
            specification: "0011223344556677".into(),
            drawn_by: "0.1.0+abc".into(),
        }
    }

    fn png() -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 2, 1);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.write_header().unwrap().write_image_data(&[7, 200]).unwrap();
        file
    }

    fn files() -> [(Carrier, Vec<u8>); 6] {
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\">\n<title>t</title>\n</svg>\n".to_vec();
        let markdown = b"# Title\n\n<!-- a comment of its own -->\n\n| a | b |\n".to_vec();
        let latex = b"% a comment of its own\n\\begin{tabular}{l}\n\\end{tabular}%\n".to_vec();
        let html = b"<!DOCTYPE html><!-- its own --><title>t</title></html>\n".to_vec();
        [
            (Carrier::Svg, svg),
            (Carrier::Png, png()),
            (Carrier::Markdown, markdown),
            (Carrier::Latex, latex),
            (Carrier::Html, html),
            (Carrier::Pdf, b"%PDF-1.7\r\n\xff\n%%EOF\n".to_vec()),
        ]
    }

    #[test]
    fn what_is_stamped_is_read_again() {
        for (carrier, body) in files() {
            assert_eq!(Stamp::read(carrier, &body), None, "{carrier:?}");
            let stamped = stamp().apply(carrier, &body);
            assert_eq!(Stamp::read(carrier, &stamped), Some(Found { stamp: stamp(), intact: true }));
            assert_eq!(carrier.split(&stamped).unwrap().1, body, "{carrier:?}");
        }
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        for (carrier, body) in files() {
            let stamped = stamp().apply(carrier, &body);
            for at in 0..stamped.len() {
                let mut changed = stamped.clone();
                // Not into a carriage return, which is left out.
                changed[at] ^= 0x40;
                let found = Stamp::read(carrier, &changed);
                assert!(found.is_none_or(|f| !f.intact), "{carrier:?}, byte {at}");
            }
        }
    }

    #[test]
    fn a_stamped_png_decodes_to_the_same_pixels() {
        let stamped = stamp().apply(Carrier::Png, &png());
        let mut reader = png::Decoder::new(stamped.as_slice()).read_info().unwrap();
        let mut pixels = [0; 2];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels, [7, 200]);
        let chunk = &reader.info().uncompressed_latin1_text[0];
        assert!(chunk.keyword == "remeasure" && chunk.text.starts_with(MARK), "{chunk:?}");
    }

    #[test]
    fn no_name_can_break_the_line() {
        let odd = Stamp { shows: "table/a b -->\ncontent=".into(), ..stamp() };
        for (carrier, body) in files() {
            let found = Stamp::read(carrier, &odd.apply(carrier, &body)).unwrap();
            assert!(found.intact && found.stamp.shows.starts_with("table/a_b_"), "{found:?}");
        }
    }

    #[test]
    fn in_latex_the_stamp_is_a_comment() {
        let text = String::from_utf8(stamp().apply(Carrier::Latex, b"x%\n")).unwrap();
        assert!(text.starts_with("x%\n% remeasure-stamp ") && text.lines().count() == 2, "{text}");
    }

    #[test]
    fn line_ends_may_change() {
        let texts = |c: Carrier| !matches!(c, Carrier::Svg | Carrier::Png | Carrier::Pdf);
        for (carrier, body) in files().iter().filter(|(carrier, _)| texts(*carrier)) {
            let text = String::from_utf8(stamp().apply(*carrier, body)).unwrap().replace('\n', "\r\n");
            assert!(Stamp::read(*carrier, text.as_bytes()).unwrap().intact);
        }
    }
}
