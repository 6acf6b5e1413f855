//! Runs the example as its own `main` does, and asks it as clients would.

#![expect(clippy::unwrap_used, reason = "in a test, a panic with its place is what is wanted")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// Ends the example whatever becomes of the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn one_service_answers_for_the_platform_and_for_galleria() {
    let folder = tempfile::tempdir().unwrap();
    let mut example = Command::new(env!("CARGO_BIN_EXE_embed-axum"));
    let example = example.arg(folder.path()).stdout(Stdio::piped()).spawn().unwrap();
    let mut example = Running(example);
    let mut line = String::new();
    BufReader::new(example.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("http://").unwrap();

    assert!(get(address, "/").ends_with("The platform"));
    assert!(get(address, "/healthz").starts_with("HTTP/1.1 200"));
    assert!(get(address, "/admin/v1/products").starts_with("HTTP/1.1 401"));
    assert!(get(address, "/store/v1/x/customer-roles/roles").contains("application/problem+json"));
}
