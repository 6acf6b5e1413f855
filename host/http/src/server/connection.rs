//! One connection, from its first byte to its end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tower::ServiceExt;

use super::body::{self, Holding};
use super::io::Unstalled;
use super::limits::Limits;

/// For the goodbye of a connection that is closed because nothing happens on it.
const FAREWELL: Duration = Duration::from_secs(2);

/// How often HTTP/2 asks whether the peer is still there, and how long it may take to say so.
const PING: Duration = Duration::from_secs(20);

/// Serves a connection, and ends it when nothing is asked on it for too long.
pub(super) async fn run(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: &Arc<Limits>,
    mut stopped: watch::Receiver<bool>,
) {
    let activity = Arc::new(Activity::default());
    let service = service_fn(answer(peer, router, limits.clone(), activity.clone()));
    let io = TokioIo::new(Unstalled::new(stream, limits.write_stall));
    let builder = builder(limits);
    let mut connection = pin!(builder.serve_connection(io, service));
    let mut stopping = false;
    let mut look = pin!(tokio::time::sleep(limits.header_read.min(limits.idle)));
    let ended = loop {
        tokio::select! {
            ended = connection.as_mut() => break ended,
            () = stop_asked(&mut stopped), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = look.as_mut() => match activity.idle_until(limits) {
                Some(until) if until <= Instant::now() => {
                    connection.as_mut().graceful_shutdown();
                    break tokio::time::timeout(FAREWELL, connection).await.unwrap_or(Ok(()));
                }
                Some(until) => look.as_mut().reset(until),
                None => look.as_mut().reset(Instant::now() + limits.idle),
            },
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error, "a connection ended badly");
    }
}

async fn stop_asked(stopped: &mut watch::Receiver<bool>) {
    // An error says that the server is gone, which asks for the same.
    drop(stopped.wait_for(|stopped| *stopped).await);
}

/// Hands requests to the router, and counts those in flight.
fn answer(
    peer: SocketAddr,
    router: Router,
    limits: Arc<Limits>,
    activity: Arc<Activity>,
) -> impl Fn(Request<Incoming>) -> BoxFuture<'static, Result<Answer, Infallible>> {
    move |request| {
        let (router, flight) = (router.clone(), Flight::begin(&activity));
        let mut request = request.map(|body| body::of_request(body, &limits));
        request.extensions_mut().insert(ConnectInfo(peer));
        Box::pin(async move {
            let Ok(response) = router.oneshot(request).await;
            Ok(response.map(|body| Holding::new(body, flight)))
        })
    }
}

type Answer = Response<Holding<Body, Flight>>;

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read)
        .max_headers(limits.headers_max)
        .max_buf_size(limits.buffer_max_bytes);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams_max)
        .max_header_list_size(limits.header_list_max_bytes)
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING);
    builder
}

/// What happens on a connection, over all its streams.
#[derive(Debug)]
struct Activity(Mutex<State>);

#[derive(Debug)]
struct State {
    in_flight: u32,
    served_any: bool,
    idle_since: Instant,
}

impl Default for Activity {
    fn default() -> Self {
        Self(Mutex::new(State { in_flight: 0, served_any: false, idle_since: Instant::now() }))
    }
}

impl Activity {
    /// When it has been idle for too long; `None` while a request is in flight.
    fn idle_until(&self, limits: &Limits) -> Option<Instant> {
        let state = self.0.lock();
        // Who has asked nothing yet holds a place for nothing.
        let limit = if state.served_any { limits.idle } else { limits.header_read };
        (state.in_flight == 0).then(|| state.idle_since + limit)
    }
}

/// A request being answered, until its answer is handed to the connection or dropped.
struct Flight(Arc<Activity>);

impl Flight {
    fn begin(activity: &Arc<Activity>) -> Self {
        let mut state = activity.0.lock();
        state.in_flight += 1;
        state.served_any = true;
        drop(state);
        Self(activity.clone())
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut state = self.0.0.lock();
        state.in_flight -= 1;
        state.idle_since = Instant::now();
    }
}
