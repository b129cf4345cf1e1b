//! `service`: has the system run the node when you log in. What the two managers of services want to
//! read is in `service/systemd.rs` and `service/launchd.rs`; here is what is done with it.

mod launchd;
mod systemd;

use clap::{Parser as _, Subcommand, ValueEnum};
use commons_node::home::Home;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::args::Args;
use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::json;
use crate::output::{WARNING, escape, say, styled};

/// Have the system run your node whenever you are logged in
///
/// Writes a unit for the systemd of your user, or an agent for launchd on macOS, for the home and the
/// commons that --home and --commons name, and has it started. Nothing needs the administrator.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Service {
    #[command(subcommand)]
    what: What,
}

/// What to do with it.
#[derive(Debug, Subcommand)]
enum What {
    Install(Install),
    Status(Status),
    Remove(Remove),
}

/// Write the unit, and start it now and whenever you log in
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  commons service install\n  commons service install --print\n  \
                        commons service install -- --peer /ip4/192.0.2.7/tcp/4001"
)]
struct Install {
    /// Only print what would be written
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    manager: Chosen,
    /// What else commons start is given, behind two dashes
    #[arg(last = true, value_name = "OPTIONS OF START")]
    start: Vec<String>,
}

/// Tell whether it is installed, is started when you log in, and runs
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  commons service status")]
struct Status {
    #[command(flatten)]
    manager: Chosen,
}

/// Stop it, and take the unit away; your home stays as it is
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  commons service remove")]
struct Remove {
    #[command(flatten)]
    manager: Chosen,
}

/// For which manager of services.
#[derive(Debug, clap::Args)]
struct Chosen {
    /// For this manager of services [default: that of this system]
    #[arg(long = "for", value_name = "MANAGER")]
    manager: Option<Manager>,
}

/// A manager of services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Manager {
    /// The systemd of your user, on Linux
    Systemd,
    /// launchd, on macOS
    Launchd,
}

/// A node that the system is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unit {
    /// What the service is called.
    name: String,
    /// The program and its arguments.
    command: Vec<String>,
    /// Where what it says goes, if the manager keeps no journal.
    log: String,
}

impl Service {
    /// Does what is asked.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        match &self.what {
            What::Install(install) => install.run(context),
            What::Status(status) => status.run(context),
            What::Remove(remove) => remove.run(context),
        }
    }
}

impl Install {
    fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let manager = self.manager.get()?;
        let unit = unit(&self.start, context)?;
        let text = manager.text(&unit)?;
        if self.print {
            context.out.line(text.trim_end())?;
            return Ok(());
        }
        // The key and the database are made now, while somebody is here who can give a passphrase.
        context.writer()?;
        context.key()?;
        let path = manager.path(&unit.name)?;
        let before = fs::read_to_string(&path).ok();
        write(&path, &text)?;
        let what = match before {
            Some(before) if before == text => "is there already",
            Some(_) => "is written anew",
            None => "is written",
        };
        say(format!("{} {what}.", path.display()));
        for step in manager.starting(&unit.name, &path) {
            carry_out(&step)?;
        }
        if manager == Manager::Systemd {
            say("It runs while you are logged in. For longer: loginctl enable-linger");
        }
        say("commons service status tells whether it runs, and commons status how it stands.");
        Ok(())
    }
}

impl Status {
    fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let manager = self.manager.get()?;
        let name = name(context);
        let path = manager.path(&name)?;
        let is_installed = path.exists();
        let (enabled, running) = match is_installed {
            true => manager.state(&name),
            false => (Some(false), Some(false)),
        };
        let process = context.home.running();
        if context.out.is_json() {
            let file = is_installed.then(|| path.display().to_string());
            let told = json::Service { name: &name, file, enabled, running, process };
            return Ok(context.out.json(&told)?);
        }
        let file = path.display().to_string();
        let out = &mut context.out;
        if !is_installed {
            out.field("service", "not installed; commons service install does it")?;
        } else {
            out.field("service", &escape::line(&file))?;
            out.field("at login", answer(enabled, "started", "not started"))?;
            out.field("now", answer(running, "running", "not running"))?;
        }
        match process {
            Some(process) => out.field("node", &format!("process {process} runs on this home")),
            None => out.field("node", "none runs on this home"),
        }?;
        Ok(())
    }
}

