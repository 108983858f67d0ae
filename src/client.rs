//! `gearshift client URL`: a line of input is a message, a message received is a line of output.
//!
//! Principle: a blocked thread waits in one place, and a client that talks both ways has three
//! places to wait in, hence three threads. *Input* waits for the next line, the *writer* for room
//! in the socket, the *reader* (the caller's thread) for the server. Only the writer writes. Who
//! wants something said gives it an order and goes on: so frames never mix, nothing follows a close
//! frame (RFC 6455, section 5.5.1), and the reader never waits for anything but the server and the
//! output.
//!
//! A lock around the socket would save the third thread and deadlock: a server under back-pressure
//! stops reading from a client whose answers pile up; a client that must send a pong, or wait for
//! the lock of a thread that sends, before it reads on then waits for that server, and the server
//! for it.
//!
//! Where it breaks:
//! - The input thread cannot be woken from its `read`. When the connection ends first it is left
//!   behind, not joined, and goes with the process; a program that calls [`run`] often with inputs
//!   that never end collects such threads.
//! - A line and a message are held whole, and some lines are read ahead.
//! - A server that neither reads nor closes nor goes is waited for without end: only its user can
//!   tell whether it is slow or dead.
//! - There is no TLS and no compression.

pub(crate) mod dial;
mod print;
mod read_half;
mod writer;

use std::io::{BufRead, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Message, WebSocket};

use self::read_half::{ReadHalf, after};
use self::writer::{Command, Writer, read_lines};
use crate::clock;
use crate::error::Error;

/// Lines read ahead of the writer. Enough that a file travels in few system calls, few enough that
/// lines of a MiB stay affordable.
const LINES_AHEAD: usize = 16;

/// What the command line says.
#[derive(Debug, Clone)]
pub struct Options {
    /// `ws://HOST[:PORT][/PATH][?QUERY]`.
    pub url: String,
    /// Stay after the end of input until the server closes or `count` messages have come.
    pub no_close: bool,
    /// Close after this many messages received.
    pub count: Option<u64>,
    /// Print JSON objects and arrays indented. Numbers beyond 64 bits are shown rounded then.
    pub pretty: bool,
    /// The `Origin` header, as a browser would send it; none by default.
    pub origin: Option<String>,
    /// For each address tried, and once more for the whole handshake.
    pub connect_timeout: Duration,
    /// How long the server may be silent after our close frame. Silence, not the whole: a server
    /// that still answers earlier lines is waited for, and time in which the *output* blocks (a
    /// pager) does not count.
    pub close_timeout: Duration,
}

impl Options {
    /// `url` with everything else at its default.
    pub fn new(url: impl Into<String>) -> Options {
        Options {
            url: url.into(),
            no_close: false,
            count: None,
            pretty: false,
            origin: None,
            connect_timeout: Duration::from_secs(5),
            close_timeout: Duration::from_secs(2),
        }
    }
}

/// Sends `input` line by line as text messages and writes each message received as one line to
/// `output`, flushed.
///
/// Lines end with LF or CRLF, which is not sent. At the end of input a close frame 1000 goes out
/// (unless [`no_close`](Options::no_close)); what the server sends before its own close is still
/// printed. Pings are answered while the input is silent (RFC 6455, section 5.5.2). An `output`
/// whose reader has gone (`| head -1`) ends the talk without error.
///
/// # Blocks
/// Until the connection is over, also while nothing is said. Once the close frame is out, parting
/// takes at most twice [`close_timeout`](Options::close_timeout) of silence.
///
/// # Errors
/// Usage: a URL or origin that cannot work. Failure: no connection, handshake refused, a close code
/// other than 1000 or 1001 (section 7.4), a connection lost or broken without close frame, no close
/// from the server in time, input that is not UTF-8 or cannot be read, output that cannot be
/// written.
pub fn run(
    options: &Options,
    input: impl BufRead + Send + 'static,
    output: &mut dyn Write,
) -> Result<(), Error> {
    let (mut websocket, socket) = dial::dial(options)?;
    log::info!("connected to {}", options.url);
    let (command_tx, commands) = unbounded();
    let (line_tx, lines) = bounded(LINES_AHEAD);
    let (result_tx, writer_result) = bounded(1);
    let writer = Writer {
        socket: duplicate(&socket)?,
        lines,
        commands,
        silence: websocket.get_ref().silence(),
        no_close: options.no_close,
        close_timeout: options.close_timeout,
    };
    start("client input", move || read_lines(input, &line_tx))?;
    start("client writer", move || {
        // A full or closed channel is impossible and harmless: there is one result, and nobody left
        // to miss it.
        let _ = result_tx.try_send(writer.run());
    })?;

    let read_end = receive(&mut websocket, options, output, &command_tx);
    // The writer knows why *we* ended the talk (bad input, no close in time); the reader saw only
    // the consequence.
    finish_close(
        &socket,
        read_end.close_frame,
        &command_tx,
        &writer_result,
        options.close_timeout,
    )
    .and(read_end.result)
}

fn start(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    let started = thread::Builder::new().name(name.into()).spawn(body);
    started
        .map(drop)
        .map_err(|error| Error::failure(format!("cannot start a thread: {error}")))
}

fn duplicate(socket: &TcpStream) -> Result<TcpStream, Error> {
    socket
        .try_clone()
        .map_err(|error| Error::failure(format!("cannot share the socket: {error}")))
}

