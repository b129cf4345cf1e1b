//! A person of the tests: a home of their own, a cleared environment, and the verbs of `commons`
//! run as processes. What a running node says is in [`crate::node`].

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc;

use serde_json::Value;
use tempfile::TempDir;

use crate::lan::Host;
use crate::node::Node;
use crate::{binary, skip, wait};

/// The commons that people of the tests are in unless a test says otherwise.
pub const COMMONS: &str = "commons-under-test";

/// Somebody with a home, perhaps at a host of a LAN. A clone is the same person.
#[derive(Clone)]
pub struct Person {
    name: String,
    commons: String,
    home: PathBuf,
    host: Option<Host>,
    variables: Vec<(String, String)>,
    /// The home's directory, removed with the last clone.
    _directory: Arc<TempDir>,
}

/// What a process said, and how it ended.
#[derive(Debug)]
pub struct Said {
    /// The words that it was called with.
    pub words: String,
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

impl Person {
    /// Somebody at this machine, whose nodes listen on loopback.
    pub fn new(name: &str) -> Self {
        let directory = TempDir::with_prefix("commons-test-").expect("a temporary directory");
        Self {
            name: name.to_owned(),
            commons: COMMONS.to_owned(),
            home: directory.path().join("commons"),
            host: None,
            variables: Vec::new(),
            _directory: Arc::new(directory),
        }
    }

    /// Somebody at a host of a LAN.
    pub fn at(host: &Host, name: &str) -> Self {
        Self { host: Some(host.clone()), ..Self::new(name) }
    }

    /// The same person with another commons.
    pub fn in_commons(self, commons: &str) -> Self {
        Self { commons: commons.to_owned(), ..self }
    }

    /// The same person with their home in another place.
    pub fn with_home(self, home: &Path) -> Self {
        Self { home: home.to_owned(), ..self }
    }

    /// The same person with a copy of this home in place of their own, which must not be there yet.
    ///
    /// # Panics
    /// If it cannot be copied.
    pub fn with_copy_of(self, home: &Path) -> Self {
        std::fs::create_dir_all(&self.home).expect("a directory can be made");
        for file in std::fs::read_dir(home).expect("the home is there") {
            let file = file.expect("the home can be read");
            let copy = self.home.join(file.file_name());
            std::fs::copy(file.path(), &copy).expect("a file can be copied");
            // Other modes than these are not kept in a repository.
            let mode = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(&copy, mode).expect("the copy is ours");
        }
        self
    }

    /// The same person with a further variable in their environment.
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What the person is called in failures.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of their commons.
    pub fn commons(&self) -> &str {
        &self.commons
    }

    /// The directory of `--home`.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The one database in the home.
    ///
    /// # Panics
    /// If there is none or more than one.
    #[track_caller]
    pub fn database(&self) -> PathBuf {
        let found: Vec<PathBuf> = std::fs::read_dir(&self.home)
            .expect("the home is there")
            .map(|file| file.expect("the home can be read").path())
            .filter(|path| path.extension() == Some(OsStr::new("sqlite")))
            .collect();
        assert_eq!(found.len(), 1, "{} has one database: {found:?}", self.name);
        found.into_iter().next().expect("one was found")
    }

    /// The file of the author's secret key.
    pub fn author_key(&self) -> PathBuf {
        self.home.join("author.key")
    }

    /// Runs `commons` with these words, to its end.
    ///
    /// # Panics
    /// If it does not end.
    #[track_caller]
    pub fn runs<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>) -> Said {
        self.runs_with_input(words, "")
    }

    /// Runs `commons` with these words and this on its standard input.
    ///
    /// # Panics
    /// If it does not end.
    #[track_caller]
    pub fn runs_with_input<W: AsRef<OsStr>>(
        &self,
        words: impl IntoIterator<Item = W>,
        input: &str,
    ) -> Said {
        let mut command = self.command(words);
        let told: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
        let words = format!("{}: commons {}", self.name, told.join(" "));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("commons runs");
        let mut stdin = child.stdin.take().expect("it is piped");
        // A verb that reads no input may end before it is written.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        finish(child, words)
    }

