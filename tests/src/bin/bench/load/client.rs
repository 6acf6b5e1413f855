use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::shot::{Shot, Verdict};
use super::{Bounds, Tally};
use crate::Result;

/// So that a server that is gone isn't asked for connections in a tight loop.
const PAUSE_BEFORE_RECONNECT: Duration = Duration::from_millis(20);
const BODY_SHOWN_CHARS: usize = 200;

type Wire = Connection<TokioIo<TcpStream>, Full<Bytes>>;

/// A client with a connection that is kept alive.
pub(super) struct Client {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
    wire: Wire,
}

/// A complete answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

impl Client {
    pub(super) async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, wire) = handshake(TokioIo::new(stream)).await?;
        Ok(Self { address, sender, wire })
    }

    /// Asks until the round is over; begins with the request at `first`.
    pub(super) async fn run(self, shots: Arc<[Shot]>, first: usize, bounds: Arc<Bounds>) -> Tally {
        let address = self.address;
        let mut shots = shots.iter().cycle().skip(first);
        let mut tally = Tally::default();
        let mut connected = Some(self);
        while !bounds.are_reached() {
            let client = match connected.take() {
                Some(client) => Ok(client),
                None => Self::connect(address).await,
            };
            let ended = match client {
                Ok(client) => client.ask_on(&mut shots, &bounds, &mut tally).await,
                Err(error) => Err(error),
            };
            if let Err(error) = ended {
                tally.fail(error.to_string());
                tokio::time::sleep(PAUSE_BEFORE_RECONNECT).await;
            }
        }
        tally
    }

    /// Asks until the round is over or the connection is.
    async fn ask_on<'s>(
        self,
        shots: &mut impl Iterator<Item = &'s Shot>,
        bounds: &Bounds,
        tally: &mut Tally,
    ) -> Result<()> {
        let Self { mut sender, wire, .. } = self;
        let ask = async {
            while !bounds.are_reached()
                && let Some(shot) = shots.next()
            {
                sender.ready().await?;
                let sent = Instant::now();
                let answer = send(&mut sender, shot.request.clone()).await?;
                match shot.expected.judge(answer.status, &answer.body) {
                    Verdict::Right => tally.times.push(sent.elapsed()),
                    Verdict::Refused => tally.refused += 1,
                    Verdict::Wrong => tally.fail(answer.to_string()),
                }
            }
            Ok(())
        };
        // Both on one task: a connection on a task of its own would cost a wake-up for each request.
        tokio::select! {
            asked = ask => asked,
            closed = wire => Err(closed_by(closed)),
        }
    }
}

impl Bounds {
    fn are_reached(&self) -> bool {
        let counted = |left: u64| left.checked_sub(1);
        Instant::now() >= self.until
            || self
                .requests_left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, counted)
                .is_err()
    }
}

async fn send(
    sender: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<Answer> {
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(Answer { status: head.status, body })
}

/// A client that asks one thing after another.
pub(crate) struct Conversation(Client);

impl Conversation {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        Client::connect(address).await.map(Self)
    }

    pub(crate) async fn ask(&mut self, shot: Shot) -> Result<Answer> {
        let Client { sender, wire, .. } = &mut self.0;
        let answer = async {
            sender.ready().await?;
            send(sender, shot.request).await
        };
        tokio::select! {
            answer = answer => answer,
            closed = wire => Err(closed_by(closed)),
        }
    }
}

/// Asks one thing, on a connection of its own.
pub(crate) async fn ask(address: SocketAddr, shot: Shot) -> Result<Answer> {
    Conversation::open(address).await?.ask(shot).await
}

fn closed_by(closed: hyper::Result<()>) -> crate::Error {
    closed.err().map_or_else(|| "the server closed a connection".into(), Into::into)
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        let shown: String = body.chars().take(BODY_SHOWN_CHARS).collect();
        write!(f, "{}: {shown}", self.status)
    }
}
