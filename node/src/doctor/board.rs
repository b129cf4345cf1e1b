//! Whether the board can be where browsers look for it: its port is free, or it is our own board that
//! has it.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::{Findings, Patient};
use crate::board::ADDRESS;

/// Looks into it.
pub(super) fn look(patient: &Patient, findings: &mut Findings) {
    look_at(ADDRESS, patient, findings);
}

/// Looks into a board at this address.
pub(super) fn look_at(address: SocketAddr, patient: &Patient, findings: &mut Findings) {
    let port = address.port();
    let own = patient.node.as_ref().map(|node| node.pid);
    match TcpListener::bind(address) {
        Ok(_) if own.is_some() => findings.ok(
            CHECK,
            format!("port {port} is free: the board of the running node is off or elsewhere"),
        ),
        Ok(_) => findings.ok(CHECK, format!("port {port} is free, for the board")),
        Err(error) if error.kind() != io::ErrorKind::AddrInUse => findings.note(
            CHECK,
            format!("the board cannot listen on {address}: {error}"),
            "see whether a sandbox keeps this user from listening; commons start --board off does without",
        ),
        Err(_) if own.is_some() && process(address) == own => {
            findings.ok(CHECK, format!("the board of the running node is at http://{address}/"));
        }
        Err(_) => findings.note(
            CHECK,
            format!("port {port}, where the board would be, is taken by another program"),
            "the board takes any free port instead, which commons start tells; --board ADDR names one",
        ),
    }
}

/// The process of the node whose board answers at this address.
fn process(address: SocketAddr) -> Option<u32> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    let asked =
        format!("GET /api/v1/status HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES).read_to_string(&mut answer).ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    let status: Value = serde_json::from_str(body).ok()?;
    status["node"]["pid"].as_u64()?.try_into().ok()
}

/// How long a program on this machine may take to answer: many times what a board takes.
const PATIENCE: Duration = Duration::from_secs(1);

/// Bytes of an answer that are read: a board's has about one thousand.
const ANSWER_BYTES: u64 = 64 * 1024;

const CHECK: &str = "board";
