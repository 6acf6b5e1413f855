//! The engine that guest code runs on, and the threads it runs on.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::limits::{CallLimits, MemoryBudget};

/// One tick of the epoch: how finely the CPU time of guests is counted and shared.
pub(crate) const TICK: Duration = Duration::from_millis(1);
/// How many instances there can be at once, of all plugins together.
pub(crate) const INSTANCES_AT_ONCE: u32 = 256;
const MEMORY_MAX_BYTES: usize = 64 << 20;
/// Memory that a slot of the pool keeps, instead of giving it back after each call.
const KEEP_RESIDENT_BYTES: usize = 1 << 20;
/// What a call rarely uses more of on its native stack: zeroed in place rather than given back.
const STACK_KEEP_RESIDENT_BYTES: usize = 32 << 10;
/// All memory of all plugins, unless the host is configured otherwise.
pub(crate) const MEMORY_BUDGET_BYTES: usize = 2 << 30;
/// Bump it when compiled code of before must not be used any more.
pub(crate) const CONFIGURATION: &str = "1";

/// Settings that decide what compiled code looks like: the same where it is compiled and where
/// it runs.
pub(crate) fn code_config() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(512 << 10)
        .async_stack_size(2 << 20)
        .memory_init_cow(true)
        .memory_reservation(MEMORY_MAX_BYTES as u64)
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        // Left on although one memory is enough for most: adapters between composed components
        // need it, and the loader panics without.
        .wasm_multi_memory(true)
        .shared_memory(false)
        .concurrency_support(false)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(20));
    config
}

/// The settings of a serving host.
fn serving_config() -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(INSTANCES_AT_ONCE)
        .total_core_instances(INSTANCES_AT_ONCE * 4)
        .total_memories(INSTANCES_AT_ONCE * 2)
        .total_tables(INSTANCES_AT_ONCE * 4)
        .total_stacks(INSTANCES_AT_ONCE)
        .max_memory_size(MEMORY_MAX_BYTES)
        .table_elements(20_000)
        .max_core_instances_per_component(16)
        .max_memories_per_component(8)
        .max_tables_per_component(16)
        .max_component_instance_size(1 << 20)
        .max_core_instance_size(1 << 20)
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(64 << 10)
        .async_stack_keep_resident(STACK_KEEP_RESIDENT_BYTES)
        // Memory is given back for several slots at once: each time interrupts all processors.
        .decommit_batch_size(32)
        .pagemap_scan(Enabled::Auto);
    let mut config = code_config();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        // A later call must not find what an earlier one left on the stack.
        .async_stack_zeroing(true)
        // Only what the compiling child made is ever loaded.
        .enable_compiler(false);
    config
}

/// The engine, its clock, and threads of their own for guests that run long.
#[derive(Debug)]
pub(crate) struct GuestEngine {
    pub(crate) engine: Engine,
    pub(crate) budget: Arc<MemoryBudget>,
    // Invariant: `Some` until dropped.
    threads: Option<Runtime>,
}

impl GuestEngine {
    pub(crate) fn new(memory_budget_bytes: usize) -> wasmtime::Result<Self> {
        let engine = Engine::new(&serving_config())?;
        let threads = Builder::new_multi_thread()
            .thread_name("galleria-guest")
            // A guest that yields must not keep the timers and wake-ups of its thread waiting.
            .event_interval(1)
            .enable_all()
            .build()?;
        tick(&engine)?;
        Ok(Self {
            engine,
            budget: Arc::new(MemoryBudget::new(memory_budget_bytes)),
            threads: Some(threads),
        })
    }

    /// The threads that guests run on, apart from accept, streams and the database.
    pub(crate) fn threads(&self) -> &Handle {
        self.threads.as_ref().expect("they are there until the engine is dropped").handle()
    }
}

impl Drop for GuestEngine {
    fn drop(&mut self) {
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

/// Makes the epoch advance for as long as the engine lives.
fn tick(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    std::thread::Builder::new().name("galleria-epoch".into()).spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    })?;
    Ok(())
}

/// Sets on a store what holds for every call.
pub(crate) fn limit_store<T>(store: &mut wasmtime::Store<T>, limits: &CallLimits) {
    store.set_hostcall_fuel(limits.transfer_bytes);
    store.set_max_component_handles(limits.handles);
    store.set_epoch_deadline(1);
}
