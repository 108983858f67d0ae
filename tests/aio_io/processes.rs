use crate::support::{cancel, kind_of, run, run_virtually, turns};
use gearshift::aio::process::{Stdio, exec, shell};
use gearshift::aio::signal::SIGUSR1;
use gearshift::aio::{EventLoop, Process, Result, create_task, gather, sleep, wait_for};
use rustix::process::{Pid, test_kill_process};
use std::io::ErrorKind;
use std::time::Duration;

const NOTHING: [&str; 0] = [];
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn the_output_and_the_exit_code_of_a_program_are_read() {
    run(async {
        let echo = exec("echo", ["a b", "$HOME"])
            .stdout(Stdio::piped())
            .spawn()?;
        assert_eq!(echo.communicate(b"").await?.0, b"a b $HOME\n");
        assert_eq!(echo.returncode(), Some(0));
        let seven = shell("echo out; echo err >&2; exit 7")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let printed = seven.communicate(b"").await?;
        assert_eq!(printed, (b"out\n".to_vec(), b"err\n".to_vec()));
        assert_eq!(seven.wait().await?, 7);
        Ok(())
    });
}

#[test]
fn environment_directory_and_input_are_as_set() {
    run(async {
        let shell = shell("echo $COLOUR; pwd; cat")
            .env("COLOUR", "blue")
            .cwd("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        assert_eq!(shell.communicate(b"").await?.0, b"blue\n/\n");
        Ok(())
    });
}

#[test]
fn a_program_that_does_not_exist_is_an_error() {
    run(async {
        let missing = exec("/no/such/program", NOTHING).spawn();
        assert_eq!(kind_of(missing), ErrorKind::NotFound);
        Ok(())
    });
}

#[test]
fn lines_are_exchanged_with_a_child_one_by_one() {
    run(async {
        let cat = exec("cat", NOTHING)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (to, from) = (cat.stdin.clone().unwrap(), cat.stdout.clone().unwrap());
        for line in [&b"one\n"[..], b"two\n"] {
            to.write(line);
            to.drain().await?;
            assert_eq!(from.read_line().await?, line);
        }
        to.close();
        assert_eq!(from.read_line().await?, b"");
        assert_eq!(cat.wait().await?, 0);
        Ok(())
    });
}

#[test]
fn the_return_code_names_the_signal_that_ended_a_child() {
    run(async {
        type End = fn(&Process) -> Result<()>;
        let kill: End = Process::kill;
        let terminate: End = Process::terminate;
        let user_signal: End = |child| child.send_signal(SIGUSR1);
        for (end, code) in [(kill, -9), (terminate, -15), (user_signal, -SIGUSR1)] {
            let cat = exec("cat", NOTHING).stdin(Stdio::piped()).spawn()?;
            assert_eq!(cat.returncode(), None);
            end(&cat)?;
            assert_eq!(cat.wait().await?, code);
            assert_eq!(kind_of(cat.kill()), ErrorKind::NotFound);
        }
        Ok(())
    });
}

#[test]
fn a_megabyte_goes_both_ways_at_once() {
    run(async {
        let input: Vec<u8> = (0..1_000_000_u32).map(|i| i.to_le_bytes()[0]).collect();
        let cat = exec("cat", NOTHING)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (output, errors) = cat.communicate(&input).await?;
        assert!(output == input);
        assert_eq!(errors, b"");
        Ok(())
    });
}

#[test]
fn a_child_that_closes_its_input_early_is_not_an_error() {
    run(async {
        let ignores = shell("exec <&-; echo done")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (output, _) = ignores.communicate(&vec![0; 1_000_000]).await?;
        assert_eq!(output, b"done\n");
        Ok(())
    });
}

#[test]
fn children_that_end_together_are_all_reaped() {
    run(async {
        let child = |code: usize| async move {
            let child = exec("sh", ["-c", &format!("exit {code}")]).spawn()?;
            child.wait().await
        };
        let codes = gather((0..30).map(child)).await?;
        assert_eq!(codes, Vec::from_iter(0..30));
        Ok(())
    });
}

#[test]
fn other_tasks_run_while_a_child_does() {
    run(async {
        let cat = exec("cat", NOTHING).stdin(Stdio::piped()).spawn()?;
        let waits = create_task({
            let cat = cat.clone();
            async move { cat.wait().await }
        });
        turns().await?;
        assert!(!waits.done());
        cat.stdin.as_ref().unwrap().close();
        assert_eq!(waits.await?, 0);
        Ok(())
    });
}

#[test]
fn cancelling_a_wait_leaves_the_child_running() {
    run(async {
        let cat = exec("cat", NOTHING)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let talk = create_task({
            let cat = cat.clone();
            async move {
                cat.wait().await?;
                Ok(())
            }
        });
        turns().await?;
        cancel(&talk).await?;
        assert_eq!(cat.communicate(b"still here").await?.0, b"still here");
        Ok(())
    });
}

#[test]
fn a_child_whose_coroutine_is_cancelled_is_killed_and_reaped() {
    run(async {
        let sleep = exec("sleep", ["1000"]).stdout(Stdio::piped()).spawn()?;
        let output = sleep.stdout.clone().unwrap();
        let pid = Pid::from_raw(sleep.pid().try_into()?).unwrap();
        let task = create_task(async move {
            sleep.communicate(b"").await?;
            Ok(())
        });
        turns().await?;
        cancel(&task).await?;
        assert_eq!(output.read_to_end().await?, b""); // it has ended
        while test_kill_process(pid).is_ok() {
            turns().await?; // and is not a zombie
        }
        Ok(())
    });
}

#[test]
fn a_child_left_at_the_end_of_the_loop_is_killed() {
    run(async {
        let cat = exec("cat", NOTHING).stdin(Stdio::piped()).spawn()?;
        create_task(async move {
            cat.wait().await?;
            Ok(())
        });
        turns().await
    });
}

#[test]
fn a_virtual_clock_does_not_jump_over_a_child_at_work() {
    run_virtually(async {
        let begin = EventLoop::running().time();
        let child = exec("sleep", ["0.05"]).spawn()?;
        assert_eq!(wait_for(async move { child.wait().await }, HOUR).await?, 0);
        assert!(EventLoop::running().time() - begin < HOUR);
        sleep(HOUR).await // and jumps when it has ended
    });
}
