//! What is no plugin, or none for this host, is refused in a sentence, and leaves nothing behind.

use std::path::Path;

use galleria_runtime::{ChangeError, InvalidComponent};
use galleria_tests::component::renamed;
use galleria_tests::database::{on_both, on_sqlite};
use galleria_tests::host::TestHost;
use galleria_tests::misfits::{compile_bomb, misfits};
use galleria_tests::plugins::components;

#[tokio::test(flavor = "multi_thread")]
async fn every_misfit_is_refused_in_a_sentence_and_leaves_nothing_behind() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let mut complaints = Vec::new();
        let before = test.dump().await;
        for misfit in misfits(&components().hello) {
            match host.install(&misfit.file).await {
                Ok(_) => complaints.push(format!("{}: is let in", misfit.name)),
                Err(refusal) => {
                    let said = refusal.to_string();
                    let is_sentence = said.contains(misfit.says) && !said.contains('\n');
                    if !is_sentence || !matches!(refusal, ChangeError::Component(_)) {
                        complaints.push(format!("{}: {said}", misfit.name));
                    }
                }
            }
            let files = cache(&host.compiled()).len();
            if files > 0 || test.dump().await != before {
                complaints.push(format!("{}: leaves rows, or {files} files", misfit.name));
            }
        }
        assert_eq!(complaints, Vec::<String>::new());
        host.plug(&components().hello, &[]).await;
        assert_eq!(host.get("/store/v1/x/hello/hello/Ada").await.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_takes_too_long_to_compile_is_refused() {
    on_sqlite(|test| async move {
        let host = TestHost::start(&test).await;
        let before = test.dump().await;
        let refusal = host.install(&compile_bomb()).await.unwrap_err();
        let said = "the component can't be compiled: it takes more time or memory than is allowed, \
            or makes the compiler fail";
        assert_eq!(refusal.to_string(), said);
        assert_eq!(test.dump().await, before);
        assert!(cache(&host.compiled()).is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn compiled_code_is_no_component_even_if_it_was_once() {
    on_sqlite(|test| async move {
        let host = TestHost::start(&test).await;
        host.plug(&components().hello, &[]).await;
        for file in cache(&host.compiled()) {
            // With what keeps it from being forged, and without.
            for from in [0, 32] {
                let refusal = host.install(&file[from..]).await.unwrap_err();
                assert!(matches!(refusal, ChangeError::Component(InvalidComponent::NotAComponent)));
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_is_refused_leaves_the_version_that_serves() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let plugin = host.plug(&components().hello, &[]).await;
        let files_before = cache(&host.compiled()).len();
        for misfit in misfits(&renamed(&components().hello, "hello", "0.2.0")) {
            host.install(&misfit.file).await.unwrap_err();
        }
        let version = host.galleria.plugins().serving(plugin.as_str());
        assert_eq!(version, Some("0.1.0".parse().unwrap()));
        assert_eq!(host.get("/store/v1/x/hello/hello/Ada").await.text(), "Hello, Ada!");
        assert_eq!(cache(&host.compiled()).len(), files_before);
    })
    .await;
}

/// The compiled components that are kept.
fn cache(folder: &Path) -> Vec<Vec<u8>> {
    let files = folder.read_dir().unwrap().map(|file| file.unwrap().path());
    files.filter(|path| !path.ends_with("key")).map(|path| std::fs::read(path).unwrap()).collect()
}
