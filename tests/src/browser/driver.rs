//! Chromium's driver as a process: started for a test on a free port, with a home that is thrown
//! away, and killed with every browser that it started. Few browsers run at once: each is heavy.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Condvar, Mutex, PoisonError};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::wait;

/// A running `chromedriver`, and the right to this many browsers.
#[derive(Debug)]
pub(super) struct Driver {
    child: Child,
    address: String,
    directory: TempDir,
    _seats: Seats,
}

impl Driver {
    /// Starts one for this many browsers, when so many may run; says why where it cannot be.
    pub(super) fn start(browsers: usize) -> Result<Self, String> {
        for (program, package) in [(CHROMIUM, "chromium"), (CHROMEDRIVER, "chromium-driver")] {
            let found = Command::new(program).arg("--version").output();
            if !found.is_ok_and(|said| said.status.success()) {
                return Err(format!("'{program}' is missing: install the package {package}"));
            }
        }
        let seats = Seats::take(browsers);
        let directory = TempDir::with_prefix("commons-test-").expect("a temporary directory");
        let log = File::create(directory.path().join(LOG)).expect("a log can be made");
        let mut command = Command::new("sh");
        command.args(["-c", WATCHED]);
        command.env("HOME", directory.path()).env("TMPDIR", directory.path());
        command.env("TZ", "UTC").env("LANG", "C.UTF-8").env("LANGUAGE", "en_GB");
        // A group of its own: it and its browsers are killed as one.
        command.process_group(0).stdin(Stdio::piped());
        command.stdout(log.try_clone().expect("a file can be shared")).stderr(log);
        let child = command.spawn().expect("sh runs");
        let mut driver = Self { child, address: String::new(), directory, _seats: seats };
        driver.address = wait::until("chromedriver to listen", || {
            let said = driver.log();
            let port = said.split_once("successfully on port ").map(|(_, rest)| rest);
            let port = port.and_then(|rest| rest.split_once('.')).map(|(port, _)| port);
            port.map(|port| format!("http://127.0.0.1:{port}")).ok_or(said)
        });
        Ok(driver)
    }

    /// Where it listens.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Where its browsers save files.
    pub(super) fn downloads(&self) -> PathBuf {
        self.directory.path().join("downloads")
    }

    /// What it has said, for a failure's message.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join(LOG)).unwrap_or_default()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = self.child.id();
        let signal = |name: &str| {
            let kill = format!("kill -s {name} -- -{group} 2>/dev/null");
            Command::new("sh").args(["-c", &kill]).status().is_ok_and(|status| status.success())
        };
        signal("KILL");
        // It may have ended already.
        let _ = self.child.wait();
        // Until none is left, the folder could be written to while it is removed.
        while signal("0") {
            std::thread::yield_now();
        }
    }
}

/// What a session asks of the driver: a fresh profile that calls nobody, all that pages request and
/// say on record.
pub(super) fn capabilities(driver: &Driver) -> Value {
    let mut arguments = vec![
        "--headless=new",
        "--disable-background-networking",
        "--disable-breakpad",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-dev-shm-usage",
        "--disable-domain-reliability",
        "--disable-extensions",
        "--disable-gpu",
        "--disable-sync",
        "--font-render-hinting=none",
        "--force-color-profile=srgb",
        "--lang=en-GB",
        "--no-default-browser-check",
        "--no-first-run",
        "--no-pings",
        "--window-size=1280,900",
        // Whatever it might still ask for is found nowhere.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    ];
    if is_root() {
        // Chromium refuses to run as root with its sandbox.
        arguments.push("--no-sandbox");
    }
    json!({
        // A node's certificate for its guests is its own.
        "acceptInsecureCerts": true,
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        "goog:chromeOptions": {
            "args": arguments,
            "prefs": { "download.default_directory": driver.downloads() },
            "perfLoggingPrefs": { "enableNetwork": true, "enablePage": false },
        },
        "timeouts": { "script": wait::PATIENCE.as_millis(), "pageLoad": wait::PATIENCE.as_millis() },
    })
}

fn is_root() -> bool {
    let said = Command::new("id").arg("-u").output();
    said.is_ok_and(|said| said.stdout.trim_ascii() == b"0")
}

/// The right to run browsers, given back when dropped.
#[derive(Debug)]
struct Seats(usize);

static FREE: Mutex<usize> = Mutex::new(BROWSERS_AT_ONCE);
static LEFT: Condvar = Condvar::new();

impl Seats {
    /// Waits until this many are free: all at once, so that nobody waits for the rest while
    /// holding some.
    fn take(wanted: usize) -> Self {
        assert!(wanted <= BROWSERS_AT_ONCE, "{wanted} browsers are too many for one test");
        let free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free =
            LEFT.wait_while(free, |free| *free < wanted).unwrap_or_else(PoisonError::into_inner);
        *free -= wanted;
        Self(wanted)
    }
}

impl Drop for Seats {
    fn drop(&mut self) {
        *FREE.lock().unwrap_or_else(PoisonError::into_inner) += self.0;
        LEFT.notify_all();
    }
}

const CHROMIUM: &str = "chromium";
const CHROMEDRIVER: &str = "chromedriver";

/// The driver, and a shell that kills it with its browsers once the test is no more, however it ended:
/// nothing is ever written to the pipe that it reads from.
const WATCHED: &str = "chromedriver --port=0 </dev/null & read -r _; kill -s KILL 0";

/// The file with what the driver says, in its folder.
const LOG: &str = "chromedriver.log";

/// Browsers at once in one run of tests: each takes a processor while it loads a page, and about
/// 200 MB.
const BROWSERS_AT_ONCE: usize = 4;
