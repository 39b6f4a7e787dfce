//! Messages between a run and its worker processes: a length, then that many bytes.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use remeasure_core::family::{Attempt, TrialEvent};
use serde::{Deserialize, Serialize};

use crate::journal::{Cursor, write_row};

/// The first message to a worker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Welcome {
    pub(super) config: String,
    pub(super) file: PathBuf,
    pub(super) profile: String,
    pub(super) memory: Option<u64>,
    pub(super) commands: Option<PathBuf>,
}

/// A trial to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// The cell's identity.
    pub(super) cell: u64,
    pub(super) replicate: u32,
    pub(super) attempts: Vec<Attempt>,
}

const READY: u8 = 0;
const STARTED: u8 = 1;
const FINISHED: u8 = 2;
const REFUSED: u8 = 3;

/// A worker's answer.
#[derive(Debug)]
pub(super) enum Answer {
    /// The config has been read, or the trial has ended.
    Ready,
    /// An event of a trial.
    Event(TrialEvent),
    /// Why the config cannot be used.
    Refused(String),
}

impl Request {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.cell.to_le_bytes().to_vec();
        out.extend(self.replicate.to_le_bytes());
        for attempt in &self.attempts {
            out.extend((attempt.estimator as u32).to_le_bytes());
            let limit = attempt.limit.map_or(u64::MAX, |l| l.as_nanos() as u64);
            out.extend(limit.to_le_bytes());
        }
        out
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = Cursor(bytes);
        let (cell, replicate) = (rest.u64()?, rest.u32()?);
        let mut attempts = Vec::new();
        while !rest.0.is_empty() {
            let estimator = rest.u32()? as usize;
            let limit = rest.u64()?;
            let limit = (limit != u64::MAX).then(|| Duration::from_nanos(limit));
            attempts.push(Attempt { estimator, limit });
        }
        Some(Self { cell, replicate, attempts })
    }
}

impl Answer {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let tagged = |tag: u8, position: usize| {
            let mut out = vec![tag];
            out.extend((position as u32).to_le_bytes());
            out
        };
        match self {
            Self::Ready => vec![READY],
            Self::Event(TrialEvent::Started(position)) => tagged(STARTED, *position),
            Self::Event(TrialEvent::Finished(position, row)) => {
                let mut out = tagged(FINISHED, *position);
                write_row(&mut out, row);
                out
            }
            Self::Refused(message) => [&[REFUSED], message.as_bytes()].concat(),
        }
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (tag, rest) = bytes.split_first()?;
        let mut cursor = Cursor(rest);
        Some(match *tag {
            READY => Self::Ready,
            STARTED => Self::Event(TrialEvent::Started(cursor.u32()? as usize)),
            FINISHED => {
                let position = cursor.u32()? as usize;
                Self::Event(TrialEvent::Finished(position, cursor.row()?))
            }
            REFUSED => Self::Refused(String::from_utf8_lossy(rest).into_owned()),
            _ => return None,
        })
    }
}

/// Sends one message.
pub(super) fn send(socket: &mut UnixStream, message: &[u8]) -> io::Result<()> {
    let length = (message.len() as u32).to_le_bytes();
    socket.write_all(&[&length, message].concat())
}

/// Receives messages, keeping the received part of an unfinished one.
#[derive(Default)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
}

/// Result of receiving.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// A message.
    Message(Vec<u8>),
    /// Nothing yet: the socket's read timeout passed.
    Nothing,
    /// The other side has closed the socket.
    Closed,
}

impl Inbox {
    pub(super) fn receive(&mut self, socket: &mut UnixStream) -> io::Result<Received> {
        loop {
            if let Some((head, rest)) = self.bytes.split_first_chunk::<4>() {
                let length = u32::from_le_bytes(*head) as usize;
                if let Some(message) = rest.get(..length) {
                    let message = message.to_vec();
                    self.bytes.drain(..4 + length);
                    return Ok(Received::Message(message));
                }
            }
            let mut more = [0; 1 << 14];
            match socket.read(&mut more) {
                Ok(0) => return Ok(Received::Closed),
                Ok(read) => self.bytes.extend_from_slice(&more[..read]),
                Err(e) => match e.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => return Ok(Received::Nothing),
                    io::ErrorKind::Interrupted => {}
                    // The other side was killed with our message unread.
                    io::ErrorKind::ConnectionReset => return Ok(Received::Closed),
                    _ => return Err(e),
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use remeasure_core::family::Outcome;
    use remeasure_core::family::{FitRecord, Measurement};

    use super::*;

    #[test]
    fn messages_arrive_whole() {
        let (mut here, mut there) = UnixStream::pair().unwrap();
        there.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        let mut inbox = Inbox::default();
        assert_eq!(inbox.receive(&mut there).unwrap(), Received::Nothing);
        let limit = Some(Duration::from_millis(1500));
        let attempts = vec![Attempt { estimator: 3, limit }, Attempt { estimator: 0, limit: None }];
        let request = Request { cell: 9, replicate: 2, attempts };
        // In two pieces.
        let bytes = request.to_bytes();
        here.write_all(&(bytes.len() as u32).to_le_bytes()).unwrap();
        here.write_all(&bytes[..5]).unwrap();
        assert_eq!(inbox.receive(&mut there).unwrap(), Received::Nothing);
        here.write_all(&bytes[5..]).unwrap();
        let Received::Message(message) = inbox.receive(&mut there).unwrap() else { panic!("no message") };
        assert_eq!(Request::read(&message), Some(request));
        let row = FitRecord {
            outcome: Outcome::Ok,
            measured: vec![Measurement { metric: 1, coordinate: None, value: 0.1 }],
            seconds: None,
        };
        let answer = Answer::Event(TrialEvent::Finished(7, row));
        let back = Answer::read(&answer.to_bytes()).unwrap();
        assert_eq!(format!("{back:?}"), format!("{answer:?}"));
        drop(here);
        assert_eq!(inbox.receive(&mut there).unwrap(), Received::Closed);
    }
}
