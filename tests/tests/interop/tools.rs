//! The other programs of the suite: Python and Node.js with the packages that `requirements.txt` and
//! `package.json` pin, installed into `target/interop` at first use. Where they cannot be, because an
//! interpreter or the network is missing, the test that asks for them is skipped.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use commons_tests::skip::skip;

/// An interpreter with its packages.
#[derive(Debug, Clone)]
pub(crate) struct Tool {
    interpreter: PathBuf,
    /// Where Node.js finds its packages: a script is copied there, as modules are looked for beside it.
    beside: Option<PathBuf>,
}

/// Python with its packages; `None`, and the test is skipped, where it cannot be had.
#[track_caller]
pub(crate) fn python() -> Option<Tool> {
    static INSTALLED: OnceLock<Result<Tool, String>> = OnceLock::new();
    had(INSTALLED.get_or_init(install_python))
}

/// Node.js with its packages; `None`, and the test is skipped, where it cannot be had.
#[track_caller]
pub(crate) fn node() -> Option<Tool> {
    static INSTALLED: OnceLock<Result<Tool, String>> = OnceLock::new();
    had(INSTALLED.get_or_init(install_node))
}

impl Tool {
    /// Runs a script of this folder with these words, and gives what it printed.
    ///
    /// # Panics
    /// If it fails.
    #[track_caller]
    pub(crate) fn runs<W: AsRef<OsStr>>(
        &self,
        script: &str,
        words: impl IntoIterator<Item = W>,
    ) -> String {
        let mut path = folder().join(script);
        if let Some(beside) = &self.beside {
            let copy = beside.join(script);
            fs::copy(&path, &copy).expect("the script can be copied");
            path = copy;
        }
        let mut command = Command::new(&self.interpreter);
        command.arg(&path).args(words).env("PYTHONDONTWRITEBYTECODE", "1").env("TZ", "UTC");
        let done = command.output().expect("the interpreter runs");
        let (out, err) =
            (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{script}: {}\n{out}{err}", done.status);
        out.into_owned()
    }

    /// A program that came with the packages, such as `buku` or `html-validate`, to be given its words.
    pub(crate) fn program(&self, name: &str) -> Command {
        let directory = match &self.beside {
            Some(beside) => beside.join("node_modules/.bin"),
            None => self.interpreter.parent().expect("it is in a folder").to_owned(),
        };
        Command::new(directory.join(name))
    }
}

#[track_caller]
fn had(installed: &Result<Tool, String>) -> Option<Tool> {
    match installed {
        Ok(tool) => Some(tool.clone()),
        Err(why) => {
            skip(why);
            None
        }
    }
}

fn install_python() -> Result<Tool, String> {
    let place = place("python");
    let interpreter = place.join("bin/python");
    once(&place, "requirements.txt", || {
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "--clear"]).arg(&place);
        run(&mut make)?;
        let mut install = Command::new(&interpreter);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        install.args(["--retries", "2", "--requirement"]).arg(folder().join("requirements.txt"));
        run(&mut install)
    })?;
    Ok(Tool { interpreter, beside: None })
}

fn install_node() -> Result<Tool, String> {
    let place = place("node");
    once(&place, "package.json", || {
        run(Command::new("node").arg("--version"))?;
        fs::create_dir_all(&place).map_err(|error| error.to_string())?;
        fs::copy(folder().join("package.json"), place.join("package.json"))
            .map_err(|error| error.to_string())?;
        let mut install = Command::new("npm");
        install.args(["install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]);
        run(install.current_dir(&place))
    })?;
    Ok(Tool { interpreter: "node".into(), beside: Some(place) })
}

/// Does this work unless it was done for this very list of packages; one process at a time.
fn once(place: &Path, list: &str, work: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let wanted = fs::read_to_string(folder().join(list)).expect("the list is in this folder");
    let io = |error: std::io::Error| format!("{}: {error}", place.display());
    fs::create_dir_all(place.parent().expect("it is in a folder")).map_err(io)?;
    let lock = File::create(place.with_extension("lock")).map_err(io)?;
    lock.lock().map_err(io)?;
    let done = place.with_extension("done");
    if fs::read_to_string(&done).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    work()?;
    fs::write(&done, wanted).map_err(io)
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.output().map_err(|error| format!("{name} cannot be run: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    Err(format!("its tools cannot be installed: {name}: {last}"))
}

/// Where something is installed: beside what cargo builds, so that it is there the next time.
fn place(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in a folder");
    target.join("interop").join(name)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop")
}
