//! Jobs: slices, leases, what is due again and again.

use std::time::Duration;

use galleria_app::jobs::{self, CronEntry, JobFilter, LEASE, LeasedJob, NewJob, SliceOutcome};
use galleria_app::{AppError, Caller, unit};
use galleria_domain::{
    Actor, Job, JobId, JobProgress, JobState, PageRequest, Permission, PluginId, Rights,
    StaffPermission,
};
use galleria_tests::database::{TestDatabase, on_both};
use galleria_tests::host::TestHost;
use galleria_tests::shop::TestShop;
use serde_json::{Value, json};

fn plugin() -> PluginId {
    "exporter".parse().unwrap()
}

/// A plugin by itself, which may do jobs.
fn by_itself(shop: &TestShop, plugin: &PluginId) -> Caller {
    let rights = Rights::only([StaffPermission::Host(Permission::JobsRun)]);
    let caller = shop.caller(Actor::Plugin(plugin.clone()), rights);
    Caller { plugin: Some(plugin.clone()), ..caller }
}

fn new(input: Value) -> NewJob {
    let name = "export".to_owned();
    NewJob { plugin: plugin(), name, input, run_at: None, unique_key: None }
}

async fn begin(shop: &TestShop, new: &NewJob) -> JobId {
    let caller = by_itself(shop, &plugin());
    unit!(shop.app.write(&caller), work => jobs::enqueue(work, new.clone()).await).unwrap()
}

async fn lease(shop: &TestShop, host: &str) -> Option<LeasedJob> {
    let (system, plugins) = (Caller::system(shop.store.clone()), [plugin()]);
    unit!(shop.app.write(&system), work => jobs::lease_next(work, host, &plugins).await).unwrap()
}

async fn look_at(shop: &TestShop, id: &JobId) -> Job {
    unit!(shop.app.read(&shop.owner()), work => jobs::get(work, id).await).unwrap()
}

fn more(done: u64) -> SliceOutcome {
    let progress = JobProgress { done, total: Some(3), text: Some("counting".to_owned()) };
    SliceOutcome::More { cursor: json!({ "at": done }), progress, run_at: None }
}

/// Does a slice that begins another job, in the unit that ends it; undone if the lease was lost.
async fn slice(shop: &TestShop, leased: &LeasedJob, outcome: SliceOutcome) -> bool {
    let caller = by_itself(shop, &plugin());
    let done = unit!(shop.app.write(&caller), work => {
        let later = shop.clock_now().plus(Duration::from_hours(1));
        let effect = NewJob { run_at: Some(later), ..new(json!("an effect")) };
        jobs::enqueue(work, effect).await?;
        if jobs::slice_done(work, leased, outcome.clone()).await? {
            Ok(())
        } else {
            Err(AppError::conflict("lost", "the lease was lost"))
        }
    });
    done.is_ok()
}

async fn effects(shop: &TestShop) -> usize {
    let page = unit!(shop.app.read(&shop.owner()), work => {
        jobs::list(work, &JobFilter::default(), &PageRequest::first(200)).await
    });
    page.unwrap().items.iter().filter(|job| job.input == json!("an effect")).count()
}

trait Now {
    fn clock_now(&self) -> galleria_domain::Instant;
}

impl Now for TestShop {
    fn clock_now(&self) -> galleria_domain::Instant {
        self.app.now()
    }
}

