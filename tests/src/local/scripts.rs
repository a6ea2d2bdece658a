//! The function run-script in the local world, which starts functions by their binaries; run-script is Python.
//!
//! Comes in: how a stack shall be. Goes out: the same, with a template that names a binary of that name.
//! Never: a change of the template that is deployed.

use world::stack::StackConfig;

use crate::checkout::root;

/// What a function of the template has that is not built, and what it is started by here.
const NOT_BUILT: &str = "SkipBuild: true\n";
const BY_BINARY: &str = "BuildProperties: {Binary: run-script}\n";

/// The same stack, in which runbooks' scripts are run.
///
/// # Errors
/// The template cannot be read, or its copy not written.
pub fn with_scripts(mut config: StackConfig) -> std::io::Result<StackConfig> {
    let text = std::fs::read_to_string(&config.template)?.replacen(NOT_BUILT, BY_BINARY, 1);
    let folder = root().join("target/tmp");
    std::fs::create_dir_all(&folder)?;
    config.template = folder.join(format!("scripts-{}.yaml", std::process::id()));
    std::fs::write(&config.template, text)?;
    Ok(config.with_setting("KINTSUGI_SCRIPT_FUNCTION", "run-script"))
}
