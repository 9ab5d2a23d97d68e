//! Where the command under test is.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The path of the `foreshadow` that goes with this build of the tests: same profile, same target
/// folder. Cargo hands binaries only to tests of their own package, so it is built from here;
/// nothing happens when it is up to date.
pub(crate) fn path() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let folder = test.parent().and_then(Path::parent).expect("tests are in deps/");
        let profile = match folder.file_name().unwrap().to_str().unwrap() {
            "debug" => "dev",
            profile => profile,
        };
        let output = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "foreshadow-cli", "--profile", profile])
            .arg("--target-dir")
            .arg(folder.parent().unwrap())
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        folder.join(format!("foreshadow{}", std::env::consts::EXE_SUFFIX))
    })
}
