//! Load: a number of clients on connections of their own, each asking again once it has its answer.

mod client;
mod shot;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Result;
use crate::statistics::percentile;
use client::Client;

pub(crate) use client::{Conversation, ask};
pub(crate) use shot::{Expected, Shot};

/// A round ends by itself even if a server answers faster than anybody thought.
const REQUESTS_MAX: u64 = 3_000_000;
/// For what is still being answered when the time is over.
const GRACE: Duration = Duration::from_secs(15);

/// What a server is asked, and by how many at once.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) clients: usize,
    /// Each client goes round all of them, beginning at another place.
    pub(crate) shots: Arc<[Shot]>,
}

/// What some clients saw.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Of every answer that was right.
    pub(crate) times: Vec<Duration>,
    /// Answers that refuse in the one way that is allowed.
    pub(crate) refused: u64,
    pub(crate) errors: u64,
    pub(crate) first_error: Option<String>,
}

impl Tally {
    pub(crate) fn fail(&mut self, reason: impl Into<String>) {
        self.errors += 1;
        self.first_error.get_or_insert_with(|| reason.into());
    }

    fn add(&mut self, mut other: Self) {
        self.times.append(&mut other.times);
        self.refused += other.refused;
        self.errors += other.errors;
        self.first_error = self.first_error.take().or(other.first_error);
    }

    /// The time that so many in a thousand of the answers took at most.
    pub(crate) fn percentile(&mut self, per_mille: usize) -> Duration {
        percentile(&mut self.times, per_mille)
    }
}

/// When the clients of a round stop.
#[derive(Debug)]
pub(crate) struct Bounds {
    until: Instant,
    requests_left: AtomicU64,
}

/// Puts load on a server for so long; answers what came back and how long it really took.
///
/// Connections are made before the clock starts.
pub(crate) async fn fire(
    address: SocketAddr,
    load: &Load,
    time: Duration,
) -> Result<(Tally, Duration)> {
    let mut clients = Vec::with_capacity(load.clients);
    for _ in 0..load.clients {
        clients.push(Client::connect(address).await?);
    }
    let start = Instant::now();
    let bounds = Arc::new(Bounds { until: start + time, requests_left: REQUESTS_MAX.into() });
    let mut running = JoinSet::new();
    for (number, client) in clients.into_iter().enumerate() {
        let first = number * load.shots.len() / load.clients.max(1);
        running.spawn(client.run(load.shots.clone(), first, bounds.clone()));
    }
    let mut tally = Tally::default();
    let all = async {
        while let Some(ended) = running.join_next().await {
            match ended {
                Ok(part) => tally.add(part),
                Err(error) => tally.fail(format!("a client failed: {error}")),
            }
        }
    };
    let in_time = tokio::time::timeout(time + GRACE, all).await.is_ok();
    let took = start.elapsed();
    if !in_time {
        tally.fail(format!("{} clients wait for an answer that doesn't come", running.len()));
        running.shutdown().await;
    }
    Ok((tally, took))
}
