use std::io::Result;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;
use crate::extract::body;

/// Short enough to wait for in a test.
const SHORT: Duration = Duration::from_millis(200);
/// Longer than anything here takes, even on a busy machine.
const LONG: Duration = Duration::from_mins(1);

/// Limits of which none is reached in a test.
fn roomy() -> Limits {
    Limits { header_read: LONG, body_read: LONG, idle: LONG, drain: LONG, ..Limits::default() }
}

struct Server {
    address: SocketAddr,
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        let routes = Router::new()
            .route("/", get(async || "hello"))
            .route(
                "/peer",
                get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()),
            )
            .route("/read", post(read))
            .route("/hang", get(async || std::future::pending::<()>().await))
            .route(
                "/slow",
                get(async || {
                    tokio::time::sleep(SHORT * 3).await;
                    "done"
                }),
            );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (shutdown, asked) = oneshot::channel::<()>();
        let task = tokio::spawn(serve(listener, routes, limits, async { drop(asked.await) }));
        Self { address, shutdown, task }
    }

    async fn connect(&self) -> Client {
        Client(TcpStream::connect(self.address).await.unwrap())
    }
}

async fn read(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match body::read(&parts.headers, body, 1 << 20).await {
        Ok(read) => read.len().to_string().into_response(),
        Err(problem) => problem.into_response(),
    }
}

struct Client(TcpStream);

impl Client {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// What comes until the server closes. Fails if it never does.
    async fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        let closed = tokio::time::timeout(LONG, self.0.read_to_end(&mut rest)).await;
        // A reset is an end, too.
        drop(closed.expect("the server closes the connection"));
        String::from_utf8_lossy(&rest).into_owned()
    }

    async fn until(&mut self, end: &str) -> String {
        let mut text = String::new();
        while !text.ends_with(end) {
            let byte: Result<u8> = tokio::time::timeout(LONG, self.0.read_u8()).await.unwrap();
            text.push(char::from(byte.unwrap()));
        }
        text
    }
}

#[tokio::test]
async fn requests_are_answered_one_after_another_on_a_connection() {
    let server = Server::start(roomy()).await;
    let mut client = server.connect().await;
    for _ in 0..3 {
        client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert!(client.until("hello").await.starts_with("HTTP/1.1 200 OK"));
    }
    let own = client.0.local_addr().unwrap().to_string();
    client.send("GET /peer HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(client.rest().await.ends_with(&own));
}

#[tokio::test]
async fn who_says_nothing_is_shown_out() {
    let server = Server::start(Limits { header_read: SHORT, ..roomy() }).await;
    assert_eq!(server.connect().await.rest().await, "");
}

#[tokio::test]
async fn who_never_ends_the_head_is_shown_out() {
    let server = Server::start(Limits { header_read: SHORT, ..roomy() }).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nhost: x\r\nx-slow: ").await;
    assert!(!client.rest().await.contains("200 OK"));
}

#[tokio::test]
async fn a_connection_on_which_nothing_is_asked_is_closed() {
    let server = Server::start(Limits { idle: SHORT, ..roomy() }).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(client.rest().await.contains("hello"));
}

#[tokio::test]
async fn a_connection_may_rest_between_requests_for_longer_than_a_head_may_take() {
    let server = Server::start(Limits { header_read: SHORT, ..roomy() }).await;
    let mut client = server.connect().await;
    for _ in 0..3 {
        client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        client.until("hello").await;
        tokio::time::sleep(SHORT * 3).await;
    }
    client.send("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(client.rest().await.ends_with("hello"));
}

#[tokio::test]
async fn a_later_head_that_drips_is_cut_off_like_the_first() {
    let server = Server::start(Limits { header_read: SHORT, idle: LONG * 2, ..roomy() }).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    client.until("hello").await;
    let (mut reader, mut writer) = client.0.into_split();
    let dripping = tokio::spawn(async move {
        for byte in b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ".iter().chain([b'y'].iter().cycle()) {
            if writer.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(SHORT / 10).await;
        }
    });
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(LONG, reader.read_to_end(&mut rest)).await;
    assert!(closed.is_ok(), "the server ends the connection however often a byte comes");
    assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
    tokio::time::timeout(LONG, dripping).await.unwrap().unwrap();
}

#[tokio::test]
async fn an_answer_that_takes_long_is_no_idle_connection() {
    let server = Server::start(Limits { idle: SHORT, header_read: SHORT, ..roomy() }).await;
    let mut client = server.connect().await;
    client.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(client.rest().await.ends_with("done"));
}

#[tokio::test]
async fn a_body_that_never_ends_is_answered_with_a_problem() {
    let server = Server::start(Limits { body_read: SHORT, ..roomy() }).await;
    let mut client = server.connect().await;
    client.send("POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc").await;
    let answer = client.rest().await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("/problems/too-slow"), "{answer}");
}

#[tokio::test]
async fn a_head_has_no_more_headers_and_bytes_than_allowed() {
    let server =
        Server::start(Limits { headers_max: 10, buffer_max_bytes: 8 << 10, ..roomy() }).await;
    for head in ["a: b\r\n".repeat(20), format!("a: {}\r\n", "b".repeat(9 << 10))] {
        let mut client = server.connect().await;
        client.send(format!("GET / HTTP/1.1\r\nhost: x\r\n{head}\r\n")).await;
        assert!(client.rest().await.starts_with("HTTP/1.1 431"));
    }
}

#[tokio::test]
async fn a_client_has_no_more_connections_than_allowed() {
    let server = Server::start(Limits { connections_per_client_max: 2, ..roomy() }).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut client = server.connect().await;
        client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        client.until("hello").await;
        held.push(client);
    }
    assert_eq!(server.connect().await.rest().await, "");
    for mut client in held {
        client.send("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        assert!(client.rest().await.ends_with("hello"));
    }
}

#[tokio::test]
async fn http_2_is_spoken_and_closed_when_idle() {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let server = Server::start(Limits { header_read: SHORT, ..roomy() }).await;
    let mut client = server.connect().await;
    client.send(PREFACE).await;
    let mut frame = [0; 9];
    client.0.read_exact(&mut frame).await.unwrap();
    assert_eq!(frame[3], 4, "the server's settings come first");
    client.rest().await;
}

#[tokio::test]
async fn at_shutdown_what_is_in_flight_is_answered() {
    let server = Server::start(roomy()).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    client.until("hello").await;
    let mut idle = server.connect().await;
    idle.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    idle.until("hello").await;
    client.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    // Enough for the request to be under way, far less than it takes.
    tokio::time::sleep(SHORT).await;
    server.shutdown.send(()).unwrap();
    assert_eq!(idle.rest().await, "");
    assert!(client.rest().await.ends_with("done"));
    server.task.await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn at_shutdown_what_does_not_end_is_cut_off() {
    let server = Server::start(Limits { drain: SHORT, ..roomy() }).await;
    let mut client = server.connect().await;
    client.send("GET /hang HTTP/1.1\r\nhost: x\r\n\r\n").await;
    tokio::time::sleep(SHORT).await;
    server.shutdown.send(()).unwrap();
    tokio::time::timeout(LONG, server.task).await.unwrap().unwrap();
    assert_eq!(client.rest().await, "");
}
