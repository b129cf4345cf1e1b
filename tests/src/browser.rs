//! Somebody who looks at a board in Chromium: verbs that read as prose, each of which waits for what
//! it needs and says what it saw if that does not come. When a browser is dropped, it must have asked
//! nobody but its board, and its console must be silent.
//!
//! | module | what lives there |
//! |---|---|
//! | [`axe`] | the accessibility checker |
//! | `conduct` | what pages asked for, and what the browser said of them |
//! | `driver` | chromedriver as a process |
//! | `find` | buttons by their words, fields by their labels |
//! | `picture` | screenshots |
//! | `session` | WebDriver's commands |

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::elements::Element;
use serde_json::{Value, json};

use crate::{skip, wait};

pub use fantoccini::key::Key;

pub mod axe;
mod conduct;
mod driver;
mod find;
mod picture;
mod session;

use conduct::Conduct;
use driver::Driver;
use session::Session;

/// A browser with a window of its own on a board.
pub struct Browser {
    board: String,
    session: Session,
    conduct: Conduct,
    /// Whether a test has looked at its conduct itself.
    judged: Cell<bool>,
    driver: Arc<Driver>,
}

impl Browser {
    /// A browser on each of these boards, with a fresh profile each, which has not visited anything
    /// yet; `None`, and the test is skipped, where there is no Chromium.
    #[track_caller]
    pub fn on<const BOARDS: usize>(boards: [&str; BOARDS]) -> Option<[Self; BOARDS]> {
        match Driver::start(BOARDS) {
            Ok(driver) => {
                let driver = Arc::new(driver);
                Some(boards.map(|board| Self::open(&driver, board)))
            }
            Err(why) => {
                skip::skip(&why);
                None
            }
        }
    }

    fn open(driver: &Arc<Driver>, board: &str) -> Self {
        Self {
            board: board.to_owned(),
            session: Session::open(driver),
            conduct: Conduct::default(),
            judged: Cell::new(false),
            driver: Arc::clone(driver),
        }
    }

    /// Goes to this path of the board.
    #[track_caller]
    pub fn visits(&self, path: &str) -> &Self {
        self.goes_to(&format!("{}{}", self.board, path.trim_start_matches('/')))
    }

    #[track_caller]
    fn goes_to(&self, address: &str) -> &Self {
        let gone = self.session.run(async |client| client.goto(address).await);
        gone.unwrap_or_else(|error| panic!("cannot go to {address}: {error}"));
        self
    }

    /// Loads the page anew.
    #[track_caller]
    pub fn reloads(&self) -> &Self {
        self.session.run(async |client| client.refresh().await).expect("a page can be reloaded");
        self
    }

    /// Goes back.
    #[track_caller]
    pub fn goes_back(&self) -> &Self {
        self.session.run(async |client| client.back().await).expect("there is a page before");
        self
    }

    /// The path of the page, with its query.
    #[track_caller]
    pub fn path(&self) -> String {
        let address = self.session.run(async |client| client.current_url().await);
        let address = address.expect("a page has an address");
        match address.query() {
            Some(query) => format!("{}?{query}", address.path()),
            None => address.path().to_owned(),
        }
    }

    /// Waits until the page's path begins with this.
    #[track_caller]
    pub fn arrives_at(&self, path: &str) -> &Self {
        self.waits(&format!("to arrive at {path}"), || match self.path() {
            now if now.starts_with(path) => Ok(()),
            now => Err(now),
        });
        self
    }

    /// The page's title.
    #[track_caller]
    pub fn title(&self) -> String {
        self.session.run(async |client| client.title().await).expect("a page has a title")
    }

    /// Waits until the page shows these words, in whatever case a style shows them.
    #[track_caller]
    pub fn sees(&self, words: &str) -> &Self {
        self.sees_in("body", words)
    }

    /// Waits until an element that this selector names shows these words.
    #[track_caller]
    pub fn sees_in(&self, selector: &str, words: &str) -> &Self {
        self.waits(&format!("to see {words:?} in {selector}"), || {
            let texts = self.texts(selector);
            match texts.iter().any(|text| text.to_lowercase().contains(&words.to_lowercase())) {
                true => Ok(()),
                false => Err(texts.join("\n")),
            }
        });
        self
    }

    /// Waits until the page does not show these words.
    #[track_caller]
    pub fn sees_no_more(&self, words: &str) -> &Self {
        self.waits(&format!("not to see {words:?}"), || {
            let text = self.text();
            match text.to_lowercase().contains(&words.to_lowercase()) {
                true => Err(text),
                false => Ok(()),
            }
        });
        self
    }

