#![allow(clippy::unwrap_used, missing_docs)]
//! Clients that we did not write: what Python's `websockets` and Node's `ws` see of each model.
//!
//! A misreading of the protocol that our server and our client share would pass every other test.
//! The scripts in `real_clients/` hold the same conversation: replies of every kind, compression that the
//! server declines, a ping, a clean close, notices, and the end of the server.
//!
//! `GEARSHIFT_PYTHON` names an interpreter that has `websockets`, `GEARSHIFT_NODE_PATH` a directory
//! of modules with `ws`. Without them, `python3` and `node` are tried as they are. A client that is not
//! installed is skipped, unless a variable promised it.

mod process;

use std::collections::HashMap;
use std::env;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use gearshift::models::ModelKind;
use process::{LONG, Program, print_note, under_every_model};
use rustix::process::Signal;

const INTERVAL: Duration = Duration::from_millis(50);

/// What a notice may take beyond the interval. It is printed and not asserted, because another program
/// on this machine may use the CPU for longer.
const STRICT: Duration = Duration::from_millis(50);

/// What a notice may take at most, on a busy machine.
const GENEROUS: Duration = Duration::from_secs(1);

fn script(name: &str) -> String {
    format!("{}/tests/real_clients/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Whether the program can be used. It must be if the environment variable `promise` names it.
fn is_there(mut probe: Command, what: &str, promise: &str) -> bool {
    let probed = probe.stdin(Stdio::null()).output();
    if probed.is_ok_and(|probed| probed.status.success()) {
        return true;
    }
    assert!(env::var_os(promise).is_none(), "{promise} has no {what}");
    print_note(&format!(
        "skipped: {what} is not installed; {promise} can name it"
    ));
    false
}

/// One client's conversation with one model, as a row of the table.
fn conversation(model: &str, mut client: Command) -> String {
    let interval = format!("{}ms", INTERVAL.as_millis());
    let services = ["reply=0", "notify=0"];
    let mut server = Program::serve(model, &services, &["--interval", &interval]);
    client
        .args([server.url("reply"), server.url("notify")])
        .arg(server.path("watched_file.txt"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut client = Program::spawn(client);
    if client.out.next().as_deref() != Some("ready") {
        panic!("{}", client.log.all());
    }
    server.signal(Signal::TERM);
    let Some(figures) = client.out.next() else {
        panic!("{}", client.log.all());
    };
    assert_eq!(client.exit(LONG), 0);
    assert_eq!(server.exit(LONG), 0);
    row(model, &figures)
}

fn row(model: &str, figures: &str) -> String {
    let figures: HashMap<&str, &str> = figures
        .split(' ')
        .map(|figure| figure.split_once('=').unwrap())
        .collect();
    let notify = Duration::from_secs_f64(figures["notify_ms"].parse::<f64>().unwrap() / 1000.0);
    assert!(notify <= GENEROUS, "the notice came after {notify:?}");
    let verdict = if notify <= INTERVAL + STRICT {
        "within"
    } else {
        "BEYOND"
    };
    format!(
        "{:<18} {model:<22} notify {:>6} ms ({verdict} {INTERVAL:?} + {STRICT:?})  reply {:>6} ms",
        figures["library"], figures["notify_ms"], figures["reply_ms"],
    )
}

fn every_model_serves(client: impl Fn() -> Command + Sync) {
    let rows = Mutex::new(HashMap::new());
    under_every_model(|model| {
        let row = conversation(model, client());
        rows.lock().unwrap().insert(model, row);
    });
    let rows = rows.into_inner().unwrap();
    for kind in ModelKind::ALL {
        print_note(&rows[kind.about().name]);
    }
}

#[test]
fn every_model_serves_pythons_websockets() {
    let python = env::var("GEARSHIFT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut probe = Command::new(&python);
    probe.args(["-c", "import websockets"]);
    if !is_there(probe, "Python with websockets", "GEARSHIFT_PYTHON") {
        return;
    }
    every_model_serves(|| {
        let mut client = Command::new(&python);
        client.arg(script("python_client.py"));
        client
    });
}

#[test]
fn every_model_serves_nodes_ws() {
    let node = || {
        let mut node = Command::new("node");
        let modules = env::var_os("GEARSHIFT_NODE_PATH");
        node.envs(modules.map(|modules| ("NODE_PATH", modules)));
        node
    };
    let mut probe = node();
    probe.args(["-e", "require('ws')"]);
    if !is_there(probe, "Node with ws", "GEARSHIFT_NODE_PATH") {
        return;
    }
    every_model_serves(|| {
        let mut client = node();
        client.arg(script("node_client.cjs"));
        client
    });
}
