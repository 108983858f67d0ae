//! Context variables: which value is seen where.

use crate::say;
use crate::twin::{seconds, twins};
use gearshift::aio::{ContextVar, EventLoop, create_task, sleep, yield_now};
use std::cell::RefCell;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;

#[test]
fn a_task_has_a_copy_of_its_creators_values() {
    twins(
        r#"
async def main():
    var = ContextVar("var", default=0)
    var.set(1)
    async def child():
        say("child", var.get())
        var.set(2)
        await sleep(1)
        say("child", var.get())
    task = create_task(child())
    var.set(3)
    await sleep(0)
    say("main", var.get())
    await task
    say("main", var.get())
"#,
        async {
            let var = Rc::new(ContextVar::new(0));
            var.set(1);
            let of_child = Rc::clone(&var);
            let task = create_task(async move {
                say!("child {}", of_child.get());
                of_child.set(2);
                sleep(seconds(1)).await?;
                say!("child {}", of_child.get());
                Ok(())
            });
            var.set(3);
            yield_now().await?;
            say!("main {}", var.get());
            task.await?;
            say!("main {}", var.get());
            Ok(())
        },
        "child 1 | main 3 | child 2 | main 3",
    );
}

#[test]
fn a_callback_has_a_copy_of_the_context_from_scheduling_and_changes_only_its_copy() {
    twins(
        r#"
async def main():
    var = ContextVar("var", default=0)
    loop = get_running_loop()
    future = loop.create_future()
    def callback(name):
        say(name, var.get())
        var.set(9)
    var.set(1)
    loop.call_later(1, callback, "later")
    future.add_done_callback(lambda f: callback("done"))
    var.set(2)
    loop.call_soon(callback, "soon")
    var.set(3)
    future.set_result(None)
    await sleep(2)
    say("main", var.get())
"#,
        async {
            let var = Rc::new(ContextVar::new(0));
            let event_loop = EventLoop::running();
            let future = event_loop.create_future::<()>();
            let callback = |name: &'static str| {
                let var = Rc::clone(&var);
                move || {
                    say!("{name} {}", var.get());
                    var.set(9);
                }
            };
            var.set(1);
            event_loop.call_later(seconds(1), callback("later"));
            let done = callback("done");
            future.add_done_callback(move |_| done());
            var.set(2);
            event_loop.call_soon(callback("soon"));
            var.set(3);
            future.set_result(())?;
            sleep(seconds(2)).await?;
            say!("main {}", var.get());
            Ok(())
        },
        "soon 2 | done 1 | later 1 | main 3",
    );
}

#[test]
fn the_callback_of_a_reader_sees_the_values_from_when_it_was_added() {
    twins(
        r#"
async def main():
    var = ContextVar("var", default=0)
    loop = get_running_loop()
    ours, theirs = socket.socketpair()
    def readable():
        say(ours.recv(1), var.get())
    var.set(1)
    loop.add_reader(ours, readable)
    var.set(2)
    theirs.send(b"x")
    await sleep(1)
    loop.remove_reader(ours)
    ours.close(), theirs.close()
"#,
        async {
            let var = Rc::new(ContextVar::new(0));
            let event_loop = EventLoop::running();
            let (ours, mut theirs) = UnixStream::pair().unwrap();
            let (ours, seen) = (Rc::new(ours), Rc::clone(&var));
            let to_read = Rc::clone(&ours);
            let readable = move || {
                let mut byte = [0];
                (&*to_read).read_exact(&mut byte).unwrap();
                say!("b'{}' {}", char::from(byte[0]), seen.get());
            };
            var.set(1);
            let watched = event_loop.add_reader(ours, readable)?;
            var.set(2);
            theirs.write_all(b"x").unwrap();
            sleep(seconds(1)).await?;
            drop(watched);
            Ok(())
        },
        "b'x' 1",
    );
}

#[test]
fn a_variable_can_be_reset() {
    twins(
        r#"
async def main():
    var = ContextVar("var", default="none")
    outer = var.set("outer")
    inner = var.set("inner")
    say(var.get())
    var.reset(inner)
    say(var.get())
    var.reset(outer)
    say(var.get())
    say(copy_context().run(lambda: (var.set("elsewhere"), var.get())[1]), var.get())
"#,
        async {
            let var = ContextVar::new("none");
            let outer = var.set("outer");
            let inner = var.set("inner");
            say!("{}", var.get());
            var.reset(inner);
            say!("{}", var.get());
            var.reset(outer);
            say!("{}", var.get());
            let elsewhere = gearshift::aio::Context::copy().run(|| {
                var.set("elsewhere");
                var.get()
            });
            say!("{elsewhere} {}", var.get());
            Ok(())
        },
        "inner | outer | none | elsewhere none",
    );
}

#[test]
fn siblings_do_not_see_each_others_values() {
    twins(
        r#"
async def main():
    request = ContextVar("request", default="nobody")
    seen = []
    async def log():
        await sleep(1)
        seen.append(request.get())
    async def handle(name):
        request.set(name)
        await sleep(1)
        await log()
    tasks = [create_task(handle(name)) for name in "abc"]
    await wait(tasks)
    say(" ".join(seen), request.get())
"#,
        async {
            let request = Rc::new(ContextVar::new("nobody"));
            let seen: Rc<RefCell<Vec<&str>>> = Rc::default();
            let handle = |name: &'static str| {
                let (request, seen) = (Rc::clone(&request), Rc::clone(&seen));
                create_task(async move {
                    let log = async || {
                        sleep(seconds(1)).await?;
                        seen.borrow_mut().push(request.get());
                        Ok(())
                    };
                    request.set(name);
                    sleep(seconds(1)).await?;
                    log().await
                })
            };
            for task in ["a", "b", "c"].map(handle) {
                task.await?;
            }
            say!("{} {}", seen.borrow().join(" "), request.get());
            Ok(())
        },
        "a b c nobody",
    );
}
