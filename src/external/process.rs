//! A process with lines of JSON in and out.

use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use serde_json::Value;

use crate::PROTOCOL;
use crate::groups::{Group, Terms};
use crate::program::Launch;

/// Time between two looks at the clock while waiting.
const LOOK: Duration = Duration::from_millis(20);
/// Time for the end of a process that has closed its output.
const GRACE: Duration = Duration::from_secs(1);
/// Number of last bytes to keep of its standard error.
const LAST_WORDS: usize = 2048;
/// Bytes that a pipe takes without waiting when it is ready.
const PIPE: usize = rustix::pipe::PIPE_BUF;
/// Variables that tell numerical libraries how many threads to use.
const THREADS: [&str; 4] =
    ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"];
/// Most bytes of one line.
const LONGEST: usize = 1 << 28;

/// A running process.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
    group: Option<Group>,
    requests: ChildStdin,
    answers: ChildStdout,
    /// Bytes received after the last line.
    received: Vec<u8>,
    words: Arc<Mutex<VecDeque<u8>>>,
    /// Disconnected once its standard error has ended.
    silent: Receiver<()>,
}

/// Appends standard error to a log and keeps its end.
fn listen(mut stderr: impl Read, log: Option<PathBuf>, words: &Mutex<VecDeque<u8>>) {
    let mut log = log.and_then(|path| OpenOptions::new().create(true).append(true).open(path).ok());
    let mut more = [0; 4096];
    while let Ok(read @ 1..) = stderr.read(&mut more) {
        if let Some(log) = &mut log {
            // A full disk must not stop the program.
            let _ = log.write_all(&more[..read]);
        }
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend(&more[..read]);
        let surplus = words.len().saturating_sub(LAST_WORDS);
        words.drain(..surplus);
    }
}

/// What happens in the child before the program begins: it must not outlive the run, nor use more than its memory.
fn bind(memory: Option<u64>) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    if memory.is_some() {
        let limit = rustix::process::Rlimit { current: memory, maximum: memory };
        rustix::process::setrlimit(rustix::process::Resource::Data, limit)?;
    }
    Ok(())
}

/// Longest text of a program in a message.
const SHOWN: usize = 300;

/// A text of a program as a message shows it: the end, without control characters.
pub(crate) fn clean(text: &str) -> String {
    let from = text.char_indices().rev().nth(SHOWN - 1).map_or(0, |(at, _)| at);
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text[from..].chars().map(escaped).collect()
}

/// Makes a command end with this process, and limits its memory. Its group is its own: Ctrl-C reaches only the run, and
/// the whole group can be ended.
pub(crate) fn confine(command: &mut Command, memory: Option<u64>) {
    command.process_group(0);
    // SAFETY: the closure makes two system calls, allocates nothing and takes no lock.
    unsafe {
        command.pre_exec(move || bind(memory));
    }
}

/// Waits up to [`LOOK`] until a pipe can be read or written, or has been closed.
fn ready(pipe: &impl AsFd, what: PollFlags) -> Result<bool> {
    let look = Timespec { tv_sec: 0, tv_nsec: LOOK.subsec_nanos().into() };
    match poll(&mut [PollFd::new(pipe, what)], Some(&look)) {
        Ok(count) => Ok(count > 0),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error).context("cannot wait for a program"),
    }
}

