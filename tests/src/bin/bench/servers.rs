//! The side of the servers: this program, started as a child of the bench.

mod host;
mod native;
mod one_by_one;
mod shop;

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use crate::Result;
use host::HostArguments;

/// Which server a child is.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum ServerKind {
    /// A plain axum handler, served as the host serves.
    #[command(name = "serve-native", hide = true)]
    Native,
    /// A plain axum handler that writes with one transaction and one fsync for each request.
    #[command(name = "serve-one-by-one", hide = true)]
    OneByOne {
        /// Where its database is.
        #[arg(long)]
        data_dir: PathBuf,
    },
    /// The host.
    #[command(name = "serve-galleria", hide = true)]
    Galleria(HostArguments),
}

/// The first line that a server says.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Greeting {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// A key for what the bench asks; empty if the server wasn't told to make one.
    pub(crate) api_key: String,
    /// Ids of some of its customers.
    pub(crate) customers: Vec<String>,
}

impl Greeting {
    fn at(address: SocketAddr) -> Self {
        Self { address, api_key: String::new(), customers: Vec::new() }
    }
}

/// Serves until the parent is gone.
pub(crate) fn run(kind: ServerKind) -> Result<()> {
    end_with_parent();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        match kind {
            ServerKind::Native => native::serve().await,
            ServerKind::OneByOne { data_dir } => one_by_one::serve(&data_dir).await,
            ServerKind::Galleria(arguments) => host::serve(arguments).await,
        }
    })
}

/// Ends this process when its standard input does: the parent holds the other end.
fn end_with_parent() {
    std::thread::spawn(|| {
        let mut nothing = [0; 64];
        while std::io::stdin().read(&mut nothing).is_ok_and(|read| read > 0) {}
        std::process::exit(0)
    });
}

async fn listen() -> Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn greet(greeting: &Greeting) -> Result<()> {
    let mut output = std::io::stdout().lock();
    serde_json::to_writer(&mut output, greeting)?;
    writeln!(output)?;
    Ok(output.flush()?)
}
