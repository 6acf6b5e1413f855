//! Wakes those who follow what is committed: at once within this host, and within moments on the
//! others.
//!
//! A wake is a hint and nothing more. The other hosts are told by `NOTIFY`, sent after the commit
//! on a connection of its own: inside the transaction it would hold a lock of the whole server
//! through the commit, and undo the sharing of fsyncs. Where it gets lost, a slow poll finds what
//! is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

/// How long a follower on a shared database sleeps at most.
const POLL: Duration = Duration::from_millis(250);
/// How long wakes for other hosts are gathered.
const GATHER: Duration = Duration::from_millis(5);
/// How long to wait before listening is tried again.
const RELISTEN: Duration = Duration::from_secs(1);
const CHANNEL: &str = "galleria";

/// What there may be more of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wake {
    /// Events in the log.
    Events,
    /// Jobs to be worked on.
    Jobs,
    /// Mails to be sent.
    Mails,
}

impl Wake {
    const ALL: [Self; 3] = [Self::Events, Self::Jobs, Self::Mails];

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Several of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WakeSet(u8);

impl WakeSet {
    pub(crate) fn insert(&mut self, wake: Wake) {
        self.0 |= wake.bit();
    }

    fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn contains(self, wake: Wake) -> bool {
        self.0 & wake.bit() != 0
    }
}

/// The wakes of one open database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Wakes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    topics: [watch::Sender<u64>; 3],
    others: Option<Others>,
}

/// The way to the other hosts.
#[derive(Debug)]
struct Others {
    outbox: Arc<Outbox>,
    tasks: [AbortHandle; 2],
}

#[derive(Debug, Default)]
struct Outbox {
    pending: AtomicU8,
    filled: Notify,
}

impl Drop for Others {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Others {
    fn stop(&self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Wakes {
    /// For a database that no other host works on.
    pub(crate) fn alone() -> Self {
        Self(Arc::new(Inner { topics: topics(), others: None }))
    }

    /// For a server, which is listened to on a connection beside the pool.
    pub(crate) fn shared(url: String, pool: PgPool) -> Self {
        let (topics, outbox) = (topics(), Arc::<Outbox>::default());
        let listening = tokio::spawn(listen(url, topics.clone())).abort_handle();
        let telling = tokio::spawn(tell(pool, Arc::clone(&outbox))).abort_handle();
        let others = Some(Others { outbox, tasks: [listening, telling] });
        Self(Arc::new(Inner { topics, others }))
    }

    /// Watches for more of something from now on.
    pub fn watch(&self, wake: Wake) -> Watch {
        Watch {
            topic: self.0.topics[wake as usize].subscribe(),
            sleep_max: self.0.others.as_ref().map(|_| POLL),
        }
    }

    /// Wakes everybody who watches for these.
    pub(crate) fn wake(&self, set: WakeSet) {
        if set.is_empty() {
            return;
        }
        wake_here(&self.0.topics, set);
        if let Some(others) = &self.0.others {
            others.outbox.pending.fetch_or(set.0, Ordering::AcqRel);
            others.outbox.filled.notify_one();
        }
    }

    /// Tells and hears nothing of other hosts any more.
    pub(crate) fn close(&self) {
        if let Some(others) = &self.0.others {
            others.stop();
        }
    }
}

fn topics() -> [watch::Sender<u64>; 3] {
    std::array::from_fn(|_| watch::Sender::new(0))
}

fn wake_here(topics: &[watch::Sender<u64>; 3], set: WakeSet) {
    for wake in Wake::ALL.into_iter().filter(|wake| set.contains(*wake)) {
        topics[wake as usize].send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// Watches for more of something.
#[derive(Clone, Debug)]
pub struct Watch {
    topic: watch::Receiver<u64>,
    sleep_max: Option<Duration>,
}

impl Watch {
    /// Sleeps until there may be more, at most so long; on a shared database a quarter of a second
    /// at most, whatever was asked for. What came since the last call ends it at once, so that
    /// nothing is missed by who looks *after* each call.
    pub async fn sleep(&mut self, at_most: Duration) {
        let at_most = self.sleep_max.map_or(at_most, |max| max.min(at_most));
        // Whether it was woken or time has run out, the caller looks.
        let _woken = tokio::time::timeout(at_most, self.topic.changed()).await;
    }
}

/// Passes on what other hosts tell, for as long as it isn't aborted.
async fn listen(url: String, topics: [watch::Sender<u64>; 3]) {
    loop {
        if let Err(error) = listen_once(&url, &topics).await {
            tracing::debug!(%error, "can't listen for other hosts; what they do is noticed later");
        }
        tokio::time::sleep(RELISTEN).await;
    }
}

async fn listen_once(url: &str, topics: &[watch::Sender<u64>; 3]) -> sqlx::Result<()> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen(CHANNEL).await?;
    loop {
        let told = listener.recv().await?;
        let bits: u8 = told.payload().parse().unwrap_or(u8::MAX);
        wake_here(topics, WakeSet(bits));
    }
}

/// Tells other hosts, at most once in a few milliseconds.
async fn tell(pool: PgPool, outbox: Arc<Outbox>) {
    const SQL: &str = "SELECT pg_notify($1, $2)";
    loop {
        outbox.filled.notified().await;
        let bits = outbox.pending.swap(0, Ordering::AcqRel);
        let told = sqlx::query(SQL).bind(CHANNEL).bind(bits.to_string()).execute(&pool).await;
        if let Err(error) = told {
            tracing::debug!(%error, "other hosts can't be told; they notice it later");
        }
        tokio::time::sleep(GATHER).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_watches_is_woken_for_what_they_watch_and_misses_nothing() {
        let wakes = Wakes::alone();
        let (mut events, mut jobs) = (wakes.watch(Wake::Events), wakes.watch(Wake::Jobs));
        let mut set = WakeSet::default();
        set.insert(Wake::Events);
        // Before anybody sleeps: the next sleep ends at once.
        wakes.wake(set);
        let began = tokio::time::Instant::now();
        events.sleep(Duration::from_mins(1)).await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        jobs.sleep(Duration::from_mins(1)).await;
        assert_eq!(began.elapsed(), Duration::from_mins(1));
    }
}