#[tokio::test]
async fn a_job_goes_slice_by_slice_to_its_end() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let id = begin(&shop, &new(json!({ "all": true }))).await;
        for done in 1..=2 {
            let leased = lease(&shop, "host-1").await.unwrap();
            assert_eq!(leased.job.id, id);
            assert_eq!(leased.job.cursor, (done > 1).then(|| json!({ "at": done - 1 })));
            assert_eq!(lease(&shop, "host-2").await, None, "it is leased");
            assert!(slice(&shop, &leased, more(done)).await);
        }
        let seen = look_at(&shop, &id).await;
        assert_eq!((seen.state, seen.progress.done), (JobState::Queued, 2));
        let leased = lease(&shop, "host-2").await.unwrap();
        let done = SliceOutcome::Done { result: json!({ "file": "x" }) };
        assert!(slice(&shop, &leased, done).await);
        let seen = look_at(&shop, &id).await;
        assert_eq!((seen.state, seen.progress.done), (JobState::Done, 3));
        assert_eq!(seen.result, Some(json!({ "file": "x" })));
        assert_eq!(seen.finished_at, Some(shop.app.now()));
        assert_eq!((lease(&shop, "host-1").await, effects(&shop).await), (None, 3));
    })
    .await;
}

#[tokio::test]
async fn a_slice_whose_host_went_away_is_done_again_from_its_cursor_and_takes_effect_once() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let id = begin(&shop, &new(Value::Null)).await;
        let first = lease(&shop, "host-1").await.unwrap();
        assert!(slice(&shop, &first, more(1)).await);
        let lost = lease(&shop, "host-1").await.unwrap();
        let second = Duration::from_secs(1);
        shop.clock.advance(LEASE.saturating_sub(second));
        assert_eq!(lease(&shop, "host-2").await, None, "the lease isn't over");
        shop.clock.advance(second);
        let again = lease(&shop, "host-2").await.unwrap();
        assert_eq!(again.job.cursor, Some(json!({ "at": 1 })));
        assert_eq!(again.job.attempts, 1);
        // Both come to an end of the same slice; the one that lost its lease first.
        assert!(!slice(&shop, &lost, more(2)).await);
        assert!(slice(&shop, &again, more(2)).await);
        assert!(!slice(&shop, &again, more(3)).await, "a slice ends once");
        let seen = look_at(&shop, &id).await;
        assert_eq!((seen.cursor, seen.attempts), (Some(json!({ "at": 2 })), 0));
        assert_eq!(effects(&shop).await, 2);
    })
    .await;
}

#[tokio::test]
async fn hosts_that_race_for_jobs_get_each_of_them_once() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        for at in 0..12 {
            begin(&shop, &new(json!(at))).await;
        }
        let hosts = (0..4).map(|host| {
            let shop = shop.clone();
            tokio::spawn(async move {
                let mut ids = Vec::new();
                while let Some(leased) = lease(&shop, &format!("host-{host}")).await {
                    ids.push(leased.job.id);
                }
                ids
            })
        });
        let mut ids = Vec::new();
        for host in hosts.collect::<Vec<_>>() {
            ids.extend(host.await.unwrap());
        }
        let leased = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!((leased, ids.len()), (12, 12));
    })
    .await;
}

#[tokio::test]
async fn a_slice_is_tried_ten_times_ever_later_and_the_job_goes_on_where_it_was_if_asked_to() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let id = begin(&shop, &new(Value::Null)).await;
        let leased = lease(&shop, "host").await.unwrap();
        assert!(slice(&shop, &leased, more(1)).await);
        let system = Caller::system(shop.store.clone());
        let mut waits = Vec::new();
        while let Some(leased) = lease(&shop, "host").await {
            let reason = "trapped:\nunreachable";
            let state = unit!(shop.app.write(&system), work => {
                jobs::slice_failed(work, &leased, reason, true).await
            });
            if state.unwrap() == Some(JobState::Queued) {
                assert_eq!(lease(&shop, "host").await, None, "it isn't time yet");
                let wait = look_at(&shop, &id).await.run_at.since(shop.app.now());
                waits.push(wait);
                shop.clock.advance(wait);
            }
        }
        assert_eq!(waits.len(), 9);
        for (wait, doublings) in waits.iter().zip(0..) {
            let least = Duration::from_secs(1 << doublings);
            assert!(*wait >= least && *wait <= least + least / 4, "{wait:?}");
        }
        let seen = look_at(&shop, &id).await;
        assert_eq!((seen.state, seen.attempts), (JobState::Failed, 10));
        assert_eq!(seen.last_error.as_deref(), Some("trapped: unreachable"));
        let owner = shop.owner();
        let again = unit!(shop.app.write(&owner), work => jobs::retry(work, &id).await).unwrap();
        assert_eq!((again.state, again.attempts), (JobState::Queued, 0));
        assert_eq!(lease(&shop, "host").await.unwrap().job.cursor, Some(json!({ "at": 1 })));
        // What trying again can't mend is over at once.
        let other = begin(&shop, &new(Value::Null)).await;
        let leased = lease(&shop, "host").await.unwrap();
        let failed = unit!(shop.app.write(&system), work => {
            jobs::slice_failed(work, &leased, "no such file", false).await
        });
        assert_eq!(failed.unwrap(), Some(JobState::Failed));
        assert_eq!(look_at(&shop, &other).await.attempts, 1);
    })
    .await;
}

