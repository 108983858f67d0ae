//! A server in this process and clients that talk to it, for the suites that run over every model.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "every suite uses its own part of it"
)]

use clap::Parser;
use gearshift::cli::{Cli, Command};
use gearshift::models::ModelKind;
use gearshift::server::{Handle, OwnService, Server};
use gearshift::service::{
    Hub, Message as ServiceMessage, Notice, Peer, Prepared, Reply, Request, Service, Session,
};
use gearshift::settings::{Address, Settings};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tungstenite::{Message, WebSocket};

/// How long a test waits for what must come. Only a failing test waits that long.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A running server, stopped when it is dropped.
pub struct TestServer {
    pub handle: Handle,
    /// What is published here reaches the clients of `push`.
    pub hub: Arc<Hub>,
    urls: HashMap<String, String>,
    thread: Option<JoinHandle<()>>,
}

impl TestServer {
    /// `arguments`: those of `gearshift serve`, after `--service reply=0` and `mirror=0`.
    ///
    /// It also has services for tests: `push` (the notices of `hub`), `panic` (panics at the message
    /// `panic` or, in its timer, `panic in the timer`; mirrors any other), `ticks` (sends `tick` every 2 ms, and mirrors).
    pub fn start(model: ModelKind, arguments: &[&str]) -> TestServer {
        let mut line = vec!["gearshift", "serve", "--model", model.about().name];
        line.extend(["--service", "reply=0", "--service", "mirror=0"]);
        line.extend(arguments);
        let Command::Serve(serve) = Cli::try_parse_from(line).unwrap().command else {
            unreachable!("the command is serve")
        };
        let hub = Arc::new(Hub::new());
        let own = |name, service: Arc<dyn Service>| {
            let address = Address {
                host: "127.0.0.1".to_owned(),
                port: 0,
            };
            OwnService {
                name,
                address,
                service,
            }
        };
        let services = vec![
            own("push", Arc::new(Push(Arc::clone(&hub)))),
            own("panic", Arc::new(Panics)),
            own("ticks", Arc::new(Ticks)),
        ];
        let server = Server::bind_with(Settings::from_args(&serve).unwrap(), services).unwrap();
        let urls = server.endpoints().into_iter().collect();
        let handle = server.handle();
        let thread = std::thread::Builder::new()
            .name("server".to_owned())
            .spawn(move || server.run().unwrap())
            .unwrap();
        TestServer {
            handle,
            hub,
            urls,
            thread: Some(thread),
        }
    }

    pub fn url(&self, service: &str) -> &str {
        &self.urls[service]
    }

    pub fn address(&self, service: &str) -> SocketAddr {
        let (_, rest) = self.urls[service].split_once("://").unwrap();
        rest.trim_end_matches('/').parse().unwrap()
    }

    pub fn connect(&self, service: &str) -> Client {
        Client::connect(self.url(service))
    }

