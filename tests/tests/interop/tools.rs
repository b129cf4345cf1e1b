//! The other programs of the suite: Python and Node.js with the packages that `requirements.txt` and
//! `package.json` pin, installed into `target/interop` at first use. Where they cannot be, because an
//! interpreter or the network is missing, the test that asks for them is skipped.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use commons_tests::install;
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
    let place = install::place("interop", "python");
    let interpreter = place.join("bin/python");
    install::once(&place, &folder().join("requirements.txt"), || {
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "--clear"]).arg(&place);
        install::run(&mut make)?;
        let mut pip = Command::new(&interpreter);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        pip.args(["--retries", "2", "--requirement"]).arg(folder().join("requirements.txt"));
        install::run(&mut pip)
    })?;
    Ok(Tool { interpreter, beside: None })
}

fn install_node() -> Result<Tool, String> {
    let place = install::place("interop", "node");
    install::node_packages(&place, &folder().join("package.json"))?;
    Ok(Tool { interpreter: "node".into(), beside: Some(place) })
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop")
}
