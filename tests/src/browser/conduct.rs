//! What pages did while they were looked at: whom they asked, and what the browser said of them.

use std::cell::RefCell;

use serde_json::Value;

use super::session::Session;

/// The record so far. The driver's logs are emptied by reading, so it is kept here.
#[derive(Debug, Default)]
pub(super) struct Conduct {
    requests: RefCell<Vec<String>>,
    complaints: RefCell<Vec<String>>,
}

impl Conduct {
    /// Reads on.
    #[track_caller]
    pub(super) fn read(&self, session: &Session) {
        for entry in session.log("performance") {
            let message: Value = entry["message"]
                .as_str()
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_default();
            let (event, told) = (&message["message"]["method"], &message["message"]["params"]);
            let asked = match event.as_str() {
                Some("Network.requestWillBeSent") => &told["request"]["url"],
                Some("Network.webSocketCreated" | "Network.webTransportCreated") => &told["url"],
                _ => continue,
            };
            self.requests.borrow_mut().extend(asked.as_str().map(str::to_owned));
        }
        for entry in session.log("browser") {
            // A page that is not there, or a form that is refused, is told as a failed request.
            if entry["source"] != "network" {
                let words = entry["message"].as_str().unwrap_or_default();
                self.complaints.borrow_mut().push(words.to_owned());
            }
        }
    }

    /// Every address that was asked for that is not below this one.
    pub(super) fn requests_beyond(&self, board: &str) -> Vec<String> {
        let inside = |asked: &String| asked.starts_with("data:") || asked.starts_with(board);
        self.requests.borrow().iter().filter(|asked| !inside(asked)).cloned().collect()
    }

    /// What the browser's console has: errors of scripts, and what the policy of a page stopped.
    pub(super) fn complaints(&self) -> Vec<String> {
        self.complaints.borrow().clone()
    }
}
