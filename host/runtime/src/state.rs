//! What a store of guest code holds on the host's side.

use std::collections::BTreeSet;
use std::sync::Arc;

use galleria_app::entities::EntitySpace;
use galleria_app::{AppError, Caller, Work};
use galleria_domain::{Permission, PluginId, Rights, StaffPermission};
use galleria_manifest::Manifest;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::fault::{HostError, UnitFailed, fault_of};
use crate::host::HostFunction;
use crate::limits::{CallLimits, Meter};
use crate::stats::PluginStats;
use crate::stderr::Stderr;

const RESOURCES_MAX: usize = 1_000;
const RANDOM_BYTES_MAX: u64 = 64 << 10;

/// What is the same for every call of one generation of a plugin.
#[derive(Debug)]
pub(crate) struct PluginContext {
    pub(crate) id: PluginId,
    pub(crate) digest: String,
    pub(crate) manifest: Manifest,
    /// Its tables.
    pub(crate) entities: EntitySpace,
    /// What an admin granted, of what the manifest asks for.
    pub(crate) granted: BTreeSet<Permission>,
    /// The same as rights over everybody's data.
    pub(crate) granted_rights: Arc<Rights>,
    pub(crate) stats: Arc<PluginStats>,
}

impl PluginContext {
    /// What may be done when `person` acts through this plugin: what both may. What a plugin only
    /// does for itself (its own storage, its own log lines, …) depends on no person.
    pub(crate) fn rights_for(&self, person: &Rights) -> Arc<Rights> {
        if *person == Rights::everything() {
            return Arc::clone(&self.granted_rights);
        }
        let both = self.granted.iter().filter(|permission| {
            !permission.is_limited_by_the_person() || person.has(**permission)
        });
        let rights = Rights::only(both.map(|permission| StaffPermission::Host(*permission)));
        Arc::new(match person.scope() {
            galleria_domain::Scope::All => rights,
            galleria_domain::Scope::Own(customer) => rights.limited_to(customer.clone()),
        })
    }
}

/// The host's side of one instance.
pub(crate) struct CallState {
    pub(crate) plugin: Arc<PluginContext>,
    pub(crate) meter: Meter,
    pub(crate) log_bytes_left: usize,
    stderr: Stderr,
    /// Made when the guest first asks: most never do.
    wasi: Option<WasiCtx>,
    table: ResourceTable,
    /// The unit of work of the call that runs; none while the instance is made.
    work: Option<Work>,
    /// Why the unit can't go on, once it can't.
    failed: Option<AppError>,
}

impl CallState {
    pub(crate) fn new(plugin: Arc<PluginContext>, meter: Meter) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES_MAX);
        let log_bytes_left = meter.limits().log_bytes;
        let stderr = Stderr::default();
        Self { plugin, meter, log_bytes_left, wasi: None, stderr, table, work: None, failed: None }
    }

    /// Begins a call in a unit of work.
    pub(crate) fn begin(&mut self, work: Work, limits: CallLimits) {
        self.meter.restart(limits);
        self.log_bytes_left = limits.log_bytes;
        self.failed = None;
        self.work = Some(work);
    }

    /// Goes on in the same call as somebody else.
    pub(crate) fn act_as(&mut self, caller: Caller) {
        if let Some(work) = &mut self.work {
            work.set_caller(caller);
        }
    }

    /// Ends the call: gives back the unit of work it began with, and why that failed if it did.
    /// What the guest wrote to its standard error goes to the log, as warnings if it `failed`.
    pub(crate) fn end(&mut self, failed: bool) -> (Work, Option<AppError>) {
        self.tell_stderr(failed);
        (self.work.take().expect("a call that ends has begun"), self.failed.take())
    }

    /// Every host function begins here: counts the call, and lets it through only if an admin
    /// granted what it needs.
    pub(crate) fn enter(&mut self, function: HostFunction) -> Result<&mut Work, HostError> {
        if self.failed.is_some() {
            return Err(HostError::End(UnitFailed.into()));
        }
        self.meter.host_call(function.asks_database())?;
        let needed = function.permission();
        if !self.plugin.granted.contains(&needed) {
            return Err(HostError::denied(needed.as_str()));
        }
        self.work.as_mut().ok_or_else(|| {
            HostError::End(wasmtime::Error::msg(
                "the host can't be called while an instance is made",
            ))
        })
    }

    fn tell_stderr(&self, failed: bool) {
        if self.stderr.is_silent() {
            return;
        }
        let request = self.work.as_ref().map(|work| work.caller().request_id.to_string());
        let dropped = self.stderr.tell(&self.plugin.id, request.as_deref(), failed);
        self.plugin.stats.count_dropped_log(dropped);
    }

    /// What the guest is told of an answer of the shop. Where the unit of work itself failed, the
    /// guest isn't asked what it makes of that: the call ends.
    pub(crate) fn answer<T>(&mut self, answer: Result<T, AppError>) -> Result<T, HostError> {
        answer.map_err(|error| match fault_of(error) {
            Ok(fault) => HostError::Fault(fault),
            Err(error) => {
                self.failed = Some(error);
                HostError::End(UnitFailed.into())
            }
        })
    }
}

impl Drop for CallState {
    fn drop(&mut self) {
        // What is left to tell has no end: the call was cut off, or no instance came about.
        self.tell_stderr(true);
    }
}

/// The WASI that toolchains of other languages drag in: there, and empty, but for the standard
/// error, on which they say why they panic.
fn deny_everything(stderr: Stderr) -> WasiCtx {
    WasiCtx::builder()
        .stderr(stderr)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .max_random_size(RANDOM_BYTES_MAX)
        .build()
}

impl WasiView for CallState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let ctx = self.wasi.get_or_insert_with(|| deny_everything(self.stderr.clone()));
        WasiCtxView { ctx, table: &mut self.table }
    }
}