impl Remove {
    fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let manager = self.manager.get()?;
        let name = name(context);
        let path = manager.path(&name)?;
        if !path.exists() {
            say("It is not installed.");
            return Ok(());
        }
        // Where the manager does not answer, it runs nothing either; and the file goes all the same.
        let told = |step: Vec<String>| {
            if let Err(error) = carry_out(&step) {
                say(styled(error.message(), WARNING));
            }
        };
        manager.stopping(&name).into_iter().for_each(told);
        fs::remove_file(&path).map_err(|error| cannot("removed", &path, &error))?;
        manager.forgetting().into_iter().for_each(told);
        if let Some(process) = context.home.running() {
            say(format!("Process {process} still runs a node on this home: kill {process}"));
        }
        say(format!(
            "{} is removed. Your home stays: {}",
            path.display(),
            context.home.directory().display()
        ));
        Ok(())
    }
}

impl Chosen {
    fn get(&self) -> Result<Manager, CliError> {
        match self.manager {
            Some(manager) => Ok(manager),
            None if cfg!(target_os = "macos") => Ok(Manager::Launchd),
            None if cfg!(target_os = "linux") => Ok(Manager::Systemd),
            None => {
                Err(CliError::usage("this system has no manager of services that is known here")
                    .hint("see whether commons service install --print --for systemd is of use"))
            }
        }
    }
}

impl Manager {
    /// The file that it reads.
    fn text(self, unit: &Unit) -> Result<String, CliError> {
        let words = unit.command.iter().chain([&unit.log]);
        if let Some(word) = words.into_iter().find(|word| word.contains(char::is_control)) {
            return Err(CliError::usage(format!("“{word}” has a control character in it"))
                .hint("name a home without one, with --home"));
        }
        Ok(match self {
            Self::Systemd => systemd::text(unit),
            Self::Launchd => launchd::text(unit),
        })
    }

