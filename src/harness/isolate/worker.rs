//! The worker process: reads trials, runs them, and answers row by row.

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use anyhow::{Context, Result, bail};
use remeasure_core::family::AnyFamily;
use remeasure_core::stream::Streams;
use remeasure_external::{self as external, Terms};
use rustix::process::Signal;

use super::protocol::{Answer, Inbox, Received, Request, Welcome, send};
use crate::config::{Document, Overrides, Resolved};
use crate::interrupt;
use crate::plan::Plan;

fn read_config(welcome: &Welcome) -> Result<Resolved> {
    let document = Document::parse("the config of the run", &welcome.config)?.of_file(&welcome.file);
    Ok(document.resolve(&welcome.profile, &Overrides::default())?)
}

/// Ties this process's life to its parent's, and limits its memory.
fn bound(memory: Option<u64>, death: Signal) -> Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(death))
        .context("cannot be tied to the run's process")?;
    #[cfg(not(target_os = "linux"))]
    let _ = death;
    if memory.is_some() {
        let limit = rustix::process::Rlimit { current: memory, maximum: memory };
        rustix::process::setrlimit(rustix::process::Resource::Data, limit)
            .context("cannot limit the memory of a worker")?;
    }
    Ok(())
}

/// Serves the run at the other end of standard input until that closes it; `family` returns the family
/// that runs a config.
///
/// # Errors
/// If standard input is not a socket, because this command is only for remeasure itself; or if a message
/// is malformed.
pub fn serve<'f>(family: impl Fn(&Resolved) -> Result<&'f dyn AnyFamily>) -> Result<()> {
    let socket = std::io::stdin().as_fd().try_clone_to_owned().context("no standard input")?;
    let mut socket = UnixStream::from(socket);
    let mut inbox = Inbox::default();
    let Received::Message(first) =
        inbox.receive(&mut socket).context("`worker` is only for remeasure itself; use `run --isolate`")?
    else {
        return Ok(());
    };
    let welcome: Welcome = toml::from_str(std::str::from_utf8(&first)?)?;
    // Where there are programs, it has to end them first.
    bound(welcome.memory, if welcome.commands.is_some() { Signal::TERM } else { Signal::KILL })?;
    if let Some(log) = &welcome.commands {
        interrupt::end_programs()?;
        external::allow(Terms { log: Some(log.clone()), memory: welcome.memory });
    }
    let prepared = read_config(&welcome)
        .and_then(|resolved| Ok((family(&resolved)?, resolved)))
        .and_then(|(family, resolved)| Ok(Plan::new(resolved, family, &[])?));
    let plan = match prepared {
        Ok(plan) => plan,
        Err(error) => return Ok(send(&mut socket, &Answer::Refused(format!("{error:#}")).to_bytes())?),
    };
    send(&mut socket, &Answer::Ready.to_bytes())?;
    while let Received::Message(message) = inbox.receive(&mut socket)? {
        let Some(request) = Request::read(&message) else { bail!("malformed request") };
        let Some(cell) = plan.cells.iter().position(|c| c.id == request.cell) else {
            bail!("the config does not have the requested cell")
        };
        let streams = Streams { seed: plan.resolved.seed, cell: request.cell, replicate: request.replicate };
        let mut sent = Ok(());
        plan.runner(cell).trial(&streams, &request.attempts, &mut |event| {
            if sent.is_ok() {
                sent = send(&mut socket, &Answer::Event(event).to_bytes());
            }
        });
        sent?;
        send(&mut socket, &Answer::Ready.to_bytes())?;
    }
    external::close();
    Ok(())
}