    /// Waits until something that this selector names is visible.
    #[track_caller]
    pub fn shows(&self, selector: &str) -> &Self {
        self.waits(&format!("{selector} to be shown"), || match self.texts(selector).is_empty() {
            true => Err(self.text()),
            false => Ok(()),
        });
        self
    }

    /// All that the page shows, its runs of spaces as one.
    #[track_caller]
    pub fn text(&self) -> String {
        self.texts("body").concat()
    }

    /// What each visible element that this selector names shows, its runs of spaces as one.
    #[track_caller]
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let texts = self.script(TEXTS, vec![json!(selector)]);
        let texts = texts.as_array().unwrap_or_else(|| panic!("no list: {texts}"));
        texts.iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// How many elements there are that this selector names, seen or not.
    #[track_caller]
    pub fn count(&self, selector: &str) -> u64 {
        let count = "return document.querySelectorAll(arguments[0]).length";
        self.script(count, vec![json!(selector)]).as_u64().expect("it is a number")
    }

    /// Clicks the link or button with these words, once there is one.
    #[track_caller]
    pub fn clicks(&self, words: &str) -> &Self {
        self.clicks_in("body", words)
    }

    /// As [`Browser::clicks`], within the first element that this selector names.
    #[track_caller]
    pub fn clicks_in(&self, selector: &str, words: &str) -> &Self {
        self.waits(&format!("to click {words:?} in {selector}"), || {
            self.session
                .run(async |client| {
                    let Some(control) = find::control(client, selector, words).await? else {
                        return Ok(false);
                    };
                    control.click().await.map(|()| true)
                })
                .and_then(|clicked| if clicked { Ok(()) } else { Err(self.text()) })
        });
        self
    }

    /// Gives the field with this label this value, as typed.
    #[track_caller]
    pub fn fills(&self, label: &str, value: &str) -> &Self {
        self.with_field(label, async |field| {
            let kind = field.attr("type").await?.unwrap_or_default();
            if ["date", "time", "datetime-local"].contains(&kind.as_str()) {
                // How these are typed depends on the language of the browser.
                let arguments = vec![json!(field), json!(value)];
                return field.clone().client().execute(SET, arguments).await.map(|_| ());
            }
            field.clear().await?;
            field.send_keys(value).await
        })
    }

    /// Types more at the end of the field with this label.
    #[track_caller]
    pub fn adds_to(&self, label: &str, more: &str) -> &Self {
        self.with_field(label, async |field| {
            field.send_keys(&(Key::Control + &Key::End)).await?;
            field.send_keys(more).await
        })
    }

    /// Chooses an option of the list with this label.
    #[track_caller]
    pub fn chooses(&self, label: &str, option: &str) -> &Self {
        self.with_field(label, async |field| field.select_by_label(option).await)
    }

    /// Ticks the box, or chooses the point, with this label.
    #[track_caller]
    pub fn ticks(&self, label: &str) -> &Self {
        self.with_field(label, async |field| match field.is_selected().await? {
            true => Ok(()),
            false => field.click().await,
        })
    }

    /// What the field with this label holds.
    #[track_caller]
    pub fn holds(&self, label: &str) -> String {
        let value = Cell::new(None);
        self.with_field(label, async |field| {
            value.set(field.prop("value").await?);
            Ok(())
        });
        value.take().unwrap_or_default()
    }

    #[track_caller]
    fn with_field(
        &self,
        label: &str,
        act: impl AsyncFn(&Element) -> Result<(), fantoccini::error::CmdError>,
    ) -> &Self {
        self.waits(&format!("the field {label:?}"), || {
            let done = self.session.run(async |client| {
                let Some(field) = find::field(client, label).await? else { return Ok(false) };
                act(&field).await.map(|()| true)
            });
            done.and_then(|done| if done { Ok(()) } else { Err(self.text()) })
        });
        self
    }

    /// Presses a key, wherever the focus is.
    #[track_caller]
    pub fn presses(&self, key: Key) -> &Self {
        self.types(&char::from(key).to_string())
    }

