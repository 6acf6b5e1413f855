use std::sync::Arc;

use galleria_domain::Instant;
use galleria_storage::{Mode, Unit};

use crate::app::App;
use crate::caller::Caller;
use crate::error::{AppError, Result};
use crate::hooks::Pinned;

/// How often a unit is run when others keep getting in between (PostgreSQL).
pub const RUNS_MAX: u32 = 6;

/// From this run on, a unit keeps the other writers out: it has waited its turn, and gets through.
const RUN_ALONE: u32 = 4;

/// A unit of work in hand: what every function of this crate takes first.
#[derive(Debug)]
pub struct Work {
    app: App,
    caller: Arc<Caller>,
    unit: Unit,
    now: Instant,
    pinned: Option<Pinned>,
    in_hook: Option<Hook>,
}

/// A plugin's answer that is being waited for in the middle of a unit.
#[derive(Clone, Copy, Debug)]
struct Hook {
    /// Whether what it writes can be undone by itself.
    has_savepoint: bool,
    was_kept_from_writing: bool,
}

/// How a unit of work ended.
#[derive(Debug)]
pub enum Ended<T> {
    /// Committed, or undone: this is the answer.
    Done(Result<T>),
    /// Another unit got in between; nothing happened, and it may be run again.
    Again,
}

impl Work {
    pub(crate) fn new(app: App, caller: Arc<Caller>, mode: Mode) -> Self {
        let unit = app.database().unit(mode);
        let now = app.now();
        Self { app, caller, unit, now, pinned: None, in_hook: None }
    }

    /// The shop.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Who asks.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The same unit in other hands: a hook, or a plugin acting for a person.
    pub fn set_caller(&mut self, caller: Caller) -> Caller {
        Arc::unwrap_or_clone(std::mem::replace(&mut self.caller, Arc::new(caller)))
    }

    /// The time of this unit; it stands still while the unit runs.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The transaction, for queries.
    pub fn unit(&mut self) -> &mut Unit {
        &mut self.unit
    }

    /// Who asks and the transaction, both at once.
    pub(crate) fn caller_and_unit(&mut self) -> (&Caller, &mut Unit) {
        (&self.caller, &mut self.unit)
    }

    /// Whether it may write.
    pub fn mode(&self) -> Mode {
        self.unit.mode()
    }

    /// How many queries ran in it.
    pub fn queries(&self) -> u32 {
        self.unit.queries()
    }

    /// Says which run of the unit this is, from 1, before its first query: one that others got in
    /// between of again and again runs alone in the end.
    pub fn set_run(&mut self, run: u32) {
        if run >= RUN_ALONE {
            self.unit.keep_others_out();
        }
    }

    /// What is to stay the same while the unit runs, such as which plugins serve.
    pub fn pinned(&mut self) -> &mut Option<Pinned> {
        &mut self.pinned
    }

    /// Whether a plugin that answers a hook has it in hand.
    pub fn is_in_hook(&self) -> bool {
        self.in_hook.is_some()
    }

    /// Begins a plugin's answer in the middle of the unit.
    ///
    /// [`AppError::Conflict`] `within-hook` if one is going on already: what a plugin does while it
    /// answers must not depend on what others answer.
    pub async fn begin_hook(&mut self, may_write: bool) -> Result<()> {
        if self.is_in_hook() {
            let detail = "this can't be done by a plugin that is answering a hook";
            return Err(AppError::conflict("within-hook", detail));
        }
        let has_savepoint = may_write && self.mode() == Mode::Write;
        if has_savepoint {
            self.unit.begin_hook().await?;
        }
        let was_kept_from_writing = self.unit.keep_from_writing(!has_savepoint);
        self.in_hook = Some(Hook { has_savepoint, was_kept_from_writing });
        Ok(())
    }

    /// Ends a plugin's answer. What it wrote is kept, or undone by itself.
    pub async fn end_hook(&mut self, keep: bool) -> Result<()> {
        let Some(hook) = self.in_hook.take() else { return Ok(()) };
        self.unit.keep_from_writing(hook.was_kept_from_writing);
        match (hook.has_savepoint, keep) {
            (false, _) => Ok(()),
            (true, true) => Ok(self.unit.keep_hook().await?),
            (true, false) => Ok(self.unit.undo_hook().await?),
        }
    }

    /// Lends the unit to somebody who has to own it. Until it is put back in this one's place, this
    /// one does nothing but fail.
    #[must_use]
    pub fn lend(&mut self) -> Self {
        Self {
            app: self.app.clone(),
            caller: self.caller.clone(),
            unit: self.unit.lend(),
            now: self.now,
            pinned: self.pinned.take(),
            in_hook: self.in_hook,
        }
    }

    /// Undoes everything, whatever came of it.
    pub async fn undo(self) {
        if let Err(error) = self.unit.rollback().await {
            tracing::warn!(%error, "a unit of work could not be undone by itself; its connection is dropped");
        }
    }

    /// Commits if the answer is good, undoes everything if it isn't.
    pub async fn finish<T>(self, answer: Result<T>) -> Ended<T> {
        let ended = match answer {
            Ok(value) => self.unit.commit().await.map(|()| value).map_err(AppError::from),
            Err(error) => {
                self.undo().await;
                Err(error)
            }
        };
        match ended {
            Err(error) if error.is_again() => Ended::Again,
            ended => Ended::Done(ended),
        }
    }
}

/// Runs a block in a unit of work, again as long as other units get in between.
///
/// ```ignore
/// let customer = unit!(app.write(&caller), work => customers::create(work, &draft).await)?;
/// ```
///
/// A macro and not a function that takes a closure: the future of a closure that borrows from its
/// surroundings can't be shown to be `Send`.
#[macro_export]
macro_rules! unit {
    ($begin:expr, $work:ident => $body:expr) => {{
        let mut run = 0;
        loop {
            run += 1;
            let mut work = $begin;
            work.set_run(run);
            let answer: $crate::Result<_> = {
                let $work = &mut work;
                async { $body }.await
            };
            match work.finish(answer).await {
                $crate::Ended::Done(ended) => break ended,
                $crate::Ended::Again if run < $crate::RUNS_MAX => {
                    $crate::pause_before_rerun(run).await
                }
                $crate::Ended::Again => break Err($crate::too_many_reruns()),
            }
        }
    }};
}

/// Waits a little, longer each time and never the same, so that rivals don't meet again.
pub async fn pause_before_rerun(run: u32) {
    let millis_max = 2_u64 << run.min(6);
    let millis = rand::random_range(0..=millis_max);
    tokio::time::sleep(std::time::Duration::from_millis(millis)).await;
}

/// What a unit ends with that others kept getting in between of.
pub fn too_many_reruns() -> AppError {
    AppError::Storage(galleria_storage::StorageError::Again("too many units at once".into()))
}
