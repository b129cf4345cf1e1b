//! `start`: runs the node in the foreground, and tells what comes and goes until Ctrl-C.

mod board;

use commons_node::board::RunningBoard;
use commons_node::control::{self, GuestsStatus};
use commons_node::driver::{Node, NodeConfig, NodeEvent};
use commons_node::json::Contribution;
use commons_node::names::short_peer;
use commons_node::store::Store;
use commons_proto::id::Author;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::{guests, incoming};
use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::find::short_author;
use crate::json::{Event, Ready};
use crate::output::{FAINT, GOOD, ID, Output, STRONG, WARNING, count, escape, say, styled};

/// Run the node: find the others, and exchange with them what is new
///
/// It says who it is and where it listens, and then what comes and goes. Ctrl-C stops it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  commons start\n  commons start --open\n  commons start --guests\n  commons start --peer /ip4/192.0.2.7/tcp/4001\n  commons start --hub --listen /ip4/0.0.0.0/tcp/4001"
)]
pub(crate) struct Start {
    /// Listen here: a multiaddress such as /ip4/0.0.0.0/tcp/4001; may be given several times
    /// [default: everywhere, TCP and QUIC, on the port of the last time]
    #[arg(long, value_name = "ADDR")]
    listen: Vec<String>,
    /// Connect to this node, where it is not found by itself: an address as it prints it; may be
    /// given several times
    #[arg(long = "peer", value_name = "ADDR")]
    peers: Vec<String>,
    /// Don't look for others on this network
    #[arg(long)]
    no_mdns: bool,
    /// Serve hundreds of others at once: for a machine that all can reach, where the Wi-Fi keeps
    /// them from reaching each other
    #[arg(long)]
    hub: bool,
    /// Where the board is, for the browser on this machine; off for none [default: 127.0.0.1:7117,
    /// or any free port if that is taken]
    #[arg(long, value_name = "ADDR", env = "COMMONS_BOARD", hide_env = true)]
    board: Option<String>,
    /// Let people who bring only a phone into the board, over the network; a QR code leads them in
    /// [default: port 7118 of every network, or any free port if that is taken]
    #[arg(
        long,
        value_name = "ADDR",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = ""
    )]
    guests: Option<String>,
    /// Open the board in your browser
    #[arg(long)]
    open: bool,
}

/// Runs the verb.
pub(crate) fn run(verb: &Start, context: &mut Context) -> Result<(), CliError> {
    let at = board::wanted(verb.board.as_deref(), verb.open)?;
    let guests = board::guests(verb.guests.as_deref(), at.is_some())?;
    let author = context.key()?.author();
    let store = context.writer()?;
    let config = NodeConfig {
        home: context.home.clone(),
        database: store.path().to_owned(),
        commons: store.commons(),
        listen: parse("--listen", &verb.listen)?,
        peers: parse("--peer", &verb.peers)?,
        mdns: !verb.no_mdns,
        hub: verb.hub,
    };
    let runtime = Runtime::new().map_err(|error| {
        CliError::new(ErrorKind::Other, "the node's threads do not start").because(&error)
    })?;
    runtime.block_on(serve(config, at.map(|at| (at, guests)), store, &author, context))
}

/// The addresses that an option gives.
fn parse<Address>(option: &str, typed: &[String]) -> Result<Vec<Address>, CliError>
where
    Address: std::str::FromStr,
    Address::Err: std::error::Error,
{
    let parse = |text: &String| {
        text.trim().parse().map_err(|error: Address::Err| {
            CliError::usage(format!("{option} “{text}” is not a multiaddress"))
                .because(&error)
                .hint("write it like /ip4/192.0.2.7/tcp/4001, as commons start prints it")
        })
    };
    typed.iter().map(parse).collect()
}

async fn serve(
    config: NodeConfig,
    at: Option<(board::Wanted, board::Guests)>,
    store: Store,
    author: &Author,
    context: &mut Context,
) -> Result<(), CliError> {
    let (mut seen, mdns) = (store.last()?, config.mdns);
    let signals = |error: std::io::Error| {
        CliError::new(ErrorKind::Other, "the system gives no signals").because(&error)
    };
    let mut interrupt = signal(SignalKind::interrupt()).map_err(signals)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(signals)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(signals)?;
    let (node, mut events) = Node::start(config).await?;
    let board = match &at {
        Some((at, guests)) => {
            let board = board::start(at, &node, context).await?;
            let guests = board::let_in(guests, &board)?;
            Some((board, guests))
        }
        None => None,
    };
    let told = async {
        ready(&node, board.as_ref(), &store, author, mdns, context)?;
        while let Some(event) = next(&mut events).await {
            tell(&event, &store, &mut seen, &mut context.out)?;
        }
        let ended = CliError::new(ErrorKind::Other, "the node has stopped by itself");
        Err::<(), CliError>(ended.hint("start it again; with -v it says what happens inside"))
    };
    let ended = tokio::select! {
        ended = told => ended,
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
        _ = hangup.recv() => Ok(()),
    };
    drop(board);
    node.stop().await;
    ended?;
    if context.out.is_json() {
        context.out.json(&Event::Stopped)?;
    } else {
        context.out.line("stopped")?;
    }
    Ok(())
}

