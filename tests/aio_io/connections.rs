use crate::support::{kind_of, run, turns};
use gearshift::aio::{create_task, open_connection};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::time::Duration;

#[test]
fn an_address_may_be_numeric_or_a_name() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let addr = listener.local_addr()?;
        let (_, writer) = open_connection(addr).await?;
        assert_eq!(writer.peer_addr(), Some(addr));
        let (mut peer, from) = listener.accept()?;
        assert_eq!(writer.local_addr(), Some(from));
        writer.write(b"hello");
        let mut bytes = [0; 5];
        peer.read_exact(&mut bytes)?;
        assert_eq!(&bytes, b"hello");

        let name = format!("localhost:{}", addr.port());
        let (reader, _writer) = open_connection(name).await?;
        listener.accept()?.0.write_all(b"hi")?;
        assert_eq!(reader.read_to_end().await?, b"hi");
        Ok(())
    });
}

#[test]
fn a_connection_to_a_closed_port_is_refused() {
    run(async {
        let addr = TcpListener::bind("127.0.0.1:0")?.local_addr()?; // closed again
        let refused = open_connection(addr).await;
        assert_eq!(kind_of(refused), ErrorKind::ConnectionRefused);
        Ok(())
    });
}

#[test]
fn a_name_without_an_address_is_an_error() {
    run(async {
        assert!(open_connection("no port").await.is_err());
        Ok(())
    });
}

#[test]
fn connecting_can_be_cancelled_while_the_peer_is_silent() {
    run(async {
        // Nothing accepts, and the queue is short: soon connecting takes as long as the kernel tries.
        let listener = TcpListener::bind("127.0.0.1:0")?;
        rustix::net::listen(&listener, 0)?;
        let addr = listener.local_addr()?;
        let tasks: Vec<_> = (0..8)
            .map(|_| create_task(async move { open_connection(addr).await }))
            .collect();
        turns().await?;
        let waiting: Vec<_> = tasks.iter().filter(|task| !task.done()).collect();
        assert!(!waiting.is_empty());
        for task in waiting {
            task.cancel();
            assert!(task.await.err().is_some_and(|error| error.is_cancelled()));
        }
        Ok(())
    });
}

#[test]
fn a_connection_that_is_reset_is_an_error_of_read() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (reader, writer) = open_connection(listener.local_addr()?).await?;
        let (peer, _) = listener.accept()?;
        rustix::net::sockopt::set_socket_linger(&peer, Some(Duration::ZERO))?;
        drop(peer);
        assert_eq!(kind_of(reader.read(1).await), ErrorKind::ConnectionReset);
        assert_eq!(
            kind_of(writer.wait_closed().await),
            ErrorKind::ConnectionReset
        );
        Ok(())
    });
}
