//! The bench of Galleria: servers and load in one tree of processes, on loopback.
//!
//! Every server is a child of this program, so that its CPU and its memory are its own. Lanes that
//! are compared take turns in short rounds; what counts is the median of the ratios of each round.
//! The bench judges answers and never times: a wrong answer fails a row, and a target that isn't
//! met is only said.
//!
//! * [`rows`]: what is measured; [`servers`]: on what;
//! * [`host`], [`components`]: the host and the plugins, as the rows want them;
//! * [`contest`]: lanes that take turns; [`load`]: clients; [`process`]: children; [`disk`];
//! * [`statistics`], [`procfs`], [`report`]: figures and what is made of them.

#![forbid(unsafe_code)]

mod components;
mod contest;
mod disk;
mod host;
mod load;
mod process;
mod procfs;
mod report;
mod rows;
mod servers;
mod statistics;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::Instant;

use clap::{Parser, ValueEnum as _};

use components::Components;
use contest::Plan;
use procfs::Machine;
use report::{Report, Row};
use rows::RowName;
use servers::ServerKind;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T, E = Error> = std::result::Result<T, E>;

/// Measures Galleria against plain code in the same minute on the same machine.
#[derive(Debug, Parser)]
#[command(name = "galleria-bench", args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    serve: Option<ServerKind>,
    /// How often each lane is measured.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    rounds: u16,
    /// How long each time, in seconds.
    #[arg(long, default_value_t = 2.0, value_parser = seconds)]
    seconds: f64,
    /// Two rounds of 300 ms and a small store: shows that everything runs, and not how fast.
    #[arg(long, conflicts_with_all = ["rounds", "seconds"])]
    quick: bool,
    /// Clients at once, where a row doesn't say otherwise.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=120))]
    clients: u16,
    /// Only these rows; may be repeated.
    #[arg(long, value_enum)]
    only: Vec<RowName>,
    /// Where databases and compiled plugins are kept from one run to the next.
    #[arg(long, default_value = "target/bench-data")]
    data_dir: PathBuf,
    /// Writes everything as JSON, too: to a file, or with `-` to the output instead of the table.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// What rows share.
#[derive(Debug)]
struct Setup {
    clients: usize,
    data_dir: PathBuf,
    quick: bool,
    components: OnceLock<Components>,
}

fn main() -> ExitCode {
    // The host compiles plugins in a child of the very program that it is in: this one.
    if let Some(code) = galleria::compile_child() {
        return code;
    }
    let ended = match Arguments::parse() {
        Arguments { serve: Some(kind), .. } => servers::run(kind).map(|()| ExitCode::SUCCESS),
        arguments => bench(&arguments),
    };
    ended.unwrap_or_else(|error| {
        eprintln!("galleria-bench: {error}");
        ExitCode::FAILURE
    })
}

fn bench(arguments: &Arguments) -> Result<ExitCode> {
    // One thread: clients and servers share few cores, and a client isn't what is measured.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(measure(arguments))?;
    if let Some(file) = &arguments.json {
        write_json(&report, file)?;
    }
    let failed = report.rows.iter().any(|row| row.failure.is_some());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn measure(arguments: &Arguments) -> Result<Report> {
    let plan = if arguments.quick {
        Plan { rounds: 2, seconds: 0.3 }
    } else {
        Plan { rounds: arguments.rounds.into(), seconds: arguments.seconds }
    };
    std::fs::create_dir_all(&arguments.data_dir)?;
    let setup = Setup {
        clients: arguments.clients.into(),
        data_dir: arguments.data_dir.canonicalize()?,
        quick: arguments.quick,
        components: OnceLock::new(),
    };
    let all = RowName::value_variants();
    let wanted = if arguments.only.is_empty() { all } else { &arguments.only };
    let say = Talk { silent: arguments.json.as_deref() == Some(Path::new("-")) };
    let machine = Machine::look();
    say.line(&machine);
    say.line(format_args!("{} rounds of {} s each", plan.rounds, plan.seconds));
    let mut rows = Vec::new();
    for row in wanted {
        let began = Instant::now();
        let found = rows::run(*row, plan, &setup).await;
        let row = Row::new(*row, found, began.elapsed().as_secs_f64());
        say.line(&row);
        rows.push(row);
    }
    let load_average_after = procfs::load_average();
    say.line(format_args!("load average at the end: {load_average_after}"));
    Ok(Report { machine, plan, rows, load_average_after })
}

/// The table goes to the output, unless the JSON does.
#[derive(Clone, Copy, Debug)]
struct Talk {
    silent: bool,
}

impl Talk {
    fn line(self, text: impl std::fmt::Display) {
        if !self.silent {
            println!("{text}");
        }
    }
}

fn write_json(report: &Report, file: &Path) -> Result<()> {
    let mut text = serde_json::to_string_pretty(report)?;
    text.push('\n');
    if file == Path::new("-") {
        print!("{text}");
    } else {
        std::fs::write(file, text)?;
    }
    Ok(())
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.05..=600.0).contains(&seconds) => Ok(seconds),
        _ => Err("say a number of seconds from 0.05 to 600".to_owned()),
    }
}
