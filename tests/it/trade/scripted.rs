//! Hooks that answer what a test wants, in the place of plugins.

use std::future::ready;

use galleria_app::Work;
use galleria_app::hooks::{HookFailure, HookReply, Hooks, Replies};
use galleria_domain::{CartView, HookKind, OnFailure, ProposedAdjustment, Stage};

/// What a plugin is to answer in a stage.
pub(super) type Script = fn(&CartView, Stage) -> Vec<Result<Vec<ProposedAdjustment>, HookFailure>>;

/// Plugins `one`, `two` and so on, whose answers are these.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scripted {
    pub(super) adjust: Script,
    pub(super) on_failure: OnFailure,
}

const NAMES: [&str; 3] = ["one", "two", "three"];

impl Hooks for Scripted {
    fn wants(&self, _: &mut Work, hook: HookKind) -> bool {
        hook == HookKind::Adjust
    }

    fn adjust<'a>(
        &'a self,
        _: &'a mut Work,
        cart: &'a CartView,
        stage: Stage,
    ) -> Replies<'a, Vec<ProposedAdjustment>> {
        let replies = NAMES.iter().zip((self.adjust)(cart, stage)).map(|(name, outcome)| {
            HookReply { plugin: name.parse().unwrap(), on_failure: self.on_failure, outcome }
        });
        Box::pin(ready(Ok(replies.collect())))
    }
}
