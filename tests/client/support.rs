//! Small scripted servers, and the client run against them until it ends.

use crossbeam_channel::{Receiver, unbounded};
use gearshift::client::{self, Options};
use gearshift::error::Error;
use std::io::{self, BufRead, BufReader, Cursor, PipeWriter};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Message, WebSocket};

/// An upper bound that no step should reach.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) type Server = WebSocket<TcpStream>;

/// A thread whose result is awaited with a time-out.
pub(crate) struct Task<T>(Receiver<T>, &'static str);

impl<T> Task<T> {
    pub(crate) fn result(self) -> T {
        self.0
            .recv_timeout(LONG)
            .unwrap_or_else(|_| panic!("the {} panicked or hangs", self.1))
    }
}

pub(crate) fn task<T: Send + 'static>(
    name: &'static str,
    body: impl FnOnce() -> T + Send + 'static,
) -> Task<T> {
    let (to, result) = unbounded();
    thread::spawn(move || {
        let _ = to.send(body());
    });
    Task(result, name)
}

/// A bare server for one client.
pub(crate) fn serve_raw<T: Send + 'static>(
    script: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (SocketAddr, Task<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = task("server", move || {
        let (socket, _) = listener.accept().unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        script(socket)
    });
    (address, server)
}

/// A WebSocket server for one client.
pub(crate) fn serve<T: Send + 'static>(
    script: impl FnOnce(Server) -> T + Send + 'static,
) -> (String, Task<T>) {
    let (address, server) = serve_raw(|socket| script(tungstenite::accept(socket).unwrap()));
    (format!("ws://{address}"), server)
}

/// Replies to each text with `answer: ` and the text, until the client closes.
pub(crate) fn answer_all(mut server: Server) {
    while let Ok(message) = server.read() {
        if let Message::Text(text) = message {
            server
                .send(Message::text(format!("answer: {text}")))
                .unwrap();
        }
    }
}

pub(crate) fn close(server: &mut Server, code: CloseCode, reason: &'static str) {
    server
        .close(Some(CloseFrame {
            code,
            reason: reason.into(),
        }))
        .unwrap();
    while server.read().is_ok() {}
}

pub(crate) fn text(message: Message) -> String {
    message.into_text().unwrap().to_string()
}

/// Runs the client until it ends; returns its result and its output.
pub(crate) fn run_with(
    options: Options,
    input: impl BufRead + Send + 'static,
) -> Task<(Result<(), Error>, String)> {
    task("client", move || {
        let mut output = Vec::new();
        let result = client::run(&options, input, &mut output);
        (result, String::from_utf8(output).unwrap())
    })
}

pub(crate) fn run(options: Options, input: impl Into<Vec<u8>>) -> (Result<(), Error>, String) {
    run_with(options, Cursor::new(input.into())).result()
}

/// An input that stays silent until the second value is dropped.
pub(crate) fn silence() -> (BufReader<io::PipeReader>, PipeWriter) {
    let (input, keep) = io::pipe().unwrap();
    (BufReader::new(input), keep)
}

pub(crate) fn failure_of(result: Result<(), Error>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.exit_code(), 1, "{error}");
    error.to_string()
}

/// A client with nothing to send, against a server that runs `script` and then closes with 1000.
pub(crate) fn output_of(
    options: impl FnOnce(&mut Options),
    script: impl FnOnce(&mut Server) + Send + 'static,
) -> String {
    let (url, server) = serve(|mut server| {
        script(&mut server);
        close(&mut server, CloseCode::Normal, "");
    });
    let mut settings = Options::new(url);
    options(&mut settings);
    let (input, _keep) = silence();
    let (result, output) = run_with(settings, input).result();
    server.result();
    assert_eq!(result, Ok(()));
    output
}
