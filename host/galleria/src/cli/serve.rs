//! Runs a shop until somebody wants it to end.

use std::process::ExitCode;

use galleria::mail::{InvalidSmtpUrl, SmtpMail};
use galleria::{Builder, FirstOwner, Galleria};
use galleria_app::{Caller, staff, unit};
use galleria_domain::PageRequest;
use tokio::net::TcpListener;

use super::failure::Failure;
use super::house::{House, listen};
use super::tell::{Entrance, tell};
use super::{HostArgs, reset, signals};
use crate::demo::{self, Secrets};

/// The first owner's password, where it isn't to be made up.
const PASSWORD_VARIABLE: &str = "GALLERIA_ADMIN_PASSWORD";

/// Runs the demo.
pub(super) async fn demo(args: &HostArgs, anew: bool) -> Result<ExitCode, Failure> {
    let house = House::open(args)?;
    let (listener, url) = listen(&args.listen).await?;
    let database = house.database_name();
    if anew {
        reset::run(&house, &database).await?;
    }
    let made = Secrets::load_or_make(&house.data_dir, &database, demo::OWNER_EMAIL);
    let mut secrets = made.map_err(|error| Failure::from(demo::DemoError::from(error)))?;
    let builder = Galleria::builder()
        .data_dir(&house.data_dir)
        .database(house.database)
        .first_store(demo::store())
        .first_owner(demo::owner(&secrets));
    let galleria = with_mail(builder, args)?.build().await?;
    demo::fill(&galleria, &mut secrets, &house.data_dir).await?;
    let entrance = Entrance {
        url,
        admin_email: Some(secrets.admin_email.clone()),
        admin_password: Some(secrets.admin_password.clone()),
        api_key: secrets.api_key().map(str::to_owned),
    };
    run(galleria, listener, &entrance, args.json).await
}

/// Runs a shop of one's own.
pub(super) async fn shop(
    args: &HostArgs,
    admin_email: Option<String>,
) -> Result<ExitCode, Failure> {
    let house = House::open(args)?;
    let (listener, url) = listen(&args.listen).await?;
    let given = std::env::var(PASSWORD_VARIABLE).ok();
    let password = given.clone().unwrap_or_else(demo::password);
    let mut builder = Galleria::builder().data_dir(&house.data_dir).database(house.database);
    if let Some(email) = &admin_email {
        let (email, password) = (email.clone(), password.clone());
        builder = builder.first_owner(FirstOwner { name: email.clone(), email, password });
    }
    let galleria = with_mail(builder, args)?.build().await?;
    let is_new = galleria.new_owner().is_some();
    if !is_new {
        require_staff(&galleria).await?;
    }
    let entrance = Entrance {
        url,
        admin_email: admin_email.filter(|_| is_new),
        // One that was given is known, and needn't stand in a terminal.
        admin_password: (is_new && given.is_none()).then_some(password),
        api_key: None,
    };
    run(galleria, listener, &entrance, args.json).await
}

/// The host that hands mails over to the server that was named.
fn with_mail(builder: Builder, args: &HostArgs) -> Result<Builder, Failure> {
    let Some(url) = &args.smtp else { return Ok(builder) };
    let server: SmtpMail =
        url.parse().map_err(|error: InvalidSmtpUrl| Failure::usage(format!("--smtp {error}")))?;
    Ok(builder.mail(server))
}

/// Refuses a shop that nobody can log in to.
async fn require_staff(galleria: &Galleria) -> Result<(), Failure> {
    let host = Caller::system(galleria.store().clone());
    let page = unit!(galleria.app().read(&host), work => {
        staff::list(work, &PageRequest::first(1)).await
    });
    let page = page.map_err(|error| Failure::of("the staff can't be read", &error))?;
    if page.items.is_empty() {
        return Err(Failure::usage(
            "nobody owns this shop yet; name the first owner with --admin-email",
        ));
    }
    Ok(())
}

async fn run(
    galleria: Galleria,
    listener: TcpListener,
    entrance: &Entrance,
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let stop = signals::stop()?;
    tell(entrance, as_json).map_err(|error| Failure::of("nobody reads stdout", &error))?;
    tracing::info!(url = entrance.url, "the shop is open");
    galleria.serve(listener, stop).await;
    tracing::info!("the shop is closed");
    Ok(ExitCode::SUCCESS)
}
