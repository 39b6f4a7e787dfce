//! Journals that were cut short or damaged: the damage is detected, and no number changes.

use std::path::Path;

use libtest_mimic::Trial;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use remeasure::harness::journal::Recovery;
use remeasure::harness::plan::Plan;

use crate::library::{finished, frames, go_on, open, plan, results, sound_and_complete};
use crate::program::{OUT, RUN, THROUGH, config, files, remeasure, same_files, write_config};
use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("damage::a_journal_cut_at_any_byte_is_completed", cut),
        test("damage::a_flipped_bit_is_noticed_and_moves_no_number", flipped),
        test("damage::blocks_lost_or_stale_move_no_number", blocks),
        test("damage::a_journal_of_zeros_is_an_empty_one", zeros),
        test("damage::what_is_no_journal_is_left_alone", foreign),
        test("damage::the_program_says_what_it_found_and_goes_on", in_the_program),
    ]
}

/// State of a damaged journal after the run was resumed from it.
struct Outcome {
    recovery: Recovery,
    run: usize,
}

/// Resumes from `journal`; the results must be those of the undamaged run.
fn resume(journal: &[u8], plan: &Plan<'_>, expected: &[Vec<u8>; 3], context: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("journal"), journal).unwrap();
    let (recovery, end) =
        go_on(folder.path(), plan, 1, &|| false).unwrap_or_else(|e| panic!("{context}: {e:#}"));
    assert!(results(folder.path()) == *expected, "other numbers; {context}");
    assert_eq!(recovery.done + end.trials, plan.trials(), "{context}");
    let after = open(folder.path(), plan).unwrap().recovery;
    assert_eq!((after.done, after.torn), (plan.trials(), 0), "{context}");
    Outcome { recovery, run: end.trials }
}

fn cut() {
    let plan = plan(&config(&["panics"], 0, 3));
    let (journal, expected) = finished(&plan);
    let bounds = frames(&journal);
    let [first, session] = [bounds[0], bounds[1]];
    let last = bounds[bounds.len() - 2];
    // Every cut in the first line, at the beginning of the session, samples within it, within one entry, and
    // at the last one.
    let cuts = (0..first + 40).chain((first + 40..session).step_by(13));
    let cuts = cuts.chain(session..bounds[2]).chain(last..=journal.len());
    let mut tried = 0;
    for at in cuts {
        let sound = bounds.iter().filter(|end| **end <= at).max().copied();
        let found = resume(&journal[..at], &plan, &expected, &format!("cut at {at}"));
        assert_eq!(found.recovery.torn, (at - sound.unwrap_or(0)) as u64, "cut at {at}");
        assert!(found.recovery.damage.is_empty(), "cut at {at}");
        let whole = bounds[1..].iter().filter(|end| **end <= at).count().saturating_sub(1);
        assert_eq!((found.recovery.done, found.run), (whole, plan.trials() - whole), "cut at {at}");
        tried += 1;
    }
    assert!(tried > 600, "{tried}");
}

fn flipped() {
    const SEED: u64 = 5;
    let plan = plan(&config(&["panics"], 0, 5));
    let (journal, expected) = finished(&plan);
    let bounds = frames(&journal);
    let regions = [
        0..bounds[0],
        bounds[0]..bounds[1],
        bounds[1]..bounds[bounds.len() - 2],
        bounds[bounds.len() - 2]..journal.len(),
    ];
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    for round in 0..480 {
        let region = regions[round % 4].clone();
        let (at, bit) = (rng.gen_range(region), rng.gen_range(0..8));
        let mut damaged = journal.clone();
        damaged[at] ^= 1 << bit;
        let context = format!("bit {bit} of byte {at}; seed {SEED}");
        let Outcome { recovery, run } = resume(&damaged, &plan, &expected, &context);
        // Damage in the last entry cannot be distinguished from an entry that was being written.
        let begin = bounds.iter().filter(|b| **b <= at).max().copied().unwrap_or(0) as u64;
        if round % 4 == 3 {
            assert_eq!(
                (recovery.torn, &*recovery.damage),
                (journal.len() as u64 - begin, &[][..]),
                "{context}"
            );
        } else {
            assert_eq!((recovery.torn, recovery.damage.len()), (0, 1), "{context}");
            assert_eq!(recovery.damage[0].offset, begin, "{context}");
            let end = bounds.iter().find(|b| **b > at).unwrap();
            assert_eq!(recovery.damage[0].length, *end as u64 - begin, "{context}");
        }
        // Entries identify their session by its digest: its text may be lost.
        assert_eq!(run, usize::from(round % 4 >= 2), "{context}");
    }
}

/// What happens to a block of a journal.
#[derive(Clone, Copy, Debug)]
enum Loss {
    Zeros,
    Noise,
    /// Data from elsewhere in the file, including whole entries.
    Stale,
    /// The file had grown before the power failed, but its contents were not written.
    Grown,
}

