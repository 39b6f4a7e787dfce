//! Memory of processes, and a watch over this process's memory.

use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// Time between two checks of a [`Watch`].
const INTERVAL: Duration = Duration::from_millis(20);

/// The value of a line `key: 123 kB`, in bytes.
fn kilobytes(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Resident memory in bytes of this process, or of the process `pid`; `None` if it is unknown, because
/// there is no such process or the system is not Linux.
#[must_use]
pub fn resident(pid: Option<u32>) -> Option<u64> {
    // `status` gives kilobytes, unlike `statm`, which counts pages without giving their size.
    let process = pid.map_or_else(|| "self".to_owned(), |pid| pid.to_string());
    kilobytes(&std::fs::read_to_string(format!("/proc/{process}/status")).ok()?, "VmRSS")
}

/// Bytes that are available without swapping: those of the machine, or of this process's control group
/// if that has less; `None` if unknown.
#[must_use]
pub fn available() -> Option<u64> {
    let machine = kilobytes(&std::fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable")?;
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    Some(group_room(Path::new("/sys/fs/cgroup"), &groups).map_or(machine, |room| room.min(machine)))
}

/// Names of a version of control groups: the files with limit and usage, and the key in `memory.stat` for
/// the part of the usage that is reclaimable file cache.
struct Names(&'static str, &'static str, &'static str);

const VERSION_1: Names = Names("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
const VERSION_2: Names = Names("memory.max", "memory.current", "inactive_file");

/// The least room left in the groups of `membership` (the text of `/proc/self/cgroup`) and in their parents,
/// mounted at `mount`; `None` if no group has a limit.
fn group_room(mount: &Path, membership: &str) -> Option<u64> {
    let rooms = membership.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, group) = (parts.next()?, parts.next()?.trim_start_matches('/'));
        let (root, names) = match controllers {
            "" => (mount.to_path_buf(), VERSION_2),
            list if list.split(',').any(|c| c == "memory") => (mount.join("memory"), VERSION_1),
            _ => return None,
        };
        // In a container the path may be the one outside, while its own group is mounted at the root.
        // Walking up the path reaches that group in the end.
        let inner = root.join(group);
        inner.ancestors().take_while(|at| at.starts_with(&root)).filter_map(|at| room(at, &names)).min()
    });
    rooms.min()
}

/// The room left in one group, if it has a limit.
fn room(group: &Path, Names(limit, used, droppable): &Names) -> Option<u64> {
    let number = |name: &str| std::fs::read_to_string(group.join(name)).ok()?.trim().parse::<u64>().ok();
    let (limit, used) = (number(limit)?, number(used)?);
    let statistics = std::fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    let droppable = statistics.lines().find_map(|line| {
        let (key, value) = line.split_once(' ')?;
        if key == *droppable { value.trim().parse::<u64>().ok() } else { None }
    });
    Some(limit.saturating_sub(used.saturating_sub(droppable.unwrap_or(0))))
}

/// An amount of memory as text: `512 MB`.
#[must_use]
pub fn text(bytes: u64) -> String {
    bytesize::ByteSize::b(bytes).display().si().to_string()
}

/// Watches this process's resident memory until it is dropped.
#[derive(Debug)]
pub struct Watch {
    /// Nothing is sent; dropping it stops the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Starts a thread that calls `exceeded` once, with the bytes in use, within about 20 ms after they
    /// exceed `ceiling`. Does nothing if [`resident`] returns `None`.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn start(ceiling: u64, exceeded: impl FnOnce(u64) + Send + 'static) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let look = move || {
            loop {
                match resident(None) {
                    None => return,
                    Some(used) if used > ceiling => return exceeded(used),
                    Some(_) => {}
                }
                if stopped.recv_timeout(INTERVAL) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("memory watch".to_owned()).spawn(look)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of `exceeded` has already been reported.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEGABYTE: u64 = 1_000_000;

    #[test]
    #[cfg(target_os = "linux")]
    fn memory_of_processes_is_known() {
        let own = resident(None).unwrap();
        assert!(own > MEGABYTE);
        let named = resident(Some(std::process::id())).unwrap();
        assert!(named > MEGABYTE);
        assert_eq!(resident(Some(u32::MAX)), None);
        assert!(available().unwrap() > MEGABYTE);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_watch_calls_once_when_the_ceiling_is_passed_and_not_before() {
        // Other tests run in this process, so the ceiling is well above their use.
        let ceiling = resident(None).unwrap() + 200 * MEGABYTE;
        let (sender, calls) = mpsc::channel();
        let watch = Watch::start(ceiling, move |used| sender.send(used).unwrap()).unwrap();
        assert_eq!(calls.recv_timeout(5 * INTERVAL), Err(RecvTimeoutError::Timeout));
        // Ones, since pages of zeros need not be resident.
        let block = vec![1_u8; 400 * MEGABYTE as usize];
        let used = calls.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(used > ceiling, "{used} of {ceiling}");
        assert_eq!(std::hint::black_box(&block)[7], 1);
        // Its call made, the watch has let go of what it called.
        assert_eq!(calls.recv(), Err(mpsc::RecvError));
        drop(watch);
    }

    #[test]
    fn a_watch_that_never_calls_ends_when_dropped() {
        let (sender, calls) = mpsc::channel();
        drop(Watch::start(u64::MAX, move |used| sender.send(used).unwrap()).unwrap());
        assert_eq!(calls.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    }

    /// Writes the files of one group.
    fn group(at: &Path, files: &[(&str, &str)]) {
        std::fs::create_dir_all(at).unwrap();
        files.iter().for_each(|(name, text)| std::fs::write(at.join(name), text).unwrap());
    }

    #[test]
    fn the_narrowest_of_nested_groups_counts() {
        let mount = tempfile::tempdir().unwrap();
        let at = |path: &str| mount.path().join(path);
        let room = |membership: &str| group_room(mount.path(), membership);
        assert_eq!(room("0::/user/run\n"), None, "no group at all");
        group(&at("user/run"), &[("memory.max", "max\n"), ("memory.current", "70\n")]);
        assert_eq!(room("0::/user/run\n"), None, "no limit");
        group(&at("user"), &[("memory.max", "1000\n"), ("memory.current", "400\n")]);
        assert_eq!(room("0::/user/run\n"), Some(600), "the limit of the group around");
        group(&at("user"), &[("memory.stat", "anon 250\ninactive_file 150\n")]);
        assert_eq!(room("0::/user/run\n"), Some(750), "files can be dropped");
        group(&at("user/run"), &[("memory.max", "100\n")]);
        assert_eq!(room("0::/user/run\n"), Some(30));
        assert_eq!(room("0::/elsewhere\n"), None);
    }

    #[test]
    fn groups_of_the_first_version_are_read_too() {
        let mount = tempfile::tempdir().unwrap();
        // In a container the path is that outside, and the mount is the container's own group.
        let own = [("memory.limit_in_bytes", "500\n"), ("memory.usage_in_bytes", "600\n")];
        group(&mount.path().join("memory"), &own);
        let membership = "5:cpu,cpuacct:/docker/abc\n4:hugetlb,memory:/docker/abc\n0::/\n";
        assert_eq!(group_room(mount.path(), membership), Some(0), "over the limit leaves none");
        group(&mount.path().join("memory"), &[("memory.stat", "total_inactive_file 300\n")]);
        assert_eq!(group_room(mount.path(), membership), Some(200));
        assert_eq!(group_room(mount.path(), "5:cpu,cpuacct:/docker/abc\n"), None);
    }
}
