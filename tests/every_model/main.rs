//! The promises that every model keeps. To test a new model against all of them, add its name to
//! [`every_model!`].
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

/// One `#[test]` for each promise and model: `replies::replies_are_exact::event_loop`.
macro_rules! every_model {
    ($($promise:ident),* $(,)?) => { $(
        mod $promise {
            use gearshift::models::ModelKind;
            #[test]
            fn sequential() { super::$promise(ModelKind::Sequential); }
            #[test]
            fn thread_per_connection() { super::$promise(ModelKind::ThreadPerConnection); }
            #[test]
            fn thread_pool() { super::$promise(ModelKind::ThreadPool); }
            #[test]
            fn round_robin() { super::$promise(ModelKind::RoundRobin); }
            #[test]
            fn event_loop() { super::$promise(ModelKind::EventLoop); }
            #[test]
            fn coroutines() { super::$promise(ModelKind::Coroutines); }
            #[test]
            fn multi_loop() { super::$promise(ModelKind::MultiLoop); }
        }
    )* };
}

mod ends;
mod fairness;
mod hostile;
mod notices;
mod replies;
