//! Jobs are done slice by slice, each slice once.

use std::time::{Duration, Instant};

use galleria_app::jobs::{self, NewJob};
use galleria_app::unit;
use galleria_domain::{Job, JobId, JobState, PluginId};
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use galleria_tests::plugins::components;
use serde_json::{Value, json};

use super::notes;

const LONG: Duration = Duration::from_mins(2);

async fn begin(host: &TestHost, plugin: &PluginId, input: Value) -> JobId {
    let new = || NewJob {
        plugin: plugin.clone(),
        name: "count".to_owned(),
        input: input.clone(),
        run_at: None,
        unique_key: None,
    };
    let app = host.galleria.app();
    unit!(app.write(host.owner()), work => jobs::enqueue(work, new()).await).unwrap()
}

/// Waits until a job is as far as that.
async fn until(host: &TestHost, id: &JobId, fits: impl Fn(&Job) -> bool) -> Job {
    let (app, began) = (host.galleria.app(), Instant::now());
    loop {
        let job = unit!(app.read(host.owner()), work => jobs::get(work, id).await).unwrap();
        if fits(&job) {
            return job;
        }
        assert!(began.elapsed() < LONG, "{job:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_done_slice_by_slice_also_across_a_restart() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let plugin = host.plug_trusted(&components().hooking).await;
        let id = begin(&host, &plugin, json!({ "slices": 30 })).await;
        until(&host, &id, |job| job.progress.done > 2).await;
        let host = host.restart(&test).await;
        let job = until(&host, &id, |job| job.state.is_over()).await;
        assert_eq!((job.state, job.progress.total), (JobState::Done, Some(30)));
        let notes = notes(&host, "hooking").await;
        for slice in 1..=30 {
            assert_eq!(notes.get(&format!("slice {slice}")), Some(&1), "{notes:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slice_that_fails_is_undone_and_tried_again_later() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let plugin = host.plug_trusted(&components().hooking).await;
        let input = json!({ "slices": 3, "do": "write-trap", "at": 1 });
        let id = begin(&host, &plugin, input).await;
        let job = until(&host, &id, |job| job.attempts > 0).await;
        assert_eq!((job.state, job.cursor), (JobState::Queued, Some(json!(1))));
        assert!(job.last_error.is_some());
        let notes = notes(&host, "hooking").await;
        assert_eq!(notes.get("slice 1"), Some(&1));
        assert!(!notes.contains_key("slice 2") && !notes.contains_key("written"));
    })
    .await;
}
