use crate::support::{GEARSHIFT, cancel, run, turns};
use gearshift::aio::process::{Stdio, exec};
use gearshift::aio::{ProcessPool, create_task, gather};
use gearshift::jobs::sum_of_squares;
use rustix::process::{Pid, Signal, kill_process};

/// Takes longer than any test may.
const ENDLESS: u64 = u64::MAX;

fn pool(workers: usize) -> ProcessPool {
    ProcessPool::new(workers).executable(GEARSHIFT)
}

#[test]
fn a_worker_computes_the_same_as_this_process() {
    run(async {
        let pool = pool(2);
        let sums: Vec<u128> = gather((0..6).map(|n| pool.run("sum_of_squares", n * 1000))).await?;
        let ours: Vec<u128> = (0..6).map(|n| sum_of_squares(n * 1000)).collect();
        assert_eq!(sums, ours);
        assert_eq!(pool.idle().len(), 2);
        Ok(())
    });
}

#[test]
fn an_idle_worker_is_used_again() {
    run(async {
        let pool = pool(4);
        let _: u128 = pool.run("sum_of_squares", 10).await?;
        let workers = pool.idle();
        let _: u128 = pool.run("sum_of_squares", 10).await?;
        assert_eq!((workers.len(), pool.idle()), (1, workers));
        Ok(())
    });
}

#[test]
fn a_worker_that_dies_is_an_error_and_is_replaced() {
    run(async {
        let pool = pool(1);
        let _: u128 = pool.run("sum_of_squares", 1).await?;
        let worker = pool.idle()[0];
        let endless = create_task(pool.run::<_, u128>("sum_of_squares", ENDLESS));
        turns().await?;
        assert!(pool.idle().is_empty());
        kill_process(Pid::from_raw(worker.try_into()?).unwrap(), Signal::KILL)?;
        let error = endless.await.unwrap_err().to_string();
        assert_eq!(
            error,
            "the worker of the job sum_of_squares has ended, with -9"
        );
        assert_eq!(pool.run::<_, u128>("sum_of_squares", 4).await?, 14);
        assert_ne!(pool.idle(), [worker]);
        Ok(())
    });
}

#[test]
fn cancelled_work_is_killed_and_its_permit_is_free() {
    run(async {
        let pool = pool(1);
        let endless = create_task(pool.run::<_, u128>("sum_of_squares", ENDLESS));
        turns().await?;
        cancel(&endless).await?;
        assert_eq!(pool.run::<_, u128>("sum_of_squares", 4).await?, 14);
        Ok(())
    });
}

#[test]
fn an_unknown_job_and_a_wrong_input_are_errors_and_the_worker_stays() {
    run(async {
        let pool = pool(1);
        let error = pool.run::<_, u128>("no_such_job", 1).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the job no_such_job: there is no such job"
        );
        assert!(pool.run::<_, u128>("sum_of_squares", "one").await.is_err());
        assert_eq!(pool.idle().len(), 1);
        Ok(())
    });
}

#[test]
fn a_program_that_is_not_a_worker_is_an_error() {
    run(async {
        let pool = ProcessPool::new(1).executable("/bin/true");
        assert!(pool.run::<_, u128>("sum_of_squares", 1).await.is_err());
        Ok(())
    });
}

#[test]
fn a_worker_ends_when_its_parent_is_gone() {
    run(async {
        let worker = exec(GEARSHIFT, ["aio-worker"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        assert_eq!(worker.communicate(b"").await?.0, b"");
        assert_eq!(worker.returncode(), Some(0));
        Ok(())
    });
}