impl Process {
    pub(crate) fn start(launch: &Launch, terms: &Terms) -> Result<Self> {
        let name = format!("`{}`", launch.command.join(" "));
        let (program, arguments) = launch.command.split_first().context("there is no command")?;
        let mut command = Command::new(program);
        // The run uses all cores by itself, and with several threads sums have no fixed order.
        command.args(arguments).envs(THREADS.map(|key| (key, "1"))).envs(&launch.env);
        command.env("REMEASURE_PROTOCOL", PROTOCOL.to_string());
        if !launch.folder.as_os_str().is_empty() {
            command.current_dir(&launch.folder);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        confine(&mut command, terms.memory);
        let mut child = command.spawn().with_context(|| format!("{name} cannot be started"))?;
        let group = Group::new(child.id());
        let (requests, answers) = child.stdin.take().zip(child.stdout.take()).context("it has no pipes")?;
        let words = Arc::<Mutex<VecDeque<u8>>>::default();
        let (ended, silent) = mpsc::channel();
        if let Some(stderr) = child.stderr.take() {
            let (words, log) = (Arc::clone(&words), terms.log.clone());
            std::thread::spawn(move || {
                listen(stderr, log, &words);
                drop(ended);
            });
        }
        Ok(Self { name, child, group, requests, answers, received: Vec::new(), words, silent })
    }

    /// The command, for messages.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has written something that nobody asked for.
    pub(crate) fn has_more(&self) -> bool {
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        let mut answers = [PollFd::new(&self.answers, PollFlags::IN)];
        let readable = poll(&mut answers, Some(&now)).is_ok() && answers[0].revents().contains(PollFlags::IN);
        !self.received.is_empty() || readable
    }

    /// Forgets what it has written to its standard error so far.
    pub(crate) fn forget_words(&self) {
        self.words.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Writes one line; gives up at `until`.
    pub(crate) fn send(&mut self, message: &Value, until: Option<Instant>) -> Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        let mut rest = &line[..];
        while !rest.is_empty() {
            if !ready(&self.requests, PollFlags::OUT)? {
                if until.is_some_and(|until| Instant::now() >= until) {
                    bail!("{} does not read its input", self.name);
                }
                continue;
            }
            // A pipe that is ready takes this much without waiting.
            match self.requests.write(&rest[..rest.len().min(PIPE)]) {
                Ok(written) => rest = &rest[written..],
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => bail!(self.death("closed its input")),
            }
        }
        Ok(())
    }

    /// The next line without its end; gives up at `until`, with the message `late`.
    pub(crate) fn line(&mut self, until: Option<Instant>, late: &str) -> Result<Vec<u8>> {
        let mut searched = 0;
        let mut more = [0; 1 << 16];
        loop {
            if let Some(end) = self.received[searched..].iter().position(|b| *b == b'\n') {
                let rest = self.received.split_off(searched + end + 1);
                let mut line = std::mem::replace(&mut self.received, rest);
                line.pop();
                return Ok(line);
            }
            searched = self.received.len();
            if searched > LONGEST {
                bail!("{} wrote a line of more than {LONGEST} bytes", self.name);
            }
            if !ready(&self.answers, PollFlags::IN)? {
                // A child of the program may keep its output open.
                if self.child.try_wait()?.is_some() && !ready(&self.answers, PollFlags::IN)? {
                    bail!(self.death("closed its output"));
                }
                if until.is_some_and(|until| Instant::now() >= until) {
                    bail!("{} {late}", self.name);
                }
                continue;
            }
            match self.answers.read(&mut more) {
                Ok(0) => bail!(self.death("closed its output")),
                Ok(read) => self.received.extend_from_slice(&more[..read]),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => bail!(self.death("closed its output")),
            }
        }
    }

    /// How the process ended, or what it did `otherwise`, with its last words.
    fn death(&mut self, otherwise: &str) -> String {
        let patience = Instant::now() + GRACE;
        let mut status = None;
        while status.is_none() && Instant::now() < patience {
            status = self.child.try_wait().ok().flatten();
            if status.is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        // Children of the program may keep its standard error open.
        let _ = self.silent.recv_timeout(Duration::from_millis(200));
        let words: Vec<u8> =
            self.words.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        let words = String::from_utf8_lossy(&words);
        let last: Vec<&str> = words.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        let last = clean(&last[last.len().saturating_sub(3)..].join(" | "));
        let how = status.map_or_else(|| otherwise.to_owned(), |status| format!("ended with {status}"));
        match last.as_str() {
            "" => format!("{} {how} before it answered", self.name),
            last => format!("{} {how} before it answered: {last}", self.name),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The whole group, whether its leader still runs or not.
        self.group.take();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
