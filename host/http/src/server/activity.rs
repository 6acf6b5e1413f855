//! What happens on a connection, and when it has waited for long enough.

use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Version;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::limits::Limits;

/// What happens on a connection, over all its streams.
///
/// hyper has one limit for the head of a request and for the pause before it, so that the two are
/// told apart here: a head begins with the first byte that comes while no request is in flight.
/// One that came together with the request before is noticed only at its next byte; until then the
/// connection counts as idle.
#[derive(Debug)]
pub(super) struct Activity(Mutex<State>);

#[derive(Debug)]
struct State {
    in_flight: u32,
    /// The version of what was asked last; none as long as nothing was.
    served: Option<Version>,
    idle_since: Instant,
    /// Since when the head of a request is coming in (HTTP/1).
    head_since: Option<Instant>,
}

/// Why a connection is ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Waited {
    /// Nothing is asked on it: it can be said goodbye to.
    Idle,
    /// The head of a request takes too long.
    Head,
}

impl Default for Activity {
    fn default() -> Self {
        let idle_since = Instant::now();
        Self(Mutex::new(State { in_flight: 0, served: None, idle_since, head_since: None }))
    }
}

impl Activity {
    fn bytes_came(&self) {
        let mut state = self.0.lock();
        // Over HTTP/2 frames come and go without a request; its first request is waited for anyway.
        let is_head = state.in_flight == 0 && state.served.is_some_and(|one| one < Version::HTTP_2);
        if is_head && state.head_since.is_none() {
            state.head_since = Some(Instant::now());
        }
    }

    /// When it will have waited for too long, and what for; `None` while a request is in flight.
    fn ends(&self, limits: &Limits) -> Option<(Instant, Waited)> {
        let state = self.0.lock();
        if state.in_flight > 0 {
            return None;
        }
        Some(match (state.head_since, state.served) {
            (Some(since), _) => (since + limits.header_read, Waited::Head),
            // Who has asked nothing yet holds a place for nothing.
            (None, None) => (state.idle_since + limits.header_read, Waited::Head),
            (None, Some(_)) => (state.idle_since + limits.idle, Waited::Idle),
        })
    }

    /// Ready when the connection has waited for too long. `clock` rings for that; it is only ever
    /// set to an earlier time, or anew when it has rung, so that a busy connection doesn't keep
    /// setting it. To be asked whenever something may have come in.
    pub(super) fn poll_ended(
        &self,
        limits: &Limits,
        mut clock: Pin<&mut Sleep>,
        context: &mut Context<'_>,
    ) -> Poll<Waited> {
        loop {
            let ends = self.ends(limits);
            if let Some((at, _)) = ends
                && at < clock.deadline()
            {
                clock.as_mut().reset(at);
            }
            std::task::ready!(clock.as_mut().poll(context));
            match ends {
                Some((at, waited)) if at <= Instant::now() => return Poll::Ready(waited),
                Some((at, _)) => clock.as_mut().reset(at),
                None => clock.as_mut().reset(Instant::now() + limits.idle),
            }
        }
    }
}

/// A request being answered, until its answer is handed to the connection or dropped.
pub(super) struct Flight(Arc<Activity>);

impl Flight {
    pub(super) fn begin(activity: &Arc<Activity>, version: Version) -> Self {
        let mut state = activity.0.lock();
        state.in_flight += 1;
        state.served = Some(version);
        state.head_since = None;
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

/// A stream that tells when something comes in.
pub(super) struct Heard<S> {
    stream: S,
    activity: Arc<Activity>,
}

impl<S> Heard<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>) -> Self {
        Self { stream, activity }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Heard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.activity.bytes_came();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Heard<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
