//! Where a shop lives: its folder, its database, its address.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use galleria::DatabaseUrl;
use tokio::net::TcpListener;

use super::HostArgs;
use super::failure::{Failure, chain};

/// The database in the data folder, where no other is named.
const DATABASE_FILE: &str = "galleria.db";

/// A folder that can be written to, and the database.
pub(super) struct House {
    pub(super) data_dir: PathBuf,
    pub(super) database: DatabaseUrl,
}

impl House {
    /// Makes the folder, if it isn't there, and finds out whether it can be used.
    pub(super) fn open(args: &HostArgs) -> Result<Self, Failure> {
        let database = match args.database.as_deref() {
            None => DatabaseUrl::Sqlite(args.data_dir.join(DATABASE_FILE)),
            Some(text) => read_database(text)?,
        };
        let data_dir = args.data_dir.clone();
        require_writable(&data_dir)?;
        Ok(Self { data_dir, database })
    }

    /// What tells this database from others, without anything secret.
    pub(super) fn database_name(&self) -> String {
        match &self.database {
            DatabaseUrl::Sqlite(path) => {
                let absolute = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                absolute.to_string_lossy().into_owned()
            }
            DatabaseUrl::Postgres(url) => without_credentials(url),
        }
    }
}

/// Reads what `--database` names.
fn read_database(text: &str) -> Result<DatabaseUrl, Failure> {
    const KNOWN: &[&str] = &["postgres", "postgresql", "sqlite"];
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    if text.is_empty() || scheme.is_some_and(|scheme| !KNOWN.contains(&scheme)) {
        // What isn't understood may hold a password all the same.
        let named = scheme.map_or_else(|| "nothing".to_owned(), |scheme| format!("{scheme}://…"));
        return Err(Failure::usage(format!(
            "--database names {named}; write the path of a SQLite file or postgres://host/name"
        )));
    }
    Ok(DatabaseUrl::parse(text))
}

/// The server and the name of the database, without who logs in and how.
fn without_credentials(url: &str) -> String {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let socket = url.split(['?', '&']).find_map(|pair| pair.strip_prefix("host="));
    format!("postgres://{place}{}", socket.map(|host| format!("?host={host}")).unwrap_or_default())
}

fn require_writable(folder: &Path) -> Result<(), Failure> {
    let tried = std::fs::create_dir_all(folder).and_then(|()| {
        let probe = folder.join(".can-be-written");
        std::fs::write(&probe, b"")?;
        std::fs::remove_file(probe)
    });
    tried.map_err(|error| {
        let folder = folder.display();
        Failure::new(format!(
            "the folder {folder} can't be written to: {error}; name another --data-dir"
        ))
    })
}

/// Takes the address, before anything else that takes time.
pub(super) async fn listen(address: &str) -> Result<(TcpListener, String), Failure> {
    let listener = TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => Failure::new(format!(
            "{address} is taken by another program; name another address with --listen"
        )),
        ErrorKind::InvalidInput => {
            Failure::usage(format!("--listen {address} is no address; write 127.0.0.1:8080"))
        }
        _ => Failure::new(format!("it can't listen at {address}: {}", chain(&error))),
    })?;
    let here = listener
        .local_addr()
        .map_err(|error| Failure::of("the address listened at can't be found out", &error))?;
    Ok((listener, url(here)))
}

/// Where a program on this machine finds it.
fn url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_path_or_a_server() {
        for (text, name) in [
            ("shop.db", "Sqlite"),
            ("/var/shop.db", "Sqlite"),
            ("sqlite:shop.db", "Sqlite"),
            ("postgres://h/shop", "Postgres"),
            ("postgresql://u:p@h/shop", "Postgres"),
        ] {
            let is_server = matches!(read_database(text).unwrap(), DatabaseUrl::Postgres(_));
            assert_eq!(is_server, name == "Postgres", "{text}");
        }
        for bad in ["", "mysql://u:secret@h/shop", "http://h"] {
            let sentence = format!("{:?}", read_database(bad).unwrap_err());
            assert!(!sentence.contains("secret") && sentence.contains("--database"), "{sentence}");
        }
    }

    #[test]
    fn the_name_of_a_database_holds_no_password() {
        for (url, name) in [
            ("postgres://u:p%40@h:5433/shop?sslmode=disable", "postgres://h:5433/shop"),
            ("postgresql://h/shop", "postgres://h/shop"),
            ("postgres:///shop?host=/run/pg&user=u", "postgres:///shop?host=/run/pg"),
        ] {
            assert_eq!(without_credentials(url), name);
        }
    }

    #[test]
    fn the_url_is_one_that_this_machine_can_open() {
        for (address, wanted) in [
            ("127.0.0.1:80", "http://127.0.0.1:80"),
            ("0.0.0.0:8080", "http://127.0.0.1:8080"),
            ("[::]:8080", "http://[::1]:8080"),
            ("192.0.2.7:1", "http://192.0.2.7:1"),
        ] {
            assert_eq!(url(address.parse().unwrap()), wanted);
        }
    }

    #[tokio::test]
    async fn an_address_that_is_taken_or_none_is_named() {
        let (_held, url) = listen("127.0.0.1:0").await.unwrap();
        let taken = url.trim_start_matches("http://");
        let sentence = format!("{:?}", listen(taken).await.unwrap_err());
        assert!(sentence.contains(taken) && sentence.contains("taken"), "{sentence}");
        let sentence = format!("{:?}", listen("nowhere").await.unwrap_err());
        assert!(sentence.contains("no address"), "{sentence}");
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, b"").unwrap();
        let sentence = format!("{:?}", require_writable(&file.join("data")).unwrap_err());
        assert!(sentence.contains("--data-dir"), "{sentence}");
        require_writable(&folder.path().join("a/b")).unwrap();
    }
}
