//! axe-core, the accessibility checker: installed from npm into the target directory, and carried
//! into a page by WebDriver, whose scripts the page's own policy does not concern.

use std::path::Path;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::Browser;
use crate::{install, skip};

/// The checker's script.
#[derive(Debug, Clone, Copy)]
pub struct Axe(&'static str);

impl Axe {
    /// The checker; `None`, and the test is skipped, where it cannot be had.
    #[track_caller]
    pub fn installed() -> Option<Self> {
        static INSTALLED: OnceLock<Result<String, String>> = OnceLock::new();
        match INSTALLED.get_or_init(script) {
            Ok(script) => Some(Self(script)),
            Err(why) => {
                skip::skip(why);
                None
            }
        }
    }

    /// What is wrong with the page that the browser shows, by WCAG 2.2 A and AA: a line each, with
    /// the rule, the element and how to mend it.
    ///
    /// # Panics
    /// If the checker cannot be run.
    #[track_caller]
    pub fn finds(self, browser: &Browser) -> Vec<String> {
        if browser.script("return typeof axe", vec![]) != "object" {
            browser.script(self.0, vec![]);
        }
        let found = browser.script_to_end(RUN, vec![json!(TAGS)]);
        let lines = found.as_array().unwrap_or_else(|| panic!("axe did not run: {found}"));
        lines.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

fn script() -> Result<String, String> {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/package.json");
    let place = install::place("browser", "node");
    install::node_packages(&place, &list)?;
    let script = place.join("node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&script).map_err(|error| format!("{}: {error}", script.display()))
}

const RUN: &str = r#"
const [tags, done] = arguments;
axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] }).then(
    found => done(found.violations.flatMap(rule => rule.nodes.map(node =>
        `${rule.id}: ${node.target.join(' ')}: ${rule.help}: ${node.failureSummary.replace(/\s+/g, ' ')}`))),
    error => done(String(error)));
"#;

/// The rules of WCAG 2.2 at levels A and AA, and of the versions before it.
const TAGS: [&str; 5] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
