//! What the disk can do by itself.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Result;
use crate::statistics::number;

/// As much as a small commit adds to SQLite's log: two pages, each with its head.
const WRITTEN: [u8; 2 * (4_096 + 24)] = [7; 2 * (4_096 + 24)];

/// How often in a second a little can be added to a file and made durable, one after another.
pub(crate) fn fsyncs_per_second(folder: &Path, time: Duration) -> Result<f64> {
    let path = folder.join("fsync");
    let mut file = File::create(&path)?;
    let start = Instant::now();
    let mut count = 0_u64;
    while start.elapsed() < time {
        file.write_all(&WRITTEN)?;
        file.sync_data()?;
        count += 1;
    }
    let took = start.elapsed();
    std::fs::remove_file(path)?;
    Ok(number(count) / took.as_secs_f64())
}
