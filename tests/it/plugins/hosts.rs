//! Two hosts on one PostgreSQL: what one decides, the other follows.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use galleria_tests::database::on_postgres;
use galleria_tests::host::TestHost;
use galleria_tests::plugins::components;
use serde_json::json;

/// The promise is two seconds; a machine that does ten things at once gets more.
const FOLLOWS_WITHIN: Duration = Duration::from_secs(20);
const SWITCHES: usize = 5;

/// Waits until a host answers with a status; says how long that took.
async fn until(host: &TestHost, path: &str, status: u16) -> Duration {
    let began = Instant::now();
    loop {
        let answer = host.get(path).await;
        if answer.status == status {
            return began.elapsed();
        }
        let took = began.elapsed();
        assert!(took < FOLLOWS_WITHIN, "still {} {} after {took:?}", answer.status, answer.text());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_host_switches_the_other_follows() {
    on_postgres(|test| async move {
        let (one, other) = (TestHost::start(&test).await, TestHost::start(&test).await);
        let plugin = one.plug(&components().hello, &[]).await;
        let path = "/store/v1/x/hello/hello/Ada";
        let mut took = vec![until(&other, path, 200).await];
        for turn in 0..SWITCHES {
            let (here, there) = if turn % 2 == 0 { (&one, &other) } else { (&other, &one) };
            here.galleria.plugins().disable(here.owner(), &plugin, false).await.unwrap();
            took.push(until(there, path, 404).await);
            here.galleria.plugins().enable(here.owner(), &plugin).await.unwrap();
            took.push(until(there, path, 200).await);
        }
        eprintln!("followed within {:?}", took.iter().max());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hosts_that_write_at_once_lose_nothing() {
    on_postgres(|test| async move {
        let (one, other) = (TestHost::start(&test).await, TestHost::start(&test).await);
        one.plug_trusted(&components().rogue).await;
        // The same file and the same grant: it tells the other host's program what it may.
        other.plug_trusted(&components().rogue).await;
        until(&one, "/admin/v1/x/rogue/notes", 200).await;
        let writers = (0..8).map(|writer| {
            let host = if writer % 2 == 0 { &one } else { &other };
            async move {
                let mut written = Vec::new();
                for turn in 0..20 {
                    let name = format!("{writer}-{turn}");
                    let path = format!("/admin/v1/x/rogue/notes/{name}");
                    let answer = host.post(&path, &json!({})).await;
                    match answer.status {
                        201 => written.push(name),
                        // Too many rivals at once: it says that nothing happened.
                        503 => {}
                        status => panic!("{status} {}", answer.text()),
                    }
                }
                written
            }
        });
        let written: BTreeSet<String> = join_all(writers).await.into_iter().flatten().collect();
        assert!(!written.is_empty());
        let tally = one.get("/admin/v1/x/rogue/notes/tally").await.json()["count"].as_u64();
        assert_eq!(tally, Some(written.len() as u64));
        for name in &written {
            for half in [1, 2] {
                let path = format!("/admin/v1/x/rogue/notes/{name}.{half}");
                assert_eq!(other.get(&path).await.status, 200, "{name}.{half}");
            }
        }
    })
    .await;
}
