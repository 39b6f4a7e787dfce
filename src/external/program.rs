//! A running program: its handshake, requests and answers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use remeasure_core::deadline;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::process::{Process, clean};
use crate::shared::Shared;
use crate::{PROTOCOL, groups};

/// Time that a program has to start and to answer the greeting.
const START: Duration = Duration::from_secs(60);

/// What distinguishes one program from another; parameters are sent with each request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Launch {
    pub(crate) command: Vec<String>,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) folder: PathBuf,
    pub(crate) task: &'static str,
    pub(crate) family: &'static str,
}

/// A program that has answered the greeting.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) launch: Launch,
    process: Process,
    shared: Shared,
    requests: u64,
}

/// The time that is left for an answer; `None` without a limit.
fn until(limit: Option<Duration>) -> Option<Instant> {
    limit.and_then(|limit| Instant::now().checked_add(limit))
}

impl Program {
    pub(crate) fn start(launch: &Launch) -> Result<Self> {
        let Some(terms) = groups::terms() else {
            bail!("commands of configs are not allowed: see --allow-commands");
        };
        let shared = Shared::new()?;
        let process = Process::start(launch, &terms)?;
        let mut program = Self { launch: launch.clone(), process, shared, requests: 0 };
        let greeting = json!({
            "remeasure": PROTOCOL,
            "task": launch.task,
            "family": launch.family,
            "folder": program.shared.path(),
        });
        program.process.send(&greeting, until(Some(START)))?;
        let welcome = program.receive(until(Some(START)), "does not answer the greeting")?;
        if let Some(error) = welcome.get("error") {
            bail!("{} cannot start: {}", program.process.name(), text(error));
        }
        let version = welcome.get("remeasure").and_then(Value::as_u64);
        ensure!(
            version == Some(u64::from(PROTOCOL)),
            "{} does not speak version {PROTOCOL} of the protocol",
            program.process.name()
        );
        let families = welcome.get("families").and_then(Value::as_array).cloned().unwrap_or_default();
        ensure!(
            families.iter().any(|f| f == launch.family),
            "{} has no {} for the family {}",
            program.process.name(),
            launch.task,
            launch.family
        );
        Ok(program)
    }

    /// Whether it waits for a request.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.process.has_more()
    }

    /// The folder that it shares with the run.
    pub(crate) fn shared(&mut self) -> &mut Shared {
        &mut self.shared
    }

    fn receive(&mut self, until: Option<Instant>, late: &str) -> Result<Map<String, Value>> {
        let line = self.process.line(until, late)?;
        let Ok(Value::Object(fields)) = serde_json::from_slice(&line) else {
            let start = String::from_utf8_lossy(&line[..line.len().min(80)]).into_owned();
            let hint = if start.contains("NaN") || start.contains("Infinity") {
                " (JSON has no NaN or Infinity)"
            } else {
                ""
            };
            bail!(
                "{} wrote something other than a JSON object{hint}: `{}`",
                self.process.name(),
                clean(start.trim())
            );
        };
        Ok(fields)
    }

    /// Sends a request and waits for its answer. The inner error is the program's own, after which it goes on.
    pub(crate) fn request(
        &mut self,
        mut fields: Map<String, Value>,
        reply: &mut dyn FnMut(&Map<String, Value>) -> Result<Value>,
    ) -> Result<Result<Answer, String>> {
        self.requests += 1;
        let id = self.requests;
        // What it wrote about earlier requests would mislead.
        self.process.forget_words();
        let left = deadline::left();
        fields.insert("id".to_owned(), id.into());
        fields.insert("time_limit".to_owned(), left.map_or(Value::Null, |left| json!(left.as_secs_f64())));
        let until = until(left);
        self.process.send(&Value::Object(fields), until)?;
        loop {
            let answer = self.receive(until, "did not answer within its time limit")?;
            ensure!(
                answer.get("id").and_then(Value::as_u64) == Some(id),
                "{} answered with another id than {id}",
                self.process.name()
            );
            ensure!(!self.process.has_more(), "{} wrote more than one answer", self.process.name());
            if let Some(error) = answer.get("error") {
                return Ok(Err(text(error)));
            }
            let Some(question) = answer.get("ask") else {
                return Ok(Ok(Answer::new(answer, self.process.name(), self.shared.path())));
            };
            let question = question.as_object().context("its `ask` is not an object")?;
            let told = reply(question)?;
            self.process.send(&json!({"id": id, "told": told}), until)?;
        }
    }
}

/// A text as it is, anything else as JSON.
fn text(value: &Value) -> String {
    clean(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}
