//! The board of a node that is started: where it is to be, and opening it in a browser.

use commons_node::board::{ADDRESS, BoardConfig, BoardError, RunningBoard};
use commons_node::control::GuestsStatus;
use commons_node::driver::Node;
use std::io;
use std::net::SocketAddr;

use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::output::say;
use crate::verbs::guests;

/// Where the board is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    address: SocketAddr,
    /// Whether the user named the address, so that no other will do.
    is_named: bool,
    open: bool,
}

/// Where the board is to be, as typed; `None` for no board.
pub(super) fn wanted(typed: Option<&str>, open: bool) -> Result<Option<Wanted>, CliError> {
    let typed = typed.map(str::trim).filter(|typed| !typed.is_empty());
    let Some(typed) = typed else {
        return Ok(Some(Wanted { address: ADDRESS, is_named: false, open }));
    };
    if typed.eq_ignore_ascii_case("off") {
        if open {
            return Err(CliError::usage("there is no board to open").hint("leave out --board off"));
        }
        return Ok(None);
    }
    let address = address(typed).ok_or_else(|| {
        CliError::usage(format!("--board “{typed}” is not an address with a port"))
            .hint("write it like 127.0.0.1:7117, or off for no board")
    })?;
    if !address.ip().is_loopback() {
        return Err(CliError::usage(format!(
            "--board {address}: others could open the board there, and write in your name"
        ))
        .hint(
            "leave the board at 127.0.0.1; from elsewhere, ssh -L 7117:127.0.0.1:7117 leads there",
        ));
    }
    Ok(Some(Wanted { address, is_named: true, open }))
}

/// Whether guests are let in, and where if that is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guests {
    /// Nobody.
    No,
    /// Here, or where they usually come in.
    At(Option<SocketAddr>),
}

/// Whether guests are let in, as typed.
pub(super) fn guests(typed: Option<&str>, has_board: bool) -> Result<Guests, CliError> {
    match typed.map(str::trim) {
        None => Ok(Guests::No),
        Some(_) if !has_board => Err(CliError::usage("guests come to the board, and it is off")
            .hint("leave out --board off, or --guests")),
        Some("") => Ok(Guests::At(None)),
        Some(typed) => guests::address(typed).map(|address| Guests::At(Some(address))),
    }
}

/// Lets guests in if that is wanted.
pub(super) fn let_in(guests: &Guests, board: &RunningBoard) -> Result<GuestsStatus, CliError> {
    match guests {
        Guests::No => Ok(board.guests_status()),
        Guests::At(address) => board.let_guests_in(*address).map_err(|error| {
            CliError::new(ErrorKind::Network, error.to_string()).hint(
                "name another address: --guests=0.0.0.0:7119, or --guests=0.0.0.0:0 for any port",
            )
        }),
    }
}

/// An address with a port, or a port alone.
fn address(typed: &str) -> Option<SocketAddr> {
    let port = typed.strip_prefix("localhost:").unwrap_or(typed);
    match port.parse::<u16>() {
        Ok(port) => Some(SocketAddr::new(ADDRESS.ip(), port)),
        Err(_) => typed.parse().ok(),
    }
}

/// Starts the board of this node. Where its usual port is taken, as by another node, it takes one
/// that is free.
pub(super) async fn start(
    wanted: &Wanted,
    node: &Node,
    context: &Context,
) -> Result<RunningBoard, CliError> {
    let config =
        |address| BoardConfig { address, home: context.home.clone(), name: context.name.clone() };
    let mut board = RunningBoard::start(config(wanted.address), node.handle()).await;
    if let Err(BoardError::Listen { source, .. }) = &board
        && source.kind() == io::ErrorKind::AddrInUse
        && !wanted.is_named
    {
        let any = SocketAddr::new(ADDRESS.ip(), 0);
        board = RunningBoard::start(config(any), node.handle()).await;
        if board.is_ok() {
            let taken = wanted.address.port();
            say(format!("Port {taken} is taken by another program: the board has another one."));
        }
    }
    let board = board?;
    if wanted.open
        && let Err(error) = webbrowser::open(&board.url())
    {
        say(format!("No browser could be opened ({error}): open {} yourself.", board.url()));
    }
    Ok(board)
}

impl From<BoardError> for CliError {
    fn from(error: BoardError) -> Self {
        match error {
            BoardError::Home(error) => error.into(),
            BoardError::Store(error) => error.into(),
            error => CliError::new(ErrorKind::Other, error.to_string()).hint(
                "commons start --board 127.0.0.1:0 takes any free port; --board off takes none",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_is_on_this_machine_or_off() {
        assert_eq!(wanted(None, false).unwrap().unwrap().address, ADDRESS);
        assert!(wanted(Some("off"), false).unwrap().is_none());
        for typed in ["8080", "localhost:8080", "127.0.0.1:8080", " [::1]:8080 "] {
            assert_eq!(wanted(Some(typed), true).unwrap().unwrap().address.port(), 8080, "{typed}");
        }
        for typed in ["0.0.0.0:80", "192.0.2.7:80", "[::]:80", "127.0.0.1", "on", "80000"] {
            assert!(wanted(Some(typed), false).is_err(), "{typed}");
        }
        assert!(wanted(Some("off"), true).is_err());
    }
}
