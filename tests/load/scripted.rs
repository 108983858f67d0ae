//! Servers in a few lines: a listener, one thread per client, and a closure that serves it.

use crate::process::LONG;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use tungstenite::{Message, WebSocket};

/// A server that runs this closure for each client; the second argument counts clients from 0.
pub(crate) fn raw(client: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let client = Arc::new(client);
    thread::spawn(move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            stream.set_read_timeout(Some(LONG)).unwrap();
            let client = Arc::clone(&client);
            thread::spawn(move || client(stream, number));
        }
    });
    address
}

/// The same after a handshake; returns the URL.
pub(crate) fn websocket(
    client: impl Fn(&mut WebSocket<TcpStream>, usize) + Send + Sync + 'static,
) -> String {
    let address = raw(move |stream, number| {
        stream.set_nodelay(true).unwrap();
        if let Ok(mut socket) = tungstenite::accept(stream) {
            client(&mut socket, number);
        }
    });
    format!("ws://{address}/")
}

/// The next message; `None` when the client has closed or is gone.
pub(crate) fn next(socket: &mut WebSocket<TcpStream>) -> Option<Message> {
    loop {
        match socket.read() {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => return Some(message),
            Ok(Message::Close(_)) | Err(_) => {
                let _ = socket.flush();
                return None;
            }
            Ok(_) => {}
        }
    }
}

/// A server that runs `reply` for each message of a client, with the number of the message from 0.
pub(crate) fn replying(
    reply: impl Fn(&mut WebSocket<TcpStream>, Message, usize) + Send + Sync + 'static,
) -> String {
    websocket(move |socket, _| {
        let mut number = 0;
        while let Some(message) = next(socket) {
            reply(socket, message, number);
            number += 1;
        }
    })
}

/// Reads the head of a request, sends this response and disconnects.
pub(crate) fn refusing(response: &'static str) -> impl Fn(TcpStream, usize) {
    move |mut stream, _| {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
            head.push(byte[0]);
        }
        let _ = stream.write_all(response.as_bytes());
    }
}
