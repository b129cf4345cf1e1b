//! `doctor`: what could keep this machine's node from working, and what to do about it.

use commons_node::doctor::{Finding, Level, Patient, Private};
use commons_node::when;

use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::json;
use crate::output::{FAINT, GOOD, Output, WARNING, WRONG, count, escape, styled, wrapped};

/// Look for what could keep things from working, and say what to do
///
/// Looks at the clock, the disk, the keys, the database, the networks, ports and multicast, the running
/// node, its peers and their versions. Changes nothing. The exit code is 12 if there is a problem, and 0
/// if there are only warnings and notes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Doctor {
    /// Print a report to send to whoever helps you: without names, addresses, keys or paths of yours
    #[arg(long)]
    report: bool,
}

impl Doctor {
    /// Looks, and tells.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let patient = Patient::new(&context.home, &context.name, when::now());
        let (findings, private) = patient.examine();
        let redacted = self.report.then_some(&private);
        if context.out.is_json() {
            for finding in &findings {
                context.out.json(&line(finding, redacted))?;
            }
        } else {
            if self.report {
                heading(&patient, &mut context.out)?;
            }
            for finding in &findings {
                tell(finding, redacted, &mut context.out)?;
            }
        }
        let of = |level| findings.iter().filter(|finding| finding.level == level).count() as u64;
        let warnings = count(of(Level::Warning), "warning", "warnings");
        match of(Level::Problem) {
            0 if context.out.is_json() => Ok(()),
            0 => Ok(context.out.line(format!("no problems, {warnings}"))?),
            problems => Err(CliError::new(
                ErrorKind::Unsound,
                format!("{}, {warnings}", count(problems, "problem", "problems")),
            )
            .hint("each says above what to do; commons doctor --report is for whoever helps you")),
        }
    }
}

fn line<'a>(finding: &'a Finding, redacted: Option<&Private>) -> json::Finding<'a> {
    json::Finding {
        check: finding.check,
        level: name(finding.level),
        what: shown(&finding.what, redacted),
        fix: finding.fix.as_deref().map(|fix| shown(fix, redacted)),
    }
}

fn tell(finding: &Finding, redacted: Option<&Private>, out: &mut Output) -> Result<(), CliError> {
    let look = match finding.level {
        Level::Ok => GOOD,
        Level::Note => FAINT,
        Level::Warning => WARNING,
        Level::Problem => WRONG,
    };
    let level = styled(format!("{:LEVEL_COLUMNS$}", name(finding.level)), look);
    let indent = CHECK_COLUMNS + LEVEL_COLUMNS + 4;
    let lines = |text: &str| wrapped(&escape::line(&shown(text, redacted)), indent);
    out.line(format!("{:CHECK_COLUMNS$}  {level}  {}", finding.check, lines(&finding.what)))?;
    if let Some(fix) = &finding.fix {
        out.line(format!("{}{}", " ".repeat(indent), styled(lines(fix), FAINT)))?;
    }
    Ok(())
}

/// What somebody who helps wants to know first.
fn heading(patient: &Patient, out: &mut Output) -> Result<(), CliError> {
    let system = rustix::system::uname();
    out.line(format!(
        "commons {} on {} {} ({}), {}",
        env!("CARGO_PKG_VERSION"),
        system.sysname().to_string_lossy(),
        system.release().to_string_lossy(),
        system.machine().to_string_lossy(),
        when::rfc3339(patient.now),
    ))?;
    Ok(())
}

fn shown(text: &str, redacted: Option<&Private>) -> String {
    redacted.map_or_else(|| text.to_owned(), |private| private.redacted(text))
}

fn name(level: Level) -> &'static str {
    match level {
        Level::Ok => "ok",
        Level::Note => "note",
        Level::Warning => "warning",
        Level::Problem => "problem",
    }
}

/// Columns of the longest check, `interfaces`, and of the longest level.
const CHECK_COLUMNS: usize = 10;
const LEVEL_COLUMNS: usize = 7;

const EXAMPLES: &str = "\
Examples:
  commons doctor
  commons doctor --report > report.txt
  commons doctor --json";
