//! Build script of the window: tells Tauri which commands exist, so that each can be denied.

use std::error::Error;
use std::fs;
use std::path::Path;

/// The one command that is no request to the Desk.
const OPEN_ENVIRONMENT: &str = "open_environment";

fn main() -> Result<(), Box<dyn Error>> {
    let mut commands: Vec<&'static str> =
        contract::endpoint::ENDPOINTS.iter().map(|endpoint| endpoint.name).collect();
    commands.push(OPEN_ENVIRONMENT);
    // A build that carries the page inside refuses to start without its folder. Lints and tests need no
    // page in it; `./dev` always builds the page first.
    fs::create_dir_all(Path::new("ui").join("dist"))?;
    let manifest = tauri_build::AppManifest::new().commands(Vec::leak(commands));
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))?;
    Ok(())
}
