//! What is counted about each plugin.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;

/// Upper bounds of the histogram of call durations, in microseconds.
pub const DURATION_BOUNDS_US: [u64; 12] =
    [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000, 1_000_000, 5_000_000];

/// Counters of one plugin, over all its generations since the host started.
#[derive(Debug, Default)]
pub(crate) struct PluginStats {
    calls: AtomicU64,
    cpu_ms: AtomicU64,
    duration_us: AtomicU64,
    /// Calls that took at most this bound, and longer than the one before it.
    duration_buckets: [AtomicU64; DURATION_BOUNDS_US.len()],
    reruns: AtomicU64,
    log_bytes_dropped: AtomicU64,
    failures: Mutex<BTreeMap<&'static str, u64>>,
}

/// What the counters stood at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PluginStatsView {
    /// Calls that reached the plugin.
    pub calls: u64,
    /// Milliseconds of guest code, in whole ticks.
    pub cpu_ms: u64,
    /// Sum of how long the calls took, in microseconds.
    pub duration_us: u64,
    /// How many calls took at most the bound of the same place in [`DURATION_BOUNDS_US`].
    pub duration_buckets: [u64; DURATION_BOUNDS_US.len()],
    /// Units run again because another got in between.
    pub reruns: u64,
    /// Bytes of log lines over the allowance.
    pub log_bytes_dropped: u64,
    /// Calls that failed, by kind.
    pub failures: BTreeMap<&'static str, u64>,
}

impl PluginStats {
    pub(crate) fn count_call(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.calls.fetch_add(1, Relaxed);
        self.duration_us.fetch_add(micros, Relaxed);
        let at = DURATION_BOUNDS_US.partition_point(|bound| *bound < micros);
        if let Some(bucket) = self.duration_buckets.get(at) {
            bucket.fetch_add(1, Relaxed);
        }
    }

    pub(crate) fn count_cpu(&self, millis: u32) {
        self.cpu_ms.fetch_add(u64::from(millis), Relaxed);
    }

    pub(crate) fn count_rerun(&self) {
        self.reruns.fetch_add(1, Relaxed);
    }

    pub(crate) fn count_dropped_log(&self, bytes: usize) {
        self.log_bytes_dropped.fetch_add(bytes as u64, Relaxed);
    }

    pub(crate) fn count_failure(&self, kind: &'static str) {
        *self.failures.lock().entry(kind).or_default() += 1;
    }

    /// Where the counters stand.
    pub(crate) fn view(&self) -> PluginStatsView {
        let mut sum = 0;
        let up_to = self.duration_buckets.each_ref().map(|bucket| {
            sum += bucket.load(Relaxed);
            sum
        });
        PluginStatsView {
            calls: self.calls.load(Relaxed),
            cpu_ms: self.cpu_ms.load(Relaxed),
            duration_us: self.duration_us.load(Relaxed),
            duration_buckets: up_to,
            reruns: self.reruns.load(Relaxed),
            log_bytes_dropped: self.log_bytes_dropped.load(Relaxed),
            failures: self.failures.lock().clone(),
        }
    }
}

/// The counters of all plugins, by id.
#[derive(Debug, Default)]
pub(crate) struct StatsBook(Mutex<BTreeMap<String, Arc<PluginStats>>>);

impl StatsBook {
    pub(crate) fn of(&self, plugin: &str) -> Arc<PluginStats> {
        Arc::clone(self.0.lock().entry(plugin.to_owned()).or_default())
    }

    pub(crate) fn views(&self) -> Vec<(String, PluginStatsView)> {
        self.0.lock().iter().map(|(plugin, stats)| (plugin.clone(), stats.view())).collect()
    }
}
