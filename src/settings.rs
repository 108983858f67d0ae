//! What the command line means: checked once, with units in the types. Nothing behind this file
//! looks at arguments, and nothing in it opens a socket or a file.

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

/// What is watched if nothing is said.
const DEFAULT_WATCH: &str = "watched_file.txt";

/// `gearshift serve`, understood.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The model to begin with.
    pub model: ModelKind,
    /// How the models are set up.
    pub models: ModelSettings,
    /// Go to the next model so often.
    pub shift_every: Option<Duration>,
    /// What to listen on.
    pub endpoints: Vec<EndpointSettings>,
    /// What each message costs, beside its answer.
    pub work: Cost,
    /// What to watch.
    pub watch: Rules,
    /// Time between two looks.
    pub interval: Duration,
    /// How clients are told who do not ask.
    pub format: Format,
    /// What one client may take.
    pub limits: Limits,
    /// Which web pages may connect.
    pub allowed_origins: Vec<String>,
    /// The most clients; `None`: what the descriptor limit allows, up to a default.
    pub max_connections: Option<usize>,
    /// How long clients may take to say goodbye.
    pub drain: Duration,
}

/// One endpoint to be.
#[derive(Debug, Clone)]
pub struct EndpointSettings {
    /// As people call it; in `listening` lines and messages.
    pub name: &'static str,
    /// What it speaks.
    pub kind: EndpointKind,
    /// Where.
    pub address: Address,
}

