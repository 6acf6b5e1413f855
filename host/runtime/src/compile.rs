//! Compiling, in a child process of the same program.
//!
//! A file that nobody vetted can make the compiler panic, run for minutes or take all memory, and
//! nothing in the same process could stop it. The child has limits of its own and nothing to lose;
//! the host that serves has no compiler at all.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::sync::Semaphore;
use wasmparser::{Validator, WasmFeatures};
use wasmtime::Engine;

use crate::engine::code_config;
use crate::inspect::{COMPONENT_BYTES_MAX, InvalidComponent};

/// Tells the program that it is to compile what it reads, and nothing else.
const CHILD_VARIABLE: &str = "GALLERIA_COMPILE_CHILD";
const CPU_S_MAX: u64 = 30;
const MEMORY_BYTES_MAX: u64 = 1 << 30;
const WALL_MAX: Duration = Duration::from_mins(2);
const COMPILED_BYTES_MAX: u64 = 256 << 20;
const COMPLAINT_BYTES_MAX: u64 = 4 << 10;
const REFUSED: u8 = 3;

/// Whether [`compile_child`] had its chance at the beginning of this program.
static PREPARED: AtomicBool = AtomicBool::new(false);

/// Does the work of a compiling child, if this process is one.
///
/// A program that embeds the host calls it first thing in `main`, and ends if it answers an exit
/// code: the host compiles plugins in a child process of the very same program.
pub fn compile_child() -> Option<ExitCode> {
    PREPARED.store(true, Ordering::Relaxed);
    std::env::var_os(CHILD_VARIABLE)?;
    Some(match compile_standard_input() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let _nobody_listens = writeln!(std::io::stderr(), "{reason}");
            ExitCode::from(REFUSED)
        }
    })
}

fn compile_standard_input() -> Result<(), String> {
    limit_self().map_err(|error| format!("the limits can't be set: {error}"))?;
    let mut bytes = Vec::new();
    let input = std::io::stdin().lock();
    input
        .take(COMPONENT_BYTES_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| e.to_string())?;
    // The newest validator first: what it accepts, the older one inside the engine can take.
    Validator::new_with_features(features())
        .validate_all(&bytes)
        .map_err(|e| e.message().to_owned())?;
    let engine = Engine::new(&code_config()).map_err(|error| error.to_string())?;
    let compiled = engine.precompile_component(&bytes).map_err(|error| format!("{error:#}"))?;
    std::io::stdout().lock().write_all(&compiled).map_err(|error| error.to_string())
}

fn limit_self() -> rustix::io::Result<()> {
    let hard = |value| Rlimit { current: Some(value), maximum: Some(value) };
    setrlimit(Resource::Cpu, hard(CPU_S_MAX))?;
    setrlimit(Resource::As, hard(MEMORY_BYTES_MAX))?;
    setrlimit(Resource::Core, hard(0))
}

/// What guests may be written in: what the engine's features leave.
fn features() -> WasmFeatures {
    let off = WasmFeatures::MEMORY64
        | WasmFeatures::RELAXED_SIMD
        | WasmFeatures::THREADS
        | WasmFeatures::SHARED_EVERYTHING_THREADS
        | WasmFeatures::GC
        | WasmFeatures::EXCEPTIONS
        | WasmFeatures::FUNCTION_REFERENCES
        | WasmFeatures::CM_ASYNC;
    WasmFeatures::default().difference(off)
}

/// Starts compiling children, one at a time.
#[derive(Debug)]
pub(crate) struct Compiler {
    program: PathBuf,
    turn: Semaphore,
}

impl Compiler {
    /// Uses `program`, or this very one if it has called [`compile_child`].
    pub(crate) fn new(program: Option<PathBuf>) -> Result<Self, String> {
        let program = match program {
            Some(program) => program,
            None if PREPARED.load(Ordering::Relaxed) => {
                std::env::current_exe().map_err(|error| error.to_string())?
            }
            None => {
                return Err("galleria::compile_child() must be called first thing in main".into());
            }
        };
        Ok(Self { program, turn: Semaphore::new(1) })
    }

    /// Compiles a component; the answer is for [`code_config`] on this machine.
    pub(crate) async fn compile(&self, component: &[u8]) -> Result<Vec<u8>, InvalidComponent> {
        let _turn = self.turn.acquire().await.map_err(|error| failed(error.to_string()))?;
        tokio::time::timeout(WALL_MAX, self.run(component))
            .await
            .unwrap_or_else(|_| Err(failed("it takes too long")))
    }

    async fn run(&self, component: &[u8]) -> Result<Vec<u8>, InvalidComponent> {
        let mut child = Command::new(&self.program)
            .env_clear()
            .env(CHILD_VARIABLE, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(format!("the compiling process doesn't start: {error}")))?;
        let (Some(mut input), Some(output), Some(complaint)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(failed("the compiling process has no pipes"));
        };
        let feed = async move {
            // A child that refuses early stops reading; its exit says why.
            let _its_exit_says_why = input.write_all(component).await;
        };
        let ((), compiled, complaint) = tokio::join!(
            feed,
            read_up_to(output, COMPILED_BYTES_MAX),
            read_up_to(complaint, COMPLAINT_BYTES_MAX)
        );
        let status = child.wait().await.map_err(|error| failed(error.to_string()))?;
        if status.success() {
            return compiled.map_err(|error| failed(error.to_string()));
        }
        let complaint = String::from_utf8_lossy(&complaint.unwrap_or_default()).trim().to_owned();
        Err(failed(match status.code() {
            Some(code) if code == i32::from(REFUSED) => complaint,
            _ => "it takes more time or memory than is allowed, or makes the compiler fail"
                .to_owned(),
        }))
    }
}

async fn read_up_to(pipe: impl AsyncRead + Unpin, bytes_max: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pipe.take(bytes_max).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

fn failed(reason: impl Into<String>) -> InvalidComponent {
    InvalidComponent::Compile(reason.into())
}
