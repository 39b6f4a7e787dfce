//! An external estimator or problem with validated keys.

use std::cell::RefCell;
use std::path::PathBuf;

use anyhow::Result;
use rand::RngCore;
use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, params, table};
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::array::Data;
use crate::keys::Keys;
use crate::program::{Launch, Program};
use crate::reported::Reported;
use crate::shared::Shared;

/// Programs that one thread keeps running.
const KEPT: usize = 8;

thread_local! {
    /// A program that could not be started for the next fit, and why.
    static NOT_STARTED: RefCell<Option<(Launch, String)>> = const { RefCell::new(None) };
    /// The programs of this thread, the last used one last.
    static PROGRAMS: RefCell<Vec<Program>> = const { RefCell::new(Vec::new()) };
}

/// A program that fits one family's problems, or draws them.
#[derive(Clone, Debug)]
pub struct Method {
    launch: Launch,
    parameters: Value,
    numbers: Vec<String>,
}

/// A request to a program.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The trial, which seeds the program.
    pub streams: &'a Streams,
    /// The data.
    pub data: &'a Data<'a>,
}

impl Request<'_> {
    fn to_json(self, method: &Method, shared: &mut Shared) -> Result<Map<String, Value>> {
        let Streams { cell, replicate, .. } = *self.streams;
        // Not that of the data, or a method could draw them again. Exact as a floating-point number too.
        let role = format!("external {}", method.launch.task);
        let seed = self.streams.stream(&role).next_u64() >> 11;
        let mut fields = Map::new();
        fields.insert("cell".to_owned(), format!("{cell:016x}").into());
        fields.insert("replicate".to_owned(), replicate.into());
        fields.insert("seed".to_owned(), seed.into());
        fields.insert("parameters".to_owned(), method.parameters.clone());
        fields.insert("data".to_owned(), self.data.to_json(shared)?);
        Ok(fields)
    }
}

/// Ends the programs of this thread and removes their folders.
pub fn close() {
    PROGRAMS.with_borrow_mut(Vec::clear);
}

impl Method {
    /// Reads the keys of an estimator of `family`. The program will run in the folder from which relative paths start.
    ///
    /// # Errors
    /// The first invalid key.
    pub fn estimator(family: &'static str, table: toml::Table) -> Result<Self, Invalid> {
        Self::read("estimator", family, table)
    }

    /// Reads the keys of a problem of `family`.
    ///
    /// # Errors
    /// The first invalid key.
    pub fn problem(family: &'static str, table: toml::Table) -> Result<Self, Invalid> {
        Self::read("problem", family, table)
    }

    fn read(task: &'static str, family: &'static str, table: toml::Table) -> Result<Self, Invalid> {
        let keys: Keys = params::read(table)?;
        let parameters = serde_json::to_value(&keys.parameters)
            .map_err(|e| Invalid::new("parameters", format!("cannot be passed on: {e}")))?;
        let folder: PathBuf = table::folder();
        let launch = Launch { command: keys.command, env: keys.env, folder, task, family };
        Ok(Self { launch, parameters, numbers: keys.numbers })
    }

    /// What the program says of its own fit in an answer.
    ///
    /// # Errors
    /// A number is something else, or the certificate is negative.
    pub fn reported(&self, answer: &Answer) -> Result<Reported> {
        let certificate = answer.number("certificate")?;
        anyhow::ensure!(certificate.is_none_or(|c| c >= 0.0), "its `certificate` is negative");
        let no_iterations = !answer.has("iterations");
        Ok(Reported { certificate, own: answer.own(&self.numbers)?, no_iterations })
    }

    /// Starts the program on this thread, if it is not running, so that no fit has to wait for it. If it cannot be
    /// started, the next request says why.
    pub fn ready(&self) {
        let failed = self.with_program(|_| Ok(())).err().map(|e| (self.launch.clone(), format!("{e:#}")));
        NOT_STARTED.set(failed);
    }

    fn with_program<T>(&self, work: impl FnOnce(&mut Program) -> Result<T>) -> Result<T> {
        PROGRAMS.with_borrow_mut(|programs| {
            let running = programs.iter().position(|program| program.launch == self.launch);
            let running = running.map(|position| programs.remove(position));
            // One that has written something unasked, or has ended, is started anew.
            let mut program = match running.filter(Program::is_waiting) {
                Some(program) => program,
                None => Program::start(&self.launch)?,
            };
            // A program that failed to speak the protocol is ended here and started anew for the next request.
            let result = work(&mut program)?;
            if programs.len() == KEPT {
                programs.remove(0);
            }
            programs.push(program);
            Ok(result)
        })
    }

    /// Sends a request and waits for the answer, until the [deadline](remeasure_core::deadline) of the thread.
    ///
    /// # Errors
    /// The program cannot be started, ended, took too long, or answered with an error or anything malformed.
    pub fn ask(&self, request: Request<'_>) -> Result<Answer> {
        self.converse(request, &mut |_| anyhow::bail!("nothing can be asked here"))
    }

    /// As [`Method::ask`], but lets the program ask back; `reply` returns what it is told.
    ///
    /// # Errors
    /// As [`Method::ask`], or those of `reply`.
    pub fn converse(
        &self,
        request: Request<'_>,
        reply: &mut dyn FnMut(&Map<String, Value>) -> Result<Value>,
    ) -> Result<Answer> {
        if let Some((_, why)) = NOT_STARTED.take().filter(|(launch, _)| *launch == self.launch) {
            anyhow::bail!(why);
        }
        let answered = self.with_program(|program| {
            let fields = request.to_json(self, program.shared())?;
            program.request(fields, reply)
        })?;
        answered.map_err(|why| anyhow::anyhow!(why))
    }
}
