//! What the program is asked for on the command line.

mod check;
mod describe;
mod failure;
mod house;
mod inspect;
mod logging;
mod reset;
mod serve;
mod signals;
mod tell;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use failure::Failure;

const EXIT_CODES: &str = "Exit codes: 0 done; 1 it went wrong, and a sentence on stderr says why; \
    2 the command line is wrong; 3 `check` refused the file.\n\
    The log goes to stderr; GALLERIA_LOG says how much of it (info; debug; galleria_http=debug,warn).";

/// The plugin host for headless commerce.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Writes the log as JSON, one object for each line.
    #[arg(long, global = true)]
    log_json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a shop with demo data to try things out: 2,000 customers, a catalogue, staff, plugins.
    Demo {
        #[command(flatten)]
        host: HostArgs,
        /// Deletes what the demo has stored there before, and begins anew.
        #[arg(long)]
        reset: bool,
    },
    /// Runs a shop.
    Serve {
        #[command(flatten)]
        host: HostArgs,
        /// Who owns the shop, as long as nobody does. The first password is that of
        /// `GALLERIA_ADMIN_PASSWORD`, or is made up and printed once.
        #[arg(long, env = "GALLERIA_ADMIN_EMAIL")]
        admin_email: Option<String>,
    },
    /// Says in words what a component is and what it can reach, without running any of it.
    Inspect {
        /// The component.
        file: PathBuf,
        /// In which language, `en` or `de`; by default that of LANG.
        #[arg(long, value_enum)]
        language: Option<describe::Language>,
    },
    /// Says whether this host would install a component: validates, compiles, links and starts it
    /// in a shop of its own that is thrown away.
    Check {
        /// The component.
        file: PathBuf,
    },
}

/// Where and how a shop runs.
#[derive(Args, Clone, Debug)]
struct HostArgs {
    /// The address to listen at; port 0 takes any that is free.
    #[arg(long, env = "GALLERIA_LISTEN", default_value = "127.0.0.1:8080")]
    listen: String,
    /// The folder for everything that is kept in files.
    #[arg(long, env = "GALLERIA_DATA_DIR", default_value = "./galleria-data")]
    data_dir: PathBuf,
    /// The database: a SQLite file or `postgres://user:password@host/name`. By default a file in
    /// the data folder.
    #[arg(long, env = "GALLERIA_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// The server that mails are handed over to: `smtp://user:password@host:587` or `smtps://…`. By
    /// default they are written into files in the data folder.
    #[arg(long, env = "GALLERIA_SMTP", hide_env_values = true)]
    smtp: Option<String>,
    /// Tells on the first line of stdout, as one JSON object, where the shop is and who may enter.
    #[arg(long)]
    json: bool,
}

/// Does what the command line asks for.
pub(crate) fn run() -> ExitCode {
    let cli = Cli::parse();
    match execute(cli) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

fn execute(cli: Cli) -> Result<ExitCode, Failure> {
    if let Command::Inspect { file, language } = &cli.command {
        return inspect::run(file, *language);
    }
    let quiet = matches!(cli.command, Command::Check { .. });
    logging::start(cli.log_json, if quiet { "error" } else { "info" })?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::of("no threads can be started", &error))?;
    runtime.block_on(async {
        match cli.command {
            Command::Demo { host, reset } => serve::demo(&host, reset).await,
            Command::Serve { host, admin_email } => serve::shop(&host, admin_email).await,
            Command::Check { file } => check::run(&file).await,
            Command::Inspect { file, language } => inspect::run(&file, language),
        }
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_command_line_is_well_defined() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_demo_runs_on_the_loopback_in_a_folder_beside_one() {
        let Command::Demo { host, reset } = parse("galleria demo").unwrap().command else {
            panic!("another command");
        };
        assert_eq!((host.listen.as_str(), reset, host.json), ("127.0.0.1:8080", false, false));
        assert_eq!(host.data_dir, PathBuf::from("./galleria-data"));
        assert_eq!(host.database, None);
    }

    #[test]
    fn nobody_resets_a_shop_that_is_no_demo() {
        assert!(parse("galleria demo --reset --json --listen 127.0.0.1:0").is_ok());
        assert!(parse("galleria serve --reset").is_err());
        assert!(parse("galleria serve --admin-email a@example.com --log-json").is_ok());
    }
}
