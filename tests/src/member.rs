//! A member of the tests: an honest node in this process, on the home of a [`Person`], so that the
//! verbs of `commons` work beside it. It listens on loopback, and knows whom it is told. Who is
//! not honest is in [`crate::liar`].

use std::sync::{Arc, LazyLock};

use commons_node::control::{NodeStatus, PeerStatus};
use commons_node::driver::{Node, NodeConfig, NodeError, NodeEvent};
use commons_node::home::Home;
use commons_node::store::{Outcome, Store};
use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, SALT_BYTES, Subject, Verified};
use commons_proto::edit::{Edit, Value};
use commons_proto::id::{CommonsId, ContributionId, TreeHash};
use commons_proto::kind::Kind;
use commons_proto::tree::Tree;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use tokio::runtime::Runtime;
use tokio::sync::broadcast;

use crate::commons::Person;
use crate::heard::Heard;
use crate::wait;

/// A running node. It stops when dropped.
pub struct Member {
    person: Person,
    home: Home,
    commons: CommonsId,
    node: Node,
    events: Heard<NodeEvent>,
    written: u64,
}

impl Member {
    /// Somebody with a home of their own, whose node runs and knows nobody.
    #[track_caller]
    pub fn new(name: &str) -> Self {
        Self::of(&Person::new(name), &[])
    }

    /// As [`Member::new`], and the node dials these.
    #[track_caller]
    pub fn knowing(name: &str, others: &[&Self]) -> Self {
        Self::of(
            &Person::new(name),
            &others.iter().map(|other| other.address()).collect::<Vec<_>>(),
        )
    }

    /// The node of this person, in their commons, which dials these addresses.
    ///
    /// # Panics
    /// If it does not start.
    #[track_caller]
    pub fn of(person: &Person, peers: &[Multiaddr]) -> Self {
        let home = Home::open(person.home()).expect("a home can be made");
        let store = home.open_store(person.commons(), None).expect("a store can be made");
        let config = NodeConfig {
            home: home.clone(),
            database: store.path().to_owned(),
            commons: store.commons(),
            listen: LISTEN.iter().map(|address| address.parse().expect("an address")).collect(),
            peers: peers.to_vec(),
            mdns: false,
            hub: false,
        };
        drop(store);
        let commons = config.commons;
        let (node, told) = RUNTIME.block_on(Node::start(config)).expect("a node starts");
        let events = Heard::default();
        RUNTIME.spawn(listen(told, events.clone()));
        Self { person: person.clone(), home, commons, node, events, written: 0 }
    }

    /// Whose node it is: for the verbs of `commons` on its home.
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// The commons that it is a member of.
    pub fn commons(&self) -> CommonsId {
        self.commons
    }

    /// Its libp2p peer id.
    pub fn peer(&self) -> PeerId {
        self.node.peer()
    }

    /// Where it can be dialled over TCP.
    #[track_caller]
    pub fn address(&self) -> Multiaddr {
        self.address_with(|part| matches!(part, Protocol::Tcp(_)))
    }

    /// Where it can be dialled over QUIC.
    #[track_caller]
    pub fn quic_address(&self) -> Multiaddr {
        self.address_with(|part| matches!(part, Protocol::QuicV1))
    }

    /// The author's key in its home.
    pub fn key(&self) -> AuthorKey {
        self.home.author_key().expect("a home has, or gets, a key")
    }

    /// Its store, to read from, or to write to as another process would.
    pub fn store(&self) -> Store {
        self.home.open_store(self.person.commons(), None).expect("the store is there")
    }

    /// Takes in these as written here; all must be new. When this returns, they are on disk.
    #[track_caller]
    pub fn writes(&self, batch: &[Verified]) {
        let outcomes = self.tries_to_write(batch);
        let is_new = |outcome: &Outcome| matches!(outcome, Outcome::New { .. });
        assert!(outcomes.iter().all(is_new), "all are new: {outcomes:?}");
    }

    /// Takes in these as written here, if the node can.
    ///
    /// # Errors
    /// As the node says.
    pub fn tries(&self, batch: &[Verified]) -> Result<Vec<Outcome>, NodeError> {
        RUNTIME.block_on(self.node.handle().write(batch.to_vec()))
    }

    /// Takes in these as written here, and says what became of each.
    #[track_caller]
    pub fn tries_to_write(&self, batch: &[Verified]) -> Vec<Outcome> {
        self.tries(batch).expect("the node runs")
    }

    /// Writes an idea with this title.
    #[track_caller]
    pub fn writes_idea(&mut self, title: &str) -> Verified {
        self.written += 1;
        let idea = idea(&self.key(), &self.commons, title, self.written);
        self.writes(std::slice::from_ref(&idea));
        idea
    }

    /// How many contributions it holds.
    pub fn count(&self) -> u64 {
        self.store().counts().expect("the store can be read").contributions
    }

    /// The fingerprint of what it holds.
    pub fn fingerprint(&self) -> TreeHash {
        let mut tree = Tree::default();
        tree.insert(self.store().ids().expect("the store can be read"));
        tree.root()
    }

    /// Whether it holds this contribution.
    pub fn holds(&self, id: &ContributionId) -> bool {
        self.store().holds(id).expect("the store can be read")
    }

