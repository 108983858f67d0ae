//! Which web pages may connect. Browsers send `Origin` and enforce nothing; only the server can.

use std::sync::Arc;

use gearshift::protocol::OriginPolicy;
use gearshift::protocol::{CloseReason, Limits, Protocol, Status};
use gearshift::service::Mirror;

use crate::client::*;

fn may_connect(on_loopback: bool, allowed: &[&str], host: &str, origin: &str) -> bool {
    let origins = OriginPolicy {
        allowed_origins: allowed.iter().copied().map(str::to_owned).collect(),
        on_loopback,
    };
    let protocol = Protocol::websocket(Arc::new(Mirror), origins, Arc::new(Limits::default()));
    let mut client = Client::silent(&protocol);
    let head = Head::new().with("Host", host).and("Origin", origin);
    match client.send(head.bytes()) {
        Status::Open => {
            assert_eq!(client.out, ACCEPTED.as_bytes());
            true
        }
        status => {
            assert_eq!(status, Status::Over(CloseReason::HandshakeRejected(403)));
            let response = read_response(&client.out);
            assert_eq!(response.status, 403);
            assert!(
                response.body.contains("--allow-origin"),
                "{}",
                response.body
            );
            false
        }
    }
}

#[test]
fn a_program_which_sends_no_origin_may_connect() {
    Client::open(&endpoint(Mirror));
}

#[test]
fn pages_of_this_machine_may_connect() {
    for origin in [
        "http://localhost",
        "http://LocalHost:3000",
        "http://127.0.0.1:8080",
        "https://127.1.2.3",
        "http://[::1]:8080",
        "http://[::1]",
    ] {
        assert!(may_connect(true, &[], "127.0.0.1:8765", origin), "{origin}");
        assert!(
            may_connect(false, &[], "example.org:8765", origin),
            "{origin}"
        );
    }
}

#[test]
fn pages_from_elsewhere_are_rejected() {
    for origin in [
        "https://example.org",
        "null",
        "",
        "localhost",
        "http://",
        "http://localhost.example.org",
        "http://localhost:80@example.org",
        "http://example.org@localhost",
        "http://localhost:+80",
        "http://localhost/",
        "http://[",
        "http://]@[",
        "http://:80",
        "http://127.0.0.1:80.example.org",
        "http://[::1].example.org",
        "http://127.0.0.1.example.org",
        "http://example.org#localhost",
        "chrome-extension://abcdefgh",
    ] {
        assert!(
            !may_connect(true, &[], "127.0.0.1:8765", origin),
            "{origin}"
        );
        assert!(!may_connect(false, &[], "example.net", origin), "{origin}");
    }
}

#[test]
fn a_page_of_the_same_host_may_connect_unless_the_endpoint_is_on_loopback() {
    assert!(may_connect(
        false,
        &[],
        "Example.org:8765",
        "https://example.ORG"
    ));
    assert!(may_connect(
        false,
        &[],
        "[2001:db8::1]:8765",
        "http://[2001:db8::1]"
    ));
    assert!(!may_connect(false, &[], ":80", "http://:80"));
    // DNS rebinding: the name is the attacker's and points to 127.0.0.1 for the moment.
    assert!(!may_connect(
        true,
        &[],
        "example.org:8765",
        "http://example.org:8765"
    ));
}

#[test]
fn a_listed_page_may_connect_and_a_star_lists_all() {
    let listed = &["https://one.example", "https://two.example:444"];
    let from = |origin| may_connect(true, listed, "127.0.0.1", origin);
    assert!(from("https://one.example"));
    assert!(from("https://TWO.example:444"));
    assert!(!from("http://one.example"));
    assert!(!from("https://two.example"));
    assert!(!from("https://one.example.org"));
    for origin in ["https://example.org", "null"] {
        assert!(may_connect(true, &["*"], "127.0.0.1", origin), "{origin}");
    }
}
