use gearshift::aio::{self, Error, Result, create_task, sleep};
use gearshift::clock::Clock;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

type Out = Rc<RefCell<Vec<String>>>;
fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

async fn worker(out: Out, name: &'static str, lock: Rc<aio::Lock>) -> Result<()> {
    out.borrow_mut().push(format!("{name} wants"));
    {
        let _g = lock.acquire().await?;
        out.borrow_mut().push(format!("{name} has"));
        sleep(ms(100)).await?;
    }
    out.borrow_mut().push(format!("{name} gave"));
    Ok(())
}

#[test]
fn lock_order() {
    let out = Out::default();
    let o = out.clone();
    let lp = aio::EventLoop::with_clock(Clock::stopped()).unwrap();
    lp.set_debug(true);
    aio::run_on(&lp, async move {
        let lock = Rc::new(aio::Lock::new());
        aio::gather(["A", "B", "C"].map(|n| worker(o.clone(), n, lock.clone()))).await?;
        let t = create_task(async {
            sleep(ms(500)).await?;
            Ok(5)
        });
        sleep(ms(100)).await?;
        t.cancel();
        assert!(!t.done());
        assert!(matches!(t.await, Err(Error::Cancelled)));
        assert!(
            aio::wait_for(sleep(ms(2000)), ms(1000))
                .await
                .unwrap_err()
                .is_timed_out()
        );
        let r = aio::timeout(ms(10), async |_| sleep(ms(20)).await).await;
        assert!(r.unwrap_err().is_timed_out());
        let r = aio::task_group(async |g| {
            g.create_task(async {
                sleep(ms(10)).await?;
                Err::<(), _>(Error::message("boom"))
            })?;
            g.create_task(async { sleep(ms(1000)).await })?;
            sleep(ms(5000)).await
        })
        .await;
        assert_eq!(r.unwrap_err().to_string(), "1 task of a group failed; boom");
        let x = aio::shield(async {
            sleep(ms(10)).await?;
            Ok(7)
        })
        .await?;
        assert_eq!(x, 7);
        let mut it = aio::as_completed(
            [3u64, 1, 2].map(|n| async move {
                sleep(ms(n * 10)).await?;
                Ok(n)
            }),
            None,
        );
        let mut seen = vec![];
        while let Some(r) = it.next().await? {
            seen.push(r?);
        }
        assert_eq!(seen, [1, 2, 3]);
        Ok(())
    })
    .unwrap();
    assert_eq!(
        out.borrow().join(","),
        "A wants,A has,B wants,C wants,A gave,B has,B gave,C has,C gave"
    );
}
