//! Hooks: what plugins are asked in the middle of the shop's own work. The port for plugins asks
//! them ([`App::set_hooks`](crate::App::set_hooks)).
//!
//! Whoever asks decides what a failure means: [`HookReply::on_failure`] is what the plugin's
//! manifest says, and admins have read it. A failed plugin has left nothing behind.

use std::any::Any;
use std::fmt::Debug;
use std::future::ready;
use std::sync::Arc;

use galleria_domain::{
    CartProblem, CartView, CustomerId, CustomerTraits, Decision, HookKind, ImpersonationView,
    LoginView, OnFailure, OrderDraft, PluginId, ProposedAdjustment, Stage,
};

use crate::catalog::Answer;
use crate::work::Work;

/// What is to stay the same while a unit of work runs; only who pinned it knows what it is.
pub type Pinned = Arc<dyn Any + Send + Sync>;

/// What all plugins answered that were asked, in the order that their manifests declare.
pub type Replies<'a, T> = Answer<'a, Vec<HookReply<T>>>;

/// What one plugin answered.
#[derive(Clone, Debug, PartialEq)]
pub struct HookReply<T> {
    /// Who.
    pub plugin: PluginId,
    /// What its failure means.
    pub on_failure: OnFailure,
    /// The answer, checked as far as that is possible without knowing more of the shop.
    pub outcome: Result<T, HookFailure>,
}

/// Why a plugin didn't answer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum HookFailure {
    /// It failed too often of late, and is left alone for a while.
    #[error("the plugin failed too often of late")]
    Resting,
    /// It trapped: panicked, ran out of its stack, did something no component may do.
    #[error("the plugin failed")]
    Trapped,
    /// It passed one of its limits, which is named: `cpu`, `wall`, `memory`, `host-calls`.
    #[error("the plugin used too much: {0}")]
    Overrun(&'static str),
    /// Its answer is no answer; says why.
    #[error("the plugin's answer can't be used: {0}")]
    BadAnswer(String),
    /// It said that it can't answer, and why.
    #[error("the plugin couldn't answer: {0}")]
    Refused(String),
    /// Those asked before it used up the time of all.
    #[error("the plugins asked before used up the time")]
    OutOfTime,
    /// The host has too much to do.
    #[error("the host has too much to do")]
    Busy,
}

impl HookFailure {
    /// A stable name, for metrics and problems.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Resting => "resting",
            Self::Trapped => "trap",
            Self::Overrun(limit) => limit,
            Self::BadAnswer(_) => "bad-response",
            Self::Refused(_) => "refused",
            Self::OutOfTime => "out-of-time",
            Self::Busy => "busy",
        }
    }

    /// Whether the plugin is to blame: such failures count towards its rest.
    pub fn is_fault_of_plugin(&self) -> bool {
        matches!(self, Self::Trapped | Self::Overrun(_) | Self::BadAnswer(_))
    }
}

/// Asks plugins. All of one unit of work are asked of the same versions, whatever is enabled or
/// disabled meanwhile.
///
/// An error means that the unit itself failed, not a plugin; with
/// [`is_again`](crate::AppError::is_again) it is to be run again.
pub trait Hooks: Debug + Send + Sync + 'static {
    /// Whether any plugin answers this. Cheap: whoever would have to gather what plugins are shown
    /// asks this first.
    fn wants(&self, work: &mut Work, hook: HookKind) -> bool;

    /// What is special about a customer. Nothing is written.
    fn traits<'a>(
        &'a self,
        _work: &'a mut Work,
        _customer: &'a CustomerId,
    ) -> Replies<'a, CustomerTraits> {
        nobody()
    }

    /// What a cart costs more or less in a stage; only plugins that declare the stage are asked.
    /// Nothing is written.
    fn adjust<'a>(
        &'a self,
        _work: &'a mut Work,
        _cart: &'a CartView,
        _stage: Stage,
    ) -> Replies<'a, Vec<ProposedAdjustment>> {
        nobody()
    }

    /// What is wrong with a cart. Nothing is written.
    fn validate_cart<'a>(
        &'a self,
        _work: &'a mut Work,
        _cart: &'a CartView,
    ) -> Replies<'a, Vec<CartProblem>> {
        nobody()
    }

    /// Whether an order may be placed. What plugins write becomes true with the unit.
    fn before_place<'a>(
        &'a self,
        _work: &'a mut Work,
        _order: &'a OrderDraft,
    ) -> Replies<'a, Decision> {
        nobody()
    }

    /// Whether a login may go on. What plugins write becomes true with the unit.
    fn login_gate<'a>(
        &'a self,
        _work: &'a mut Work,
        _login: &'a LoginView,
    ) -> Replies<'a, Decision> {
        nobody()
    }

    /// Whether an impersonation may begin. What plugins write becomes true with the unit.
    fn impersonation_gate<'a>(
        &'a self,
        _work: &'a mut Work,
        _request: &'a ImpersonationView,
    ) -> Replies<'a, Decision> {
        nobody()
    }
}

/// Asks nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHooks;

fn nobody<'a, T: Send + 'a>() -> Replies<'a, T> {
    Box::pin(ready(Ok(Vec::new())))
}

impl Hooks for NoHooks {
    fn wants(&self, _: &mut Work, _: HookKind) -> bool {
        false
    }
}
