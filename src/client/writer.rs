//! The sending half: the input thread feeds the writer thread, and only the writer writes.
//!
//! Principle: one context makes all frames, one thread puts them on the stream, so that frames are
//! whole and the order is that of the two queues: lines as they were read, orders as they were
//! given; between the two there is no order. Where it breaks: a server that does not read blocks
//! the writer in `write(2)`, orders included, until the reader ends the socket; pongs for a server
//! that pings without reading pile up meanwhile.

use std::io::BufRead;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, never, select};
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Bytes, Message};

use super::read_half::{Silence, after};
use crate::error::Error;

/// The input thread: ends with the input, with its first error, or when nobody wants lines any
/// more.
pub(super) fn read_lines(mut input: impl BufRead, lines: &Sender<Result<String, Error>>) {
    for number in 1_u64.. {
        let mut bytes = Vec::new();
        let line = match input.read_until(b'\n', &mut bytes) {
            Ok(0) => return,
            Ok(_) => decode_line(bytes, number),
            Err(error) => Err(Error::failure(format!(
                "cannot read line {number} of the input: {error}"
            ))),
        };
        let stop = line.is_err();
        if lines.send(line).is_err() || stop {
            return;
        }
    }
}

fn decode_line(mut bytes: Vec<u8>, number: u64) -> Result<String, Error> {
    if bytes.pop_if(|last| *last == b'\n').is_some() {
        bytes.pop_if(|last| *last == b'\r');
    }
    String::from_utf8(bytes).map_err(|_| {
        Error::failure(format!(
            "line {number} of the input is not UTF-8, and a text message must be: \
             lines before it were sent, it and the rest were not"
        ))
    })
}

/// What the reader asks the writer to say.
pub(super) enum Command {
    Pong(Bytes),
    /// The last word: the writer ends after it.
    Close(Option<CloseFrame>),
}

/// The only one that writes to the socket.
pub(super) struct Writer {
    pub(super) socket: TcpStream,
    /// From the input thread; disconnected at the end of input.
    pub(super) lines: Receiver<Result<String, Error>>,
    /// From the reader, which never waits for room here: see the head of the file for the price.
    pub(super) commands: Receiver<Command>,
    /// How long the reader has been waiting for the server.
    pub(super) silence: Silence,
    pub(super) no_close: bool,
    pub(super) close_timeout: Duration,
}

impl Writer {
    /// `Err` when it was this side that ended the talk for a reason. That sending failed is no such
    /// reason: the reader, on the same connection, knows more (a close code, perhaps) and says it.
    pub(super) fn run(mut self) -> Result<(), Error> {
        // Never reads, so no buffer for it.
        let config = WebSocketConfig::default().read_buffer_size(0);
        let mut frames = WebSocketContext::new(Role::Client, Some(config));
        loop {
            let mut sent = select! {
                recv(self.commands) -> command => match command {
                    Ok(Command::Pong(data)) => frames.write(&mut self.socket, Message::Pong(data)),
                    Ok(Command::Close(frame)) => {
                        let _ = frames.close(&mut self.socket, frame);
                        return Ok(());
                    }
                    Err(_) => return Ok(()),
                },
                recv(self.lines) -> line => match line {
                    Ok(Ok(text)) => frames.write(&mut self.socket, Message::text(text)),
                    Err(_) if self.no_close => {
                        self.lines = never();
                        Ok(())
                    }
                    end => {
                        let _ = frames.close(&mut self.socket, Some(normal()));
                        let closed = self.await_close();
                        return end.map_or(closed, |line| line.map(drop));
                    }
                },
            };
            // A flush is a system call: none while another line is at hand.
            if self.lines.is_empty() {
                sent = sent.and_then(|()| frames.flush(&mut self.socket));
            }
            if sent.is_err() {
                return Ok(());
            }
        }
    }

    /// After our close frame: waits until the reader is done, or ends its wait when the server has
    /// been silent too long.
    fn await_close(&self) -> Result<(), Error> {
        let mut deadline = after(self.close_timeout);
        loop {
            match self.commands.recv_deadline(deadline) {
                // After a close frame nothing may be sent, pongs included.
                Ok(Command::Pong(_)) => {}
                Ok(Command::Close(_)) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => {
                    let silent = self.silence.length();
                    if silent >= self.close_timeout {
                        let _ = self.socket.shutdown(Shutdown::Both);
                        return Err(Error::failure(format!(
                            "the server did not close within {:?} after the end of input: \
                             answers may be missing",
                            self.close_timeout
                        )));
                    }
                    deadline = after(self.close_timeout.saturating_sub(silent));
                }
            }
        }
    }
}

fn normal() -> CloseFrame {
    CloseFrame {
        code: CloseCode::Normal,
        reason: "".into(),
    }
}
