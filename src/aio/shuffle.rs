//! The order of a turn, decided by a seed.
//!
//! A loop runs what is ready in the order in which it became ready, and a program may lean on that
//! without knowing it: until one day a socket answers a little sooner. Run with another order, such a
//! program shows its race; with the same seed it shows it again.

/// A small generator of numbers that look like chance: splitmix64, which passes the tests that matter
/// for shuffling cards and needs no crate.
pub(super) struct Shuffle {
    state: u64,
}

impl Shuffle {
    pub(super) fn new(seed: u64) -> Shuffle {
        Shuffle { state: seed }
    }

    /// Fisher and Yates: every order is as likely as any other.
    pub(super) fn permute<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let chosen = self.next() % (last as u64 + 1);
            items.swap(last, chosen as usize);
        }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
