//! The run's side of a worker process: sends it trials, and kills it if it exceeds a limit.

use std::io::Read;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use remeasure_core::family::Outcome;
use remeasure_core::family::{Attempt, FitRecord, TrialEvent};
use remeasure_core::stream::Streams;
use rustix::process::{Pid, Signal, kill_process};

use super::protocol::{Answer, Inbox, Received, Request, Welcome, send};
use super::{Isolation, WORKER};
use crate::memory;

/// Time between two checks of a busy worker's time and memory.
const LOOK: Duration = Duration::from_millis(20);
/// Time after its limit that a fit has to end before its process is killed.
const GRACE: Duration = Duration::from_secs(1);
/// Number of last bytes to keep of a worker's standard error.
const LAST_WORDS: usize = 4096;

/// A worker process.
struct Worker {
    child: Child,
    socket: UnixStream,
    inbox: Inbox,
    /// Collects the end of its standard error.
    words: Option<JoinHandle<String>>,
    /// Whether it may start programs.
    has_programs: bool,
}

/// Why a worker died.
enum Death {
    /// It exceeded its time limit and was killed.
    Late,
    /// It used more memory than its share, in bytes, and was killed.
    Memory(u64),
    /// It ended by itself, with this status and standard error.
    Ended(ExitStatus, String),
}

/// Result of waiting for a worker.
enum Waited {
    Answer(Answer),
    Dead(Death),
}

