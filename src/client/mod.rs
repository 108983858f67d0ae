//! `gearshift client URL`: each line of input is sent as a message, each message received is printed as a
//! line.
//!
//! A blocked thread waits in one place. A client that talks both ways waits in three, so it has three
//! threads. The *input* thread waits for the next line, the *writer* for room in the socket, and the
//! *reader* (the caller's thread) for the server. Only the writer writes; the reader sends it a command
//! and goes on. So frames never mix, nothing follows a close frame (RFC 6455, section 5.5.1), and the
//! reader waits for nothing but the server and the output.
//!
//! A lock around the socket would save the third thread, and deadlock. A server under back-pressure stops
//! reading from a client that does not read its replies. If the reader of that client has to send a pong
//! first, or waits for the lock of a thread that is sending, the two wait for each other.
//!
//! Where it breaks:
//! - The input thread cannot be woken from its `read`. When the connection ends first, the thread stays
//!   until the process ends. A program that calls [`run`] often with inputs that never end collects such
//!   threads.
//! - A line and a message are held in memory whole, and some lines are read ahead.
//! - A server that neither reads nor closes is waited for without limit, because only the user can tell
//!   whether it is slow or dead.
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

/// Lines read ahead of the writer: enough to send a file in few system calls, and few enough for lines of
/// 1 MiB.
const LINES_AHEAD: usize = 16;

/// What the command line asks for.
#[derive(Debug, Clone)]
pub struct Options {
    /// `ws://HOST[:PORT][/PATH][?QUERY]`.
    pub url: String,
    /// Stay after the end of input until the server closes or `count` messages have been received.
    pub no_close: bool,
    /// Close after this many messages received.
    pub count: Option<u64>,
    /// Print JSON objects and arrays indented. Numbers beyond 64 bits are shown rounded then.
    pub pretty: bool,
    /// The `Origin` header, as a browser would send it; none by default.
    pub origin: Option<String>,
    /// The limit for each address tried, and again for the whole handshake.
    pub connect_timeout: Duration,
    /// How long the server may be silent after our close frame. A server that still replies to earlier
    /// lines is waited for, and time in which the *output* blocks (a pager) does not count.
    pub close_timeout: Duration,
}

impl Options {
    /// The defaults, with this URL.
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
/// Lines end with LF or CRLF, which is not sent. At the end of input a close frame 1000 is sent (unless
/// [`no_close`](Options::no_close)). What the server sends before its own close is still printed. Pings
/// are answered at any time (RFC 6455, section 5.5.2). An `output` whose reader has gone (`| head -1`)
/// ends the connection without error.
///
/// # Blocks
/// Until the connection ends. After the close frame, the server may be silent for at most twice
/// [`close_timeout`](Options::close_timeout).
///
/// # Errors
/// Usage: an invalid URL or origin. Failure: no connection, a handshake that is refused, a close code
/// other than 1000 or 1001 (section 7.4), a connection lost without a close frame, no close from the
/// server in time, input that is not UTF-8 or cannot be read, output that cannot be written.
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
        // Fails only when `run` has returned, and then the result is not needed.
        let _ = result_tx.try_send(writer.run());
    })?;

    let read_end = receive(&mut websocket, options, output, &command_tx);
    // If this side ended the connection, the writer knows why (bad input, no close in time). The reader
    // saw only the consequence.
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
    /// The close frame to send; `None` if the connection is lost.
    close_frame: Option<Option<CloseFrame>>,
    result: Result<(), Error>,
}

impl ReadEnd {
    /// This side ends the connection.
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

/// Prints messages until the server closes, the connection breaks, or enough have been received.
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
                // Fails when the writer has ended. It has sent a close frame then, and no pong may follow.
                let _ = commands.send(Command::Pong(data));
                continue;
            }
            Ok(Message::Close(frame)) => {
                return ReadEnd {
                    result: close_result(frame.as_ref()),
                    close_frame: Some(frame),
                };
            }
            // We send no pings, and `read` never returns a bare frame.
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

/// Whether the close code is a normal end (RFC 6455, section 7.4.1).
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
            "{url} broke the WebSocket protocol: {error}"
        ))),
    )
}

/// Sends the close frame, lets the server close its socket first (RFC 6455, section 7.1.1), and ends the
/// writer wherever it waits. Closing a socket with unread bytes would reset the connection, which can
/// destroy the close frame on its way.
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
    let mut discarded = [0; 4096];
    loop {
        let left = deadline.saturating_duration_since(clock::now());
        if left.is_zero() || socket.set_read_timeout(Some(left)).is_err() {
            return;
        }
        if !matches!(socket.read(&mut discarded), Ok(1..)) {
            return;
        }
    }
}
