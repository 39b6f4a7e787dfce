//! Atoms as one picture.

use remeasure_core::numerics::Design;

/// Atoms side by side, each in a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tiles {
    /// Pixels in a row of an atom.
    pub(super) width: usize,
    /// Most atoms in a row.
    pub(super) across: usize,
    /// Values shown as black and white; `None` for those of each atom.
    pub(super) range: Option<(f64, f64)>,
}

/// Most atoms in a row, unless there are many.
pub(super) const ACROSS: usize = 5;
/// Most pixels of a picture in a row, and most rows of atoms.
const MOST: (usize, usize) = (1000, 10);
/// Shades of a frame, and of what is between frames.
const FRAME: f64 = 0.55;
const BETWEEN: f64 = 1.0;

impl Tiles {
    /// Calls `each` with the coordinate row + column/1000 and the shade of every pixel. The frame of an atom is broken
    /// unless `is_found`. Nothing is drawn that would be too wide.
    pub(super) fn each(
        &self,
        atoms: &Design,
        is_found: impl Fn(usize) -> bool,
        mut each: impl FnMut(f64, f64),
    ) {
        let (units, height) = (atoms.columns().min(MOST.1 * self.across), atoms.rows() / self.width);
        let across = self.across.min(units);
        // Frames, and a gap between them.
        let (wide, tall) = (self.width + 3, height + 3);
        if across * wide > MOST.0 {
            return;
        }
        for row in 0..units.div_ceil(across) * tall - 1 {
            for column in 0..across * wide - 1 {
                let (h, i, j) = (row / tall * across + column / wide, row % tall, column % wide);
                let is_between = i == tall - 1 || j == wide - 1 || h >= units;
                let is_frame = i == 0 || j == 0 || i == tall - 2 || j == wide - 2;
                let shade = if is_between {
                    BETWEEN
                } else if is_frame {
                    if is_found(h) || (i + j) % 2 == 0 { FRAME } else { BETWEEN }
                } else {
                    self.shade(atoms.column(h), (i - 1) * self.width + j - 1)
                };
                each(row as f64 + column as f64 / 1000.0, shade);
            }
        }
    }

    fn shade(&self, atom: &[f64], at: usize) -> f64 {
        let of = || {
            let least = atom.iter().copied().fold(f64::INFINITY, f64::min);
            (least, atom.iter().copied().fold(f64::NEG_INFINITY, f64::max))
        };
        let (black, white) = self.range.unwrap_or_else(of);
        let shade = if white > black { (atom[at] - black) / (white - black) } else { 0.5 };
        (shade.clamp(0.0, 1.0) * 1e4).round() / 1e4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atoms_stand_in_frames() {
        let atoms = Design::from_columns(2, 2, vec![0.0, 5.0, 10.0, 20.0]);
        let tiles = Tiles { width: 2, across: ACROSS, range: Some((0.0, 10.0)) };
        let mut rows = vec![Vec::new(); 3];
        tiles.each(&atoms, |h| h == 0, |at, value| rows[at as usize].push(value));
        let (f, o) = (FRAME, BETWEEN);
        assert_eq!(rows[1], [f, 0.0, 0.5, f, o, o, 1.0, 1.0, f]);
        assert_eq!(rows[0], [f, f, f, f, o, f, o, f, o]);
        let own = Tiles { width: 2, across: ACROSS, range: None };
        let mut shades = Vec::new();
        own.each(&atoms, |_| true, |_, value| shades.push(value));
        assert_eq!(shades[9 + 1..9 + 3], [0.0, 1.0]);
    }
}
