use std::time::Duration;

use crate::client::TrustedProxies;

/// What one client, and all of them together, may take of the server.
#[derive(Clone, Debug)]
pub struct Limits {
    /// For the first request of a connection to begin, and for the head of each later one from its
    /// first byte on (HTTP/1). 10 s.
    pub header_read: Duration,
    /// Headers of a request (HTTP/1). 100.
    pub headers_max: usize,
    /// What may be read ahead, and so the head of a request (HTTP/1), in bytes. 64 KiB.
    pub buffer_max_bytes: usize,
    /// Requests at once on one connection (HTTP/2). 100.
    pub streams_max: u32,
    /// The headers of a request together (HTTP/2), in bytes. 16 KiB.
    pub header_list_max_bytes: u32,
    /// For the body of a request. 30 s.
    pub body_read: Duration,
    /// A body may take longer than [`body_read`](Self::body_read) if it comes this fast on
    /// average, in bytes per second. 1 KiB.
    pub body_bytes_per_s_min: u32,
    /// For a client to take at least some bytes of an answer. 30 s.
    pub write_stall: Duration,
    /// How long a connection is kept on which nothing more is asked. 75 s: longer than the proxies
    /// in front usually keep theirs, so that it is they who close.
    pub idle: Duration,
    /// Connections at once. 4,096.
    pub connections_max: usize,
    /// Connections at once of one client: an IPv4 address, or an IPv6 network of 64 bits. 128.
    pub connections_per_client_max: u32,
    /// Who speaks for many clients, so that the limit per client does not hold.
    pub trusted_proxies: TrustedProxies,
    /// For requests in flight at shutdown. 10 s.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_read: Duration::from_secs(10),
            headers_max: 100,
            buffer_max_bytes: 64 << 10,
            streams_max: 100,
            header_list_max_bytes: 16 << 10,
            body_read: Duration::from_secs(30),
            body_bytes_per_s_min: 1 << 10,
            write_stall: Duration::from_secs(30),
            idle: Duration::from_secs(75),
            connections_max: 4_096,
            connections_per_client_max: 128,
            trusted_proxies: TrustedProxies::default(),
            drain: Duration::from_secs(10),
        }
    }
}
