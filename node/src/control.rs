//! The control socket of a running node: how commands on the same home tell it that they wrote
//! something, and ask it how it stands. One line of JSON each way. The server's half is driven by
//! [`crate::driver`]; what lives here are the words and the client.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a command asks of a running node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Request {
    /// Something was written to the database.
    Nudge,
    /// How the node stands.
    Status,
    /// Who its peers are.
    Peers,
    /// Something of the board's door for guests.
    Guests(GuestsAsked),
}

/// What is asked of the board's door for guests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "guests", rename_all = "kebab-case")]
pub enum GuestsAsked {
    /// To let them in.
    On {
        /// Where; if nothing is said, where they usually come in.
        address: Option<SocketAddr>,
    },
    /// To let nobody in any more, and to send away who is there.
    Off,
    /// How it stands.
    Status,
}

/// The answer to [`Request::Guests`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuestsAnswer {
    /// It was done; this is how it stands.
    Stands(GuestsStatus),
    /// The node runs without a board.
    NoBoard,
    /// It could not be done.
    Failed {
        /// Why.
        message: String,
    },
}

/// How it stands with guests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GuestsStatus {
    /// Whether guests are let in.
    pub open: bool,
    /// Where they come in, the likeliest first.
    pub urls: Vec<String>,
    /// The fingerprint of the certificate that their browsers are shown: SHA-256, in hexadecimal
    /// digits with colons.
    pub fingerprint: Option<String>,
    /// From how many addresses somebody is connected.
    pub connected: u64,
    /// How many authors wrote as guests since the node started.
    pub wrote: u64,
}

/// The answer to [`Request::Nudge`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nudged {
    /// Always true: the node looks now.
    pub ok: bool,
}

/// The answer to [`Request::Status`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// The node's process.
    pub pid: u32,
    /// Its libp2p peer id.
    pub peer: String,
    /// The multiaddresses that it listens on.
    pub listen: Vec<String>,
    /// Since when it runs: seconds since 1970 UTC.
    pub since: u64,
    /// How many peers of this commons it is connected to.
    pub connected: usize,
    /// How many of them hold exactly what it holds.
    pub in_sync: usize,
    /// The fingerprint of what it holds.
    pub fingerprint: String,
    /// How many contributions that is.
    pub contributions: u64,
    /// How many contributions wait for their parents.
    pub pending: usize,
    /// How many contributions no other node is known to hold.
    pub only_here: u64,
    /// Where its board is, if it has one; a node of an earlier version does not tell.
    #[serde(default)]
    pub board: Option<String>,
}

/// The answer to [`Request::Peers`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peers {
    /// Each peer that the node knows.
    pub peers: Vec<PeerStatus>,
}

/// One peer, as the node sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerStatus {
    /// Its libp2p peer id.
    pub peer: String,
    /// A multiaddress at which it was met.
    pub address: Option<String>,
    /// How it stands with us.
    pub state: PeerState,
    /// Whether it holds exactly what we hold, if known.
    pub in_sync: Option<bool>,
    /// How many contributions we have that it lacks, if known.
    pub behind: Option<u64>,
    /// How many contributions it has that we lack, if known.
    pub ahead: Option<u64>,
    /// Since when it is in this state: seconds since 1970 UTC.
    pub since: Option<u64>,
    /// Which version of commons it says it is, if it has; a node of an earlier one does not tell.
    #[serde(default)]
    pub version: Option<String>,
}

/// How a peer stands with us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PeerState {
    /// Connected, and of this commons.
    Connected,
    /// In the address book, not connected.
    Known,
    /// It sent what it should have checked, and is refused for a while.
    Refused,
}

impl PeerStatus {
    /// How it differs from us, as far as it is known.
    pub fn differences(&self) -> String {
        let mut parts = Vec::new();
        if let Some(behind) = self.behind.filter(|behind| *behind > 0) {
            parts.push(format!("{behind} behind"));
        }
        if let Some(ahead) = self.ahead.filter(|ahead| *ahead > 0) {
            parts.push(format!("{ahead} ahead"));
        }
        if parts.is_empty() { "differs".to_owned() } else { parts.join(", ") }
    }
}

impl PeerState {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Known => "known",
            Self::Refused => "refused",
        }
    }
}

/// The addresses that mean something to another machine; all, if there is none.
pub fn reachable(addresses: &[String]) -> Vec<&String> {
    let is_near = |address: &String| NEAR.iter().any(|prefix| address.starts_with(prefix));
    let reachable: Vec<&String> = addresses.iter().filter(|address| !is_near(address)).collect();
    if reachable.is_empty() { addresses.iter().collect() } else { reachable }
}

/// Tells the node on this socket that something was written. False if there is none, which is
/// fine: it will see the database change by itself.
pub fn nudge(socket: &Path) -> bool {
    ask::<Nudged>(socket, Request::Nudge).is_some_and(|nudged| nudged.ok)
}

/// How the node on this socket stands; `None` if none runs.
pub fn status(socket: &Path) -> Option<NodeStatus> {
    ask(socket, Request::Status)
}

/// The peers of the node on this socket; `None` if none runs.
pub fn peers(socket: &Path) -> Option<Vec<PeerStatus>> {
    ask::<Peers>(socket, Request::Peers).map(|answer| answer.peers)
}

/// Asks something of the guests' door of the node on this socket; `None` if none runs.
pub fn guests(socket: &Path, asked: GuestsAsked) -> Option<GuestsAnswer> {
    ask(socket, Request::Guests(asked))
}

/// A path to this socket that the system takes: on Linux a long one is shortened by way of its
/// directory, which is to be kept open for as long as the path is used.
pub(crate) fn shortened(socket: &Path) -> io::Result<(PathBuf, Option<File>)> {
    let is_long = socket.as_os_str().len() > SOCKET_PATH_BYTES;
    match (socket.parent(), socket.file_name()) {
        (Some(directory), Some(name)) if is_long && cfg!(target_os = "linux") => {
            let directory = File::open(directory)?;
            let short = format!("/proc/self/fd/{}", directory.as_raw_fd());
            Ok((Path::new(&short).join(name), Some(directory)))
        }
        _ => Ok((socket.to_owned(), None)),
    }
}

fn ask<Answer: DeserializeOwned>(socket: &Path, request: Request) -> Option<Answer> {
    let (short, _directory) = shortened(socket).ok()?;
    let mut stream = UnixStream::connect(short).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    let mut line = serde_json::to_string(&request).ok()?;
    line.push('\n');
    stream.write_all(line.as_bytes()).ok()?;
    let mut answer = String::new();
    BufReader::new(stream.take(ANSWER_BYTES)).read_line(&mut answer).ok()?;
    serde_json::from_str(&answer).ok()
}

/// How long a command waits for a busy node before it goes on without: chosen, well over the time
/// of one commit.
const PATIENCE: Duration = Duration::from_secs(2);

/// Bytes of an answer at most: 500 known peers of about 300 bytes take 150 kB.
const ANSWER_BYTES: u64 = 4 * 1024 * 1024;

/// Bytes of a socket's path that every system takes: macOS has room for 104 and a zero.
const SOCKET_PATH_BYTES: usize = 103;

/// What addresses begin with that mean nothing to another machine: loopback, and those of one link.
const NEAR: [&str; 3] = ["/ip4/127.", "/ip6/::1/", "/ip6/fe80:"];
