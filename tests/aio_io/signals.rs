use crate::support::{run, turns};
use gearshift::aio::process::{Stdio, exec};
use gearshift::aio::signal::{SIGINT, SIGKILL, SIGUSR1, SIGUSR2};
use gearshift::aio::{ContextVar, EventLoop, Result};
use rustix::process::{Signal, getpid, kill_process};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

fn raise(signal: i32) -> Result<()> {
    let signal = Signal::from_named_raw(signal).unwrap();
    Ok(kill_process(getpid(), signal)?)
}

/// A handler that counts.
fn count(signal: i32) -> Result<(gearshift::aio::SignalHandler, Rc<Cell<u32>>)> {
    let calls = Rc::new(Cell::new(0));
    let counted = Rc::clone(&calls);
    let handler =
        EventLoop::running().add_signal_handler(signal, move || counted.set(counted.get() + 1))?;
    Ok((handler, calls))
}

#[test]
fn the_callback_of_a_signal_runs_in_its_turn_on_the_loop() {
    run(async {
        let (_handler, calls) = count(SIGUSR1)?;
        raise(SIGUSR1)?;
        assert_eq!(calls.get(), 0);
        while calls.get() == 0 {
            turns().await?;
        }
        Ok(())
    });
}

#[test]
fn all_handlers_of_a_signal_run_and_no_others() {
    run(async {
        let (_one, first) = count(SIGUSR1)?;
        let (two, second) = count(SIGUSR1)?;
        let (_other, never) = count(SIGUSR2)?;
        raise(SIGUSR1)?;
        while (first.get(), second.get()) != (1, 1) {
            turns().await?;
        }
        drop(two);
        raise(SIGUSR1)?;
        while first.get() != 2 {
            turns().await?;
        }
        assert_eq!((second.get(), never.get()), (1, 0));
        Ok(())
    });
}

#[test]
fn a_handler_runs_in_the_context_in_which_it_was_added() {
    run(async {
        let name = Rc::new(ContextVar::new("nobody"));
        let token = name.set("somebody");
        let seen = Rc::new(Cell::new(""));
        let (tell, variable) = (Rc::clone(&seen), Rc::clone(&name));
        let _handler =
            EventLoop::running().add_signal_handler(SIGUSR1, move || tell.set(variable.get()))?;
        name.reset(token);
        raise(SIGUSR1)?;
        while seen.get().is_empty() {
            turns().await?;
        }
        assert_eq!(seen.get(), "somebody");
        Ok(())
    });
}

#[test]
fn a_signal_that_cannot_be_caught_is_an_error() {
    run(async {
        let refused = EventLoop::running().add_signal_handler(SIGKILL, || {});
        assert!(refused.is_err());
        Ok(())
    });
}

/// Runs one of the functions below in a process of its own. Returns how it ended.
async fn apart(name: &str) -> Result<i32> {
    let this = std::env::current_exe()?;
    let name = format!("signals::{name}");
    let arguments = ["--exact", &name, "--ignored"];
    let child = exec(this, arguments).stdout(Stdio::null()).spawn()?;
    child.wait().await
}

#[test]
fn without_a_handler_a_signal_has_its_default_effect() {
    run(async {
        assert_eq!(apart("dies_of_a_signal").await?, -SIGUSR1);
        Ok(())
    });
}

#[test]
#[ignore = "dies"]
fn dies_of_a_signal() {
    run(async {
        let (handler, calls) = count(SIGUSR1)?;
        raise(SIGUSR1)?;
        while calls.get() == 0 {
            turns().await?;
        }
        drop(handler);
        raise(SIGUSR1)?;
        unreachable!("the signal was ignored");
    });
}

#[test]
fn a_handler_of_the_ctrlc_crate_is_called_too() {
    run(async {
        assert_eq!(apart("catches_ctrl_c_twice").await?, 0);
        Ok(())
    });
}

#[test]
#[ignore = "catches signals for ever"]
fn catches_ctrl_c_twice() {
    static OTHER: AtomicBool = AtomicBool::new(false);
    run(async {
        ctrlc::set_handler(|| OTHER.store(true, Ordering::SeqCst))?;
        let (_handler, calls) = count(SIGINT)?;
        raise(SIGINT)?;
        while calls.get() == 0 || !OTHER.load(Ordering::SeqCst) {
            turns().await?;
        }
        std::process::exit(0); // ctrlc does not close its descriptors
    });
}
