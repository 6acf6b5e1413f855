//! Queries that say something wrong.

use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;

use super::super::customers::CUSTOMERS;
use super::super::refused;
use super::Place;

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_in_a_filter_is_named_by_the_filter() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let long = format!("q={}", "x".repeat(257));
        let ids = format!("ids={}", "cus_1,".repeat(9));
        for (query, path, code) in [
            ("akctive=true", "akctive", "unknown"),
            ("ACTIVE=true", "ACTIVE", "unknown"),
            ("active=yes", "active", "malformed"),
            ("active=true&active=false", "active", "malformed"),
            ("q=", "q", "required"),
            ("q=%20", "q", "required"),
            (&long, "q", "too-long"),
            ("country=CHE", "country", "unknown"),
            ("country=ZZ", "country", "unknown"),
            ("ip=1.2.3", "ip", "malformed"),
            ("dob=29.02.1984", "dob", "malformed"),
            ("dob=1983-02-29", "dob", "malformed"),
            ("birth_day=0", "birth_day", "range"),
            ("birth_day=32", "birth_day", "range"),
            ("birth_month=13", "birth_month", "range"),
            ("birth_month=-1", "birth_month", "malformed"),
            ("stage=king", "stage", "unknown"),
            ("created_from=yesterday", "created_from", "malformed"),
            ("created_from=2026-13-01T00:00:00Z", "created_from", "malformed"),
            (
                "created_from=2026-02-01T00:00:00Z&created_to=2026-01-01T00:00:00Z",
                "created_to",
                "range",
            ),
            ("orders_min=-1", "orders_min", "malformed"),
            ("orders_min=2&orders_max=1", "orders_max", "range"),
            ("spent_min=1", "spent_currency", "required"),
            ("spent_currency=EUR", "spent_min", "required"),
            ("spent_min=1&spent_currency=euro", "spent_currency", "unknown"),
            (&ids, "ids", "malformed"),
            ("sort=shoe_size", "sort", "unknown"),
            ("sort=--name", "sort", "unknown"),
            ("limit=0", "limit", "range"),
            ("limit=201", "limit", "range"),
            ("limit=ten", "limit", "malformed"),
            ("cursor=nonsense", "cursor", "malformed"),
            ("cursor=", "cursor", "malformed"),
        ] {
            let answer = owner.get(&format!("{CUSTOMERS}?{query}")).await;
            assert_eq!(answer.status, 422, "{query}: {}", answer.text());
            let named = refused(&answer, 422, "invalid");
            assert_eq!(named, [(path.to_owned(), code.to_owned())], "{query}");
        }
        for query in ["q=%ff", "q=%C3", "q=%zz", "%ff=1", "q=%00", &"x".repeat(17 << 10)] {
            refused(&owner.get(&format!("{CUSTOMERS}?{query}")).await, 400, "malformed");
        }
        let stage = owner.get("/admin/v1/leads?stage=visitor").await;
        assert_eq!(refused(&stage, 422, "invalid"), [("stage".to_owned(), "range".to_owned())]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_in_a_query_that_nobody_knows_is_refused_by_every_list_and_reading() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let place = Place::open(&host).await;
        let addresses = format!("{}/addresses", place.path);
        for path in [
            CUSTOMERS,
            "/admin/v1/customers/count",
            "/admin/v1/leads",
            "/admin/v1/products",
            "/admin/v1/stores",
            &place.path,
            &place.address,
            &place.store,
            &addresses,
        ] {
            let answer = place.staff.get(&format!("{path}?zzz=1")).await;
            assert_eq!(
                refused(&answer, 422, "invalid"),
                [("zzz".to_owned(), "unknown".to_owned())],
                "{path}"
            );
        }
        for path in ["/store/v1/me", "/store/v1/me/addresses", &place.own_address] {
            let answer = place.customer.get(&format!("{path}?zzz=1")).await;
            assert_eq!(
                refused(&answer, 422, "invalid"),
                [("zzz".to_owned(), "unknown".to_owned())],
                "{path}"
            );
        }
    })
    .await;
}
