//! The pager: where a person reads at a terminal and what is written is longer than the screen, it goes
//! through `less` or what they have put in its place, as git does it. What fits the screen is printed as
//! ever, and no program is started for it. [`super::Output`] writes through this.

use anstream::{AutoStream, ColorChoice, StripStream};
use std::env;
use std::ffi::OsString;
use std::io::{self, Stdout, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use unicode_width::UnicodeWidthStr as _;

/// Where the standard output of a verb goes.
pub(super) enum Sink {
    /// To the terminal, the file or the pipe.
    Direct(AutoStream<Stdout>),
    /// Nowhere yet: it may be longer than the screen.
    Held(Held),
    /// To a pager.
    Paged(Paged),
}

/// What was written so far of what may be longer than the screen.
pub(super) struct Held {
    bytes: Vec<u8>,
    /// Rows of the screen that it takes, and that there are.
    rows: usize,
    screen: Screen,
    /// The line that is not at its end.
    line: Vec<u8>,
}

/// The size of the terminal.
#[derive(Debug, Clone, Copy)]
struct Screen {
    columns: usize,
    rows: usize,
}

/// A running pager.
pub(super) struct Paged {
    child: Child,
    /// None once everything was written.
    stdin: Option<Box<dyn Write>>,
}

impl Sink {
    /// Straight to the standard output.
    pub(super) fn direct() -> Self {
        Self::Direct(AutoStream::auto(io::stdout()))
    }

    /// Through a pager if it is longer than the screen; straight, where there is no screen.
    pub(super) fn paged() -> Self {
        let is_dumb = env::var("TERM").is_ok_and(|term| !term.is_empty() && term != "dumb");
        let screen = terminal_size::terminal_size().filter(|_| super::is_terminal() && is_dumb);
        match screen {
            Some((columns, rows)) if words().is_some() => {
                let screen = Screen { columns: columns.0.into(), rows: rows.0.into() };
                Self::Held(Held { bytes: Vec::new(), rows: 0, screen, line: Vec::new() })
            }
            _ => Self::direct(),
        }
    }

    /// Writes what was held back, since nothing is to come that belongs to it.
    fn release(&mut self) -> io::Result<()> {
        if let Self::Held(held) = self {
            let bytes = std::mem::take(&mut held.bytes);
            *self = Self::direct();
            self.write_all(&bytes)?;
        }
        Ok(())
    }

    /// Gives what was held back to a pager; to the terminal, if there is none.
    fn page(&mut self) -> io::Result<()> {
        let Self::Held(held) = self else { return Ok(()) };
        let bytes = std::mem::take(&mut held.bytes);
        *self = match Paged::start() {
            Some(paged) => Self::Paged(paged),
            None => Self::direct(),
        };
        self.write_all(&bytes)
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Direct(stdout) => stdout.write(bytes),
            Self::Paged(paged) => match &mut paged.stdin {
                Some(stdin) => stdin.write(bytes),
                None => Err(io::ErrorKind::BrokenPipe.into()),
            },
            Self::Held(held) => {
                held.add(bytes);
                // A row is left for the prompt of the shell.
                if held.rows >= held.screen.rows {
                    self.page()?;
                }
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.release()?;
        match self {
            Self::Direct(stdout) => stdout.flush(),
            Self::Paged(Paged { stdin: Some(stdin), .. }) => stdin.flush(),
            Self::Paged(_) | Self::Held(_) => Ok(()),
        }
    }
}

impl Held {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
        for byte in bytes {
            if *byte != b'\n' {
                self.line.push(*byte);
                continue;
            }
            let line = String::from_utf8_lossy(&self.line).into_owned();
            let columns = anstream::adapter::strip_str(&line).to_string().width();
            self.rows += columns.div_ceil(self.screen.columns.max(1)).max(1);
            self.line.clear();
        }
    }
}

impl Paged {
    /// Starts the pager; none, where there is none.
    fn start() -> Option<Self> {
        let mut command = words()?;
        // Ctrl-C belongs to the pager. The handler stays when the runtime is gone.
        if let Ok(runtime) = Builder::new_current_thread().enable_io().build() {
            let _entered = runtime.enter();
            let _ = signal(SignalKind::interrupt());
        }
        for (variable, value) in [("LESS", "FRX"), ("LV", "-c")] {
            if env::var_os(variable).is_none() {
                command.env(variable, value);
            }
        }
        let mut child = command.stdin(Stdio::piped()).spawn().ok()?;
        let stdin = child.stdin.take().expect("it is piped");
        *lock() = Some(Vec::new());
        Some(Self { child, stdin: Some(coloured(stdin)) })
    }
}

impl Drop for Paged {
    /// Waits until the person has read enough, and says what was said meanwhile.
    fn drop(&mut self) {
        self.stdin = None;
        // One that cannot be waited for is gone.
        let _ = self.child.wait();
        for line in lock().take().unwrap_or_default() {
            super::say(line);
        }
    }
}

/// Keeps what is said to the person while a pager has the terminal. False if none has.
pub(super) fn keep(line: &str) -> bool {
    match lock().as_mut() {
        Some(kept) => {
            kept.push(line.to_owned());
            true
        }
        None => false,
    }
}

/// With colours, if the terminal behind the pager has them.
fn coloured(stdin: ChildStdin) -> Box<dyn Write> {
    let stdin: Box<dyn Write> = Box::new(stdin);
    match AutoStream::choice(&io::stdout()) {
        ColorChoice::Never => Box::new(StripStream::new(stdin)),
        _ => stdin,
    }
}

/// The pager that the person has chosen; none, if they want none.
fn words() -> Option<Command> {
    let variable = |name| env::var_os(name);
    let chosen = variable("COMMONS_PAGER").or_else(|| variable("PAGER"));
    let chosen = chosen.unwrap_or_else(|| OsString::from("less"));
    let typed = chosen.to_str().unwrap_or_default().trim().to_owned();
    if typed.is_empty() || typed == "cat" {
        return None;
    }
    if typed.contains(SHELL_SIGNS) {
        let mut command = Command::new("sh");
        command.arg("-c").arg(typed);
        return Some(command);
    }
    let mut words = typed.split_whitespace();
    let mut command = Command::new(words.next()?);
    command.args(words);
    Some(command)
}

fn lock() -> std::sync::MutexGuard<'static, Option<Vec<String>>> {
    SAID.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was said while a pager has the terminal.
static SAID: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// Signs that a shell takes for more than letters.
const SHELL_SIGNS: &[char] =
    &['|', '&', ';', '<', '>', '(', ')', '$', '`', '\\', '"', '\'', '*', '~', '='];

#[cfg(test)]
mod tests {
    use super::*;

    fn held(columns: usize, text: &str) -> usize {
        let screen = Screen { columns, rows: 24 };
        let mut held = Held { bytes: Vec::new(), rows: 0, screen, line: Vec::new() };
        held.add(text.as_bytes());
        held.rows
    }

    #[test]
    fn rows_are_counted_as_the_screen_shows_them() {
        assert_eq!(held(10, "one\ntwo\n\n"), 3);
        assert_eq!(held(10, "0123456789\n"), 1);
        assert_eq!(held(10, "01234567890\n"), 2);
        assert_eq!(held(10, "\u{1b}[1m0123456789\u{1b}[0m\n"), 1);
        assert_eq!(held(10, "手指衛生手指\n"), 2);
        assert_eq!(held(0, "abc\n"), 3);
    }
}
