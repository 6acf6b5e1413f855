//! How much one call may use, and the meter that counts it.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{future, pin};

use rustix::time::{ClockId, clock_gettime};
use wasmtime::{Error, ResourceLimiter, Result};

use crate::engine::TICK;

/// What one table entry is counted as, in bytes.
const TABLE_ENTRY_BYTES: usize = 8;
/// How many core instances, memories and tables one component may have.
pub(crate) const INSTANCES_MAX: usize = 64;

/// How much one call may use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CallLimits {
    /// From the call's beginning to its end, nested work included.
    pub wall: Duration,
    /// Of guest code alone, in milliseconds; waiting for the database doesn't count.
    pub cpu_ms: u32,
    /// Over all memories and tables of the instance.
    pub memory_bytes: usize,
    /// Across the boundary, from the guest to the host.
    pub transfer_bytes: usize,
    /// Calls of host functions.
    pub host_calls: u32,
    /// Those of them that ask the database; a batch is one.
    pub database_calls: u32,
    /// Body of the answer.
    pub response_bytes: usize,
    /// Handles alive at once.
    pub handles: usize,
    /// Lines for the log.
    pub log_bytes: usize,
}

impl CallLimits {
    /// For an HTTP request.
    pub const HTTP: Self = Self {
        wall: Duration::from_secs(5),
        cpu_ms: 1_000,
        memory_bytes: 64 << 20,
        // The largest body has to cross, and its headers with it.
        transfer_bytes: 9 << 20,
        host_calls: 10_000,
        database_calls: 200,
        response_bytes: 8 << 20,
        handles: 1_000,
        log_bytes: 64 << 10,
    };

    /// For hooks, in the middle of the host's own units: others wait meanwhile.
    pub const HOOK: Self = Self {
        wall: Duration::from_secs(1),
        cpu_ms: 100,
        transfer_bytes: 2 << 20,
        host_calls: 2_000,
        database_calls: 100,
        ..Self::HTTP
    };

    /// For the hook that changes what carts cost, which is asked again and again.
    pub const ADJUST: Self =
        Self { wall: Duration::from_millis(300), cpu_ms: 20, database_calls: 50, ..Self::HOOK };

    /// For a batch of events.
    pub const EVENTS: Self = Self { host_calls: 50_000, database_calls: 2_000, ..Self::HTTP };

    /// For a slice of a job.
    pub const SLICE: Self = Self { host_calls: 50_000, database_calls: 2_000, ..Self::HTTP };

    /// For `lifecycle.probe` and `lifecycle.prepare`, and for making an instance.
    pub const LIFECYCLE: Self = Self {
        cpu_ms: 5_000,
        memory_bytes: 128 << 20,
        database_calls: 5_000,
        host_calls: 100_000,
        ..Self::HTTP
    };
}

/// Memory of all plugins together, over all calls.
#[derive(Debug)]
pub(crate) struct MemoryBudget {
    used_bytes: AtomicUsize,
    max_bytes: usize,
}

impl MemoryBudget {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self { used_bytes: AtomicUsize::new(0), max_bytes }
    }

    pub(crate) fn used_bytes(&self) -> usize {
        self.used_bytes.load(Ordering::Relaxed)
    }

    fn take(&self, bytes: usize) -> bool {
        let before = self.used_bytes.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= self.max_bytes;
        if !fits {
            self.give_back(bytes);
        }
        fits
    }

    fn give_back(&self, bytes: usize) {
        self.used_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

thread_local! {
    /// Whole ticks that guest code used up on this thread.
    static GUEST_TICKS: Cell<u64> = const { Cell::new(0) };
    /// The CPU time of this thread when the metered guest on it was last resumed or counted.
    static COUNTED_UP_TO: Cell<Option<Duration>> = const { Cell::new(None) };
}

/// Runs guest code whose ticks count as the CPU time that the guest had since it was resumed: an
/// instruction that takes long counts in full, and waiting for the host counts as nothing.
///
/// Asking for the thread's time costs a call of the system at each poll, so that calls are run
/// without it until they turn out to be long.
pub(crate) async fn metered<F: Future>(guest: F) -> F::Output {
    let mut guest = pin::pin!(guest);
    future::poll_fn(|context| {
        COUNTED_UP_TO.set(Some(cpu_of_thread()));
        let polled = guest.as_mut().poll(context);
        COUNTED_UP_TO.set(None);
        polled
    })
    .await
}

fn cpu_of_thread() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// How many whole ticks guest code has used up on this thread so far.
pub(crate) fn guest_ticks() -> u64 {
    GUEST_TICKS.get()
}

/// Why a call was ended by the host.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Overrun {
    /// Its guest code ran too long.
    Cpu,
    /// It took too long altogether.
    Wall,
    /// It wanted too much memory, or all plugins together did.
    Memory,
    /// It called the host too often, or caused too many queries.
    HostCalls,
}

impl Overrun {
    /// A stable name, for metrics and problems.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Wall => "wall",
            Self::Memory => "memory",
            Self::HostCalls => "host-calls",
        }
    }
}

impl std::fmt::Display for Overrun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the limit of {} was passed", self.as_str())
    }
}

impl std::error::Error for Overrun {}

/// Counts what a call uses. Memory is summed over everything in the store: wasmtime's own
/// limiter caps each memory for itself, so that many small ones would go through.
#[derive(Debug)]
pub(crate) struct Meter {
    limits: CallLimits,
    budget: Arc<MemoryBudget>,
    memory_bytes: usize,
    cpu: Duration,
    ticks: u32,
    host_calls: u32,
    database_calls: u32,
    pub(crate) overrun: Option<Overrun>,
}