#[tokio::test]
async fn a_job_whose_hosts_keep_going_away_is_given_up() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let id = begin(&shop, &new(Value::Null)).await;
        let mut times = 0;
        while lease(&shop, "host").await.is_some() {
            times += 1;
            shop.clock.advance(LEASE);
        }
        assert_eq!(times, 10);
        let seen = look_at(&shop, &id).await;
        assert_eq!(seen.state, JobState::Failed);
        assert!(seen.last_error.unwrap().contains("went away"));
    })
    .await;
}

#[tokio::test]
async fn a_job_is_cancelled_also_while_a_slice_of_it_is_done() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let id = begin(&shop, &new(Value::Null)).await;
        let leased = lease(&shop, "host").await.unwrap();
        let job = unit!(shop.app.write(&owner), work => jobs::cancel(work, &id).await).unwrap();
        assert_eq!(job.state, JobState::Cancelled);
        assert!(!slice(&shop, &leased, more(1)).await);
        assert_eq!((effects(&shop).await, lease(&shop, "host").await), (0, None));
        shop.clock.advance(LEASE);
        assert_eq!(lease(&shop, "host").await, None);
        let again = unit!(shop.app.write(&owner), work => jobs::cancel(work, &id).await).unwrap();
        assert_eq!(again.state, JobState::Cancelled);
        let system = Caller::system(shop.store.clone());
        let failed = unit!(shop.app.write(&system), work => {
            jobs::slice_failed(work, &leased, "too late", true).await
        });
        assert_eq!(failed.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn of_jobs_with_one_key_one_is_there_until_it_is_over() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let keyed = NewJob { unique_key: Some("nightly".to_owned()), ..new(Value::Null) };
        let id = begin(&shop, &keyed).await;
        assert_eq!(begin(&shop, &keyed).await, id);
        let leased = lease(&shop, "host").await.unwrap();
        assert_eq!(begin(&shop, &keyed).await, id);
        let system = Caller::system(shop.store.clone());
        let failed = unit!(shop.app.write(&system), work => {
            jobs::slice_failed(work, &leased, "no", false).await
        });
        assert_eq!(failed.unwrap(), Some(JobState::Failed));
        let next = begin(&shop, &keyed).await;
        assert_ne!(next, id);
        let owner = shop.owner();
        let retried = unit!(shop.app.write(&owner), work => jobs::retry(work, &id).await);
        assert!(matches!(retried, Err(AppError::Conflict { kind: "job-key-taken", .. })));
    })
    .await;
}

