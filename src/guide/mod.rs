//! How to use the program, one page per topic.
//!
//! | page | what it answers |
//! |---|---|
//! | [`services`] | what the server says, on which ports, and how to use it from a browser, Python or Node |
//! | [`watching`] | which files are watched, how late a change is seen, and what is not seen |
//! | [`shifting`] | how models are exchanged while clients stay connected, and what is not preserved |
//! | [`pool`] | how two silent clients starve a pool of two workers, and four cures |
//! | [`timeline`] | how to record and show which thread waited for what |
//! | [`compare`] | how to measure which model is fastest, by how much, and why |
//! | [`load`] | how to measure any WebSocket server |
//! | [`lessons`] | small programs on the event loop, with questions about their output |
//! | [`limits`] | what a client may do, which defaults protect the server, exit codes |
//! | [`costs`] | what a message costs, next to a bare epoll server |

#[doc = include_str!("compare.md")]
pub mod compare {}
#[doc = include_str!("costs.md")]
pub mod costs {}
#[doc = include_str!("lessons.md")]
pub mod lessons {}
#[doc = include_str!("limits.md")]
pub mod limits {}
#[doc = include_str!("load.md")]
pub mod load {}
#[doc = include_str!("pool.md")]
pub mod pool {}
#[doc = include_str!("services.md")]
pub mod services {}
#[doc = include_str!("shifting.md")]
pub mod shifting {}
#[doc = include_str!("timeline.md")]
pub mod timeline {}
#[doc = include_str!("watching.md")]
pub mod watching {}
