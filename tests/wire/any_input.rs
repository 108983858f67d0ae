//! Promises about every input, tested with generated inputs.

use gearshift::protocol::{Limits, Protocol, Status};
use gearshift::service::Mirror;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::client::*;

/// Small limits, so that small inputs reach them.
fn small() -> Protocol {
    let limits = Limits {
        max_message_bytes: 300,
        max_fragments: 4,
        max_head_bytes: 500,
        max_headers: 10,
        ..Limits::default()
    };
    limited(Mirror, limits)
}

/// The output for `pieces`, and the last status.
fn outcome<'p>(client: Client, pieces: impl IntoIterator<Item = &'p [u8]>) -> (Vec<u8>, Status) {
    let mut client = client;
    let status = client.send_all(pieces);
    let out = client.take();
    client.send(b"\x81\x80more and more");
    client.wait(1000 * SECOND).expire();
    client.conversation.deadline();
    (out, status)
}

fn cut<'b>(bytes: &'b [u8], cuts: &[Index]) -> Vec<&'b [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    cuts.sort_unstable();
    let ends = cuts.iter().copied().chain([bytes.len()]);
    let mut begin = 0;
    ends.map(|end| &bytes[std::mem::replace(&mut begin, end)..end])
        .collect()
}

fn any_frame() -> impl Strategy<Value = Frame> {
    let opcode = prop_oneof![
        8 => Just(CONTINUATION),
        8 => Just(TEXT),
        4 => Just(BINARY),
        4 => Just(PING),
        1 => Just(PONG),
        1 => 0_u8..16,
    ];
    let payload = prop_oneof![
        4 => "[a-zñ😀]{0,20}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..20),
        1 => (100_usize..400).prop_map(|length| vec![b'x'; length]),
    ];
    let rarely = |odds| prop::bool::weighted(odds);
    let parts = (opcode, payload, rarely(0.6), rarely(0.01), rarely(0.01));
    parts.prop_map(|(opcode, payload, fin, bare, odd)| {
        let mut frame = frame(opcode, payload);
        frame.fin = fin || opcode >= CLOSE;
        frame.reserved = u8::from(odd);
        frame.mask = frame.mask.filter(|_| !bare);
        frame
    })
}

fn any_message() -> impl Strategy<Value = (Received, Vec<Index>)> {
    let length = prop_oneof![4 => 0_usize..300, 1 => 0_usize..70_000];
    let message = (any::<bool>(), length, any::<u8>()).prop_map(|(is_text, length, seed)| {
        if is_text {
            let scalars = ['a', 'ñ', '€', '😀'].into_iter().cycle();
            Received::Text(scalars.skip(seed as usize % 4).take(length / 3).collect())
        } else {
            let bytes = (0..length).map(|at| (at as u8).wrapping_mul(31) ^ seed);
            Received::Binary(bytes.collect())
        }
    });
    (message, vec(any::<Index>(), 0..4))
}

fn fragments((message, cuts): &(Received, Vec<Index>)) -> Vec<Frame> {
    let (opcode, payload) = match message {
        Received::Text(words) => (TEXT, words.as_bytes()),
        Received::Binary(bytes) => (BINARY, &bytes[..]),
        _ => unreachable!("any_message makes no other"),
    };
    let pieces = cut(payload, cuts);
    let mut frames: Vec<Frame> = pieces
        .iter()
        .map(|piece| frame(CONTINUATION, piece).open_ended())
        .collect();
    frames[0].opcode = opcode;
    frames.last_mut().unwrap().fin = true;
    frames
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_bytes_behind_a_handshake_are_the_same_in_any_pieces(
        bytes in vec(any::<u8>(), 0..300),
        cuts in vec(any::<Index>(), 0..6),
    ) {
        let whole = outcome(Client::open(&small()), [&bytes[..]]);
        prop_assert_eq!(&outcome(Client::open(&small()), cut(&bytes, &cuts)), &whole);
        prop_assert_eq!(&outcome(Client::open(&small()), bytes.chunks(1)), &whole);
    }

    #[test]
    fn any_frames_are_the_same_in_any_pieces(
        frames in vec(any_frame(), 0..40),
        dent in (any::<Index>(), prop_oneof![3 => Just(0_u8), 1 => any::<u8>()]),
        cuts in vec(any::<Index>(), 0..6),
    ) {
        let mut frames = stream(&frames);
        let (at, change) = dent;
        if !frames.is_empty() {
            let at = at.index(frames.len());
            frames[at] ^= change;
        }
        let bytes = [Head::new().bytes(), frames].concat();
        let whole = outcome(Client::silent(&small()), [&bytes[..]]);
        prop_assert_eq!(&outcome(Client::silent(&small()), cut(&bytes, &cuts)), &whole);
        prop_assert_eq!(&outcome(Client::silent(&small()), bytes.chunks(1)), &whole);
    }

    // A head is parsed again only at each line end, so that slow bytes cost nothing. So an error in a
    // line may be found when the line ends and not before.
    #[test]
    fn any_lines_instead_of_a_handshake_are_the_same_in_any_pieces(
        junk in prop_oneof![
            vec(any::<u8>(), 0..400),
            "(GET|POST|a{0,9}) [ -~]{0,30}( HTTP/1.[01])?\r?\n([ -~\r\n]{0,20}[:\n]){0,15}"
                .prop_map(String::into_bytes),
        ],
        cuts in vec(any::<Index>(), 0..6),
    ) {
        let bytes = [junk, b"\r\n\r\n".to_vec()].concat();
        let whole = outcome(Client::silent(&small()), [&bytes[..]]);
        prop_assert_eq!(&outcome(Client::silent(&small()), cut(&bytes, &cuts)), &whole);
        prop_assert_eq!(&outcome(Client::silent(&small()), bytes.chunks(1)), &whole);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_messages_in_any_fragments_and_pieces_come_back_identical_and_in_order(
        messages in vec(any_message(), 0..12),
        cuts in vec(any::<Index>(), 0..12),
    ) {
        let frames: Vec<Frame> = messages.iter().flat_map(fragments).collect();
        let bytes = stream(&frames);
        let mut client = Client::open(&endpoint(Mirror));
        prop_assert_eq!(client.send_all(cut(&bytes, &cuts)), Status::Open);
        let sent = messages.into_iter().map(|(message, _)| message);
        prop_assert!(client.received() == sent.collect::<Vec<_>>());
    }
}