/// Where to listen. A host by name is looked up when it is bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// A name or an address, without brackets.
    pub host: String,
    /// 0: any free one.
    pub port: u16,
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
    /// One line on what makes no sense.
    pub fn from_args(args: &cli::Serve) -> Result<Settings, Error> {
        let endpoints = endpoints(&args.services)?;
        let notifies = endpoints
            .iter()
            .any(|endpoint| endpoint.name == registry::NOTIFY);
        let rules_given = !args.watch.paths.is_empty() || !args.watch.ignore.is_empty();
        if rules_given && !notifies {
            return Err(Error::usage("--watch and --ignore need the service notify"));
        }
        let mut targets = args.watch.paths.clone();
        if targets.is_empty() {
            targets.push(DEFAULT_WATCH.to_owned());
        }
        Ok(Settings {
            model: args.model,
            models: ModelSettings {
                max_threads: args.threads.max_threads as usize,
                pool: pool(args)?,
                loops: loops(args)?,
            },
            shift_every: args.shift_every,
            work: work(args, &endpoints)?,
            endpoints,
            watch: Rules {
                targets,
                ignore: args.watch.ignore.clone(),
            },
            interval: args.watch.interval,
            format: args.watch.format,
            limits: limits(&args.limits),
            allowed_origins: args.limits.allowed_origins.clone(),
            max_connections: args.limits.max_connections.map(|most| most as usize),
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

fn work(args: &cli::Serve, endpoints: &[EndpointSettings]) -> Result<Cost, Error> {
    let cost = Cost {
        cpu: args.work_cpu.unwrap_or_default(),
        block: args.work_block.unwrap_or_default(),
    };
    let has_service = |it: &EndpointSettings| matches!(it.kind, EndpointKind::WebSocket(_));
    if !cost.is_free() && !endpoints.iter().any(has_service) {
        return Err(Error::usage(
            "--work-cpu and --work-block need a WebSocket service",
        ));
    }
    Ok(cost)
}

fn loops(args: &cli::Serve) -> Result<usize, Error> {
    match args.threads.loops {
        Some(_) if args.model != ModelKind::MultiLoop && args.shift_every.is_none() => Err(
            Error::usage("--loops is for multi-loop; add --model multi-loop"),
        ),
        Some(loops) => Ok(loops as usize),
        // Cores that this process may use; where the system does not say, one.
        None => Ok(thread::available_parallelism().map_or(1, NonZeroUsize::get)),
    }
}

fn pool(args: &cli::Serve) -> Result<PoolSettings, Error> {
    let threads = &args.threads;
    if args.model != ModelKind::ThreadPool && args.shift_every.is_none() {
        let given = [
            ("--threads", threads.workers.is_some()),
            ("--queue", threads.queue.is_some()),
            ("--long-lived", threads.long_lived.is_some()),
            ("--when-full", threads.when_full.is_some()),
            ("--slice", threads.slice.is_some()),
            ("--min-rate", threads.min_rate.is_some()),
        ];
        if let Some((flag, _)) = given.iter().find(|(_, given)| *given) {
            return Err(Error::usage(format!(
                "{flag} is for the thread pool; add --model pool"
            )));
        }
    }
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
    let queue = threads
        .queue
        .unwrap_or(if when_full == WhenFull::Wait { 128 } else { 0 });
    Ok(PoolSettings {
        workers: threads.workers.unwrap_or(20) as usize,
        queue: queue as usize,
        long_lived,
        when_full,
        slice: threads.slice.unwrap_or(slice),
        min_bytes_per_second: threads.min_rate.unwrap_or(1) as u64,
    })
}

fn endpoints(specs: &[String]) -> Result<Vec<EndpointSettings>, Error> {
    let defaults = ["notify".to_owned(), "reply".to_owned()];
    let specs = if specs.is_empty() {
        &defaults[..]
    } else {
        specs
    };
    let mut endpoints: Vec<EndpointSettings> = Vec::new();
    for spec in specs {
        for new in endpoints_of(spec)? {
            let taken =
                |old: &&EndpointSettings| new.address.port != 0 && old.address == new.address;
            if let Some(old) = endpoints.iter().find(taken) {
                return Err(Error::usage(format!(
                    "{} and {} cannot both listen on {}; give one another port, as in \
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
        let known = SERVICES.each_ref().map(|service| service.name);
        return Err(Error::usage(format!(
            "there is no service '{name}'; there are {}",
            known.join(", ")
        )));
    };
    let parts = service.endpoints;
    let loopback = |port| Address {
        host: "127.0.0.1".to_owned(),
        port,
    };
    let addresses = match addresses {
        None => parts.iter().map(|&(port, _)| loopback(port)).collect(),
        Some(list) => list
            .split(',')
            .map(address)
            .collect::<Result<Vec<_>, _>>()?,
    };
    if addresses.len() != parts.len() {
        return Err(Error::usage(format!(
            "{name} needs {} address(es): {spec}",
            parts.len()
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
    let wrong = || {
        Error::usage(format!(
            "'{text}' is no address; write PORT, HOST:PORT or [IPV6]:PORT with a port up to 65535"
        ))
    };
    let (host, port) = match text.rsplit_once(':') {
        None => ("127.0.0.1", text),
        Some((host, port)) => match host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
        {
            Some(host) => (host, port),
            None if host.is_empty() || host.contains(':') => return Err(wrong()),
            None => (host, port),
        },
    };
    let port = port.parse().map_err(|_| wrong())?;
    Ok(Address {
        host: host.to_owned(),
        port,
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
    fn what_makes_no_sense_is_said_in_one_line() {
        for (specs, part) in [
            (
                &["ecko"][..],
                "there is no service 'ecko'; there are notify, reply,",
            ),
            (&["echo=99999"], "'99999' is no address"),
            (&["echo=:80"], "':80' is no address"),
            (&["echo=1:2:3"], "'1:2:3' is no address"),
            (&["echo=1,2"], "echo needs 1 address"),
            (&["twin-echo=1"], "twin-echo needs 2 address"),
            (
                &["notify", "echo"],
                "notify and echo cannot both listen on 127.0.0.1:8765",
            ),
        ] {
            let error = listen(specs).expect_err("refused");
            assert!(error.contains(part) && !error.contains('\n'), "{error}");
        }
        assert!(
            listen(&["echo=0", "reply=0"]).is_ok(),
            "port 0 is a new one each time"
        );
    }
}
