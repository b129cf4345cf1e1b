//! `guests`: lets people with a browser and no node into a running node's board, or stops that. What
//! they are shown is the node's affair.

use anstyle::{AnsiColor, Color, Style};
use clap::ValueEnum;
use commons_node::board::short_fingerprint;
use commons_node::control::{self, GuestsAnswer, GuestsAsked, GuestsStatus};
use commons_node::qr::{Ink, Qr};
use std::net::SocketAddr;

use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::output::{
    FAINT, Output, STRONG, can_colour, count, escape, is_terminal, size_of, styled,
};

/// Let people who bring only a phone into the board of your running node, or stop that
///
/// Guests read the whole commons in their browser, and write with a key of their own that is made and
/// kept there. on shows a QR code that leads them in; off sends away who is there, and what they wrote
/// stays; with neither you are told how it stands.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  commons guests on\n  commons guests on 192.0.2.7:7118\n  commons guests off\n  commons guests"
)]
pub(crate) struct Guests {
    /// What is to be done
    #[arg(value_enum, default_value = "status")]
    what: What,
    /// With on: where they come in, if not at port 7118 of every network
    #[arg(value_name = "ADDR")]
    address: Option<String>,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Let guests in
    On,
    /// Let nobody in any more
    Off,
    /// Tell how it stands
    Status,
}

/// Runs the verb.
pub(crate) fn run(verb: &Guests, context: &mut Context) -> Result<(), CliError> {
    let address = verb.address.as_deref().map(address).transpose()?;
    let asked = match (verb.what, address) {
        (What::On, address) => GuestsAsked::On { address },
        (_, Some(_)) => {
            return Err(CliError::usage("an address goes with commons guests on alone"));
        }
        (What::Off, None) => GuestsAsked::Off,
        (What::Status, None) => GuestsAsked::Status,
    };
    let status = match control::guests(&context.home.socket(), asked) {
        Some(GuestsAnswer::Stands(status)) => status,
        Some(GuestsAnswer::NoBoard) => {
            return Err(CliError::new(ErrorKind::Other, "your node runs without a board")
                .hint("start it without --board off"));
        }
        Some(GuestsAnswer::Failed { message }) => {
            return Err(CliError::new(ErrorKind::Network, message)
                .hint("name another address: commons guests on 0.0.0.0:7119"));
        }
        None => {
            return Err(CliError::new(ErrorKind::Other, "no node runs here")
                .hint("start one that lets guests in: commons start --guests"));
        }
    };
    if context.out.is_json() {
        return Ok(context.out.json(&status)?);
    }
    tell(&status, verb.what == What::On, &mut context.out)
}

fn tell(status: &GuestsStatus, is_new: bool, out: &mut Output) -> Result<(), CliError> {
    let wrote = count(status.wrote, "guest has", "guests have");
    if !status.open {
        out.line("nobody is let in as a guest")?;
        if status.wrote > 0 {
            out.line(styled(format!("{wrote} written since the node started"), FAINT))?;
        }
        return Ok(());
    }
    if is_new {
        return invite(status, out);
    }
    for (at, url) in status.urls.iter().enumerate() {
        out.field(if at == 0 { "guests" } else { "" }, &escape::line(url))?;
    }
    if let Some(fingerprint) = &status.fingerprint {
        out.field("certificate", &escape::line(fingerprint))?;
    }
    let connected = count(status.connected, "address is", "addresses are");
    out.line(format!("{connected} connected; {wrote} written since the node started"))?;
    Ok(())
}

/// Shows guests the way in: the QR code where a terminal has room for it, the address in any case.
pub(super) fn invite(status: &GuestsStatus, out: &mut Output) -> Result<(), CliError> {
    let Some(url) = status.urls.first() else { return Ok(()) };
    if is_terminal()
        && let Some(code) = Qr::of(url)
    {
        let has_colours = can_colour();
        let lines = code.lines(if has_colours { Ink::Dark } else { Ink::Light });
        let fits = size_of().is_none_or(|(rows, columns)| {
            let width = lines.first().map_or(0, |line| line.chars().count());
            lines.len() + LINES_BESIDE <= rows && width <= columns
        });
        for line in lines.iter().filter(|_| fits) {
            out.line(if has_colours { styled(line, PAPER) } else { line.clone() })?;
        }
    }
    out.field("guests", &styled(escape::line(url), STRONG))?;
    for url in &status.urls[1..] {
        out.field("", &escape::line(url))?;
    }
    if let Some(fingerprint) = &status.fingerprint {
        out.field("certificate", &escape::line(short_fingerprint(fingerprint)))?;
    }
    let warned = "Guests who write are warned once by their browser. If they ask: the fingerprint of \
                  the certificate begins as above. commons guests off sends them away.";
    Ok(out.line(styled(crate::output::wrapped(warned, 0), FAINT))?)
}

/// Where guests come in, as typed: an address with a port, or a port alone.
pub(super) fn address(typed: &str) -> Result<SocketAddr, CliError> {
    let typed = typed.trim();
    let usual = commons_node::board::GUESTS_ADDRESS;
    let parsed = match typed.parse::<u16>() {
        Ok(port) => Some(SocketAddr::new(usual.ip(), port)),
        Err(_) => typed.parse().ok(),
    };
    parsed.ok_or_else(|| {
        CliError::usage(format!("“{typed}” is not an address with a port"))
            .hint(format!("write it like {usual}, which is every network of this machine"))
    })
}

/// Dark on light, as cameras want it, whatever the terminal's own colours are.
const PAPER: Style = Style::new()
    .fg_color(Some(Color::Ansi(AnsiColor::Black)))
    .bg_color(Some(Color::Ansi(AnsiColor::BrightWhite)));

/// Lines that are said beside the QR code and should be seen with it.
const LINES_BESIDE: usize = 4;