fn last_words(mut stderr: impl Read) -> String {
    let mut kept = Vec::new();
    let mut more = [0; 1024];
    while let Ok(read @ 1..) = stderr.read(&mut more) {
        kept.extend_from_slice(&more[..read]);
        let surplus = kept.len().saturating_sub(LAST_WORDS);
        kept.drain(..surplus);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

impl Worker {
    fn start(isolation: &Isolation) -> Result<Self> {
        let (socket, theirs) = UnixStream::pair().context("cannot create a socket")?;
        let program = std::env::current_exe().context("cannot find this program's file")?;
        let mut command = Command::new(program);
        // Its standard input is the socket, in both directions, so output of an estimator cannot interfere.
        command.arg(WORKER).stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)));
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        // Ctrl-C reaches only the run, which lets trials in progress finish.
        command.process_group(0);
        let mut child = command.spawn().context("cannot start a worker process")?;
        let stderr = child.stderr.take();
        let words = stderr.map(|stderr| std::thread::spawn(move || last_words(stderr)));
        socket.set_read_timeout(Some(LOOK))?;
        let has_programs = isolation.commands.is_some();
        let mut worker = Self { child, socket, inbox: Inbox::default(), words, has_programs };
        let Isolation { config, file, profile, memory, commands } = isolation.clone();
        let welcome = toml::to_string(&Welcome { config, file, profile, memory, commands })?;
        send(&mut worker.socket, welcome.as_bytes()).context("cannot send to a worker process")?;
        match worker.wait(None, None)? {
            Waited::Answer(Answer::Ready) => Ok(worker),
            Waited::Answer(Answer::Refused(why)) => bail!("a worker process refused the config: {why}"),
            Waited::Answer(_) => bail!("a worker process sent an unexpected answer"),
            Waited::Dead(death) => bail!("a worker process could not start: {}", death.message()),
        }
    }

    /// Waits for the next answer, until `deadline` and within `memory`.
    fn wait(&mut self, deadline: Option<Instant>, memory: Option<u64>) -> Result<Waited> {
        loop {
            match self.inbox.receive(&mut self.socket).context("cannot receive from a worker process")? {
                Received::Message(bytes) => {
                    let answer = Answer::read(&bytes).context("a worker process sent a malformed answer")?;
                    return Ok(Waited::Answer(answer));
                }
                Received::Closed => {
                    let status = self.ended()?;
                    let words = self.words();
                    // A refused allocation aborts the process; it is a matter of chance which one that is.
                    let refused = words.lines().any(|l| l.starts_with("memory allocation of "));
                    return Ok(Waited::Dead(match memory {
                        Some(share) if refused => Death::Memory(share),
                        _ => Death::Ended(status, words),
                    }));
                }
                Received::Nothing => {}
            }
            let used = memory.and_then(|_| memory::resident(Some(self.child.id())));
            let death = match (deadline, memory, used) {
                (Some(deadline), _, _) if Instant::now() > deadline => Death::Late,
                (_, Some(share), Some(used)) if used > share => Death::Memory(share),
                _ => continue,
            };
            self.kill()?;
            return Ok(Waited::Dead(death));
        }
    }

    /// Exit status of the process, which has closed its socket and is about to end.
    fn ended(&mut self) -> Result<ExitStatus> {
        let patience = Instant::now() + GRACE;
        while Instant::now() < patience {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        self.kill()
    }

    /// Lets the worker end by itself, with the programs that it has started.
    fn leave(&mut self) {
        let patience = Instant::now() + GRACE;
        while Instant::now() < patience && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn kill(&mut self) -> Result<ExitStatus> {
        if self.has_programs {
            // Its handler ends them.
            let worker = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
            worker.map(|worker| kill_process(worker, Signal::TERM));
            self.leave();
        }
        self.child.kill().context("cannot kill a worker process")?;
        Ok(self.child.wait()?)
    }

    fn words(&mut self) -> String {
        self.words.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if self.has_programs && self.socket.shutdown(Shutdown::Both).is_ok() {
            self.leave();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signal_name(signal: i32) -> String {
    let known = match signal {
        4 => "illegal instruction",
        6 => "abort",
        8 => "arithmetic error",
        9 => "killed",
        11 => "segmentation fault",
        15 => "terminated",
        _ => return format!("signal {signal}"),
    };
    format!("signal {signal}, {known}")
}

impl Death {
    /// Message for the row. It contains nothing that varies between runs, such as a thread's number.
    fn message(&self) -> String {
        match self {
            Self::Late => "its process was ended".to_owned(),
            Self::Memory(share) => format!("used more memory than its share of {}", memory::text(*share)),
            Self::Ended(status, words) => {
                let cause = if words.contains("has overflowed its stack") { "stack overflow: " } else { "" };
                match (status.signal(), status.code()) {
                    (Some(signal), _) => format!("{cause}its process died ({})", signal_name(signal)),
                    (None, Some(code)) => format!("{cause}its process exited with code {code}"),
                    (None, None) => format!("{cause}its process died"),
                }
            }
        }
    }
}

/// Runs trials in a worker process, which it restarts as often as needed.
pub struct Supervisor<'a> {
    isolation: &'a Isolation,
    worker: Option<Worker>,
}

impl<'a> Supervisor<'a> {
    /// A supervisor without a worker yet.
    #[must_use]
    pub fn new(isolation: &'a Isolation) -> Self {
        Self { isolation, worker: None }
    }

    /// Runs a trial like [`remeasure_core::family::Runner::trial`], whatever the estimators do.
    ///
    /// # Errors
    /// If a worker cannot be started.
    pub fn trial(
        &mut self,
        streams: &Streams,
        attempts: &[Attempt],
        each: &mut dyn FnMut(TrialEvent),
    ) -> Result<()> {
        let mut next = 0;
        while next < attempts.len() {
            next += self.attempt(streams, &attempts[next..], &mut |event| {
                each(match event {
                    TrialEvent::Started(position) => TrialEvent::Started(next + position),
                    TrialEvent::Finished(position, row) => TrialEvent::Finished(next + position, row),
                });
            })?;
        }
        Ok(())
    }

    /// Sends the worker a trial and reads rows until the trial ends or the worker dies; returns the number
    /// of attempts that have their rows.
    fn attempt(
        &mut self,
        streams: &Streams,
        attempts: &[Attempt],
        each: &mut dyn FnMut(TrialEvent),
    ) -> Result<usize> {
        let worker = match &mut self.worker {
            Some(worker) => worker,
            none => none.insert(Worker::start(self.isolation)?),
        };
        let Streams { cell, replicate, .. } = *streams;
        let request = Request { cell, replicate, attempts: attempts.to_vec() };
        // If the worker has died meanwhile, this is noticed below.
        let _ = send(&mut worker.socket, &request.to_bytes());
        let mut running = None;
        let mut deadline = None;
        let mut done = 0;
        loop {
            match worker.wait(deadline, self.isolation.memory)? {
                Waited::Answer(Answer::Ready) => return Ok(done),
                Waited::Answer(Answer::Event(TrialEvent::Started(position))) => {
                    running = Some(position);
                    let limit = attempts.get(position).and_then(|a| a.limit);
                    deadline = limit.map(|limit| Instant::now() + limit + GRACE);
                }
                Waited::Answer(Answer::Event(TrialEvent::Finished(position, row))) => {
                    (running, deadline) = (None, None);
                    done = position + 1;
                    each(TrialEvent::Finished(position, row));
                }
                Waited::Answer(Answer::Refused(why)) => bail!("a worker process failed: {why}"),
                Waited::Dead(death) => {
                    self.worker = None;
                    let message = death.message();
                    let Some(position) = running else {
                        // It died before any estimator began, so the data cannot be drawn for any of them.
                        for position in done..attempts.len() {
                            let row = FitRecord::failed(format!("drawing the data: {message}"));
                            each(TrialEvent::Finished(position, row));
                        }
                        return Ok(attempts.len());
                    };
                    let outcome = match (death, attempts[position].limit) {
                        (Death::Late, Some(limit)) => Outcome::TimedOut(limit),
                        _ => Outcome::Failed(message),
                    };
                    each(TrialEvent::Finished(position, FitRecord::without_fit(outcome)));
                    return Ok(position + 1);
                }
            }
        }
    }
}
