use crate::support::{cancel, kind_of, pair, run, turns};
use gearshift::aio::{AsyncIterator, Error, IncompleteRead, LimitOverrun, create_task};
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::time::Duration;

#[test]
fn read_returns_what_has_arrived_and_waits_only_for_the_first_byte() {
    run(async {
        let (reader, _writer, mut peer) = pair();
        let first = create_task({
            let reader = reader.clone();
            async move { reader.read(100).await }
        });
        turns().await?;
        assert!(!first.done());
        peer.write_all(b"abcdef")?;
        assert_eq!(first.await?, b"abcdef");
        peer.write_all(b"ghi")?;
        turns().await?;
        assert_eq!(reader.read(2).await?, b"gh");
        assert_eq!(reader.read(2).await?, b"i");
        assert_eq!(reader.read(0).await?, b"");
        Ok(())
    });
}

#[test]
fn read_exactly_puts_pieces_together() {
    run(async {
        let (reader, _writer, mut peer) = pair();
        let whole = create_task(async move { reader.read_exactly(6).await });
        for piece in [&b"ab"[..], b"cd", b"ef"] {
            assert!(!whole.done());
            peer.write_all(piece)?;
            turns().await?;
        }
        assert_eq!(whole.await?, b"abcdef");
        Ok(())
    });
}

#[test]
fn a_separator_that_arrives_in_two_pieces_is_found() {
    run(async {
        let (reader, _writer, mut peer) = pair();
        let task = create_task({
            let reader = reader.clone();
            async move { reader.read_until(b"\r\n").await }
        });
        peer.write_all(b"head\r")?;
        turns().await?;
        assert!(!task.done());
        peer.write_all(b"\nrest")?;
        assert_eq!(task.await?, b"head\r\n");
        assert_eq!(reader.read(9).await?, b"rest");
        Ok(())
    });
}

#[test]
fn a_piece_longer_than_the_limit_is_an_error_and_can_still_be_read() {
    run(async {
        let (reader, _writer, mut peer) = pair();
        reader.set_limit(4);
        peer.write_all(b"abcdef")?;
        let error = reader.read_until(b"\n").await.unwrap_err();
        assert_eq!(error.downcast_ref::<LimitOverrun>().unwrap().consumed, 6);
        assert_eq!(
            error.to_string(),
            "Separator is not found, and chunk exceed the limit"
        );
        peer.write_all(b"\n")?;
        turns().await?;
        let error = reader.read_until(b"\n").await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "Separator is found, but chunk is longer than limit"
        );
        assert_eq!(reader.read(100).await?, b"abcdef\n");
        Ok(())
    });
}

#[test]
fn a_line_that_is_too_long_is_discarded_and_the_next_is_read() {
    run(async {
        let (reader, _writer, mut peer) = pair();
        reader.set_limit(4);
        peer.write_all(b"too long\nok\n")?;
        let error = reader.read_line().await.unwrap_err();
        assert!(error.downcast_ref::<LimitOverrun>().is_some(), "{error}");
        assert_eq!(reader.read_line().await?, b"ok\n");
        Ok(())
    });
}

#[test]
fn lines_come_one_by_one_and_the_last_needs_no_newline() {
    run(async {
        let (mut reader, _writer, mut peer) = pair();
        peer.write_all(b"one\ntwo\nthree")?;
        drop(peer);
        let mut lines = Vec::new();
        while let Some(line) = reader.next().await? {
            lines.push(line);
        }
        assert_eq!(lines, [&b"one\n"[..], b"two\n", b"three"]);
        assert!(reader.at_eof());
        assert_eq!(reader.read_line().await?, b"");
        Ok(())
    });
}

#[test]
fn an_early_end_is_an_error_that_carries_what_arrived() {
    run(async {
        let (reader, _writer, mut peer) = pair();
        peer.write_all(b"abc")?;
        peer.shutdown(Shutdown::Write)?;
        let error = reader.read_exactly(10).await.unwrap_err();
        let expected = IncompleteRead {
            partial: b"abc".to_vec(),
            expected: Some(10),
        };
        assert_eq!(error.downcast_ref(), Some(&expected));
        assert_eq!(
            error.to_string(),
            "3 bytes read on a total of 10 expected bytes"
        );
        Ok(())
    });
}

#[test]
fn a_second_reader_of_the_same_stream_is_an_error() {
    run(async {
        let (reader, _writer, mut peer) = pair();
        let first = create_task({
            let reader = reader.clone();
            async move { reader.read(10).await }
        });
        turns().await?;
        let second = reader.read(10).await;
        assert!(matches!(second, Err(Error::InvalidState(_))));
        peer.write_all(b"x")?;
        assert_eq!(first.await?, b"x");
        Ok(())
    });
}

#[test]
fn a_read_that_is_cancelled_loses_nothing() {
    run(async {
        let (reader, _writer, mut peer) = pair();
        let read = create_task({
            let reader = reader.clone();
            async move { reader.read_exactly(4).await }
        });
        peer.write_all(b"ab")?;
        turns().await?;
        cancel(&read).await?;
        peer.write_all(b"cd")?;
        assert_eq!(reader.read_exactly(4).await?, b"abcd");
        Ok(())
    });
}

#[test]
fn a_slow_reader_makes_its_peer_wait() {
    run(async {
        let (reader, _writer, mut peer) = pair();
        reader.set_limit(1000);
        peer.set_nonblocking(true)?;
        let mut fill = || {
            let mut written = 0;
            while let Ok(more) = peer.write(&[b'x'; 1000]) {
                written += more;
            }
            written
        };
        let mut written = fill();
        turns().await?;
        written += fill(); // into the space that the one read has freed
        turns().await?;
        assert_eq!(fill(), 0, "something still reads");
        let waiting = reader.read(usize::MAX).await?; // all that is there, without waiting
        assert!(2000 < waiting.len() && waiting.len() < written);
        turns().await?;
        assert!(fill() > 0, "nothing reads any more");
        Ok(())
    });
}

