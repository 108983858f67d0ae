//! Which web pages may connect. Browsers send `Origin` and enforce nothing; only the server can.

use std::sync::Arc;

use gearshift::protocol::{CloseReason, Limits, Protocol, Status};
use gearshift::protocol::{OriginPolicy, parse_origin};
use gearshift::service::Mirror;

use crate::client::*;

fn may_connect(allowed: &[&str], host: &str, origin: &str) -> bool {
    let origins = OriginPolicy {
        allowed_origins: allowed.iter().copied().map(str::to_owned).collect(),
        host_names: vec!["myhost.example".to_owned()],
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
        assert!(may_connect(&[], "127.0.0.1:8765", origin), "{origin}");
        assert!(may_connect(&[], "example.org:8765", origin), "{origin}");
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
        assert!(!may_connect(&[], "127.0.0.1:8765", origin), "{origin}");
        assert!(!may_connect(&[], "example.net", origin), "{origin}");
    }
}

#[test]
fn a_page_of_the_same_host_may_connect_if_the_server_knows_the_host() {
    for (host, origin) in [
        ("MyHost.example:8765", "https://myhost.EXAMPLE"),
        ("[2001:db8::1]:8765", "http://[2001:db8::1]"),
        ("192.0.2.7:8765", "http://192.0.2.7:3000"),
    ] {
        assert!(may_connect(&[], host, origin), "{origin}");
    }
}

#[test]
fn a_name_that_the_server_does_not_know_proves_nothing() {
    // DNS rebinding: the name is the attacker's and points to this machine for the moment.
    for (host, origin) in [
        ("evil.example:8765", "http://evil.example:8765"),
        ("evil.example", "http://evil.example"),
        ("192.0.2.7.evil.example", "http://192.0.2.7.evil.example"),
        ("192.0.2.8", "http://192.0.2.7"),
        ("other.example", "http://myhost.example"),
        (":80", "http://:80"),
    ] {
        assert!(!may_connect(&[], host, origin), "{origin}");
    }
}

#[test]
fn an_origin_that_no_page_can_have_is_rejected_with_the_right_spelling() {
    for (wrong, right) in [
        ("https://example.org/", "write https://example.org"),
        ("https://example.org/page?x#y", "write https://example.org"),
        ("example.org", "write https://example.org"),
        ("https://example.org:443", "write https://example.org"),
        ("http://[::1]:80", "write http://[::1]"),
        ("https://*.example.org", "list every origin"),
        ("https://", "like https://example.org"),
        ("", "an origin has a scheme"),
    ] {
        let error = parse_origin(wrong).unwrap_err();
        assert!(
            error.ends_with(right) || error.contains(right),
            "{wrong}: {error}"
        );
    }
    for origin in [
        "*",
        "null",
        "https://example.org",
        "http://example.org:8080",
        "http://[::1]",
    ] {
        assert_eq!(parse_origin(origin).as_deref(), Ok(origin));
    }
}

#[test]
fn a_listed_page_may_connect_and_a_star_lists_all() {
    let listed = &["https://one.example", "https://two.example:444"];
    let from = |origin| may_connect(listed, "127.0.0.1", origin);
    assert!(from("https://one.example"));
    assert!(from("https://TWO.example:444"));
    assert!(!from("http://one.example"));
    assert!(!from("https://two.example"));
    assert!(!from("https://one.example.org"));
    for origin in ["https://example.org", "null"] {
        assert!(may_connect(&["*"], "127.0.0.1", origin), "{origin}");
    }
}
