//! What plugins do that no request waits for.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Plugins;
use crate::dispatch::Dispatcher;
use crate::slices::JobRunner;

/// The tasks that tell plugins of events and let them do jobs.
#[derive(Debug, Default)]
pub(super) struct Background {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Background {
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            // What is dropped in the middle is undone.
            tokio::select! {
                () = stop.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// A task that ends by itself when it is told to stop.
    fn spawn_orderly(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    pub(super) async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Plugins {
    /// Begins to tell plugins of events, and to let them do jobs, for as long as the port is open.
    pub(super) fn tell_and_work(&self) {
        let inner = &self.0;
        inner.background.spawn(
            Dispatcher {
                app: inner.app.clone(),
                home: inner.home.clone(),
                snapshot: Arc::downgrade(&inner.snapshot),
            }
            .run(),
        );
        inner.background.spawn_orderly(
            JobRunner {
                app: inner.app.clone(),
                home: inner.home.clone(),
                snapshot: Arc::downgrade(&inner.snapshot),
                host: format!("{:08x}", rand::random::<u32>()).into(),
                stop: inner.background.stop.clone(),
            }
            .run(),
        );
    }
}