#[tokio::test]
async fn a_plugin_has_to_do_with_its_own_jobs_only() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let id = begin(&shop, &new(Value::Null)).await;
        let other = by_itself(&shop, &"another".parse().unwrap());
        let seen = unit!(shop.app.read(&other), work => jobs::get(work, &id).await);
        assert!(matches!(seen, Err(AppError::NotFound("job"))));
        let cancelled = unit!(shop.app.write(&other), work => jobs::cancel(work, &id).await);
        assert!(matches!(cancelled, Err(AppError::NotFound("job"))));
        let begun = unit!(shop.app.write(&other), work => {
            jobs::enqueue(work, new(Value::Null)).await
        });
        assert!(matches!(begun, Err(AppError::PermissionDenied(_))));
        let nobody = shop.visitor("192.0.2.9");
        let seen = unit!(shop.app.read(&nobody), work => jobs::get(work, &id).await);
        assert!(matches!(seen, Err(AppError::PermissionDenied(_))));
        let wrong = NewJob { name: "Not A Name".to_owned(), ..new(Value::Null) };
        let own = by_itself(&shop, &plugin());
        let begun = unit!(shop.app.write(&own), work => jobs::enqueue(work, wrong.clone()).await);
        assert!(matches!(begun, Err(AppError::Invalid(_))));
    })
    .await;
}

/// Makes the plugin one that is enabled, as far as the schedule is concerned.
async fn enable(database: &TestDatabase, state: &str) {
    let blob = if database.is_shared() { "'\\x00'" } else { "x'00'" };
    database
        .tamper(&format!(
            "INSERT INTO plugin_artifacts (digest, plugin, plugin_version, manifest, component, \
             size, uploaded_at) VALUES ('d', 'exporter', '1.0.0', '{{}}', {blob}, 1, 0)"
        ))
        .await;
    let no = if database.is_shared() { "FALSE" } else { "0" };
    database
        .tamper(&format!(
            "INSERT INTO installations (plugin, digest, state, granted, grant_warm, installed_at, \
             updated_at, version) VALUES ('exporter', 'd', '{state}', '[]', {no}, 0, 0, 1)"
        ))
        .await;
}

fn entry(name: &str, expression: &str, zone: &str) -> CronEntry {
    let time_zone = Some(zone.parse().unwrap());
    CronEntry { name: name.to_owned(), expression: expression.parse().unwrap(), time_zone }
}

async fn plan(shop: &TestShop, entries: &[CronEntry]) {
    let system = Caller::system(shop.store.clone());
    unit!(shop.app.write(&system), work => jobs::plan_cron(work, &plugin(), entries).await)
        .unwrap();
}

async fn due(shop: &TestShop) -> usize {
    let system = Caller::system(shop.store.clone());
    unit!(shop.app.write(&system), work => jobs::due_cron(work).await).unwrap().len()
}

/// Works off what is due, and says which kinds of jobs that were.
async fn work_off(shop: &TestShop) -> Vec<String> {
    let mut names = Vec::new();
    while let Some(leased) = lease(shop, "host").await {
        names.push(leased.job.name.clone());
        let caller = by_itself(shop, &plugin());
        let done = SliceOutcome::Done { result: Value::Null };
        let ended = unit!(shop.app.write(&caller), work => {
            jobs::slice_done(work, &leased, done.clone()).await
        });
        assert!(ended.unwrap());
    }
    names.sort();
    names
}

#[tokio::test]
async fn what_is_due_every_day_is_due_at_the_time_on_the_wall_also_when_the_clocks_change() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        enable(&database, "enabled").await;
        // 12:00 UTC on 2026-03-07; New York changes its clocks the night after, Berlin on the 29th.
        let entries = [
            entry("berlin", "30 2 * * *", "Europe/Berlin"),
            entry("new-york", "30 2 * * *", "America/New_York"),
        ];
        plan(&shop, &entries).await;
        let mut at = Vec::new();
        for hour in 0..24 * 24 {
            let begun = due(&shop).await;
            let names = work_off(&shop).await;
            assert_eq!(begun, names.len());
            at.extend(names.into_iter().map(|name| (name, hour)));
            shop.clock.advance(Duration::from_hours(1));
        }
        let of = |name: &str| -> Vec<i32> {
            at.iter().filter(|(of, _)| of == name).map(|(_, hour)| *hour).collect()
        };
        // Looked at on the hour, so that 02:30 is seen at 03:00.
        let (berlin, new_york) = (of("berlin"), of("new-york"));
        assert_eq!(berlin.len(), 24);
        assert_eq!(new_york.len(), 24);
        // 01:30 UTC, and 00:30 UTC from the 30th on; on the 29th 02:30 is leapt over: 01:00 UTC.
        assert_eq!(berlin[..2], [14, 38]);
        assert_eq!(berlin[20..], [494, 517, 541, 565]);
        // On the 8th 02:30 is leapt over: 07:00 UTC; 06:30 UTC from the 9th on.
        assert_eq!(new_york[..3], [19, 43, 67]);
    })
    .await;
}

