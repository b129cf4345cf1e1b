//! One browser's session with the driver, without waiting in `async`: each command runs to its end.
//! Commands that WebDriver has not (Chromium's own, its logs) are put in its terms here.

use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use url::{ParseError, Url};

use super::driver::{self, Driver};

/// A session; its browser ends with the driver.
#[derive(Debug)]
pub(super) struct Session {
    client: Client,
    runtime: Runtime,
}

impl Session {
    /// Opens a browser with a fresh profile.
    pub(super) fn open(driver: &Driver) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let Value::Object(wishes) = driver::capabilities(driver) else {
            unreachable!("it is a map")
        };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let connecting = builder.capabilities(wishes).connect(driver.address());
        let client = match runtime.block_on(connecting) {
            Ok(client) => client,
            Err(error) => panic!("no browser: {error}\n{}", driver.log()),
        };
        // The driver is killed in the end, and its browsers with it: nothing is closed one by one.
        let persisting = runtime.block_on(client.persist());
        persisting.expect("a session that was just opened");
        Self { client, runtime }
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    /// What the driver says, where it is worth another try.
    ///
    /// # Panics
    /// If a dialog is open: no page of the board opens one, so it comes from somebody's words.
    pub(super) fn run<T>(
        &self,
        command: impl AsyncFnOnce(&Client) -> Result<T, CmdError>,
    ) -> Result<T, String> {
        match self.runtime.block_on(command(&self.client)) {
            Ok(done) => Ok(done),
            Err(CmdError::Standard(error)) if error.error == ErrorStatus::UnexpectedAlertOpen => {
                panic!("the page opened a dialog: {error}")
            }
            Err(error) => Err(error.to_string()),
        }
    }

    /// Runs a command of the Chrome DevTools Protocol.
    ///
    /// # Panics
    /// If the browser refuses it.
    #[track_caller]
    pub(super) fn developer(&self, command: &'static str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        let own = Own { path: "goog/cdp/execute", body };
        let said = self.run(async |client| client.issue_cmd(own).await);
        said.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// What came into this log since it was last read: `browser` or `performance`.
    ///
    /// # Panics
    /// If the driver keeps none.
    #[track_caller]
    pub(super) fn log(&self, name: &str) -> Vec<Value> {
        let own = Own { path: "se/log", body: json!({ "type": name }) };
        match self.run(async |client| client.issue_cmd(own).await) {
            Ok(Value::Array(entries)) => entries,
            other => panic!("no log {name}: {other:?}"),
        }
    }
}

/// A command of the driver's own, posted under the session.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