    /// Runs `commons` with these words at a terminal, which joins its two outputs; none, and the
    /// test is skipped, where no terminal can be made.
    ///
    /// # Panics
    /// If it does not end.
    #[track_caller]
    pub fn runs_at_terminal(&self, words: &str) -> Option<Said> {
        self.runs_at_terminal_of(0, 0, words)
    }

    /// As [`Person::runs_at_terminal`], at one of so many rows and columns.
    ///
    /// # Panics
    /// If it does not end.
    #[track_caller]
    pub fn runs_at_terminal_of(&self, rows: u16, columns: u16, words: &str) -> Option<Said> {
        let size = format!("stty rows {rows} columns {columns}");
        self.at_terminal(&format!("{size}; '{}' {words}", binary::commons().display()), "")
    }

    /// As [`Person::runs_at_terminal`], where somebody types these lines.
    ///
    /// # Panics
    /// If it does not end.
    #[track_caller]
    pub fn types_at_terminal(&self, words: &str, typed: &str) -> Option<Said> {
        self.at_terminal(&format!("'{}' {words}", binary::commons().display()), typed)
    }

    /// Runs a command of `sh` at a terminal, where somebody types these lines; none, and the test is
    /// skipped, where no terminal can be made.
    ///
    /// # Panics
    /// If it does not end.
    #[track_caller]
    pub fn at_terminal(&self, inner: &str, typed: &str) -> Option<Said> {
        let mut command = self.program("script");
        command.args(["--quiet", "--return", "--command", inner, "/dev/null"]);
        // Its own input is not the terminal's: an end of file would end the session.
        let (input, mut open) = std::io::pipe().expect("a pipe can be made");
        open.write_all(typed.as_bytes()).expect("a few lines fit a pipe");
        command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
        match command.spawn() {
            Ok(child) => Some(finish(child, format!("{}: {inner}", self.name))),
            Err(error) => {
                skip::skip(&format!("cannot make a terminal with `script`: {error}"));
                None
            }
        }
    }

    /// Runs a verb that must succeed, and gives what it printed.
    ///
    /// # Panics
    /// If it fails.
    #[track_caller]
    pub fn says<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>) -> String {
        self.runs(words).succeeded().out
    }

    /// Runs a reading verb with `--json` and gives its lines.
    ///
    /// # Panics
    /// If it fails, or a line is not JSON.
    #[track_caller]
    pub fn reads<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>) -> Vec<Value> {
        let mut words: Vec<_> = words.into_iter().map(|word| word.as_ref().to_owned()).collect();
        words.push("--json".into());
        self.runs(words).succeeded().json()
    }

    /// Adds an idea with a tag and gives its short id.
    #[track_caller]
    pub fn adds_idea(&self, title: &str) -> String {
        self.says(["add-idea", title, "--tag", "testing"]).trim().to_owned()
    }

    /// The entries, as `list --json` tells them: in its order, a value each.
    #[track_caller]
    pub fn list(&self) -> Vec<Value> {
        self.reads(["list"])
    }

    /// The titles of all entries, sorted.
    #[track_caller]
    pub fn titles(&self) -> Vec<String> {
        let title = |entry: &Value| entry["title"].as_str().unwrap_or_default().to_owned();
        let mut titles: Vec<_> = self.list().iter().map(title).collect();
        titles.sort();
        titles
    }

    /// What `status --json` says.
    #[track_caller]
    pub fn status(&self) -> Value {
        let mut lines = self.reads(["status"]);
        assert_eq!(lines.len(), 1, "status is one line");
        lines.remove(0)
    }

    /// Starts a node, on a LAN as a user would and elsewhere on loopback alone, and waits until it
    /// is ready.
    #[track_caller]
    pub fn starts(&self) -> Node {
        self.starts_with(&[])
    }

    /// As [`Person::starts`], with further arguments.
    #[track_caller]
    pub fn starts_with(&self, more: &[&str]) -> Node {
        let node = self.tries_to_start(more);
        node.ready();
        node
    }

    /// Starts a node with further arguments, and waits for nothing: it may well fail.
    #[track_caller]
    pub fn tries_to_start(&self, more: &[&str]) -> Node {
        let mut words = vec!["start", "--json"];
        if self.host.is_none() {
            words.push("--no-mdns");
            if !more.contains(&"--listen") {
                words.extend(["--listen", "/ip4/127.0.0.1/tcp/0"]);
            }
        }
        words.extend(more);
        Node::start(self, &words)
    }

    /// `commons` with these words, in the person's environment and at their host.
    pub fn command<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>) -> Command {
        let mut command = self.program(binary::commons());
        command.args(words);
        command
    }

    /// Any program, in the person's environment and at their host.
    pub fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = match &self.host {
            Some(host) => host.command(program),
            None => Command::new(program),
        };
        command.env_clear();
        command.env("HOME", self.home.parent().unwrap_or(&self.home));
        command.env("COMMONS_HOME", &self.home);
        command.env("COMMONS_NAME", &self.commons);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("LANG", "C.UTF-8");
        command.env("TZ", "UTC");
        // A board only where a test looks at one: most start several nodes, and look at none.
        command.env("COMMONS_BOARD", "off");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        for wanted in ["RUST_LOG", "RUST_BACKTRACE"] {
            if let Some(value) = std::env::var_os(wanted) {
                command.env(wanted, value);
            }
        }
        command
    }
}

