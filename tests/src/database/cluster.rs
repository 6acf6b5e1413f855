//! A PostgreSQL cluster of this test process's own.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

/// Runs the server, stops it when its standard input ends, and clears up behind it.
///
/// The input ends when the test process is gone, however it went; so nothing stays behind, not
/// even after a kill. A signal from the terminal is for the tests, not for this.
const GUARDIAN: &str = r#"
trap '' INT TERM HUP
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off \
    -c max_connections=300 -c shared_buffers=64MB -c max_wal_size=256MB -c autovacuum=off \
    -c max_pred_locks_per_transaction=256 >"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -INT "$server"
wait "$server"
rm -rf "$2"
"#;

const START_TRIES: u32 = 300;
const START_PAUSE: Duration = Duration::from_millis(100);
/// A unix socket's path has at most 107 bytes; some go to the socket's own name.
const FOLDER_MAX_BYTES: usize = 80;

/// A server on a unix socket in a temporary folder.
pub(super) struct Cluster {
    folder: PathBuf,
    /// The server lives as long as this is open.
    _life: ChildStdin,
}

/// Whom the server runs as; it refuses to be root.
#[derive(Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

impl Cluster {
    /// Makes a cluster and starts its server; says why it can't, if it can't.
    pub(super) async fn start() -> Result<Self, String> {
        let binaries = find_binaries().ok_or("there are no PostgreSQL binaries on this machine")?;
        let user = user_other_than_root()?;
        let folder =
            make_folder(user).map_err(|error| format!("no folder for a cluster: {error}"))?;
        let started = Self::start_in(&binaries, &folder, user).await;
        if started.is_err() {
            let _ = fs::remove_dir_all(&folder);
        }
        started
    }

    async fn start_in(binaries: &Path, folder: &Path, user: Option<User>) -> Result<Self, String> {
        init(binaries, folder, user)?;
        let mut guardian = command("sh", folder, user)
            .args(["-c", GUARDIAN, "guardian"])
            .args([binaries, folder])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("sh doesn't start: {error}"))?;
        let life = guardian.stdin.take().ok_or("sh has no standard input")?;
        let cluster = Self { folder: folder.to_owned(), _life: life };
        cluster.wait_until_ready(&mut guardian).await?;
        Ok(cluster)
    }

    /// The URL of a database in it.
    pub(super) fn url(&self, database: &str) -> String {
        let host = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://galleria@localhost/{database}?host={host}&sslmode=disable")
    }

    async fn wait_until_ready(&self, guardian: &mut Child) -> Result<(), String> {
        for _ in 0..START_TRIES {
            if super::server::connect(&self.url("postgres")).await.is_ok() {
                return Ok(());
            }
            if let Ok(Some(status)) = guardian.try_wait() {
                return Err(format!("PostgreSQL ended at once: {status}"));
            }
            tokio::time::sleep(START_PAUSE).await;
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(format!("PostgreSQL doesn't get ready: {log}"))
    }
}

/// The newest of the installed versions, or what is on the `PATH`.
fn find_binaries() -> Option<PathBuf> {
    let version = |folder: &PathBuf| folder.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    let mut installed: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|folder| is_complete(folder))
        .collect();
    installed.sort_by_key(version);
    let on_path =
        || std::env::split_paths(&std::env::var_os("PATH")?).find(|path| is_complete(path));
    installed.pop().or_else(on_path)
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file())
}

/// `None`: as who we are.
fn user_other_than_root() -> Result<Option<User>, String> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users =
        fs::read_to_string("/etc/passwd").map_err(|error| format!("/etc/passwd: {error}"))?;
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| users.lines().find_map(|line| parse_user(line, name)))
        .map(Some)
        .ok_or_else(|| "PostgreSQL refuses to run as root, and there is no other user".to_owned())
}

fn parse_user(line: &str, wanted: &str) -> Option<User> {
    let mut fields = line.split(':');
    let is_wanted = fields.next()? == wanted;
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    is_wanted.then_some(User { uid, gid })
}

fn make_folder(user: Option<User>) -> std::io::Result<PathBuf> {
    let temp = std::env::temp_dir();
    let fits = temp.as_os_str().len() <= FOLDER_MAX_BYTES - 20;
    let parent = if fits { temp } else { PathBuf::from("/tmp") };
    let folder = tempfile::Builder::new().prefix("galleria-pg-").tempdir_in(parent)?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700))?;
    if let Some(user) = user {
        chown(folder.path(), Some(user.uid), Some(user.gid))?;
    }
    Ok(folder.keep())
}

fn init(binaries: &Path, folder: &Path, user: Option<User>) -> Result<(), String> {
    let output = command(binaries.join("initdb"), folder, user)
        .args(["--username=galleria", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
        .arg("-D")
        .arg(folder.join("data"))
        .output()
        .map_err(|error| format!("initdb doesn't start: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("initdb failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

fn command(program: impl AsRef<std::ffi::OsStr>, folder: &Path, user: Option<User>) -> Command {
    let mut command = Command::new(program);
    // Whoever it runs as may not be allowed into the folder that the tests run in.
    command.current_dir(folder);
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    command
}
