//! What this program can compute in another process, by name.
//!
//! Both sides of a [`ProcessPool`](crate::aio::ProcessPool) are this program, so both know this table.
//!
//! **Where it breaks:** a job's input and output travel as JSON: no files, no sockets, no closures.

use crate::aio::Job;

/// The table.
pub fn all() -> Vec<Job> {
    vec![Job::new("sum_of_squares", sum_of_squares)]
}

/// 0² + 1² + … + (n-1)², one by one: work for the CPU and nothing else.
pub fn sum_of_squares(n: u64) -> u128 {
    (0..u128::from(n)).map(|i| i * i).sum()
}
