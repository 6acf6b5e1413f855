//! Files that are no plugins, or none for this host, uploaded all the same.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::path::Path;

use bytes::Bytes;
use galleria_tests::browser::Browser;
use galleria_tests::component::renamed;
use galleria_tests::database::on_both;
use galleria_tests::host::{Answer, TestHost, answer};
use galleria_tests::misfits::{Misfit, misfits};
use galleria_tests::plugins::components;
use http::Method;
use http_body_util::StreamBody;
use hyper::body::Frame;
use serde_json::json;

use super::assert_refused;
use super::plugins::plug;

const PLUGINS: &str = "/admin/v1/plugins";

/// One of each kind of what can be wrong with a file; the suite of the plugins has all of them.
const KINDS: [&str; 12] = [
    "nothing",
    "a page",
    "a core module",
    "half a file",
    "a file without its last byte",
    "no manifest",
    "an unknown key",
    "another host",
    "an import of a newer contract",
    "an import it doesn't declare",
    "outgoing HTTP",
    "an answer in a newer contract",
];

fn one_of_each(hello: &[u8]) -> Vec<Misfit> {
    let all = misfits(hello).into_iter().filter(|misfit| KINDS.contains(&misfit.name));
    let all: Vec<_> = all.collect();
    let names: BTreeSet<_> = all.iter().map(|misfit| misfit.name).collect();
    assert_eq!(names, BTreeSet::from(KINDS));
    all
}

/// What is wrong with a refusal that owes its reason in a sentence.
fn complaint(answered: &Answer, misfit: &Misfit) -> Option<String> {
    let detail = answered.json()["detail"].as_str().unwrap_or_default().to_owned();
    let is_sentence = detail.contains(misfit.says)
        && detail.len() < 300
        && !detail.contains(['\n', '\r'])
        && !detail.contains("0x");
    let found = (answered.status, answered.problem());
    let is_refusal = found == (422, Some("plugin-refused".to_owned()));
    (!is_sentence || !is_refusal).then(|| format!("{}: {}", misfit.name, answered.text()))
}

/// How many compiled components are kept.
fn files(compiled: &Path) -> usize {
    let files = compiled.read_dir().unwrap().map(|file| file.unwrap().path());
    files.filter(|path| !path.ends_with("key")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_plugin_is_refused_in_a_sentence_and_leaves_nothing_behind() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let before = test.dump().await;
        let mut complaints = Vec::new();
        for misfit in one_of_each(&components().hello) {
            complaints.extend(complaint(&owner.upload(PLUGINS, &misfit.file).await, &misfit));
        }
        assert_eq!(complaints, Vec::<String>::new());
        assert_eq!(owner.get(PLUGINS).await.json(), json!({ "items": [] }));
        assert_eq!((test.dump().await, files(&host.compiled())), (before, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_too_large_is_refused_whether_it_says_so_or_not() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let large = misfits(&components().hello);
        let large = large.into_iter().find(|misfit| misfit.says == "bytes long").unwrap().file;
        let refused = owner.upload(PLUGINS, &large).await;
        assert_refused(&refused, 413, "too-large");
        assert!(refused.json()["detail"].as_str().unwrap().contains("16777216 bytes"));
        // In pieces, so that nobody knows beforehand.
        let pieces = large.chunks(1 << 20).map(Bytes::copy_from_slice);
        let pieces: Vec<_> = pieces.map(|piece| Ok::<_, Infallible>(Frame::data(piece))).collect();
        let body = reqwest::Body::wrap(StreamBody::new(futures_util::stream::iter(pieces)));
        let request = host.request(Method::POST, PLUGINS).bearer_auth(host.bearer());
        let refused = answer(request.body(body)).await;
        assert_refused(&refused, 413, "too-large");
        assert_eq!(owner.get(PLUGINS).await.json(), json!({ "items": [] }));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_version_leaves_the_one_that_serves() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        plug(&owner, &components().hello).await;
        let kept = files(&host.compiled());
        let plugin = owner.get(PLUGINS).await.json();
        for misfit in one_of_each(&renamed(&components().hello, "hello", "0.2.0")) {
            let refused = owner.upload(PLUGINS, &misfit.file).await;
            assert_refused(&refused, 422, "plugin-refused");
        }
        assert_eq!(owner.get(PLUGINS).await.json(), plugin);
        assert_eq!(files(&host.compiled()), kept);
        let greeting = host.visit(Method::GET, "/store/v1/x/hello/hello/Ada").await;
        assert_eq!(greeting.text(), "Hello, Ada!");
    })
    .await;
}
