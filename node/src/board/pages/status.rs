//! `/status`: whether others hold what is here, what is only here, what there is, and by which
//! fingerprint two nodes are compared. Whoever sits at the node is also told its addresses and its peers.

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use crate::board::Board;
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::parts::{LINKS, ago, nothing};
use crate::control::{NodeStatus, PeerState, PeerStatus, reachable};
use crate::export::Item;
use crate::json::Status as Told;
use crate::names::short_peer;
use crate::phrases::{count, figures, several};
use crate::render::{Markup, html, parts};
use crate::store::{Store, Summary};

pub(super) fn routes() -> Router<Board> {
    Router::new().route("/status", get(status))
}

async fn status(frame: Frame) -> Result<Response, Fault> {
    let node = frame.board.node().status().await?;
    let peers = match frame.viewer.is_host() {
        true => Some(frame.board.node().peers().await?),
        false => None,
    };
    let (name, now) = (frame.board.name().to_owned(), frame.now);
    let main =
        frame.board.read(move |store| Ok(Status::read(store, &name, node, peers)?.show(now)));
    Ok(frame.page("How this node stands", main.await?))
}

/// What the page tells.
struct Status {
    told: Told,
    node: NodeStatus,
    /// The peers, for whoever sits at the node.
    peers: Option<Vec<PeerStatus>>,
    /// Entries that are only here, with what each is about, if it is about something.
    only_here: Vec<(Summary, Option<Summary>)>,
}

impl Status {
    fn read(
        store: &Store,
        name: &str,
        node: NodeStatus,
        peers: Option<Vec<PeerStatus>>,
    ) -> Result<Self, Fault> {
        let told = Told::of(store, name, None, Some(&node))?;
        let mut only_here = Vec::new();
        if told.only_here > 0 {
            for entry in store.entries_only_here(ONLY_HERE)? {
                let Some(view) = store.entry(&entry)?.filter(|view| !view.summary.muted) else {
                    continue;
                };
                let item = Item::new(view);
                let about = match item.entry("about") {
                    Some(about) => store.summary(&about)?.filter(|about| !about.muted),
                    None => None,
                };
                only_here.push((item.summary().clone(), about));
            }
        }
        Ok(Self { told, node, peers, only_here })
    }

    fn show(&self, now: u64) -> Markup {
        html! {
            h1 { "How this node stands" }
            div data-live="status" data-every=(SECONDS) {
                (self.others())
                @if self.told.only_here > 0 { (self.only_here(now)) }
                (self.holds())
                @if let Some(peers) = &self.peers { (self.network(peers, now)) }
            }
            (self.fingerprint())
        }
    }

    /// Whether others hold what is here.
    fn others(&self) -> Markup {
        let NodeStatus { connected, in_sync, pending, .. } = self.node;
        let peers = count(connected as u64, "other node", "other nodes");
        html! {
            section.standing.good[connected > 0 && in_sync == connected] aria-labelledby="others" {
                h2.unseen #others { "Others" }
                @if connected == 0 { (self.alone()) }
                @else if in_sync == connected {
                    p.lead { "In sync with " (all_of(connected)) "." }
                } @else {
                    p.lead { "In sync with " (in_sync) " of " (peers) ". The rest is on its way." }
                }
                @if pending > 0 {
                    p { (count(pending as u64, "contribution waits", "contributions wait")) " for what they build on." }
                }
                @if self.told.only_here == 0 && self.told.contributions > 0 {
                    p { "Everything that was written here is held by another node as well." }
                }
            }
        }
    }

    fn alone(&self) -> Markup {
        if self.peers.is_none() {
            return nothing(
                "Nobody else is connected to this node just now.",
                &html! {
                    "What you write is kept here, and goes to the others when they are met again."
                },
            );
        }
        let addresses = reachable(&self.node.listen);
        let address = addresses.first().map_or("ADDRESS", |address| address.as_str());
        nothing(
            "Nobody else is connected yet.",
            &html! {
                "Others on this network are found by themselves, if they run " code { "commons start" }
                " for the same commons. Where they are not, they come in with "
                code.command { "commons start --peer " (address) }
            },
        )
    }

    fn only_here(&self, now: u64) -> Markup {
        html! {
            section aria-labelledby="only-here" {
                h2 #only-here { "Only here so far" }
                p.warning {
                    (count(self.told.only_here, "contribution is", "contributions are"))
                    " known to be on no other node. Do not erase this disk yet."
                }
                ul.plain { @for (entry, about) in &self.only_here { (one(entry, about.as_ref(), now)) } }
                @if self.only_here.len() == ONLY_HERE { p.meta { "These are the last written." } }
            }
        }
    }

    /// What there is.
    fn holds(&self) -> Markup {
        let Told { contributions, entries, authors, kinds, muted, damaged, .. } = &self.told;
        html! {
            section aria-labelledby="holds" {
                h2 #holds { "What is here" }
                p {
                    (count(*entries, "entry", "entries")) ", "
                    (count(*contributions, "contribution", "contributions")) ", "
                    (count(*authors, "person", "people")) "."
                }
                @if !kinds.is_empty() {
                    dl.figures {
                        @for (kind, number) in kinds {
                            div { dt { (parts::line(&several(kind))) } dd { (figures(*number)) } }
                        }
                    }
                }
                @if *muted > 0 && self.peers.is_some() {
                    p.meta { (count(*muted, "entry is", "entries are")) " muted here and not counted." }
                }
                @if *damaged > 0 {
                    p.warning {
                        "This program fails to put " (count(*damaged, "entry", "entries"))
                        " together. " code { "commons doctor" } " looks into what is wrong."
                    }
                }
            }
        }
    }

