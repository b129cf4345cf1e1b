//! The server's half of the control socket (see [`crate::control`]).

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};

use super::bell::Bell;
use super::task::Command;
use crate::control::{GuestsAnswer, NodeStatus, Nudged, Peers, Request, shortened};

/// The socket, which is gone when this is dropped.
pub(super) struct ControlServer {
    path: PathBuf,
    task: tokio::task::JoinHandle<()>,
}

impl ControlServer {
    /// Listens on this path. The caller holds the home's lock, so a socket that is there is a
    /// leaving of a node that was killed.
    pub(super) fn start(
        path: &Path,
        commands: mpsc::UnboundedSender<Command>,
        bell: Bell,
    ) -> io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let (short, _directory) = shortened(path)?;
        let listener = UnixListener::bind(short)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        let task = tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => {
                        let (commands, bell) = (commands.clone(), bell.clone());
                        tokio::spawn(async move {
                            let served = serve(stream, &commands, &bell);
                            if let Ok(Err(error)) = tokio::time::timeout(PATIENCE, served).await {
                                tracing::debug!(%error, "a command went away");
                            }
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the control socket fails");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        });
        Ok(Self { path: path.to_owned(), task })
    }
}

impl Drop for ControlServer {
    fn drop(&mut self) {
        self.task.abort();
        // It may be gone already, with the whole home.
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn serve(
    mut stream: UnixStream,
    commands: &mpsc::UnboundedSender<Command>,
    bell: &Bell,
) -> io::Result<()> {
    let (read, mut write) = stream.split();
    let mut line = String::new();
    BufReader::new(read.take(REQUEST_BYTES)).read_line(&mut line).await?;
    let request: Request = serde_json::from_str(&line)?;
    let answer = match request {
        Request::Nudge => {
            ask(commands, |_: oneshot::Sender<()>| Command::Look).await;
            json(&Nudged { ok: true })?
        }
        Request::Status => {
            let status = ask(commands, Command::Status).await;
            json(&status.map(|status: NodeStatus| NodeStatus { board: bell.board(), ..status }))?
        }
        Request::Peers => {
            json(&Peers { peers: ask(commands, Command::Peers).await.unwrap_or_default() })?
        }
        Request::Guests(asked) => json(&bell.ring(asked).await.unwrap_or(GuestsAnswer::NoBoard))?,
    };
    write.write_all(&answer).await
}

/// Sends a command and waits for its answer; `None` if the node is stopping, or it has none.
async fn ask<Answer>(
    commands: &mpsc::UnboundedSender<Command>,
    command: impl FnOnce(oneshot::Sender<Answer>) -> Command,
) -> Option<Answer> {
    let (sender, answer) = oneshot::channel();
    commands.send(command(sender)).ok()?;
    answer.await.ok()
}

fn json(answer: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    Ok(line)
}

/// Bytes of a request at most: the longest has under 100.
const REQUEST_BYTES: u64 = 1024;

/// How long a command may take to ask and to read.
const PATIENCE: Duration = Duration::from_secs(5);

/// The pause after a failure to accept, as when there are no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);