    /// Types, wherever the focus is, letter by letter.
    #[track_caller]
    pub fn types(&self, text: &str) -> &Self {
        let mut keys = KeyActions::new("keyboard".to_owned());
        for value in text.chars() {
            keys = keys.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        let typed = self.session.run(async |client| client.perform_actions(keys).await);
        typed.unwrap_or_else(|error| panic!("cannot type {text:?}: {error}"));
        self
    }

    /// Waits until a file of this name was saved, and tells where.
    #[track_caller]
    pub fn downloaded(&self, name: &str) -> PathBuf {
        let file = self.driver.downloads().join(name);
        self.waits(&format!("{name} to be saved"), || match file.is_file() {
            true => Ok(()),
            false => Err(self.text()),
        });
        file
    }

    /// Runs a script in the page, with these arguments, and gives what it returns.
    #[track_caller]
    pub fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        let said = self.session.run(async |client| client.execute(script, arguments).await);
        said.unwrap_or_else(|error| panic!("the script did not run: {error}: {}", head(script)))
    }

    /// As [`Browser::script`], where the script calls its last argument with what it gives.
    #[track_caller]
    pub fn script_to_end(&self, script: &str, arguments: Vec<Value>) -> Value {
        let said = self.session.run(async |client| client.execute_async(script, arguments).await);
        said.unwrap_or_else(|error| panic!("the script did not run: {error}: {}", head(script)))
    }

    /// Turns JavaScript off for the pages that it visits from now on.
    pub fn without_script(&self) -> &Self {
        self.session.developer("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
        self
    }

    /// Prefers dark pages, or light ones, and no movement.
    pub fn prefers(&self, scheme: &str) -> &Self {
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.session.developer("Emulation.setEmulatedMedia", json!({ "features": features }));
        self
    }

    /// Makes the window this large, in CSS pixels.
    pub fn sized(&self, width: u32, height: u32) -> &Self {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.session.developer("Emulation.setDeviceMetricsOverride", size);
        self
    }

    /// Hides what one scrolls with, which pictures need not show.
    pub fn without_scrollbars(&self) -> &Self {
        self.session.developer("Emulation.setScrollbarsHidden", json!({ "hidden": true }));
        self
    }

    /// Whom the pages so far asked besides their board: nobody, of a good one. Whoever asks this
    /// judges for itself, and nothing is demanded when the browser is dropped.
    pub fn asked_beyond(&self) -> Vec<String> {
        self.judged.set(true);
        self.conduct.read(&self.session);
        self.conduct.requests_beyond(&self.board)
    }

    /// What the console says of the pages so far, as [`Browser::asked_beyond`].
    pub fn complaints(&self) -> Vec<String> {
        self.judged.set(true);
        self.conduct.read(&self.session);
        self.conduct.complaints()
    }

    #[track_caller]
    fn waits(&self, what: &str, look: impl FnMut() -> Result<(), String>) {
        wait::until(what, look);
    }
}

impl Drop for Browser {
    #[expect(clippy::print_stderr, reason = "the test runner shows it with the failure")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.story());
        } else if !self.judged.get() {
            let beyond = self.asked_beyond();
            assert!(beyond.is_empty(), "the pages of {} asked elsewhere: {beyond:#?}", self.board);
            let complaints = self.complaints();
            assert!(complaints.is_empty(), "the browser complains: {complaints:#?}");
        }
    }
}

impl Browser {
    /// Where it was and what it saw, for a failure's message.
    fn story(&self) -> String {
        let look = |name: &str, script: &str| {
            let seen = self.session.run(async |client| client.execute(script, vec![]).await);
            format!("{name}: {}\n", seen.unwrap_or_else(|error| error.into()))
        };
        let picture = match self.keeps_picture_of_failure() {
            Ok(path) => path.display().to_string(),
            Err(error) => error,
        };
        let log = self.driver.log();
        let said: Vec<&str> = log.lines().rev().take(SHOWN_LINES).collect();
        [
            format!("a browser on {}\n", self.board),
            look("address", "return location.href"),
            look("showing", "return document.body.innerText.slice(0, 4000)"),
            format!("picture: {picture}\n"),
            format!("its driver said, last first: {said:#?}"),
        ]
        .concat()
    }
}

fn head(script: &str) -> String {
    script.chars().take(SHOWN_CHARS).collect()
}

const TEXTS: &str = r#"
return [...document.querySelectorAll(arguments[0])]
    .filter(node => node.checkVisibility({ visibilityProperty: true }))
    .map(node => node.innerText.replace(/\s+/g, ' ').trim());
"#;

const SET: &str = r#"
arguments[0].value = arguments[1];
for (const name of ['input', 'change']) arguments[0].dispatchEvent(new Event(name, { bubbles: true }));
"#;

/// Lines of the driver's log that a failure shows: the last ones say why it gave up.
const SHOWN_LINES: usize = 5;

/// Characters of a script that a failure shows: the checker's has half a million.
const SHOWN_CHARS: usize = 200;
