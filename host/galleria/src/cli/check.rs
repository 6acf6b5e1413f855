//! Would this host install that file?

use std::path::Path;
use std::process::ExitCode;

use galleria::Galleria;
use galleria_app::Caller;

use super::failure::{Failure, REFUSED, chain};
use super::inspect::read;

/// Installs the file in a shop that is thrown away, and says how that went.
pub(super) async fn run(file: &Path) -> Result<ExitCode, Failure> {
    let component = read(file)?;
    let folder = tempfile::tempdir()
        .map_err(|error| Failure::of("there is no room for a shop to try it in", &error))?;
    let builder = Galleria::builder().data_dir(folder.path()).without_bundled_plugins();
    let galleria = builder.build().await?;
    let host = Caller::system(galleria.store().clone());
    let installed = galleria.plugins().install(&host, component, false).await;
    galleria.close().await;
    Ok(match installed {
        Ok(_) => {
            println!("{}: this host would install it", file.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{}: refused: {}", file.display(), chain(&error));
            ExitCode::from(REFUSED)
        }
    })
}
