//! The run's side of a worker process: hands out trials, ends what does not end by itself.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use remeasure_core::family::Outcome;
use remeasure_core::family::{Attempt, FitRecord, TrialEvent};
use remeasure_core::stream::Streams;

use super::protocol::{Answer, Inbox, Received, Request, Welcome, send};
use super::{Isolation, WORKER};
use crate::memory;

/// Time between two looks at a busy worker's clock and memory.
const LOOK: Duration = Duration::from_millis(20);
/// A fit may come back this much after its limit before its process is ended.
const GRACE: Duration = Duration::from_secs(1);
/// Of what a worker wrote to standard error, this much is kept.
const LAST_WORDS: usize = 4096;

/// A worker process.
struct Worker {
    child: Child,
    socket: UnixStream,
    inbox: Inbox,
    /// The end of its standard error.
    words: Option<JoinHandle<String>>,
}

/// Why a worker is no more.
enum Death {
    /// It outlasted its limit and was ended.
    Late,
    /// It used more memory than its share and was ended.
    Memory(u64),
    /// By itself.
    Ended(ExitStatus, String),
}

/// What came of waiting for a worker.
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
        let (socket, theirs) = UnixStream::pair().context("cannot make a socket")?;
        let program = std::env::current_exe().context("cannot find this program's file")?;
        let mut command = Command::new(program);
        // Its standard input is the socket, both ways: what an estimator prints cannot get in between.
        command.arg(WORKER).stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)));
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        // Ctrl-C reaches the run alone, which lets its trials in flight end.
        command.process_group(0);
        let mut child = command.spawn().context("cannot start a worker process")?;
        let stderr = child.stderr.take();
        let words = stderr.map(|stderr| std::thread::spawn(move || last_words(stderr)));
        socket.set_read_timeout(Some(LOOK))?;
        let mut worker = Self { child, socket, inbox: Inbox::default(), words };
        let Isolation { config, profile, memory } = isolation.clone();
        let welcome = toml::to_string(&Welcome { config, profile, memory })?;
        send(&mut worker.socket, welcome.as_bytes()).context("cannot speak to a worker process")?;
        match worker.wait(None, None)? {
            Waited::Answer(Answer::Ready) => Ok(worker),
            Waited::Answer(Answer::Refused(why)) => bail!("a worker process refused the config: {why}"),
            Waited::Answer(_) => bail!("a worker process gave an answer that was not asked for"),
            Waited::Dead(death) => bail!("a worker process could not start: {}", death.message()),
        }
    }

    /// Waits for the next answer, until `deadline` and within `memory`.
    fn wait(&mut self, deadline: Option<Instant>, memory: Option<u64>) -> Result<Waited> {
        loop {
            match self.inbox.receive(&mut self.socket).context("cannot hear a worker process")? {
                Received::Message(bytes) => {
                    let answer = Answer::read(&bytes).context("a worker's answer makes no sense")?;
                    return Ok(Waited::Answer(answer));
                }
                Received::Closed => {
                    let status = self.ended()?;
                    let words = self.words();
                    // An allocation that was refused aborts the process; which one it was is chance.
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

    /// How the process ended, which has closed its socket and so is about to.
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

    fn kill(&mut self) -> Result<ExitStatus> {
        self.child.kill().context("cannot end a worker process")?;
        Ok(self.child.wait()?)
    }

    fn words(&mut self) -> String {
        self.words.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
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
    /// What goes into the row: nothing that differs from run to run, such as a thread's number.
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

/// Runs trials in a worker process, which it starts again as often as needed.
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

    /// Runs a trial as [`remeasure_core::family::Runner::trial`] does, whatever the estimators do.
    ///
    /// # Errors
    /// A worker that cannot be started.
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

    /// Sends the worker a trial and reads rows until it is over or the worker is dead; returns the
    /// number of attempts that have their rows.
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
        // A worker that died meanwhile is noticed below.
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
                        // Before any estimator: the data cannot be drawn, for none of them.
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
