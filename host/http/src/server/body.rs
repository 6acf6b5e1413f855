//! Bodies with a watch on them.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Buf;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use super::limits::Limits;

/// The client sends the body of its request too slowly.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub(crate) struct BodyTooSlow;

/// The body of a request that has to come within a time, or fast enough.
pub(super) struct Punctual<B> {
    body: B,
    began: Instant,
    received_bytes: u64,
    at_least: Duration,
    bytes_per_s_min: u32,
    deadline: Pin<Box<Sleep>>,
}

impl<B> Punctual<B> {
    pub(super) fn new(body: B, limits: &Limits) -> Self {
        let began = Instant::now();
        Self {
            body,
            began,
            received_bytes: 0,
            at_least: limits.body_read,
            bytes_per_s_min: limits.body_bytes_per_s_min.max(1),
            deadline: Box::pin(tokio::time::sleep_until(began + limits.body_read)),
        }
    }

    fn received(&mut self, bytes: usize) {
        self.received_bytes = self.received_bytes.saturating_add(bytes as u64);
        let earned = Duration::from_secs(self.received_bytes / u64::from(self.bytes_per_s_min));
        let deadline = self.began + self.at_least.max(earned);
        if deadline > self.deadline.deadline() {
            self.deadline.as_mut().reset(deadline);
        }
    }
}

impl<B> Body for Punctual<B>
where
    B: Body + Unpin,
    B::Error: Into<axum::BoxError>,
{
    type Data = B::Data;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.received(frame.data_ref().map_or(0, Buf::remaining));
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                ready!(self.deadline.as_mut().poll(cx));
                Poll::Ready(Some(Err(BodyTooSlow.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body that keeps something alive until it is sent.
pub(super) struct Holding<B, T> {
    body: B,
    _held: T,
}

impl<B, T> Holding<B, T> {
    pub(super) fn new(body: B, held: T) -> Self {
        Self { body, _held: held }
    }
}

impl<B: Body + Unpin, T: Unpin> Body for Holding<B, T> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of a request as axum takes it.
pub(super) fn of_request(body: hyper::body::Incoming, limits: &Limits) -> axum::body::Body {
    if body.is_end_stream() {
        axum::body::Body::empty()
    } else {
        axum::body::Body::new(Punctual::new(body, limits).map_err(axum::Error::new))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use bytes::Bytes;
    use http_body_util::StreamBody;

    use super::*;

    /// A body of `count` pieces, each of `bytes` and each after `pause`.
    fn pieces(
        count: u32,
        bytes: usize,
        pause: Duration,
    ) -> impl Body<Data = Bytes, Error = Infallible> {
        StreamBody::new(futures_util::stream::unfold(0, move |sent| async move {
            if sent == count {
                return None;
            }
            tokio::time::sleep(pause).await;
            Some((Ok(Frame::data(Bytes::from(vec![b'x'; bytes]))), sent + 1))
        }))
    }

    async fn read(count: u32, bytes: usize, pause: Duration) -> Result<usize, axum::BoxError> {
        let body = Box::pin(pieces(count, bytes, pause));
        let read = Punctual::new(body, &Limits::default()).collect().await?;
        Ok(read.to_bytes().len())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_cut_off() {
        let error = read(40, 1, Duration::from_secs(1)).await.unwrap_err();
        assert!(error.is::<BodyTooSlow>());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_within_the_time_may_drip() {
        assert_eq!(read(29, 1, Duration::from_secs(1)).await.unwrap(), 29);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_may_take_long_if_it_keeps_coming() {
        let bytes = read(120, 2_048, Duration::from_secs(1)).await.unwrap();
        assert_eq!(bytes, 120 * 2_048);
    }
}
