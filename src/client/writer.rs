//! The sending half: the input thread feeds the writer thread, and only the writer writes.
//!
//! One thread makes and writes all frames, so they never mix. Lines are sent in the order in which they were
//! read, commands in the order in which they were given. There is no order between the two. Where it
//! breaks: a server that does not read blocks the writer in `write(2)` until the reader shuts the socket
//! down. Meanwhile, pongs for a server that pings without reading accumulate.

use std::io::BufRead;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, never, select};
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Bytes, Message};

use super::read_half::{Silence, after};
use crate::error::Error;

/// The input thread. It ends with the input, with its first error, or when the writer has ended.
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
            "line {number} of the input is not valid UTF-8, as a text message must be: \
             the lines before it were sent, this one and the rest were not"
        ))
    })
}

/// What the reader asks the writer to send.
pub(super) enum Command {
    Pong(Bytes),
    /// The writer ends after this.
    Close(Option<CloseFrame>),
}

/// The only thread that writes to the socket.
pub(super) struct Writer {
    pub(super) socket: TcpStream,
    /// From the input thread; disconnected at the end of input.
    pub(super) lines: Receiver<Result<String, Error>>,
    /// From the reader. Unbounded, because the reader must never wait for the writer.
    pub(super) commands: Receiver<Command>,
    /// How long the reader has been waiting for the server.
    pub(super) silence: Silence,
    pub(super) no_close: bool,
    pub(super) close_timeout: Duration,
}

impl Writer {
    /// An error if this side ended the connection because of one. A failure to send is not reported here:
    /// the reader of the same connection knows more, perhaps a close code.
    pub(super) fn run(mut self) -> Result<(), Error> {
        // It never reads, so it needs no read buffer.
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
            // A flush is a system call, so none while another line is ready.
            if self.lines.is_empty() {
                sent = sent.and_then(|()| frames.flush(&mut self.socket));
            }
            if sent.is_err() {
                return Ok(());
            }
        }
    }

    /// After our close frame: waits until the reader is done, or shuts the socket down when the server
    /// has been silent for too long.
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
                             replies may be missing",
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