/// The next event; after the last one, `None`. One who was slow looks at the log, which has all.
async fn next(events: &mut Receiver<NodeEvent>) -> Option<NodeEvent> {
    match events.recv().await {
        Ok(event) => Some(event),
        Err(RecvError::Lagged(_)) => Some(NodeEvent::Committed { through: u64::MAX }),
        Err(RecvError::Closed) => None,
    }
}

/// Says who this is, where it listens, and what it holds.
fn ready(
    node: &Node,
    board: Option<&(RunningBoard, GuestsStatus)>,
    store: &Store,
    author: &Author,
    mdns: bool,
    context: &mut Context,
) -> Result<(), CliError> {
    let counts = store.counts()?;
    let peer = node.peer().to_string();
    let listen: Vec<String> = node.listening().iter().map(ToString::to_string).collect();
    let home = context.home.directory().display().to_string();
    let out = &mut context.out;
    if out.is_json() {
        out.json(&Event::Ready(Ready {
            commons: &context.name,
            author: author.to_string(),
            peer,
            listen,
            board: board.map(|(board, _)| board.url()),
            guests: board.map(|(_, guests)| guests.urls.clone()).unwrap_or_default(),
            home,
            pid: std::process::id(),
            entries: counts.entries,
            contributions: counts.contributions,
            fingerprint: store.fingerprint()?.to_string(),
        }))?;
        return Ok(out.flush()?);
    }
    out.line(styled(escape::line(&context.name), STRONG))?;
    out.field("author", &short_author(author))?;
    out.field("home", &escape::line(&home))?;
    let entries = count(counts.entries, "entry", "entries");
    let contributions = count(counts.contributions, "contribution", "contributions");
    out.field("holds", &format!("{entries}, {contributions}"))?;
    out.field("node", &peer)?;
    let reachable = control::reachable(&listen);
    for (at, address) in reachable.iter().enumerate() {
        out.field(if at == 0 { "listens" } else { "" }, &escape::line(address))?;
    }
    if let Some((board, guests)) = board {
        out.field("board", &styled(board.url(), STRONG).to_string())?;
        guests::invite(guests, out)?;
    }
    let address = reachable.first().map_or("ADDRESS", |address| address);
    if mdns {
        out.line(styled("Others on this network are found by themselves. From elsewhere:", FAINT))?;
    } else {
        out.line(styled("Others come with:", FAINT))?;
    }
    out.line(styled(format!("  commons start --peer {address}"), FAINT))?;
    out.line(styled("Ctrl-C stops the node.", FAINT))?;
    Ok(out.flush()?)
}

/// Tells what happened.
fn tell(
    event: &NodeEvent,
    store: &Store,
    seen: &mut u64,
    out: &mut Output,
) -> Result<(), CliError> {
    if let NodeEvent::Committed { .. } = event {
        return contributions(store, seen, out);
    }
    if out.is_json() {
        out.json(event)?;
        return Ok(out.flush()?);
    }
    match event {
        NodeEvent::Listening { address } => {
            incoming::line(out, FAINT, "listens", &escape::line(address))?
        }
        NodeEvent::PeerConnected { peer, address } => {
            let met = format!("{} at {}", short_peer(peer), escape::line(address));
            incoming::line(out, GOOD, "peer", &met)?;
        }
        NodeEvent::PeerDisconnected { peer } => {
            incoming::line(out, FAINT, "gone", &short_peer(peer))?
        }
        NodeEvent::PeerRefused { peer, reason, seconds } => {
            let why = format!("{} for {seconds} s: it {reason}", short_peer(peer));
            incoming::line(out, WARNING, "refused", &escape::line(&why))?;
        }
        NodeEvent::InSync { peer } => incoming::line(out, GOOD, "in sync", &short_peer(peer))?,
        NodeEvent::Warning { message } => {
            say(format!("{} {}", styled("warning:", WARNING), escape::line(message)));
        }
        NodeEvent::Committed { .. } => {}
    }
    Ok(())
}

/// Tells what is new in the log. A person who joins late is told how much it is.
fn contributions(store: &Store, seen: &mut u64, out: &mut Output) -> Result<(), CliError> {
    let mut unsaid = 0;
    loop {
        let mut items = store.tail(*seen, TAIL)?;
        let Some(last) = items.last() else { break };
        *seen = last.seq;
        items.retain(|item| !item.muted);
        if out.is_json() {
            for item in &items {
                out.json(&Event::Contribution(Contribution::of(store, item)?))?;
            }
        } else if items.len() > SAID_ONE_BY_ONE {
            unsaid += items.len() as u64;
        } else {
            for item in &items {
                incoming::contribution(item, store, out)?;
            }
        }
    }
    if unsaid > 0 {
        incoming::line(out, ID, "new", &count(unsaid, "contribution", "contributions"))?;
    }
    Ok(out.flush()?)
}

/// Rows of the log that are read at once.
const TAIL: usize = 500;

/// New contributions that a person is told one by one: about a screen.
const SAID_ONE_BY_ONE: usize = 25;
