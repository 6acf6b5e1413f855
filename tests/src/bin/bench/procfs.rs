//! What the kernel says about processes and the machine.

use std::fs;
use std::time::Duration;

use serde::Serialize;

use crate::Result;

/// What a process holds in memory, in KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Memory {
    /// Everything of it that is in memory.
    pub(crate) rss_kib: u64,
    /// The same, with what it shares with others counted in shares.
    pub(crate) pss_kib: u64,
}

/// The machine that the figures are from.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    cores: usize,
    processor: String,
    memory_mib: u64,
    kernel: String,
    pub(crate) load_average: String,
    /// Figures of a build without optimisation say nothing.
    pub(crate) optimised: bool,
}

impl Machine {
    pub(crate) fn look() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let processor = read("/proc/cpuinfo")
            .lines()
            .find_map(|line| {
                Some(line.strip_prefix("model name")?.split_once(':')?.1.trim().to_owned())
            })
            .unwrap_or_default();
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor,
            memory_mib: kib_of(&read("/proc/meminfo"), "MemTotal:").unwrap_or(0) / 1_024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load_average: load_average(),
            optimised: !cfg!(debug_assertions),
        }
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { cores, processor, memory_mib, kernel, load_average, optimised } = self;
        write!(f, "{cores} cores of {processor}, {memory_mib} MiB, kernel {kernel}, ")?;
        write!(f, "load average {load_average}")?;
        if *optimised { Ok(()) } else { write!(f, "; NOT OPTIMISED: build with --release") }
    }
}

/// Processes that wanted to run, over one, five and fifteen minutes.
pub(crate) fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

pub(crate) fn cpu(pid: u32) -> Result<Duration> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let ticks = cpu_ticks(&text).ok_or("/proc/…/stat can't be read")?;
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    Ok(Duration::from_nanos(ticks * (1_000_000_000 / per_second)))
}

/// User and system time, in clock ticks; that of children comes after them (proc(5)).
fn cpu_ticks(stat: &str) -> Option<u64> {
    // The program's name stands in parentheses and may hold anything.
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    user.checked_add(system)
}

pub(crate) fn memory(pid: u32) -> Result<Memory> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    match (kib_of(&text, "Rss:"), kib_of(&text, "Pss:")) {
        (Some(rss_kib), Some(pss_kib)) => Ok(Memory { rss_kib, pss_kib }),
        _ => Err("/proc/…/smaps_rollup can't be read".into()),
    }
}

fn kib_of(text: &str, key: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(key)?.split_whitespace().next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_process_is_read_behind_a_name_with_blanks_and_parentheses() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194304 105 0 0 0 31 12 900 900 20 0 4 0 55 0 0";
        assert_eq!(cpu_ticks(stat), Some(43));
        assert_eq!(cpu_ticks("7 (cut off) S 1 2"), None);
    }

    #[test]
    fn the_memory_of_a_process_is_read_by_its_keys() {
        let text = "00400000-7ffd r--p 0 [rollup]\nRss:  884 kB\nPss:  385 kB\nPss_Dirty: 68 kB\n";
        assert_eq!((kib_of(text, "Rss:"), kib_of(text, "Pss:")), (Some(884), Some(385)));
        assert_eq!(kib_of(text, "Swap:"), None);
    }

    #[test]
    fn this_process_has_used_time_and_memory() {
        let pid = std::process::id();
        assert!(cpu(pid).is_ok());
        assert!(memory(pid).unwrap().rss_kib > 0);
    }
}
