//! The feed, as programs outside follow it over HTTP.

use std::time::Duration;

use galleria_app::{events, unit};
use galleria_domain::EventKind;
use galleria_tests::database::on_both;
use galleria_tests::host::{Answer, TestHost};
use serde_json::{Value, json};

use super::{event, ripe};

const FEED: &str = "/admin/v1/events";

async fn happens(host: &TestHost, kind: EventKind, aggregate: &str, number: u64) {
    unit!(host.galleria.app().write(host.owner()), work => {
        events::append(work, event(kind, aggregate, number)).await
    })
    .unwrap();
    ripe(host.galleria.app(), host.owner()).await;
}

fn payloads(page: &Answer) -> Vec<Value> {
    assert_eq!(page.status, 200, "{}", page.text());
    page.json()["items"].as_array().unwrap().iter().map(|item| item["payload"].clone()).collect()
}

fn next(page: &Answer) -> String {
    page.json()["next"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_is_walked_in_pages_and_goes_on_where_it_ended() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let end = next(&host.get(&format!("{FEED}?after=end")).await);
        for number in 0..7 {
            happens(&host, EventKind::OrderPlaced, "ord_1", number).await;
        }
        let (mut all, mut after) = (Vec::new(), end.clone());
        loop {
            let page = host.get(&format!("{FEED}?after={after}&limit=3")).await;
            assert!(payloads(&page).len() <= 3);
            all.extend(payloads(&page));
            after = next(&page);
            if page.json()["more"] == false {
                break;
            }
        }
        assert_eq!(all, (0..7).map(|number| json!(number)).collect::<Vec<_>>());
        let nothing = host.get(&format!("{FEED}?after={after}")).await;
        assert_eq!((payloads(&nothing), next(&nothing)), (vec![], after.clone()));
        happens(&host, EventKind::OrderPlaced, "ord_1", 7).await;
        assert_eq!(payloads(&host.get(&format!("{FEED}?after={after}")).await), [json!(7)]);
        let page = host.get(&format!("{FEED}?after={end}&limit=1")).await.json();
        let item = &page["items"][0];
        assert_eq!((&item["kind"], &item["aggregate"]), (&json!("order.placed"), &json!("ord_1")));
        assert_eq!((&item["schema_version"], &item["aggregate_version"]), (&json!(1), &json!(0)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_is_filtered_by_kind_and_thing() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        happens(&host, EventKind::OrderPlaced, "ord_1", 1).await;
        happens(&host, EventKind::OrderPaid, "ord_1", 2).await;
        happens(&host, EventKind::OrderPlaced, "ord_2", 3).await;
        happens(&host, EventKind::CartCreated, "crt_1", 4).await;
        for (query, found) in [
            ("kind=order.placed", vec![1, 3]),
            ("kind=order.placed,order.paid", vec![1, 2, 3]),
            ("aggregate=ord_1", vec![1, 2]),
            ("aggregate=ord_1&kind=order.paid", vec![2]),
            ("aggregate=ord_9", vec![]),
        ] {
            let page = host.get(&format!("{FEED}?{query}")).await;
            assert_eq!(json!(payloads(&page)), json!(found), "{query}");
            let behind = host.get(&format!("{FEED}?{query}&after={}", next(&page))).await;
            assert_eq!(payloads(&behind), [] as [Value; 0], "{query}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_answered_by_what_happens_meanwhile() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let end = next(&host.get(&format!("{FEED}?after=end")).await);
        let path = format!("{FEED}?after={end}&wait=30&kind=order.placed");
        let (page, ()) = tokio::join!(host.get(&path), async {
            happens(&host, EventKind::CartCreated, "crt_1", 1).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
            happens(&host, EventKind::OrderPlaced, "ord_1", 2).await;
        });
        assert_eq!(payloads(&page), [json!(2)]);
        let nothing = host.get(&format!("{FEED}?after={}&wait=1", next(&page))).await;
        assert_eq!(payloads(&nothing), [] as [Value; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_question_is_refused_by_the_name_of_what_is_wrong() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        for (query, path) in [
            ("after=yesterday", "after"),
            ("after=99999999999999.1", "after"),
            ("kind=order.eaten", "kind"),
            ("kind=", "kind"),
            ("limit=0", "limit"),
            ("limit=501", "limit"),
            ("wait=31", "wait"),
            ("colour=red", "colour"),
        ] {
            let refused = host.get(&format!("{FEED}?{query}")).await;
            assert_eq!(refused.status, 422, "{query}: {}", refused.text());
            assert_eq!(refused.json()["errors"][0]["path"], path, "{query}");
        }
        let refused = host.get(&format!("{FEED}/parked?state=lost")).await;
        assert_eq!(refused.json()["errors"][0]["path"], "state");
        let unknown = format!("{FEED}/parked/listener/evt_{:032x}", 1);
        assert_eq!(host.get(&unknown).await.status, 404);
        assert_eq!(host.delete(&unknown).await.status, 404);
        let replayed = host.post(&format!("{FEED}/parked/listener/replay"), &json!({})).await;
        assert_eq!((replayed.status, replayed.json()), (200, json!({ "count": 0 })));
        assert_eq!(host.visit(http::Method::GET, FEED).await.status, 401);
    })
    .await;
}
