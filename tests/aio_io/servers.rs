use crate::support::{cancel, run, run_virtually, turns};
use gearshift::aio::{
    Error, EventLoop, Result, StreamReader, StreamWriter, create_task, gather, open_connection,
    start_server,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::cell::Cell;
use std::io::Write;
use std::net::TcpStream;
use std::rc::Rc;
use std::time::Duration;

const ANY: &str = "127.0.0.1:0";

async fn echo(reader: StreamReader, writer: StreamWriter) -> Result<()> {
    loop {
        let bytes = reader.read(1000).await?;
        if bytes.is_empty() {
            return Ok(());
        }
        writer.write(&bytes);
        writer.drain().await?;
    }
}

#[test]
fn an_echo_comes_back() {
    run(async {
        let server = start_server(echo, ANY).await?;
        let (reader, writer) = open_connection(server.local_addr()).await?;
        for word in [&b"one"[..], b"two"] {
            writer.write(word);
            assert_eq!(reader.read_exactly(3).await?, word);
        }
        writer.write_eof();
        assert_eq!(reader.read_to_end().await?, b"");
        Ok(())
    });
}

#[test]
fn a_hundred_clients_are_served_at_once() {
    run(async {
        let server = start_server(echo, ANY).await?;
        let addr = server.local_addr();
        let client = |number: usize| async move {
            let (reader, writer) = open_connection(addr).await?;
            let mut sent = Vec::new();
            for _ in 0..10 {
                let line = format!("client {number}\n");
                writer.write(line.as_bytes());
                sent.extend(line.into_bytes());
                writer.drain().await?;
            }
            let received = reader.read_exactly(sent.len()).await?;
            Ok(received == sent)
        };
        let right = gather((0..100).map(client)).await?;
        assert_eq!(right, vec![true; 100]);
        Ok(())
    });
}

#[test]
fn a_large_reply_gets_through_the_back_pressure_of_both_sides() {
    run(async {
        let server = start_server(echo, ANY).await?;
        let (reader, writer) = open_connection(server.local_addr()).await?;
        let sent: Vec<u8> = (0..3_000_000_u32).map(|i| i.to_le_bytes()[0]).collect();
        let expected = sent.clone();
        let sending = create_task(async move {
            for piece in sent.chunks(100_000) {
                writer.write(piece);
                writer.drain().await?;
            }
            writer.write_eof();
            Ok(())
        });
        assert_eq!(reader.read_to_end().await?, expected);
        sending.await
    });
}

#[test]
fn a_client_whose_coroutine_fails_fails_alone() {
    run(async {
        let callback = |reader: StreamReader, writer: StreamWriter| async move {
            match reader.read_line().await?.as_slice() {
                b"panic\n" => panic!("on purpose"),
                b"fail\n" => Err(Error::message("on purpose")),
                line => {
                    writer.write(line);
                    Ok(())
                }
            }
        };
        let server = start_server(callback, ANY).await?;
        for (line, answer) in [("panic\n", ""), ("fail\n", ""), ("fine\n", "fine\n")] {
            let (reader, writer) = open_connection(server.local_addr()).await?;
            writer.write(line.as_bytes());
            assert_eq!(reader.read_to_end().await?, answer.as_bytes());
        }
        Ok(())
    });
}

#[test]
fn a_closed_server_accepts_no_more_clients_and_serves_those_it_has() {
    run(async {
        let server = start_server(echo, ANY).await?;
        let addr = server.local_addr();
        let (reader, writer) = open_connection(addr).await?;
        writer.write(b"a");
        assert_eq!(reader.read_exactly(1).await?, b"a");
        server.close();
        assert!(!server.is_serving() && server.sockets().is_empty());
        assert!(open_connection(addr).await.is_err());
        writer.write(b"b");
        assert_eq!(reader.read_exactly(1).await?, b"b");
        Ok(())
    });
}

#[test]
fn wait_closed_waits_for_the_last_client() {
    run(async {
        let server = start_server(echo, ANY).await?;
        let (reader, writer) = open_connection(server.local_addr()).await?;
        writer.write(b"a");
        reader.read_exactly(1).await?;
        server.close();
        let closed = create_task(async move { server.wait_closed().await });
        turns().await?;
        assert!(!closed.done());
        writer.close();
        closed.await
    });
}

#[test]
fn a_closed_connection_no_longer_counts_even_if_its_coroutine_goes_on() {
    run(async {
        let stays = async |_reader, writer: StreamWriter| {
            writer.close();
            EventLoop::running().create_future::<()>().await?;
            drop(writer);
            Ok(())
        };
        let server = start_server(stays, ANY).await?;
        let (reader, _writer) = open_connection(server.local_addr()).await?;
        assert_eq!(reader.read(1).await?, b"");
        server.close();
        let closed = create_task(async move { server.wait_closed().await });
        turns().await?;
        assert!(closed.done());
        Ok(())
    });
}

#[test]
fn serve_forever_ends_with_its_caller_and_the_server_with_it() {
    run(async {
        let server = start_server(echo, ANY).await?;
        let serving = create_task({
            let server = server.clone();
            async move { server.serve_forever().await }
        });
        turns().await?;
        assert!(server.is_serving() && !serving.done());
        cancel(&serving).await?;
        assert!(!server.is_serving());
        Ok(())
    });
}

#[test]
fn serve_forever_ends_when_the_server_is_closed() {
    run(async {
        let server = start_server(echo, ANY).await?;
        let serving = create_task({
            let server = server.clone();
            async move { server.serve_forever().await }
        });
        turns().await?;
        server.close();
        turns().await?;
        assert!(serving.cancelled());
        assert!(matches!(
            server.serve_forever().await,
            Err(Error::InvalidState(_))
        ));
        Ok(())
    });
}

#[test]
fn an_address_in_use_is_an_error() {
    run(async {
        let server = start_server(echo, ANY).await?;
        assert!(start_server(echo, server.local_addr()).await.is_err());
        Ok(())
    });
}

#[test]
fn closing_a_loop_ends_its_connections() {
    run(async {
        let server = start_server(echo, ANY).await?;
        for _ in 0..5 {
            let mut client = TcpStream::connect(server.local_addr())?;
            client.write_all(b"a")?;
            turns().await?;
            create_task(async move {
                let _client = client;
                EventLoop::running().create_future::<()>().await
            });
        }
        Ok(())
    });
}

/// Restores the limit, however the test ends.
struct Few(Rlimit);

impl Drop for Few {
    fn drop(&mut self) {
        setrlimit(Resource::Nofile, self.0).unwrap();
    }
}

#[test]
fn without_descriptors_accepting_pauses_for_a_second() {
    run_virtually(async {
        let accepted = Rc::new(Cell::new(None));
        let served = Rc::clone(&accepted);
        let callback = move |_, _| {
            served.set(Some(EventLoop::running().time()));
            async { Ok(()) }
        };
        let server = start_server(callback, ANY).await?;
        let begin = EventLoop::running().time();
        let _client = TcpStream::connect(server.local_addr())?;
        let spare = std::fs::File::open("/dev/null")?;
        let limit = getrlimit(Resource::Nofile);
        let few = Few(limit);
        let soft = Rlimit {
            current: Some(256),
            maximum: limit.maximum,
        };
        setrlimit(Resource::Nofile, soft).unwrap();
        let mut taken = Vec::new();
        while let Ok(another) = spare.try_clone() {
            taken.push(another);
        }
        turns().await?;
        assert_eq!(accepted.get(), None);
        drop((taken, few));
        turns().await?;
        assert_eq!(accepted.get(), None, "it tries all the time");
        gearshift::aio::sleep(Duration::from_secs(2)).await?;
        let waited = accepted.get().unwrap() - begin;
        assert_eq!(waited, Duration::from_secs(1));
        Ok(())
    });
}
