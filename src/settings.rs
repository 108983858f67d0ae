//! What the arguments of `gearshift serve` mean. They are checked once, here; nothing behind this file
//! sees an argument, and nothing in it opens a socket or a file.

use crate::cli;
use crate::error::Error;
use crate::models::thread_pool::{LongLived, PoolSettings, WhenFull};
use crate::models::{ModelKind, ModelSettings};
use crate::protocol::Limits;
use crate::service::registry::{self, EndpointKind, SERVICES};
use crate::service::{Cost, Format};
use crate::watch::Rules;
use std::fmt;
use std::num::NonZeroUsize;
use std::thread;
use std::time::Duration;

/// What is watched without `--watch`.
const DEFAULT_WATCH: &str = "watched_file.txt";

/// The arguments of `gearshift serve`, checked, with defaults filled in.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The model to begin with.
    pub(crate) model: ModelKind,
    pub(crate) models: ModelSettings,
    /// Time until the next model takes over.
    pub(crate) shift_every: Option<Duration>,
    pub(crate) endpoints: Vec<EndpointSettings>,
    /// What each message costs before its reply.
    pub(crate) work: Cost,
    pub(crate) watch: Rules,
    /// Time between two scans of the watched files.
    pub(crate) interval: Duration,
    /// The default format of changes.
    pub(crate) format: Format,
    pub(crate) limits: Limits,
    /// Origins of web pages that may connect, in addition to pages of this machine.
    pub(crate) allowed_origins: Vec<String>,
    /// The names of this host, whose pages may connect.
    pub(crate) host_names: Vec<String>,
    /// Number of clients; `None` is a default, or less if the descriptor limit is lower.
    pub(crate) max_connections: Option<usize>,
    /// How long clients may take for the closing handshake when the server stops.
    pub(crate) drain: Duration,
}

/// An endpoint to open.
#[derive(Debug, Clone)]
pub(crate) struct EndpointSettings {
    /// The name of the service, for `listening` lines and messages.
    pub(crate) name: &'static str,
    pub(crate) kind: EndpointKind,
    pub(crate) address: Address,
}

/// Where to listen. The name of a host is resolved when the endpoint is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// A name or an address, without brackets.
    pub host: String,
    /// 0 is any free port.
    pub port: u16,
}

