//! `kill -9` of the real program in the middle of writing: what was acknowledged is there, and
//! nothing is there by halves.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use galleria_storage::DatabaseUrl;
use galleria_tests::database::{TestDatabase, on_both};
use galleria_tests::host::TestHost;
use galleria_tests::plugins::components;
use parking_lot::Mutex;
use serde_json::Value;

const KILLS: usize = 20;
const WRITERS: usize = 8;
/// Acknowledged writes in one life before it ends.
const WRITES_BEFORE_THE_END: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_in_the_middle_of_writing_lose_nothing_and_leave_nothing_half_there() {
    let program = galleria_program();
    on_both(|test| {
        let program = program.clone();
        async move {
            let host = TestHost::start(&test).await;
            host.plug_trusted(&components().rogue).await;
            let (key, folder) = (host.bearer(), host.folder());
            host.stop().await;
            let mut acknowledged = BTreeSet::new();
            for life in 0..KILLS {
                let mut run = Run::start(&program, folder.path(), &test);
                let written = write_until_the_end(&mut run, &key, life).await;
                assert!(written.len() >= WRITES_BEFORE_THE_END);
                acknowledged.extend(written);
            }
            let mut run = Run::start(&program, folder.path(), &test);
            let notes = all_notes(&run.url, &key).await;
            run.kill();
            check(&acknowledged, &notes);
        }
    })
    .await;
}

/// Whatever was acknowledged is whole; whatever wasn't is whole, or not there; and they are counted.
fn check(acknowledged: &BTreeSet<String>, notes: &[(String, i64)]) {
    let names: BTreeSet<&str> = notes.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), notes.len(), "a note is there twice");
    for name in acknowledged {
        for half in [format!("{name}.1"), format!("{name}.2")] {
            assert!(names.contains(half.as_str()), "{half} was acknowledged, and is lost");
        }
    }
    let first: BTreeSet<_> = names.iter().filter_map(|name| name.strip_suffix(".1")).collect();
    let second: BTreeSet<_> = names.iter().filter_map(|name| name.strip_suffix(".2")).collect();
    assert_eq!(first, second, "a pair is there by half");
    let tally = notes.iter().find(|(name, _)| name == "tally").map(|(_, count)| *count);
    assert_eq!(tally, i64::try_from(first.len()).ok());
}

/// One life of the program.
pub(super) struct Run {
    child: Child,
    pub(super) url: String,
}

impl Run {
    pub(super) fn start(program: &Path, folder: &Path, test: &TestDatabase) -> Self {
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--json", "--data-dir"])
            .arg(folder)
            .env("GALLERIA_DATABASE", database(test.url()))
            .env("GALLERIA_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut greeting = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut greeting).unwrap();
        let greeting: Value = serde_json::from_str(&greeting).unwrap();
        Self { child, url: greeting["url"].as_str().unwrap().to_owned() }
    }

    /// Ends it as a power cut would, as far as a process is concerned.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // A test that failed leaves no program behind.
        let _gone_already = self.child.kill();
        let _reaped_already = self.child.wait();
    }
}

/// Clients write until the program is gone; answers what was acknowledged.
async fn write_until_the_end(run: &mut Run, key: &str, life: usize) -> Vec<String> {
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (url, key, done) = (run.url.clone(), key.to_owned(), Arc::clone(&acknowledged));
            tokio::spawn(async move {
                let client = reqwest::Client::new();
                for turn in 0.. {
                    let name = format!("{life}-{writer}-{turn}");
                    let url = format!("{url}/admin/v1/x/rogue/notes/{name}");
                    match client.post(url).bearer_auth(&key).send().await {
                        Ok(answer) if answer.status() == 201 => done.lock().push(name),
                        // Too many rivals at once: it says that nothing happened.
                        Ok(answer) if answer.status() == 503 => {}
                        Ok(answer) => panic!("{name}: {}", answer.status()),
                        // The end, in the middle of a request.
                        Err(_) => break,
                    }
                }
            })
        })
        .collect();
    // Not always after the same number of writes.
    while acknowledged.lock().len() < WRITES_BEFORE_THE_END + life * 3 {
        assert!(!writers.iter().any(tokio::task::JoinHandle::is_finished), "a writer gave up");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    run.kill();
    for ended in join_all(writers).await {
        ended.unwrap();
    }
    std::mem::take(&mut *acknowledged.lock())
}

fn database(url: &DatabaseUrl) -> String {
    match url {
        DatabaseUrl::Sqlite(path) => path.display().to_string(),
        DatabaseUrl::Postgres(url) => url.clone(),
    }
}

async fn all_notes(url: &str, key: &str) -> Vec<(String, i64)> {
    let client = reqwest::Client::new();
    let (mut notes, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = format!("{url}/admin/v1/x/rogue/notes?limit=200{cursor}");
        let page = client.get(page).bearer_auth(key).send().await.unwrap();
        assert_eq!(page.status(), 200);
        let page: Value = page.json().await.unwrap();
        for note in page["items"].as_array().unwrap() {
            notes
                .push((note["name"].as_str().unwrap().to_owned(), note["count"].as_i64().unwrap()));
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return notes,
        }
    }
}

/// The `galleria` program, as cargo builds it; this package's tests don't bring it along.
pub(super) fn galleria_program() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--package", "galleria", "--bin", "galleria"]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    let built = command.status().unwrap();
    assert!(built.success(), "the program builds");
    galleria_tests::program("galleria")
}
