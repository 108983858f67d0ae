//! Valid arguments that fail all the same: exit code 1 and one line with what, where and what to do.

use std::net::TcpListener;

use tungstenite::Message;

use crate::process::{Outcome, Program, connect, print_note, run};

#[track_caller]
fn failed(outcome: &Outcome, parts: &[&str]) {
    let log = &outcome.log;
    assert_eq!((outcome.code, outcome.out.as_str()), (1, ""), "{log}");
    assert!(log.starts_with("gearshift: "), "{log}");
    assert_eq!(log.lines().count(), 1, "{log}");
    for part in parts {
        assert!(log.contains(part), "no {part} in {log}");
    }
}

#[test]
fn a_port_in_use_is_named_with_advice_and_nothing_listens() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let service = format!("reply={}", address.rsplit_once(':').unwrap().1);
    let outcome = run(&["serve", "-s", "notify=0", "-s", &service]);
    failed(
        &outcome,
        &["reply", &address, "another program", "--service reply=PORT"],
    );
}

#[test]
fn an_address_of_another_machine_is_named() {
    // Reserved for documentation by RFC 5737, so no machine has it.
    let outcome = run(&["serve", "--service", "echo=192.0.2.1:0"]);
    failed(&outcome, &["echo", "192.0.2.1:0", "no such address"]);
}

#[test]
fn a_host_that_cannot_be_found_is_named() {
    // An empty label is not a valid name, so no name server is asked.
    let outcome = run(&["serve", "--service", "echo=no..host:0"]);
    failed(&outcome, &["echo", "no..host:0", "is the host right?"]);
}

#[test]
fn a_privileged_port_is_named() {
    if TcpListener::bind("127.0.0.1:1").is_ok() {
        print_note("skipped: this user may listen on port 1");
        return;
    }
    let outcome = run(&["serve", "--service", "echo=1"]);
    failed(&outcome, &["echo", "127.0.0.1:1", "below 1024", "higher"]);
}

/// The number in `(ulimit -n NUMBER)`.
fn advised(outcome: &Outcome) -> String {
    let (_, rest) = outcome.log.split_once("ulimit -n ").unwrap();
    rest.split_once(')').unwrap().0.to_owned()
}

#[track_caller]
fn serves_with_descriptors(limit: &str, more: &[&str]) {
    let args = [&["serve", "--service", "echo=0"], more].concat();
    let command = Program::command_after(&format!("ulimit {limit}"), &args);
    let mut server = Program::spawn(command);
    server.read_urls(1);
    let mut client = connect(server.url("echo"));
    client.send(Message::text("here")).unwrap();
    assert_eq!(client.read().unwrap(), Message::text("Echo: here"));
}

#[test]
fn more_clients_than_descriptors_are_rejected_and_the_advice_is_right() {
    let more = ["--max-connections", "300"];
    let args = [&["serve", "--service", "echo=0"], &more[..]].concat();
    let outcome = Program::spawn(Program::command_after("ulimit -n 200", &args)).outcome();
    failed(&outcome, &["200", "300 clients", "--max-connections"]);
    serves_with_descriptors(&format!("-n {}", advised(&outcome)), &more);
}

#[test]
fn too_few_descriptors_for_any_client_are_rejected_and_the_advice_is_right() {
    for (more, parts) in [
        (&["--max-connections", "10"][..], &["20", "10 clients"][..]),
        (&[], &["20", "clients"]),
    ] {
        let args = [&["serve", "--service", "echo=0"], more].concat();
        let outcome = Program::spawn(Program::command_after("ulimit -n 20", &args)).outcome();
        failed(&outcome, parts);
        let advised = advised(&outcome);
        if more.is_empty() {
            // So many descriptors may not be allowed here. Only the number matters.
            assert!(advised.parse::<usize>().unwrap() > 16_384, "{advised}");
        } else {
            serves_with_descriptors(&format!("-n {advised}"), more);
        }
    }
}

#[test]
fn a_low_limit_that_may_be_raised_is_raised() {
    serves_with_descriptors("-Sn 20", &["--max-connections", "100"]);
}

#[test]
fn the_descriptors_of_many_loops_are_not_given_to_clients() {
    let args = [
        "serve",
        "-m",
        "multi-loop",
        "--loops",
        "30",
        "--service",
        "reply=0",
    ];
    let outcome = Program::spawn(Program::command_after("ulimit -n 70", &args)).outcome();
    failed(&outcome, &["70 descriptors", "--loops"]);
    let command = Program::command_after("ulimit -n 256", &args);
    let mut server = Program::spawn(command);
    server.log.until("limit of 256 allows 101 clients");
}

/// strace(1) makes the system refuse one thread, the twelfth: one of the pool's workers.
#[test]
fn a_model_that_cannot_start_is_replaced_and_its_clients_stay() {
    if std::process::Command::new("strace")
        .arg("-V")
        .output()
        .is_err()
    {
        return print_note("skipped: strace is not installed");
    }
    let args = "serve --service reply=0 --model threads --threads 40 --shift-every 300ms";
    let args: Vec<&str> = args.split(' ').collect();
    let strace = "exec strace -D -f -qq -o /dev/null -e trace=clone,clone3 \
                  -e inject=clone,clone3:error=EAGAIN:when=12 \"$0\" \"$@\"";
    let mut server = Program::spawn(Program::command_after(strace, &args));
    server.read_urls(1);
    let mut client = connect(server.url("reply"));
    server.log.until("thread-pool cannot be used");
    server
        .log
        .until("serving under thread-per-connection; clients: 1");
    server.log.until("serving under thread-pool; clients: 1");
    client.send("still here".into()).unwrap();
    let reply = client.read().unwrap();
    assert_eq!(reply.to_text().unwrap(), "Server response: ereh llits");
}

#[test]
fn few_descriptors_allow_few_clients() {
    let command = Program::command_after("ulimit -n 100", &["serve", "--service", "echo=0"]);
    let mut server = Program::spawn(command);
    server.log.until("limit of 100 allows");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_output_is_a_failure() {
    for args in [&["models"][..], &["serve", "--service", "echo=0"]] {
        let mut command = Program::command(args);
        command.stdout(std::fs::File::create("/dev/full").unwrap());
        failed(&Program::spawn(command).outcome(), &["standard output"]);
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    drop(listener);
    let outcome = run(&["client", &url]);
    failed(&outcome, &[&url, "refused", "is the server running?"]);
}

#[test]
fn a_server_that_rejects_the_origin_is_named() {
    let server = Program::serve("event-loop", &["reply=0"], &[]);
    let url = server.url("reply");
    let outcome = run(&["client", "--origin", "http://example.org", url]);
    failed(&outcome, &[url, "403"]);
}
