//! Plugins written by hand, for what no compiler would emit.

use galleria_tests::database::on_sqlite;
use galleria_tests::guests::{Fault, guests, honest};
use galleria_tests::host::TestHost;
use http::Method;

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_start_never_serves_and_what_fails_is_answered_for() {
    on_sqlite(|test| async move {
        let host = TestHost::start(&test).await;
        host.plug_trusted(&honest("honest")).await;
        let mut complaints = Vec::new();
        for guest in guests() {
            let plugged = host.try_plug(&guest.component, &["clock:read"]).await;
            match (guest.fault, plugged) {
                (Fault::Start, Err(refusal)) => {
                    if !refusal.to_string().contains("doesn't start") {
                        complaints.push(format!("{}: {refusal}", guest.id));
                    }
                }
                (Fault::Call(kind), Ok(plugin)) => {
                    let path = format!("/store/v1/x/{plugin}/");
                    let answer = host.visit(Method::GET, &path).await;
                    let counted = host.failures(guest.id, kind).await;
                    if !matches!(answer.status, 502 | 504) || counted != 1 {
                        let text = answer.text();
                        complaints
                            .push(format!("{}: {} {counted} {text}", guest.id, answer.status));
                    }
                }
                (Fault::Slow, Ok(plugin)) => {
                    let answer = host.visit(Method::GET, &format!("/store/v1/x/{plugin}/")).await;
                    if answer.problem().as_deref() != Some("plugin-too-slow") {
                        complaints.push(format!("{}: {}", guest.id, answer.text()));
                    }
                }
                (Fault::Start, Ok(_)) => complaints.push(format!("{}: is let in", guest.id)),
                (Fault::Call(_) | Fault::Slow, Err(refusal)) => {
                    complaints.push(format!("{}: refused: {refusal}", guest.id));
                }
            }
            let serves = host.galleria.plugins().serving(guest.id).is_some();
            if serves != (guest.fault != Fault::Start) {
                complaints.push(format!("{}: serves: {serves}", guest.id));
            }
            let served = host.visit(Method::GET, "/store/v1/x/honest/").await;
            assert_eq!(served.status, 200, "after {}", guest.id);
        }
        assert_eq!(complaints, Vec::<String>::new());
    })
    .await;
}