#[test]
fn more_than_twice_the_limit_can_be_read_in_one_piece() {
    run(async {
        let (reader, _writer, peer) = pair();
        reader.set_limit(10);
        let (mut peer, sent) = (peer, vec![7; 300_000]);
        let expected = sent.clone();
        let thread = std::thread::spawn(move || peer.write_all(&sent));
        assert_eq!(reader.read_exactly(300_000).await?, expected);
        thread.join().unwrap()?;
        Ok(())
    });
}

#[test]
fn drain_waits_for_a_peer_that_does_not_read() {
    run(async {
        let (_reader, writer, mut peer) = pair();
        writer.drain().await?; // does not wait
        writer.write(&vec![1; 1_000_000]);
        assert!(writer.buffered() > 64 * 1024);
        let drained = create_task({
            let writer = writer.clone();
            async move {
                writer.drain().await?;
                Ok(writer.buffered())
            }
        });
        turns().await?;
        assert!(!drained.done());
        let mut received = 0;
        let mut bytes = vec![0; 100_000];
        while !drained.done() {
            received += peer.read(&mut bytes)?;
            turns().await?;
        }
        assert!(drained.await? <= 16 * 1024);
        assert!(received > 500_000);
        Ok(())
    });
}

#[test]
fn a_drain_that_is_cancelled_leaves_the_stream_as_it_is() {
    run(async {
        let (_reader, writer, mut peer) = pair();
        writer.write(&vec![1; 1_000_000]);
        let drained = create_task({
            let writer = writer.clone();
            async move { writer.drain().await }
        });
        turns().await?;
        cancel(&drained).await?;
        let thread = std::thread::spawn(move || {
            let mut all = Vec::new();
            peer.read_to_end(&mut all).map(|_| all.len())
        });
        writer.drain().await?;
        writer.close();
        writer.wait_closed().await?;
        assert_eq!(thread.join().unwrap()?, 1_000_000);
        Ok(())
    });
}

#[test]
fn after_write_eof_the_peer_may_still_send() {
    run(async {
        let (reader, writer, mut peer) = pair();
        writer.write(&vec![1; 1_000_000]);
        writer.write_eof();
        let thread = std::thread::spawn(move || {
            let mut all = Vec::new();
            peer.read_to_end(&mut all)?;
            peer.write_all(b"thanks").map(|()| all.len())
        });
        assert_eq!(reader.read_to_end().await?, b"thanks");
        assert_eq!(thread.join().unwrap()?, 1_000_000);
        Ok(())
    });
}

#[test]
fn what_was_written_before_close_is_sent_after_the_last_handle_is_dropped() {
    run(async {
        let (reader, writer, mut peer) = pair();
        writer.write(&vec![1; 1_000_000]);
        writer.close();
        assert!(writer.is_closing());
        drop((reader, writer));
        let thread = std::thread::spawn(move || {
            let mut all = Vec::new();
            peer.read_to_end(&mut all).map(|_| all.len())
        });
        let received = gearshift::aio::to_thread(move || thread.join().unwrap()).await??;
        assert_eq!(received, 1_000_000);
        Ok(())
    });
}

#[test]
fn a_stream_that_is_dropped_is_closed_at_once() {
    run(async {
        let (reader, writer, mut peer) = pair();
        let task = create_task(async move {
            reader.read(1).await?;
            writer.drain().await
        });
        turns().await?;
        cancel(&task).await?;
        peer.set_read_timeout(Some(Duration::from_secs(5)))?;
        assert_eq!(peer.read(&mut [0])?, 0);
        Ok(())
    });
}

#[test]
fn waiters_of_a_stream_go_on_when_it_is_closed() {
    run(async {
        let (reader, writer, _peer) = pair();
        let read = create_task({
            let reader = reader.clone();
            async move { reader.read(1).await }
        });
        let closed = create_task({
            let writer = writer.clone();
            async move { writer.wait_closed().await }
        });
        turns().await?;
        writer.close();
        assert_eq!(read.await?, b"");
        closed.await?;
        assert_eq!(kind_of(writer.drain().await), ErrorKind::ConnectionReset);
        Ok(())
    });
}

#[test]
fn a_peer_that_is_gone_is_an_error_of_drain() {
    run(async {
        let (reader, writer, peer) = pair();
        writer.write(&vec![1; 1_000_000]);
        let drained = create_task({
            let writer = writer.clone();
            async move { writer.drain().await }
        });
        turns().await?;
        drop(peer);
        assert!(matches!(
            kind_of(drained.await),
            ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
        ));
        assert!(writer.is_closing());
        assert!(reader.read(1).await.is_err());
        Ok(())
    });
}

#[test]
fn closing_the_reading_end_of_a_pipe_closes_its_writer() {
    run(async {
        let (reader, writer) = std::io::pipe()?;
        let writer = gearshift::aio::StreamWriter::from_pipe(writer)?;
        drop(reader);
        writer.wait_closed().await?;
        assert!(writer.is_closing());
        Ok(())
    });
}

#[test]
fn a_plain_file_cannot_be_a_stream() {
    run(async {
        let file = std::fs::File::open("/etc/passwd")?;
        assert!(gearshift::aio::StreamReader::from_pipe(file).is_err());
        Ok(())
    });
}