impl Address {
    fn loopback(port: u16) -> Address {
        Address {
            host: "127.0.0.1".to_owned(),
            port,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl Settings {
    /// # Errors
    /// One line about arguments that contradict each other.
    pub fn from_args(args: &cli::Serve) -> Result<Settings, Error> {
        let endpoints = endpoints(&args.services)?;
        Ok(Settings {
            model: args.model,
            models: ModelSettings {
                max_threads: args.threads.max_threads as usize,
                pool: pool(args)?,
                loops: loops(args)?,
            },
            shift_every: args.shift_every,
            work: work(args, &endpoints)?,
            watch: watch(&args.watch, &endpoints)?,
            endpoints,
            interval: args.watch.interval,
            format: args.watch.format,
            limits: limits(&args.limits),
            allowed_origins: args.limits.allowed_origins.clone(),
            host_names: host_names(&args.limits.host_names),
            max_connections: args.limits.max_connections.map(|max| max as usize),
            drain: args.limits.drain,
        })
    }
}

fn limits(args: &cli::LimitArgs) -> Limits {
    Limits {
        handshake_timeout: args.handshake_timeout,
        message_timeout: args.message_timeout,
        idle_timeout: args.idle_timeout,
        stall_timeout: args.stall_timeout,
        max_message_bytes: args.max_message,
        max_fragments: args.max_fragments,
        max_unsent_bytes: args.max_unsent,
        max_head_bytes: args.max_head,
        max_headers: args.max_headers as usize,
        ..Limits::default()
    }
}

fn watch(args: &cli::WatchArgs, endpoints: &[EndpointSettings]) -> Result<Rules, Error> {
    let notifies = endpoints.iter().any(|one| one.name == registry::NOTIFY);
    let is_given = !args.paths.is_empty() || !args.ignore.is_empty();
    if is_given && !notifies {
        return Err(Error::usage(
            "--watch and --ignore need the service notify; add --service notify",
        ));
    }
    let mut targets = args.paths.clone();
    if targets.is_empty() {
        targets.push(DEFAULT_WATCH.to_owned());
    }
    Ok(Rules {
        targets,
        ignore: args.ignore.clone(),
    })
}

fn work(args: &cli::Serve, endpoints: &[EndpointSettings]) -> Result<Cost, Error> {
    let cost = Cost {
        cpu: args.work_cpu.unwrap_or_default(),
        block: args.work_block.unwrap_or_default(),
    };
    let has_service = |one: &EndpointSettings| matches!(one.kind, EndpointKind::WebSocket(_));
    if !cost.is_free() && !endpoints.iter().any(has_service) {
        return Err(Error::usage(
            "--work-cpu and --work-block need a WebSocket service, such as --service echo",
        ));
    }
    Ok(cost)
}

/// Rejects the first of `flags` that is given although the model that it is for never runs.
fn only_for(model: ModelKind, args: &cli::Serve, flags: &[(&str, bool)]) -> Result<(), Error> {
    let runs = args.model == model || args.shift_every.is_some();
    match flags.iter().find(|(_, given)| *given) {
        Some((flag, _)) if !runs => {
            let about = model.about();
            let short = about.alias.unwrap_or(about.name);
            Err(Error::usage(format!(
                "{flag} is for the model {}; add --model {short}",
                about.name
            )))
        }
        _ => Ok(()),
    }
}

/// Those of the command line, and the system's own name.
fn host_names(more: &[String]) -> Vec<String> {
    let system = rustix::system::uname();
    let own = system.nodename().to_string_lossy().into_owned();
    more.iter().cloned().chain([own]).collect()
}

fn loops(args: &cli::Serve) -> Result<usize, Error> {
    let loops = args.threads.loops;
    only_for(ModelKind::MultiLoop, args, &[("--loops", loops.is_some())])?;
    // One per core that this process may use, or one if the system does not say.
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    Ok(loops.map_or_else(cores, |loops| loops as usize))
}

fn pool(args: &cli::Serve) -> Result<PoolSettings, Error> {
    let threads = &args.threads;
    let flags = [
        ("--threads", threads.workers.is_some()),
        ("--queue", threads.queue.is_some()),
        ("--long-lived", threads.long_lived.is_some()),
        ("--when-full", threads.when_full.is_some()),
        ("--slice", threads.slice.is_some()),
        ("--min-rate", threads.min_rate.is_some()),
    ];
    only_for(ModelKind::ThreadPool, args, &flags)?;
    let long_lived = threads.long_lived.unwrap_or(LongLived::Hold);
    let when_full = threads.when_full.unwrap_or(WhenFull::Wait);
    if threads.slice.is_some() && long_lived == LongLived::Hold {
        return Err(Error::usage("--slice needs --long-lived drop or requeue"));
    }
    if threads.min_rate.is_some() && long_lived != LongLived::Drop {
        return Err(Error::usage("--min-rate needs --long-lived drop"));
    }
    let slice = match long_lived {
        LongLived::Requeue => Duration::from_millis(100),
        LongLived::Hold | LongLived::Drop => Duration::from_secs(2),
    };
    let queue = if when_full == WhenFull::Wait { 128 } else { 0 };
    Ok(PoolSettings {
        workers: threads.workers.unwrap_or(20) as usize,
        queue: threads.queue.unwrap_or(queue) as usize,
        long_lived,
        when_full,
        slice: threads.slice.unwrap_or(slice),
        min_bytes_per_second: threads.min_rate.unwrap_or(1) as u64,
    })
}

fn endpoints(specs: &[String]) -> Result<Vec<EndpointSettings>, Error> {
    let defaults = ["notify".to_owned(), "reply".to_owned()];
    let specs = if specs.is_empty() { &defaults } else { specs };
    let mut endpoints: Vec<EndpointSettings> = Vec::new();
    for spec in specs {
        for new in endpoints_of(spec)? {
            let clashes =
                |old: &&EndpointSettings| new.address.port != 0 && old.address == new.address;
            if let Some(old) = endpoints.iter().find(clashes) {
                return Err(Error::usage(format!(
                    "{} and {} cannot both listen on {}; choose another port, as in \
                     --service {}=PORT",
                    old.name, new.name, new.address, new.name
                )));
            }
            endpoints.push(new);
        }
    }
    Ok(endpoints)
}

/// `NAME`, `NAME=ADDR`, `twin-echo=ADDR,ADDR`.
fn endpoints_of(spec: &str) -> Result<Vec<EndpointSettings>, Error> {
    let (name, addresses) = match spec.split_once('=') {
        Some((name, addresses)) => (name, Some(addresses)),
        None => (spec, None),
    };
    let Some(service) = registry::find(name) else {
        let names = SERVICES.each_ref().map(|service| service.name).join(", ");
        return Err(Error::usage(format!(
            "unknown service '{name}'; the services are {names}"
        )));
    };
    let parts = service.endpoints;
    let addresses = match addresses {
        None => parts
            .iter()
            .map(|&(port, _)| Address::loopback(port))
            .collect(),
        Some(list) => list
            .split(',')
            .map(address)
            .collect::<Result<Vec<_>, _>>()?,
    };
    if addresses.len() != parts.len() {
        let (number, plural) = (parts.len(), if parts.len() == 1 { "" } else { "es" });
        return Err(Error::usage(format!(
            "{name} needs {number} address{plural}, not {}: '{spec}'",
            addresses.len()
        )));
    }
    let endpoint = |(&(_, kind), address)| EndpointSettings {
        name: service.name,
        kind,
        address,
    };
    Ok(parts.iter().zip(addresses).map(endpoint).collect())
}

/// `PORT`, `HOST:PORT` or `[IPV6]:PORT`.
fn address(text: &str) -> Result<Address, Error> {
    let parse = || {
        let Some((host, port)) = text.rsplit_once(':') else {
            return Some(Address::loopback(text.parse().ok()?));
        };
        let in_brackets = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let is_plain = !host.is_empty() && !host.contains(':');
        Some(Address {
            host: in_brackets.or(is_plain.then_some(host))?.to_owned(),
            port: port.parse().ok()?,
        })
    };
    parse().ok_or_else(|| {
        Error::usage(format!(
            "'{text}' is not an address; write PORT, HOST:PORT or [IPV6]:PORT with a port up to \
             65535"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(specs: &[&str]) -> Result<Vec<String>, String> {
        let specs: Vec<String> = specs.iter().map(|spec| (*spec).to_owned()).collect();
        let all = endpoints(&specs).map_err(|error| error.to_string())?;
        Ok(all
            .iter()
            .map(|one| format!("{} {}", one.name, one.address))
            .collect())
    }

    #[test]
    fn services_have_default_addresses_and_take_others() {
        assert_eq!(
            listen(&[]).unwrap_or_default(),
            ["notify 127.0.0.1:8765", "reply 127.0.0.1:8766"]
        );
        assert_eq!(
            listen(&["echo=0", "mirror=[::1]:7", "tcp-echo=localhost:9"]).unwrap_or_default(),
            ["echo 127.0.0.1:0", "mirror [::1]:7", "tcp-echo localhost:9"]
        );
        assert_eq!(
            listen(&["twin-echo=1,2"]).unwrap_or_default(),
            ["twin-echo 127.0.0.1:1", "twin-echo 127.0.0.1:2"]
        );
    }

    #[test]
    fn wrong_services_are_reported_in_one_line() {
        for (specs, part) in [
            (
                &["ecko"][..],
                "unknown service 'ecko'; the services are notify, reply,",
            ),
            (&["echo=99999"], "'99999' is not an address"),
            (&["echo=:80"], "':80' is not an address"),
            (&["echo=1:2:3"], "'1:2:3' is not an address"),
            (&["echo=1,2"], "echo needs 1 address, not 2"),
            (&["twin-echo=1"], "twin-echo needs 2 addresses, not 1"),
            (
                &["notify", "echo"],
                "notify and echo cannot both listen on 127.0.0.1:8765",
            ),
        ] {
            let error = listen(specs).expect_err("wrong");
            assert!(error.contains(part) && !error.contains('\n'), "{error}");
        }
        assert!(
            listen(&["echo=0", "reply=0"]).is_ok(),
            "port 0 is another port each time"
        );
    }
}
