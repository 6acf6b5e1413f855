//! One connection, from its first byte to its end.

use std::convert::Infallible;
use std::future::poll_fn;
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
use tokio::net::TcpStream;
use tokio::sync::watch;
use tower::ServiceExt;

use super::activity::{Activity, Flight, Heard, Waited};
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
    let stream = Heard::new(Unstalled::new(stream, limits.write_stall), activity.clone());
    let io = TokioIo::new(stream);
    let builder = builder(limits);
    let mut connection = pin!(builder.serve_connection(io, service));
    let mut stopping = false;
    let mut clock = pin!(tokio::time::sleep(limits.header_read));
    let ended = loop {
        tokio::select! {
            // The clock is looked at last, when what came in has been seen to.
            biased;
            ended = connection.as_mut() => break ended,
            () = stop_asked(&mut stopped), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            waited = poll_fn(|context| activity.poll_ended(limits, clock.as_mut(), context)) => {
                if waited == Waited::Head {
                    break Ok(());
                }
                connection.as_mut().graceful_shutdown();
                break tokio::time::timeout(FAREWELL, connection).await.unwrap_or(Ok(()));
            }
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
        let flight = Flight::begin(&activity, request.version());
        let router = router.clone();
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
        // It would end the pause between two requests as well: see `Activity`.
        .header_read_timeout(None)
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