impl Meter {
    pub(crate) fn new(limits: CallLimits, budget: Arc<MemoryBudget>) -> Self {
        Self {
            limits,
            budget,
            memory_bytes: 0,
            cpu: Duration::ZERO,
            ticks: 0,
            host_calls: 0,
            database_calls: 0,
            overrun: None,
        }
    }

    /// Begins a new call on the instance; the memory it holds stays counted.
    pub(crate) fn restart(&mut self, limits: CallLimits) {
        self.limits = limits;
        self.cpu = Duration::ZERO;
        self.ticks = 0;
        self.host_calls = 0;
        self.database_calls = 0;
        self.overrun = None;
    }

    pub(crate) fn limits(&self) -> &CallLimits {
        &self.limits
    }

    /// The guest's CPU time so far, in whole milliseconds.
    pub(crate) fn cpu_ms(&self) -> u32 {
        u32::try_from(self.cpu.as_millis()).unwrap_or(u32::MAX)
    }

    /// One tick of the epoch, in which guest code was running.
    pub(crate) fn tick(&mut self) -> Result<()> {
        self.ticks = self.ticks.saturating_add(1);
        self.cpu += match COUNTED_UP_TO.get() {
            Some(counted) => {
                let now = cpu_of_thread();
                COUNTED_UP_TO.set(Some(now));
                now.saturating_sub(counted)
            }
            // Not metered: as much as there can have been since the last one, usually.
            None => TICK,
        };
        // A call that only straddles the edge of a tick isn't a long one.
        if self.ticks > 1 {
            GUEST_TICKS.with(|ticks| ticks.set(ticks.get().wrapping_add(1)));
        }
        let allowed = Duration::from_millis(self.limits.cpu_ms.into());
        if self.cpu > allowed { Err(self.end(Overrun::Cpu)) } else { Ok(()) }
    }

    /// One call of a host function.
    pub(crate) fn host_call(&mut self, asks_database: bool) -> Result<()> {
        self.host_calls += 1;
        self.database_calls += u32::from(asks_database);
        if self.host_calls > self.limits.host_calls
            || self.database_calls > self.limits.database_calls
        {
            return Err(self.end(Overrun::HostCalls));
        }
        Ok(())
    }

    fn end(&mut self, overrun: Overrun) -> Error {
        self.overrun = Some(overrun);
        Error::new(overrun)
    }

    fn grow(&mut self, bytes: usize) -> bool {
        let sum = self.memory_bytes.saturating_add(bytes);
        if sum > self.limits.memory_bytes || !self.budget.take(bytes) {
            self.overrun = Some(Overrun::Memory);
            return false;
        }
        self.memory_bytes = sum;
        true
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.budget.give_back(self.memory_bytes);
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        Ok(self.grow(desired.saturating_sub(current)))
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        Ok(self.grow(desired.saturating_sub(current).saturating_mul(TABLE_ENTRY_BYTES)))
    }

    fn instances(&self) -> usize {
        INSTANCES_MAX
    }

    fn tables(&self) -> usize {
        INSTANCES_MAX
    }

    fn memories(&self) -> usize {
        INSTANCES_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(budget: usize) -> Meter {
        Meter::new(CallLimits::HTTP, Arc::new(MemoryBudget::new(budget)))
    }

    #[test]
    fn many_small_memories_are_summed() {
        let mut meter = meter(usize::MAX);
        let granted = (0..64).filter(|_| meter.memory_growing(0, 16 << 20, None).unwrap()).count();
        assert_eq!(granted, 4);
        assert_eq!(meter.overrun, Some(Overrun::Memory));
    }

    #[test]
    fn the_budget_of_all_plugins_is_given_back_when_an_instance_ends() {
        let budget = Arc::new(MemoryBudget::new(10 << 20));
        let mut first = Meter::new(CallLimits::HTTP, Arc::clone(&budget));
        assert!(first.memory_growing(0, 8 << 20, None).unwrap());
        let mut second = Meter::new(CallLimits::HTTP, Arc::clone(&budget));
        assert!(!second.memory_growing(0, 8 << 20, None).unwrap());
        drop(first);
        assert!(second.memory_growing(0, 8 << 20, None).unwrap());
        drop(second);
        assert_eq!(budget.used_bytes(), 0);
    }

    #[tokio::test]
    async fn a_tick_of_a_metered_guest_counts_as_what_it_used() {
        let mut meter = meter(usize::MAX);
        metered(async {
            let began = cpu_of_thread();
            let end = began + TICK * 20;
            while cpu_of_thread() < end {
                std::hint::spin_loop();
            }
            meter.tick().unwrap();
        })
        .await;
        assert!(meter.cpu_ms() >= 20, "{}", meter.cpu_ms());
    }

    #[tokio::test]
    async fn waiting_for_the_host_counts_as_nothing() {
        let mut meter = meter(usize::MAX);
        metered(async {
            for _ in 0..CallLimits::HTTP.cpu_ms * 2 {
                tokio::task::yield_now().await;
                meter.tick().unwrap();
            }
        })
        .await;
        assert_eq!(meter.overrun, None);
    }

    #[test]
    fn host_calls_are_counted_and_those_that_ask_the_database_apart() {
        let mut meter = meter(usize::MAX);
        assert!((0..CallLimits::HTTP.host_calls).all(|_| meter.host_call(false).is_ok()));
        assert!(meter.host_call(false).is_err());
        meter.restart(CallLimits::HTTP);
        assert!((0..CallLimits::HTTP.database_calls).all(|_| meter.host_call(true).is_ok()));
        assert!(meter.host_call(true).is_err());
    }
}
