//! The questions of the hooks, each with what its answer may be.

use galleria_domain::{
    CartProblem, CartView, CustomerId, CustomerTraits, Decision, HookKind, ImpersonationView,
    LoginView, OrderDraft, ProposedAdjustment, Stage,
};
use galleria_manifest::{AdjustStage, HookName};
use wasmtime::Store;
use wasmtime::component::Instance;

use super::{Round, answers, shown};
use crate::bindings::imports::galleria::shared::trade;
use crate::bindings::offers::exports::galleria::plugin::{
    hooks_impersonation_gate, hooks_login_gate, hooks_validate_cart,
};
use crate::limits::CallLimits;
use crate::offers::{Offers, Question, not_exported};
use crate::state::{CallState, PluginContext};

/// Makes a question of an export: the words that it is asked with, and what it answers.
macro_rules! question {
    ($name:ident { $($field:ident: $type:ty),+ } => $export:ident.$call:ident($($argument:expr),+)
        -> $answer:ty; $this:ident) => {
        pub(super) struct $name { $($field: $type),+ }

        impl Question for $name {
            type Answer = Result<$answer, String>;

            async fn ask(
                self,
                offers: &Offers,
                instance: &Instance,
                store: &mut Store<CallState>,
            ) -> wasmtime::Result<Self::Answer> {
                let indices = offers.$export.as_ref().ok_or_else(not_exported)?;
                let guest = indices.load(&mut *store, instance)?;
                let $this = &self;
                guest.$call(store, $($argument),+).await
            }
        }
    };
}

question!(Traits { customer: String } => traits.call_traits(&this.customer)
    -> trade::CustomerTraits; this);
question!(Adjust { cart: trade::CartView, stage: trade::Stage }
    => adjust.call_adjust(&this.cart, this.stage) -> Vec<trade::Adjustment>; this);
question!(ValidateCart { cart: trade::CartView } => validate_cart.call_validate(&this.cart)
    -> Vec<hooks_validate_cart::CartProblem>; this);
question!(BeforePlace { order: trade::OrderDraft } => before_place.call_before_place(&this.order)
    -> trade::Decision; this);
question!(LoginGate { login: hooks_login_gate::Login } => login_gate.call_may_log_in(&this.login)
    -> trade::Decision; this);
question!(ImpersonationGate { impersonation: hooks_impersonation_gate::Impersonation }
    => impersonation_gate.call_may_impersonate(&this.impersonation) -> trade::Decision; this);

fn always<Q>(_: &PluginContext, _: &Q) -> bool {
    true
}

pub(super) fn traits() -> Round<CustomerId, Traits, CustomerTraits> {
    Round {
        name: HookName::Traits,
        kind: HookKind::Traits,
        limits: CallLimits::HOOK,
        asks: always,
        question: |_, customer| Traits { customer: customer.to_string() },
        check: |context, _, answer| answers::traits(&context.manifest.traits, answer),
    }
}

pub(super) fn adjust<'a>() -> Round<(&'a CartView, Stage), Adjust, Vec<ProposedAdjustment>> {
    Round {
        name: HookName::Adjust,
        kind: HookKind::Adjust,
        limits: CallLimits::ADJUST,
        asks: |context, (_, stage)| declares(context, *stage),
        question: |context, (cart, stage)| Adjust {
            cart: shown::cart(cart, &context.id),
            stage: shown::stage(*stage),
        },
        check: |_, (cart, stage), answer| answers::adjustments(cart, *stage, answer),
    }
}

pub(super) fn validate_cart() -> Round<CartView, ValidateCart, Vec<CartProblem>> {
    Round {
        name: HookName::ValidateCart,
        kind: HookKind::ValidateCart,
        limits: CallLimits::HOOK,
        asks: always,
        question: |context, cart| ValidateCart { cart: shown::cart(cart, &context.id) },
        check: |_, cart, answer| answers::problems(cart, answer),
    }
}

pub(super) fn before_place() -> Round<OrderDraft, BeforePlace, Decision> {
    Round {
        name: HookName::BeforePlace,
        kind: HookKind::BeforePlace,
        limits: CallLimits::HOOK,
        asks: always,
        question: |context, order| BeforePlace { order: shown::order(order, &context.id) },
        check: |_, _, answer| answers::decision(answer),
    }
}

pub(super) fn login_gate() -> Round<LoginView, LoginGate, Decision> {
    Round {
        name: HookName::LoginGate,
        kind: HookKind::LoginGate,
        limits: CallLimits::HOOK,
        asks: always,
        question: |_, login| LoginGate { login: shown::login(login) },
        check: |_, _, answer| answers::decision(answer),
    }
}

pub(super) fn impersonation_gate() -> Round<ImpersonationView, ImpersonationGate, Decision> {
    Round {
        name: HookName::ImpersonationGate,
        kind: HookKind::ImpersonationGate,
        limits: CallLimits::HOOK,
        asks: always,
        question: |_, request| ImpersonationGate { impersonation: shown::impersonation(request) },
        check: |_, _, answer| answers::decision(answer),
    }
}

fn declares(context: &PluginContext, stage: Stage) -> bool {
    let stage = match stage {
        Stage::LineDiscount => AdjustStage::LineDiscount,
        Stage::OrderDiscount => AdjustStage::OrderDiscount,
        Stage::ShippingDiscount => AdjustStage::ShippingDiscount,
        Stage::Fee => AdjustStage::Fee,
        Stage::Tender => AdjustStage::Tender,
    };
    context.manifest.hooks.adjust.as_ref().is_some_and(|adjust| adjust.stages.contains(&stage))
}