#[tokio::test]
async fn what_is_due_is_begun_once_by_all_hosts_together() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        enable(&database, "enabled").await;
        plan(&shop, &[entry("hourly", "0 * * * *", "UTC")]).await;
        for _ in 0..3 {
            // Also after hours in which no host ran.
            shop.clock.advance(Duration::from_hours(5));
            let hosts = (0..4).map(|_| {
                let shop = shop.clone();
                tokio::spawn(async move {
                    plan(&shop, &[entry("hourly", "0 * * * *", "UTC")]).await;
                    due(&shop).await
                })
            });
            let mut begun = 0;
            for host in hosts.collect::<Vec<_>>() {
                begun += host.await.unwrap();
            }
            assert_eq!((begun, work_off(&shop).await.len()), (1, 1));
        }
        // While one isn't over, no other is begun.
        shop.clock.advance(Duration::from_hours(1));
        due(&shop).await;
        shop.clock.advance(Duration::from_hours(1));
        due(&shop).await;
        assert_eq!(work_off(&shop).await.len(), 1);
        // What is planned no more is due no more.
        plan(&shop, &[]).await;
        shop.clock.advance(Duration::from_hours(2));
        assert_eq!(due(&shop).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_plugin_that_is_off_misses_its_times() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        enable(&database, "disabled").await;
        plan(&shop, &[entry("hourly", "0 * * * *", "UTC")]).await;
        shop.clock.advance(Duration::from_hours(2));
        assert_eq!(due(&shop).await, 0);
        database.tamper("UPDATE installations SET state = 'enabled'").await;
        assert_eq!(due(&shop).await, 0);
        shop.clock.advance(Duration::from_hours(1));
        assert_eq!(due(&shop).await, 1);
    })
    .await;
}

#[tokio::test]
async fn staff_sees_jobs_over_http_and_cancels_and_revives_them() {
    on_both(|database| async move {
        let host = TestHost::start(&database).await;
        let mut caller = host.owner().clone();
        caller.plugin = Some(plugin());
        let app = host.galleria.app().clone();
        let id = unit!(app.write(&caller), work => {
            jobs::enqueue(work, new(json!({ "what": "all" }))).await
        })
        .unwrap();
        let path = format!("/admin/v1/jobs/{id}");
        let listed = host.get("/admin/v1/jobs?plugin=exporter&state=queued").await;
        assert_eq!(listed.json()["items"][0]["id"], json!(id), "{}", listed.text());
        assert_eq!(host.get("/admin/v1/jobs?state=done").await.json()["items"], json!([]));
        assert_eq!(host.get(&path).await.json()["input"], json!({ "what": "all" }));
        let refused = host.post(&format!("{path}/retry"), &json!({})).await;
        assert_eq!(refused.status, 409, "{}", refused.text());
        let cancelled = host.post(&format!("{path}/cancel"), &json!({})).await;
        assert_eq!(cancelled.json()["state"], "cancelled", "{}", cancelled.text());
        let revived = host.post(&format!("{path}/retry"), &json!({})).await;
        assert_eq!(revived.json()["state"], "queued", "{}", revived.text());
        assert_eq!(host.visit(http::Method::GET, &path).await.status, 401);
        assert_eq!(host.get("/admin/v1/jobs?state=lost").await.status, 422);
    })
    .await;
}
