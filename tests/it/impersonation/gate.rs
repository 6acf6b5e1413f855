//! T77: plugins can be against an impersonation, and never make up for what the host refuses.

use std::future::ready;
use std::sync::Arc;

use galleria_app::Work;
use galleria_app::hooks::{HookFailure, HookReply, Hooks, Replies};
use galleria_domain::{Decision, HookKind, ImpersonationView, OnFailure};
use galleria_tests::browser::Browser;
use galleria_tests::database::on_both;
use serde_json::json;

use super::{START, audit, begin, running};
use crate::links::{ADA, Shop, is, is_refused};

/// A plugin `gate` that answers this.
#[derive(Clone, Debug)]
struct Gate(OnFailure, Result<Decision, HookFailure>);

impl Hooks for Gate {
    fn wants(&self, _: &mut Work, hook: HookKind) -> bool {
        hook == HookKind::ImpersonationGate
    }

    fn impersonation_gate<'a>(
        &'a self,
        _: &'a mut Work,
        _: &'a ImpersonationView,
    ) -> Replies<'a, Decision> {
        let plugin = "gate".parse().unwrap();
        let reply = HookReply { plugin, on_failure: self.0, outcome: self.1.clone() };
        Box::pin(ready(Ok(vec![reply])))
    }
}

#[tokio::test]
async fn t77_a_plugin_that_allows_everything_cannot_override_the_host() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let allows = Gate(OnFailure::Open, Ok(Decision::Allow));
        shop.host.galleria.app().set_hooks(Arc::new(allows));
        let owner = Browser::owner(&shop.host).await;
        let clerk = owner.hire("clerk@example.com", &["customers:write"]).await;
        is_refused(&begin(&clerk, &ada.id, "read-only").await, 403, "permission-denied");
        let agent = owner.hire("agent@example.com", START).await;
        is_refused(&begin(&agent, &ada.id, "full").await, 403, "permission-denied");
        let path = format!("/admin/v1/customers/{}", ada.id);
        is(&shop.agent().order(&format!("{path}/deactivate")).await, 200);
        is_refused(&begin(&agent, &ada.id, "cart-only").await, 409, "impersonation-refused");
        assert_eq!(running(&shop).await.len(), 0);
    })
    .await;
}

#[tokio::test]
async fn t77_a_plugin_can_be_against_it_and_that_is_on_record() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let owner = Browser::owner(&shop.host).await;
        let deny = Decision::Deny { code: "vip".to_owned(), message: "ask her first".to_owned() };
        let failed = || Err(HookFailure::Trapped);
        for (gate, status, code) in [
            (Gate(OnFailure::Open, Ok(deny)), 409, "vip"),
            (Gate(OnFailure::Closed, failed()), 409, "unavailable"),
            (Gate(OnFailure::Open, failed()), 201, ""),
        ] {
            shop.host.galleria.app().set_hooks(Arc::new(gate));
            let begun = begin(&owner, &ada.id, "full").await;
            assert_eq!(begun.status, status, "{}", begun.text());
            if status == 409 {
                assert_eq!(begun.problem().as_deref(), Some("impersonation-refused"));
                let path = json!(format!("plugins.gate.{code}"));
                assert_eq!(begun.json()["errors"][0]["path"], path);
                let denied = audit(&shop, "impersonation.deny").await;
                assert_eq!(denied[0]["detail"]["code"], json!(code));
                assert_eq!(denied[0]["object"], json!(ada.id));
            }
        }
        assert_eq!(running(&shop).await.len(), 1);
    })
    .await;
}