/// Every block as disks lose them, and blocks that begin within an entry. The cases follow the journal's own frames, as
/// the length of a session's text depends on the machine.
fn blocks() {
    let plan = plan(&config(&[], 0, 60));
    let (journal, expected) = finished(&plan);
    assert!(journal.len() > 24_000, "{}", journal.len());
    let bounds = frames(&journal);
    let mut tried = 0;
    for length in [512, 4096] {
        let aligned = (0..journal.len() - length).step_by(length).step_by(4096 / length / 2 + 1);
        let within =
            bounds.iter().step_by(13).map(|bound| bound + 7).filter(|at| at + length < journal.len());
        for (i, at) in aligned.chain(within).enumerate() {
            for loss in [Loss::Zeros, Loss::Noise, Loss::Stale, Loss::Grown] {
                let mut damaged = journal.clone();
                let block = &mut damaged[at..at + length];
                match loss {
                    Loss::Zeros => block.fill(0),
                    Loss::Noise => ChaCha8Rng::seed_from_u64(i as u64).fill(block),
                    Loss::Stale => {
                        let from = (at + journal.len() / 2) % (journal.len() - length);
                        block.copy_from_slice(&journal[from..from + length]);
                    }
                    Loss::Grown => {
                        damaged.truncate(at);
                        damaged.resize(at + 2 * length, 0);
                    }
                }
                let context = format!("{loss:?}: {length} bytes at {at}");
                let Outcome { recovery, run } = resume(&damaged, &plan, &expected, &context);
                assert!(recovery.torn > 0 || !recovery.damage.is_empty(), "not noticed: {context}");
                // If only the text of the session is lost, every entry is still known.
                assert!(run > 0 || at + length <= bounds[1], "{context}");
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
}

/// What a power failure leaves of a new journal: a file that has grown, without contents.
fn zeros() {
    let plan = plan(&config(&[], 0, 2));
    let (_, expected) = finished(&plan);
    for length in [1, 19, 20, 21, 512, 5000] {
        let found = resume(&vec![0; length], &plan, &expected, &format!("{length} zeros"));
        assert_eq!((found.recovery.torn, found.run), (length as u64, plan.trials()), "{length} zeros");
    }
}

/// A file of another program may be valuable to someone.
fn foreign() {
    let plan = plan(&config(&[], 0, 2));
    for bytes in [&b"replicate,value\n0,1\n"[..], b"remeasure journal 2\n"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        std::fs::write(&path, bytes).unwrap();
        let Err(error) = open(folder.path(), &plan) else { panic!("opened") };
        assert!(error.to_string().contains("is not a journal of this version of remeasure"), "{error:#}");
        assert!(std::fs::read(&path).unwrap() == bytes);
    }
}

/// Runs the program on a journal and compares the results with `expected`.
fn run_on(folder: &Path, journal: &[u8]) -> String {
    std::fs::write(folder.join(OUT).join("journal"), journal).unwrap();
    let run = remeasure(folder, RUN);
    run.says(THROUGH, &[]);
    run.stderr
}

fn in_the_program() {
    const SEED: u64 = 7;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_config(folder, &[], 0, 8);
    remeasure(folder, "run --config unruly.toml --out out --jobs 1").says(THROUGH, &[]);
    let expected = files(&folder.join(OUT));
    let journal = std::fs::read(folder.join(OUT).join("journal")).unwrap();
    let bounds = frames(&journal);
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    for round in 0..4 {
        let at = rng.gen_range(bounds[1] + 1..journal.len());
        let whole = bounds[1..].iter().filter(|end| **end <= at).count() - 1;
        let torn = at - bounds[whole + 1];
        let stderr = run_on(folder, &journal[..at]);
        let context = format!("cut at {at}; seed {SEED}");
        assert_eq!(
            stderr.contains(&format!("the journal's last entry was cut short: {torn} bytes dropped")),
            torn > 0,
            "{context}\n{stderr}"
        );
        same_files(folder, &expected, &context);
        sound_and_complete(&folder.join(OUT), &plan(&config(&[], 0, 8)));
        let hit = round + 3;
        let mut damaged = journal.clone();
        damaged[rng.gen_range(bounds[hit]..bounds[hit + 1])] ^= 1 << rng.gen_range(0..8);
        let stderr = run_on(folder, &damaged);
        let (offset, length) = (bounds[hit], bounds[hit + 1] - bounds[hit]);
        let words = format!("warning: the journal is damaged: {length} bytes at offset {offset}; ");
        assert!(stderr.contains(&words), "{words}\n{stderr}");
        assert!(stderr.contains("  1 trial in "), "{stderr}");
        same_files(folder, &expected, &format!("flip in frame {hit}; seed {SEED}"));
    }
}