/// How reading ended.
struct ReadEnd {
    /// The close frame still to be said; `None` when there is nobody to say it to.
    close_frame: Option<Option<CloseFrame>>,
    result: Result<(), Error>,
}

impl ReadEnd {
    /// This side has what it wanted, or cannot go on.
    fn ours(code: CloseCode, result: Result<(), Error>) -> ReadEnd {
        ReadEnd {
            close_frame: Some(Some(CloseFrame {
                code,
                reason: "".into(),
            })),
            result,
        }
    }
}

/// Prints messages until the server closes, the connection breaks, or enough have come.
fn receive(
    websocket: &mut WebSocket<ReadHalf>,
    options: &Options,
    output: &mut dyn Write,
    commands: &Sender<Command>,
) -> ReadEnd {
    let mut received = 0;
    while options.count.is_none_or(|count| received < count) {
        let printed = match websocket.read() {
            Ok(Message::Text(text)) => print::text(output, text.as_str(), options.pretty),
            Ok(Message::Binary(data)) => print::binary(output, &data),
            Ok(Message::Ping(data)) => {
                // No writer any more: then its close frame is out and the pong not allowed.
                let _ = commands.send(Command::Pong(data));
                continue;
            }
            Ok(Message::Close(frame)) => {
                return ReadEnd {
                    result: close_result(frame.as_ref()),
                    close_frame: Some(frame),
                };
            }
            // Nobody asked for a pong; `read` never returns a bare frame.
            Ok(Message::Pong(_) | Message::Frame(_)) => continue,
            Err(error) => return broken(error, &options.url),
        };
        match printed {
            Ok(()) => received += 1,
            Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
            Err(error) => {
                let failure = Error::failure(format!("cannot write the output: {error}"));
                return ReadEnd::ours(CloseCode::Normal, Err(failure));
            }
        }
    }
    ReadEnd::ours(CloseCode::Normal, Ok(()))
}

/// Was this a good end? (RFC 6455, section 7.4.1.)
fn close_result(frame: Option<&CloseFrame>) -> Result<(), Error> {
    let Some(CloseFrame { code, reason }) = frame else {
        return Ok(());
    };
    let meaning = match code {
        CloseCode::Normal => return Ok(()),
        CloseCode::Away => {
            log::info!("server closed: 1001 (going away)");
            return Ok(());
        }
        CloseCode::Protocol => "protocol error",
        CloseCode::Unsupported => "unsupported data",
        CloseCode::Invalid => "invalid data",
        CloseCode::Policy => "policy violation",
        CloseCode::Size => "message too big",
        CloseCode::Extension => "extension missing",
        CloseCode::Error => "internal error",
        CloseCode::Restart => "service restart",
        CloseCode::Again => "try again later",
        _ => "",
    };
    let mut line = format!("server closed: {}", u16::from(*code));
    if !meaning.is_empty() {
        line.push_str(&format!(" ({meaning})"));
    }
    let reason = print::one_line(reason);
    if !reason.is_empty() && reason != meaning {
        line.push_str(&format!(": {reason}"));
    }
    Err(Error::failure(line))
}

fn broken(error: tungstenite::Error, url: &str) -> ReadEnd {
    use tungstenite::error::{Error as Cause, ProtocolError};
    let lost = |why: &str| ReadEnd {
        close_frame: None,
        result: Err(Error::failure(format!("connection to {url} lost: {why}"))),
    };
    let code = match &error {
        Cause::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            return lost("the server went away without a close frame");
        }
        Cause::Io(error) => return lost(&dial::reason(error)),
        Cause::Capacity(_) => CloseCode::Size,
        Cause::Utf8(_) => CloseCode::Invalid,
        _ => CloseCode::Protocol,
    };
    ReadEnd::ours(
        code,
        Err(Error::failure(format!(
            "{url} sent what is no WebSocket: {error}"
        ))),
    )
}

/// Has the last word said, lets the server hang up first (RFC 6455, section 7.1.1), and ends the
/// writer whatever it waits in. Closing with unread bytes would be a reset, and that can destroy
/// the close frame on its way.
fn finish_close(
    socket: &TcpStream,
    close_frame: Option<Option<CloseFrame>>,
    commands: &Sender<Command>,
    writer_result: &Receiver<Result<(), Error>>,
    timeout: Duration,
) -> Result<(), Error> {
    let deadline = after(timeout);
    let Some(frame) = close_frame else {
        let _ = socket.shutdown(Shutdown::Both);
        let _ = commands.send(Command::Close(None));
        return writer_result.recv_deadline(deadline).unwrap_or(Ok(()));
    };
    let _ = commands.send(Command::Close(frame));
    let result = writer_result.recv_deadline(deadline).unwrap_or(Ok(()));
    discard(socket, deadline);
    let _ = socket.shutdown(Shutdown::Both);
    result
}

fn discard(mut socket: &TcpStream, deadline: Instant) {
    let mut scrap = [0; 4096];
    loop {
        let left = deadline.saturating_duration_since(clock::now());
        if left.is_zero() || socket.set_read_timeout(Some(left)).is_err() {
            return;
        }
        if !matches!(socket.read(&mut scrap), Ok(1..)) {
            return;
        }
    }
}