impl Said {
    /// This, if it ended well.
    ///
    /// # Panics
    /// If it did not.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert!(self.status.success(), "{self}");
        self
    }

    /// This, if it left with the given exit code and said why on standard error.
    ///
    /// # Panics
    /// If it left with another, or without a word.
    #[track_caller]
    pub fn failed_with(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{self}");
        assert!(!self.err.trim().is_empty(), "a failure is explained: {self}");
        self
    }

    /// This, if its standard error has the given words in it.
    ///
    /// # Panics
    /// If it has not.
    #[track_caller]
    pub fn explaining(self, words: &str) -> Self {
        assert!(self.err.contains(words), "expected {words:?} in the explanation: {self}");
        self
    }

    /// The JSON values on standard output, one a line.
    ///
    /// # Panics
    /// If a line is not JSON.
    #[track_caller]
    pub fn json(&self) -> Vec<Value> {
        let read = |line: &str| match serde_json::from_str(line) {
            Ok(value) => value,
            Err(error) => panic!("not a line of JSON: {error}: {line:?}: {self}"),
        };
        self.out.lines().map(read).collect()
    }
}

impl std::fmt::Display for Said {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { words, status, out: output, err } = self;
        let words: String = words.chars().take(SHOWN_CHARS).collect();
        write!(out, "{words}\nended with {status}, saying\n{output}\nand on standard error\n{err}")
    }
}

/// Waits for the end of a process whose two streams are piped.
///
/// # Panics
/// If it does not end within the suites' patience: it is killed then.
#[track_caller]
pub fn finish(mut child: Child, words: String) -> Said {
    let out = gather(child.stdout.take().expect("it is piped"));
    let err = gather(child.stderr.take().expect("it is piped"));
    let deadline = std::time::Instant::now() + wait::PATIENCE;
    let left = || deadline.saturating_duration_since(std::time::Instant::now());
    let (out, err) = (out.recv_timeout(left()), err.recv_timeout(left()));
    match (out, err) {
        (Ok(out), Ok(err)) => {
            let status = child.wait().expect("a child can be waited for");
            Said { words, status, out, err }
        }
        (out, err) => {
            // It may have ended in this very moment.
            let _ = child.kill();
            panic!("did not end: {words}\nit had said {out:?} and {err:?}")
        }
    }
}

fn gather(mut stream: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // A stream that breaks off has said what it said.
        let _ = stream.read_to_end(&mut bytes);
        // Nobody may be waiting any more.
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// Characters of a command that a failure shows: some are pages long.
const SHOWN_CHARS: usize = 200;