    /// Waits until it holds these contributions.
    #[track_caller]
    pub fn until_it_holds(&self, ids: &[ContributionId]) {
        let store = self.store();
        let what = format!("{} to hold {} contributions", self.name(), ids.len());
        wait::until(&what, || {
            let holds = |id: &&ContributionId| store.holds(id).expect("the store can be read");
            let held = ids.iter().filter(holds).count();
            if held == ids.len() { Ok(()) } else { Err(format!("{held} are held")) }
        });
    }

    /// How the node stands.
    pub fn status(&self) -> NodeStatus {
        RUNTIME.block_on(self.node.handle().status()).expect("the node runs")
    }

    /// The peers that it is connected to, knows or refuses.
    pub fn peers(&self) -> Vec<PeerStatus> {
        RUNTIME.block_on(self.node.handle().peers()).expect("the node runs")
    }

    /// Waits until this peer is connected.
    #[track_caller]
    pub fn meets(&self, other: PeerId) {
        let other = other.to_string();
        self.hears("a peer", |event| {
            matches!(event, NodeEvent::PeerConnected { peer, .. } if *peer == other).then_some(())
        });
    }

    /// Waits until it refuses this peer, and gives the first reason.
    #[track_caller]
    pub fn refuses(&self, other: PeerId) -> String {
        let other = other.to_string();
        self.hears("a peer refused", |event| match event {
            NodeEvent::PeerRefused { peer, reason, .. } if *peer == other => Some(reason.clone()),
            _ => None,
        })
    }

    /// Whether it has ever refused this peer so far.
    pub fn has_refused(&self, other: PeerId) -> bool {
        let other = other.to_string();
        self.events
            .all()
            .iter()
            .any(|event| matches!(event, NodeEvent::PeerRefused { peer, .. } if *peer == other))
    }

    /// All events so far.
    pub fn events(&self) -> Vec<NodeEvent> {
        self.events.all()
    }

    /// How many events there were so far, for [`Member::hears_after`].
    pub fn mark(&self) -> usize {
        self.events.mark()
    }

    /// Waits for the first event that the closure picks, of all since the start.
    #[track_caller]
    pub fn hears<P>(&self, what: &str, pick: impl FnMut(&NodeEvent) -> Option<P>) -> P {
        self.hears_after(0, what, pick)
    }

    /// Waits for the first event that the closure picks, of those after the mark.
    ///
    /// # Panics
    /// If it does not come.
    #[track_caller]
    pub fn hears_after<P>(
        &self,
        mark: usize,
        what: &str,
        pick: impl FnMut(&NodeEvent) -> Option<P>,
    ) -> P {
        match self.events.first_after(mark, pick) {
            Some(found) => found,
            None => panic!("{} did not hear of {what}, but {:?}", self.name(), self.events.all()),
        }
    }

    /// Stops the node, and returns when all is on disk and the home is free.
    pub fn stops(self) -> Person {
        RUNTIME.block_on(self.node.stop());
        self.person
    }

    fn name(&self) -> &str {
        self.person.name()
    }

    #[track_caller]
    fn address_with(&self, is_wanted: impl Fn(&Protocol<'_>) -> bool) -> Multiaddr {
        let mut addresses = self.node.listening().iter();
        let found = addresses.find(|address| address.iter().any(|part| is_wanted(&part)));
        let address = found.expect("it listens on TCP and on QUIC").clone();
        address.with(Protocol::P2p(self.peer()))
    }
}

/// Waits until all of them hold the same, and gives the number of contributions.
///
/// # Panics
/// If they do not settle.
#[track_caller]
pub fn settle_members(members: &[&Member]) -> u64 {
    let (first, others) = members.split_first().expect("somebody settles");
    wait::until("all members to hold the same", || {
        let expected = (first.fingerprint(), first.count());
        for member in others {
            let held = (member.fingerprint(), member.count());
            if held != expected {
                return Err(format!("{} {expected:?}, {} {held:?}", first.name(), member.name()));
            }
        }
        Ok(expected.1)
    })
}

/// An idea with a title, signed; `number` tells apart those with the same title.
///
/// # Panics
/// If the title is too long.
pub fn idea(key: &AuthorKey, commons: &CommonsId, title: &str, number: u64) -> Verified {
    let title = Some(Value::Text(title.to_owned()));
    let draft = Draft {
        subject: Subject::Genesis(Kind::Idea),
        parents: Vec::new(),
        edits: vec![Edit::Set { field: "title".to_owned(), value: title }],
        summary: None,
    };
    let mut salt = [0; SALT_BYTES];
    salt[..8].copy_from_slice(&number.to_be_bytes());
    draft.sign(key, commons, TIME + number, salt).expect("a short idea")
}

/// Keeps what a node tells, until it ends.
async fn listen(mut told: broadcast::Receiver<NodeEvent>, events: Heard<NodeEvent>) {
    loop {
        match told.recv().await {
            Ok(event) => events.add(event),
            Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// What all members and liars of a test program run on.
pub(crate) static RUNTIME: LazyLock<Arc<Runtime>> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    Arc::new(builder.worker_threads(2).enable_all().build().expect("threads can be started"))
});

/// Where members listen.
const LISTEN: [&str; 2] = ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"];

/// When the first thing was written: any time in the past will do.
const TIME: u64 = 1_700_000_000;
