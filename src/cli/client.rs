//! `gearshift client` on the command line, as text.

use super::values::duration;
use crate::client::Options;
use clap::{Args, value_parser};
use std::io::{self, IsTerminal};
use std::time::Duration;

/// `gearshift client`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gearshift client ws://127.0.0.1:8766             type messages, see replies
  echo hello | gearshift client ws://127.0.0.1:8766
  gearshift client --no-close 'ws://127.0.0.1:8765/?format=json' < /dev/null
  gearshift client --count 1 ws://127.0.0.1:8765 < /dev/null && make

Exit codes: 0 closed normally, 1 not connected, rejected or disconnected,
2 wrong arguments.")]
pub struct Client {
    /// Server to connect to: `ws://HOST[:PORT][/PATH][?QUERY]`
    url: String,
    /// Stay connected when the input ends, until the server closes
    #[arg(short, long)]
    no_close: bool,
    /// Close after N messages from the server, and not when the input ends
    #[arg(short, long, value_name = "N", value_parser = value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Send this Origin header, as a web page would
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,
    /// Time limit for each connection attempt, and again for the opening handshake
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5s")]
    connect_timeout: Duration,
}

impl Client {
    /// The options of the client.
    pub fn options(self) -> Options {
        Options {
            // With --count, the end of the input does not end the wait for messages.
            no_close: self.no_close || self.count.is_some(),
            count: self.count,
            pretty: io::stdout().is_terminal(),
            origin: self.origin,
            connect_timeout: self.connect_timeout,
            ..Options::new(self.url)
        }
    }
}
