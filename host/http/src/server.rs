//! The accept loop: hyper under time limits that axum's own `serve` doesn't have.

mod activity;
mod body;
mod connection;
mod io;
mod limits;
mod places;
#[cfg(test)]
mod tests;

use std::io as std_io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

pub(crate) use body::BodyTooSlow;
pub use limits::Limits;
use places::{Place, Places};

/// How long to wait after `accept` failed: the usual cause is that no file handle is left.
const PAUSE_AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(50);

/// Serves `router` on `listener` until `shutdown` resolves, then drains.
///
/// From then on nothing is accepted; requests in flight have [`Limits::drain`] to end, and what is
/// left after that is cut off. Every request carries its peer as
/// [`ConnectInfo<SocketAddr>`](axum::extract::ConnectInfo).
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) {
    let limits = Arc::new(limits);
    let doors = Arc::new(Semaphore::new(limits.connections_max));
    let places = Places::new(limits.connections_per_client_max, limits.trusted_proxies.clone());
    let (stop, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &doors) => accepted,
        };
        if let Some((stream, peer, door)) = accepted
            && let Some(place) = places.take(peer.ip())
        {
            let connection = Accepted { stream, peer, _door: door, _place: place };
            connections.spawn(connection.serve(router.clone(), limits.clone(), stopped.clone()));
        }
    }
    drop(listener);
    stop.send_replace(true);
    drain(connections, limits.drain).await;
}

async fn accept(
    listener: &TcpListener,
    doors: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    // Who finds no free door waits in the kernel's queue.
    let door = doors.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, door)),
        Err(error) => {
            if !is_of_the_peer(&error) {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(PAUSE_AFTER_FAILED_ACCEPT).await;
            }
            None
        }
    }
}

/// Whether only the peer who was about to connect is concerned.
fn is_of_the_peer(error: &std_io::Error) -> bool {
    matches!(
        error.kind(),
        std_io::ErrorKind::ConnectionAborted
            | std_io::ErrorKind::ConnectionRefused
            | std_io::ErrorKind::ConnectionReset
    )
}

struct Accepted {
    stream: TcpStream,
    peer: SocketAddr,
    _door: OwnedSemaphorePermit,
    _place: Place,
}

impl Accepted {
    async fn serve(self, router: Router, limits: Arc<Limits>, stopped: watch::Receiver<bool>) {
        if let Err(error) = self.stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY can't be set");
        }
        connection::run(self.stream, self.peer, router, &limits, stopped).await;
    }
}

async fn drain(mut connections: JoinSet<()>, limit: Duration) {
    let all_gone = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(limit, all_gone).await.is_err() {
        tracing::warn!(
            left = connections.len(),
            "connections are cut off that did not end in time"
        );
        connections.shutdown().await;
    }
}
