//! Paths, methods, ids and headers that are wrong.

use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use serde_json::json;

use super::super::customers::{CUSTOMERS, id, make};
use super::super::refused;
use super::Place;

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_can_not_be_read_is_refused_and_not_overlooked() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let place = Place::open(&host).await;
        let before = test.dump().await;
        let change = json!({ "first_name": "B" });
        for tag in ["v1", "\"1\"", "W/\"v1\"", "\"v1\", \"v2\"", "\"v01\""] {
            let client = place.staff.with("if-match", tag);
            refused(&client.patch(&place.path, &change).await, 400, "malformed");
            refused(&client.delete(&place.path).await, 400, "malformed");
            refused(&client.order(&format!("{}/deactivate", place.path)).await, 400, "malformed");
        }
        for key in ["", "two words", "ä", &"k".repeat(256)] {
            let client = place.staff.with("idempotency-key", key);
            refused(&client.post(CUSTOMERS, &json!({})).await, 400, "malformed");
            refused(&client.order(&format!("{}/deactivate", place.path)).await, 400, "malformed");
        }
        let deactivate = format!("{}/deactivate", place.path);
        refused(&place.staff.post(&deactivate, &json!({ "a": 1 })).await, 400, "malformed");
        assert_eq!(test.dump().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_nothing_is_not_there() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let place = Place::open(&host).await;
        let before = test.dump().await;
        let customer = place.path.rsplit('/').next().unwrap();
        let address = place.address.rsplit('/').next().unwrap();
        let absent = "cus_00000000000000000000000000000000";
        for name in [
            absent,
            address,
            "cus_1",
            "1",
            "%00",
            "%ff",
            "..%2f..",
            &customer.to_uppercase(),
            &"9".repeat(2_000),
        ] {
            for path in [
                format!("{CUSTOMERS}/{name}"),
                format!("{CUSTOMERS}/{name}/addresses"),
                format!("{CUSTOMERS}/{name}/addresses/{address}"),
                format!(
                    "{}/addresses/{}",
                    place.path,
                    if name == address { customer } else { name }
                ),
                format!("/admin/v1/stores/{name}"),
            ] {
                let answer = place.staff.get(&path).await;
                assert!(answer.status == 404, "{path}: {}", answer.text());
                refused(&answer, 404, "not-found");
            }
            let change = json!({ "first_name": "B" });
            refused(
                &place.staff.patch(&format!("{CUSTOMERS}/{name}"), &change).await,
                404,
                "not-found",
            );
            refused(&place.staff.delete(&format!("{CUSTOMERS}/{name}")).await, 404, "not-found");
            refused(
                &place.customer.get(&format!("/store/v1/me/addresses/{name}")).await,
                404,
                "not-found",
            );
        }
        for path in [
            "/",
            "/nope",
            "/admin",
            "/admin/v1",
            "/admin/v1/",
            "/admin/v2/customers",
            "/store/v1/x",
            "//admin/v1/customers",
            "/admin/v1/customers/",
            "/ADMIN/v1/customers",
            "/store/v1/me/",
        ] {
            let answer = place.staff.get(path).await;
            assert_eq!(answer.status, 404, "{path}: {}", answer.text());
            refused(&answer, 404, "not-found");
        }
        assert_eq!(test.dump().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_a_path_does_not_have_is_refused_with_those_it_has() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let place = Place::open(&host).await;
        let before = test.dump().await;
        for (path, allowed) in [
            (CUSTOMERS, "GET,HEAD,POST"),
            ("/admin/v1/customers/count", "GET,HEAD"),
            (&place.path, "GET,HEAD,PATCH,DELETE"),
            ("/admin/v1/customers/bulk", "POST"),
            (&format!("{}/defaults", place.path), "PUT"),
            ("/admin/v1/products", "GET,HEAD"),
            (&place.store, "GET,HEAD,PATCH"),
            ("/store/v1/me", "GET,HEAD,PATCH"),
            ("/store/v1/session", "POST,DELETE"),
        ] {
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
                // Where there is a name, `bulk` and `count` could be one.
                let is_name = path.ends_with("/count") || path.ends_with("/bulk");
                if allowed.split(',').any(|known| known == method) || is_name && method != "BREW" {
                    continue;
                }
                let answer = place.staff.send(method, path, "").await;
                refused(&answer, 405, "method-not-allowed");
                let mut said: Vec<_> =
                    answer.headers["allow"].to_str().unwrap().split(',').collect();
                let mut known: Vec<_> = allowed.split(',').collect();
                said.sort_unstable();
                known.sort_unstable();
                assert_eq!(said, known, "{method} {path}");
            }
        }
        assert_eq!(test.dump().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_another_kind_names_nobody() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let place = Place::open(&host).await;
        let other = id(&make(&place.staff, &json!({})).await);
        let before = test.dump().await;
        let bulk = format!("{CUSTOMERS}/bulk");
        for bad in ["sto_00000000000000000000000000000000", "", "cus_", "nonsense"] {
            let answer =
                place.staff.post(&bulk, &json!({ "ids": [other, bad], "action": "delete" })).await;
            assert_eq!(
                refused(&answer, 422, "invalid"),
                [("ids.1".to_owned(), "malformed".to_owned())]
            );
            let answer = place
                .staff
                .put(&format!("{}/defaults", place.path), &json!({ "shipping": bad }))
                .await;
            assert_eq!(
                refused(&answer, 422, "invalid"),
                [("shipping".to_owned(), "malformed".to_owned())]
            );
        }
        let answer = place.staff.post(&bulk, &json!({ "ids": [other], "action": "explode" })).await;
        assert_eq!(refused(&answer, 422, "invalid"), [("action".to_owned(), "unknown".to_owned())]);
        assert_eq!(test.dump().await, before);
    })
    .await;
}
