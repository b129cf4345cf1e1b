//! What a host of a LAN does to try the LAN itself: `probe listen` joins a multicast group and
//! prints each datagram that it gets, `probe say ADDRESS TEXT` sends one. Only the harness's own
//! tests use it.

use std::io::Write;
use std::net::{Ipv4Addr, UdpSocket};
use std::process::ExitCode;

/// The group that is joined, of those for use inside one site (RFC 2365).
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 77, 1);

/// The port, of those for private use.
const PORT: u16 = 57_577;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["listen"] => listen(),
        ["say", address, text] => say(address, text),
        _ => Err(std::io::Error::other("probe listen | probe say ADDRESS TEXT")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is nobody left to tell if standard error is closed.
            let _ = writeln!(std::io::stderr(), "probe: {error}");
            ExitCode::FAILURE
        }
    }
}

fn listen() -> std::io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT))?;
    socket.join_multicast_v4(&GROUP, &Ipv4Addr::UNSPECIFIED)?;
    let mut out = std::io::stdout();
    writeln!(out, "listening")?;
    let mut buffer = [0; 1500];
    loop {
        let (length, _) = socket.recv_from(&mut buffer)?;
        writeln!(out, "{}", String::from_utf8_lossy(&buffer[..length]))?;
    }
}

fn say(address: &str, text: &str) -> std::io::Result<()> {
    let address = match address {
        "group" => GROUP,
        other => other.parse().map_err(std::io::Error::other)?,
    };
    UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?.send_to(text.as_bytes(), (address, PORT))?;
    Ok(())
}
