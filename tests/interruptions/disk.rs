//! Full or read-only disks: errors are clear, and stored data stay valid.

use std::path::Path;

use libtest_mimic::Trial;

use crate::library::{plan, sound, sound_and_complete};
use crate::program::{
    OUT, RUN, Run, THROUGH, config, files, finish, reference, remeasure, same_files, shell, write_config,
};
use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("disk::a_journal_that_cannot_grow_keeps_its_whole_entries", journal_limited),
        test("disk::results_that_do_not_fit_appear_whole_or_not_at_all", results_limited),
        test("disk::a_full_file_system_loses_nothing_that_was_stored", full),
        test("disk::folders_that_cannot_be_written_are_refused", read_only),
    ]
}

/// Runs the program with a file size limit of this many blocks of 512 bytes.
fn limited(folder: &Path, blocks: usize) -> Run {
    let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    finish(shell(folder, &["env"], &line, RUN))
}

fn journal_limited() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_config(folder, &[], 1500, 60);
    let plan = plan(&config(&[], 1500, 60));
    let expected = reference(folder);
    let mut done = 0;
    for blocks in [0, 1, 4, 13, 20, 31] {
        let run = limited(folder, blocks);
        run.says(Some(2), &["error: ", "cannot write out/unruly/quick/journal: File too large"]);
        if blocks > 0 {
            run.says(
                Some(2),
                &["finished trials are kept; when the cause is fixed, run the same command to resume"],
            );
        }
        let stored = sound(&folder.join(OUT), &plan).done;
        assert!(stored >= done && stored < plan.trials(), "{stored} after {done}");
        done = stored;
    }
    assert!(done > 0);
    let rest = remeasure(folder, RUN);
    rest.says(THROUGH, &[&format!("  {done} of 180 trials are stored already")]);
    same_files(folder, &expected, "");
    sound_and_complete(&folder.join(OUT), &plan);
}

fn results_limited() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_config(folder, &[], 0, 8);
    let plan = plan(&config(&[], 0, 8));
    let expected = reference(folder);
    let size = |name: &str| expected[name].len();
    assert!(size("records.csv") > 14 * 512 && size("figures/values.png") > 64 * 512);
    // In the second iteration the run is already finished.
    for round in 0..2 {
        for (blocks, file) in [(14, "records.csv"), (64, "figures/values.png")] {
            limited(folder, blocks).says(Some(2), &["error: cannot write ", "File too large"]);
            let found = files(&folder.join(OUT));
            for (name, bytes) in &found {
                let leftover = name.contains(".writing-");
                assert!(!leftover && bytes == &expected[name], "{name}, {blocks} blocks");
            }
            assert!(round > 0 || !found.contains_key(file), "{file}");
            sound_and_complete(&folder.join(OUT), &plan);
        }
        let rest = remeasure(folder, RUN);
        rest.says(THROUGH, &["24 of 24 trials are stored already"]);
        same_files(folder, &expected, "");
    }
}

/// The command that makes a private mount table, if that is allowed; prints a message if not.
fn mounts() -> Option<&'static [&'static str]> {
    let folder = tempfile::tempdir().unwrap();
    let ways: [&[&str]; 2] = [&["unshare", "-rm"], &["unshare", "-m"]];
    let works = |way: &&&[&str]| {
        let mut trial = shell(folder.path(), way, "mount -t tmpfs -o size=64k none .", "");
        trial.output().is_ok_and(|o| o.status.success())
    };
    let way = ways.iter().find(works).copied();
    if way.is_none() {
        eprintln!("skipped: cannot mount file systems here (tests of full and read-only disks)");
    }
    way
}

fn full() {
    let Some(way) = mounts() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_config(folder, &[], 1000, 100);
    let plan = plan(&config(&[], 1000, 100));
    let expected = reference(folder);
    std::fs::create_dir(folder.join("disk")).unwrap();
    let arguments = RUN.replace("--out out", "--out disk");
    // Space for a part of the journal; or for the journal but not for all results.
    for (room, whole) in [("32k", false), ("128k", true)] {
        let line = format!(
            "mount -t tmpfs -o size={room} none disk || exit 99; \"$0\" \"$@\"; code=$?; cp -r disk out; exit $code"
        );
        let run = finish(shell(folder, way, &line, &arguments));
        run.says(Some(2), &["error: ", "cannot write ", "No space left on device"]);
        let stored = sound(&folder.join(OUT), &plan).done;
        assert_eq!(stored == 300, whole, "{stored}");
        let rest = remeasure(folder, RUN);
        rest.says(THROUGH, &[&format!("  {stored} of 300 trials are stored already")]);
        same_files(folder, &expected, room);
        sound_and_complete(&folder.join(OUT), &plan);
        std::fs::remove_dir_all(folder.join("out")).unwrap();
    }
}

fn read_only() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_config(folder, &[], 0, 2);
    std::fs::write(folder.join("file"), "kept").unwrap();
    for out in ["file", "file/below", "/proc/results"] {
        let run = remeasure(folder, &RUN.replace("--out out", &format!("--out {out}")));
        run.says(Some(2), &["error: cannot create the folder ", &format!("{out}/unruly/quick: ")]);
    }
    assert_eq!(std::fs::read_to_string(folder.join("file")).unwrap(), "kept");
    let Some(way) = mounts() else { return };
    remeasure(folder, RUN).says(THROUGH, &[]);
    let (before, journal) =
        (files(&folder.join(OUT)), std::fs::read(folder.join(OUT).join("journal")).unwrap());
    let bind = "mount --bind out out && mount -o remount,ro,bind out out || exit 99; \"$0\" \"$@\"";
    let empty = "mount -t tmpfs -o ro none out || exit 99; \"$0\" \"$@\"";
    for (line, words) in
        [(bind, "cannot write into out/unruly/quick"), (empty, "cannot create the folder out/unruly/quick")]
    {
        finish(shell(folder, way, line, RUN)).says(Some(2), &["error: ", words, "Read-only file system"]);
    }
    same_files(folder, &before, "untouched");
    assert!(std::fs::read(folder.join(OUT).join("journal")).unwrap() == journal);
}