    /// Where it reads it.
    fn path(self, name: &str) -> Result<PathBuf, CliError> {
        let variable =
            |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let user = || {
            variable("HOME").ok_or_else(|| {
                CliError::usage("your own home directory is not known").hint("set HOME")
            })
        };
        Ok(match self {
            Self::Systemd => {
                let config = variable("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
                let config = match config {
                    Some(config) => config,
                    None => user()?.join(".config"),
                };
                config.join("systemd/user").join(format!("{name}.service"))
            }
            Self::Launchd => user()?.join("Library/LaunchAgents").join(format!("{name}.plist")),
        })
    }

    /// What starts it, now and at each login.
    fn starting(self, name: &str, path: &Path) -> Vec<Vec<String>> {
        match self {
            Self::Systemd => vec![
                words(&["systemctl", "--user", "daemon-reload"]),
                words(&["systemctl", "--user", "enable", &format!("{name}.service")]),
                // One that runs already takes on what is new.
                words(&["systemctl", "--user", "restart", &format!("{name}.service")]),
            ],
            Self::Launchd => vec![
                words(&["launchctl", "bootstrap", &domain(), &path.display().to_string()]),
                words(&["launchctl", "enable", &format!("{}/{name}", domain())]),
            ],
        }
    }

    /// What stops it.
    fn stopping(self, name: &str) -> Vec<Vec<String>> {
        match self {
            Self::Systemd => {
                vec![words(&[
                    "systemctl",
                    "--user",
                    "disable",
                    "--now",
                    &format!("{name}.service"),
                ])]
            }
            Self::Launchd => {
                vec![words(&["launchctl", "bootout", &format!("{}/{name}", domain())])]
            }
        }
    }

    /// What makes it forget a file that is gone.
    fn forgetting(self) -> Vec<Vec<String>> {
        match self {
            Self::Systemd => vec![words(&["systemctl", "--user", "daemon-reload"])],
            Self::Launchd => Vec::new(),
        }
    }

    /// Whether it is started at login, and whether it runs, as far as the manager tells.
    fn state(self, name: &str) -> (Option<bool>, Option<bool>) {
        // One that does not answer says nothing on its standard output.
        let succeeds = |step: &[&str]| {
            let told = call(&words(step)).ok().filter(|told| !told.stdout.is_empty())?;
            Some(told.status.success())
        };
        match self {
            Self::Systemd => {
                let unit = format!("{name}.service");
                let ask = |what| succeeds(&["systemctl", "--user", what, &unit]);
                (ask("is-enabled"), ask("is-active"))
            }
            Self::Launchd => {
                let service = format!("{}/{name}", domain());
                let told = call(&words(&["launchctl", "print", &service])).ok();
                let loaded = told.as_ref().map(|told| told.status.success());
                let running = told
                    .map(|told| String::from_utf8_lossy(&told.stdout).contains("state = running"));
                (loaded, running)
            }
        }
    }
}

/// The node that is to be run.
fn unit(start: &[String], context: &Context) -> Result<Unit, CliError> {
    let program = env::current_exe().map_err(|error| {
        CliError::new(ErrorKind::Other, "this program does not know where it is").because(&error)
    })?;
    let home = context.home.directory();
    let typed = ["commons", "start"].into_iter().chain(start.iter().map(String::as_str));
    Args::try_parse_from(typed).map_err(|error| {
        let error = error.to_string();
        let line = error.lines().next().unwrap_or_default().trim_start_matches("error: ");
        CliError::usage(format!("commons start does not take this: {line}"))
            .hint("commons start --help shows what it takes")
    })?;
    let mut command = vec![text_of(&program)?, "start".to_owned()];
    command.extend(["--home".to_owned(), text_of(home)?]);
    command.extend(["--commons".to_owned(), context.name.clone()]);
    command.extend(start.iter().cloned());
    Ok(Unit { name: name(context), command, log: text_of(&home.join("service.log"))? })
}

/// What the service of this home is called: each home has one, since each has one node.
fn name(context: &Context) -> String {
    match Home::default_directory() {
        Ok(default) if default == context.home.directory() => NAME.to_owned(),
        _ => format!("{NAME}-{}", context.home.digits()),
    }
}

fn text_of(path: &Path) -> Result<String, CliError> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        CliError::usage(format!("the path {} is not made of letters", path.display()))
            .hint("a unit is a text: name a home with another name, with --home")
    })
}

/// Writes a unit whole, with the directories above it.
fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(directory).and_then(|()| {
        let mut part = tempfile::NamedTempFile::new_in(directory)?;
        io::Write::write_all(&mut part, text.as_bytes())?;
        part.persist(path).map_err(|error| error.error)
    });
    written.map(drop).map_err(|error| cannot("written", path, &error))
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> CliError {
    CliError::new(ErrorKind::Busy, format!("{} cannot be {what}", path.display()))
        .because(error)
        .hint("see that it and its directory are yours to write")
}

/// Has the manager do something. Where there is no manager, says what to have it do.
fn carry_out(step: &[String]) -> Result<(), CliError> {
    let typed = step.join(" ");
    match call(step) {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            let failed = CliError::new(ErrorKind::Other, format!("{typed} has failed"));
            let failed = match said.as_str() {
                "" => failed,
                said => failed.because(&io::Error::other(said.to_owned())),
            };
            Err(failed.hint(format!("when that is mended, go on with: {typed}")))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            say(format!("There is no {} here. Where there is one: {typed}", step[0]));
            Ok(())
        }
        Err(error) => {
            Err(CliError::new(ErrorKind::Other, format!("{typed} cannot be run")).because(&error))
        }
    }
}

fn call(step: &[String]) -> io::Result<Output> {
    let (program, arguments) = step.split_first().expect("each step names its program");
    Command::new(program).args(arguments).output()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Where launchd keeps the agents of this user.
fn domain() -> String {
    format!("gui/{}", rustix::process::getuid().as_raw())
}

fn answer(known: Option<bool>, yes: &'static str, no: &'static str) -> &'static str {
    match known {
        Some(true) => yes,
        Some(false) => no,
        None => "not known: the manager of services does not answer",
    }
}

const NAME: &str = "commons";

const EXAMPLES: &str = "\
Examples:
  commons service install
  commons service status
  commons service remove";