    /// A bare connection, for what no good client sends.
    pub fn raw(&self, service: &str) -> TcpStream {
        let stream = TcpStream::connect(self.address(service)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    pub fn publish(&self, text: &str) {
        self.hub.publish(|_| Notice {
            from: None,
            forms: vec![Some(Prepared::new(ServiceMessage::Text(text.to_owned())))],
        });
    }

    /// Stops it and waits for its end.
    pub fn stop(&mut self) {
        self.handle.stop();
        self.join();
    }

    /// Waits for the end of a server that was told to stop.
    pub fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }

    /// Waits until the server counts this many clients.
    pub fn wait_for_connections(&self, count: usize) {
        wait_until(&format!("{count} connections"), || {
            self.handle.open_connections() == count
        });
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.handle.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Waits until `condition` holds; fails after [`PATIENCE`].
pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A well-behaved client that is not ours: tungstenite's own.
pub struct Client(pub WebSocket<TcpStream>);

impl Client {
    pub fn connect(url: &str) -> Client {
        Client::try_connect(url).unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    pub fn try_connect(url: &str) -> tungstenite::Result<Client> {
        let address = url
            .strip_prefix("ws://")
            .unwrap()
            .split('/')
            .next()
            .unwrap();
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        match tungstenite::client(url, stream) {
            Ok((socket, _)) => Ok(Client(socket)),
            Err(tungstenite::HandshakeError::Failure(error)) => Err(error),
            Err(tungstenite::HandshakeError::Interrupted(_)) => {
                panic!("no response to the handshake within {PATIENCE:?}")
            }
        }
    }

    pub fn send(&mut self, text: &str) {
        self.0.send(Message::text(text)).unwrap();
    }

    /// The next message that is not a control frame.
    pub fn receive_message(&mut self) -> Message {
        loop {
            match self.0.read() {
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(message) => return message,
                Err(error) => panic!("waited for a message: {error}"),
            }
        }
    }

    pub fn receive(&mut self) -> String {
        match self.receive_message() {
            Message::Text(text) => text.to_string(),
            other => panic!("expected a text, got {other:?}"),
        }
    }

    pub fn ask(&mut self, text: &str) -> String {
        self.send(text);
        self.receive()
    }

    /// Reads until the server closes. Returns the code, if there was a close frame.
    pub fn close_code(&mut self) -> Option<u16> {
        let mut code = None;
        loop {
            match self.0.read() {
                Ok(Message::Close(frame)) => code = Some(frame.map_or(1005, |it| it.code.into())),
                Ok(_) => {}
                Err(_) => return code,
            }
        }
    }
}

/// What `reply` sends back.
pub fn reversed(text: &str) -> String {
    format!(
        "Server response: {}",
        text.chars().rev().collect::<String>()
    )
}

/// The bytes of a handshake.
pub fn handshake() -> Vec<u8> {
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
      Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        .to_vec()
}

/// A masked text frame with a payload below 126 bytes; the mask is all zeros.
pub fn short_frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81, 0x80 | text.len() as u8, 0, 0, 0, 0];
    frame.extend_from_slice(text.as_bytes());
    frame
}

/// Sends the handshake on a bare connection and reads the response to its end.
pub fn shake_hands(stream: &mut TcpStream) {
    stream.write_all(&handshake()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    assert!(
        head.starts_with(b"HTTP/1.1 101"),
        "{}",
        String::from_utf8_lossy(&head)
    );
}

/// Everything that the server sends until it closes.
pub fn read_to_end(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    String::from_utf8_lossy(&all).into_owned()
}

struct Push(Arc<Hub>);
struct Subscriber;

impl Service for Push {
    fn open(&self, _peer: &Peer, _now: Instant) -> Result<Box<dyn Session>, String> {
        Ok(Box::new(Subscriber))
    }
    fn hub(&self) -> Option<&Arc<Hub>> {
        Some(&self.0)
    }
}

impl Session for Subscriber {
    fn handle(&mut self, _request: Request<'_>, _reply: &mut dyn Reply) {}
    fn notice(&mut self, notice: &Notice, reply: &mut dyn Reply) {
        reply.prepared(notice.form(0).unwrap());
    }
}

struct Panics;

#[derive(Default)]
struct PanicSession {
    timer_panics: bool,
}

impl Service for Panics {
    fn open(&self, _peer: &Peer, _now: Instant) -> Result<Box<dyn Session>, String> {
        Ok(Box::<PanicSession>::default())
    }
}

impl Session for PanicSession {
    fn handle(&mut self, request: Request<'_>, reply: &mut dyn Reply) {
        match request {
            Request::Text("panic") => panic!("as asked"),
            Request::Text("panic in the timer") => self.timer_panics = true,
            Request::Text(text) => reply.text(&[text]),
            Request::Binary(bytes) => reply.binary(bytes),
        }
    }
    fn timer(&self) -> Option<Instant> {
        assert!(!self.timer_panics, "as asked");
        None
    }
}

struct Ticks;
struct Ticking(Instant);

const TICK: Duration = Duration::from_millis(2);

impl Service for Ticks {
    fn open(&self, _peer: &Peer, now: Instant) -> Result<Box<dyn Session>, String> {
        Ok(Box::new(Ticking(now + TICK)))
    }
}

impl Session for Ticking {
    fn handle(&mut self, request: Request<'_>, reply: &mut dyn Reply) {
        if let Request::Text(text) = request {
            reply.text(&[text]);
        }
    }
    fn timer(&self) -> Option<Instant> {
        Some(self.0)
    }
    fn expire(&mut self, _now: Instant, reply: &mut dyn Reply) {
        reply.text(&["tick"]);
        self.0 += TICK;
    }
}