    /// The node in its network, for whoever sits at it.
    fn network(&self, peers: &[PeerStatus], now: u64) -> Markup {
        let addresses = reachable(&self.node.listen);
        html! {
            section aria-labelledby="network" {
                h2 #network { "Your node" }
                p { "It was started " (ago(self.node.since, now)) ", and is of version " (env!("CARGO_PKG_VERSION")) "." }
                @if addresses.is_empty() {
                    p.warning { "It listens nowhere, so nobody can reach it. Stop it and start it again; " code { "commons doctor" } " says what is in the way." }
                } @else {
                    details #addresses {
                        summary { "Where others reach it" }
                        ul.plain { @for address in addresses { li { code { (parts::line(address)) } } } }
                        p.meta { "From elsewhere: " code { "commons start --peer ADDRESS" } " with one of these." }
                    }
                }
                @if !peers.is_empty() {
                    h3 #peers { "Peers" }
                    div.scroll tabindex="0" role="region" aria-labelledby="peers" {
                        table.peers {
                            thead { tr { @for name in ["Peer", "State", "Sync", "Since", "Version", "Address"] { th scope="col" { (name) } } } }
                            tbody { @for one in peers.iter().take(PEERS) { (peer(one, now)) } }
                        }
                    }
                    @if peers.len() > PEERS { p.meta { "and " (figures((peers.len() - PEERS) as u64)) " more that are known" } }
                }
            }
        }
    }

    fn fingerprint(&self) -> Markup {
        let whole = &self.told.fingerprint;
        html! {
            section aria-labelledby="fingerprint" {
                h2 #fingerprint { "Fingerprint" }
                div data-live="fingerprint" data-every=(SECONDS) {
                    p.fingerprint { code { @for part in groups(whole.get(..SHORT).unwrap_or(whole)) { span { (part) } " " } } }
                    details #whole-fingerprint { summary { "All of it" } p { code { (whole) } } }
                }
                p.meta {
                    "Two nodes with the same fingerprint hold exactly the same. Read it to each other, "
                    "or compare it with " code { "commons status" } "."
                }
            }
        }
    }
}

/// An entry that is only here. One without a title is called by what it is about.
fn one(entry: &Summary, about: Option<&Summary>, now: u64) -> Markup {
    html! {
        li data-key=(entry.id) {
            span.kind { (parts::line(entry.kind.name())) } " "
            @match about {
                Some(about) if entry.title.trim().is_empty() => {
                    "of " (parts::entry(&about.id, &about.title, &LINKS))
                }
                _ => (parts::entry(&entry.id, &entry.title, &LINKS)),
            }
            " " span.meta { (ago(entry.changed, now)) }
        }
    }
}

fn peer(one: &PeerStatus, now: u64) -> Markup {
    html! {
        tr data-key=(one.peer) {
            td { code title=(one.peer) { (short_peer(&one.peer)) } }
            td { (one.state.name()) }
            td {
                @match one.in_sync {
                    Some(true) => span.good { "in sync" },
                    Some(false) => span.warning { (one.differences()) },
                    None => @if one.state == PeerState::Connected { "not known yet" },
                }
            }
            td { @if let Some(since) = one.since { (ago(since, now)) } }
            td { @if let Some(version) = &one.version { (parts::line(version)) } }
            td { @if let Some(address) = &one.address { code { (parts::line(address)) } } }
        }
    }
}

fn all_of(connected: usize) -> String {
    match connected {
        1 => "the one other node that is connected".to_owned(),
        2 => "both other nodes that are connected".to_owned(),
        all => format!("all {all} other nodes that are connected"),
    }
}

/// A fingerprint in groups, as one reads it aloud.
fn groups(letters: &str) -> impl Iterator<Item = &str> {
    // It is of plain letters and digits.
    letters.as_bytes().chunks(4).map(|group| str::from_utf8(group).unwrap_or_default())
}

/// Characters of the fingerprint that people compare: 80 bits, more than chance can meet.
const SHORT: usize = 16;

/// Seconds after which the page looks again: peers come and go without a contribution.
const SECONDS: u32 = 5;

/// Entries that are only here and are named.
const ONLY_HERE: usize = 20;

/// Peers that are told: many times those of an event's network segment.
const PEERS: usize = 100;

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use commons_proto::kind::Kind;

    use super::*;
    use crate::board::server::Door;
    use crate::board::testing::TestBoard;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_host_is_told_how_others_come_in_and_a_guest_is_not() {
        let board = TestBoard::new().await;
        board.add(Kind::Idea, &[("title", "Bed sensors")]).await;
        let host = board.get("/status").await.body;
        let address = "commons start --peer /ip4/127.0.0.1/tcp/";
        for shown in ["Nobody else is connected yet.", address, "Only here so far", "Bed sensors"] {
            assert!(host.contains(shown), "{shown} in {host}");
        }
        let fingerprint = board.node.handle().status().await.unwrap().fingerprint;
        assert!(host.contains(&format!("<code>{fingerprint}</code>")), "{host}");
        let request = Request::get("/status").body(Body::empty()).unwrap();
        let guest = board.ask(Door::Guests, request).await.body;
        assert!(guest.contains("Nobody else is connected to this node just now."), "{guest}");
        assert!(!guest.contains("/ip4/") && !guest.contains("Your node"), "{guest}");
        board.node.stop().await;
    }

    #[test]
    fn a_fingerprint_is_read_aloud_in_groups() {
        assert_eq!(groups("abcdefghij").collect::<Vec<_>>(), ["abcd", "efgh", "ij"]);
    }
}
