//! A liar: a peer over the real network that gives the proof of the commons and then says what the
//! test wants, frame by frame or byte by byte, hears what is said to it, and sees whether it is
//! dropped and refused. It shares no code with the network of a node, so that it can do what a node
//! never does.
//!
//! Unless it is told otherwise ([`Liar::answers`]), it answers each comparison with "the same" and
//! each want with what is on its shelf ([`Liar::offers`]). Its peer id is higher than the member's,
//! so that the member compares at once.

mod line;
mod mesh;

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use commons_proto::id::{CommonsId, ContributionId};
use commons_proto::wire::{Ids, Message, Unchecked, deliveries};
use futures::{AsyncReadExt, AsyncWriteExt};
use libp2p::core::muxing::SubstreamBox;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};
use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, oneshot, watch};

pub use self::line::{Greeting, Stream};
use self::line::{Line, agree};
use crate::heard::Heard;
use crate::member::{Member, RUNTIME};
use crate::wait::PATIENCE;

/// What a liar hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A message on the sync stream.
    Said(Message),
    /// A frame on the sync stream that is no message.
    Garbage(Vec<u8>),
    /// A gossip message.
    Gossip(Vec<u8>),
    /// The other side wants to hear gossip.
    Subscribed,
    /// The other side has opened its sync stream: we are let in.
    LetIn,
    /// The connection has ended.
    Dropped,
}

/// What a liar answers to a message of the member, instead of the usual.
type Script = Box<dyn FnMut(&Message) -> Option<Vec<Message>> + Send>;

/// A peer that lies. Its connection ends when it is dropped.
pub struct Liar {
    keypair: Keypair,
    commons: CommonsId,
    address: Multiaddr,
    connection: Option<Connection>,
    heard: Heard<Word>,
    /// How much was heard before the present connection.
    mark: usize,
    ear: Ear,
}

/// What a liar needs to listen and to answer, shared with the tasks that do.
#[derive(Clone)]
struct Ear {
    heard: Heard<Word>,
    script: Arc<Mutex<Script>>,
    shelf: Arc<Mutex<BTreeMap<ContributionId, Vec<u8>>>>,
    reading: watch::Sender<bool>,
}

/// A connection, the ways to the two streams on which the liar speaks, and what it holds open.
struct Connection {
    line: Line,
    sync: Mouth,
    mesh: Mouth,
    waiting: Option<[Throat; 2]>,
    /// Bytes that were said, and are not yet taken by their streams.
    untaken: Arc<AtomicUsize>,
    open: Vec<SubstreamBox>,
}

/// The way to a stream's writer: bytes, and who is told when they are written.
type Mouth = mpsc::UnboundedSender<(Vec<u8>, Option<oneshot::Sender<()>>)>;
/// Its other end.
type Throat = mpsc::UnboundedReceiver<(Vec<u8>, Option<oneshot::Sender<()>>)>;

impl Liar {
    /// Somebody who knows the commons of this member, and is let in over TCP.
    ///
    /// # Panics
    /// If it is not let in.
    #[track_caller]
    pub fn meets(member: &Member) -> Self {
        Self::meets_at(member, &member.address())
    }

    /// As [`Liar::meets`], at an address of the member's.
    #[track_caller]
    pub fn meets_at(member: &Member, address: &Multiaddr) -> Self {
        let mut liar = Self::knows(member.commons(), member.peer(), address);
        assert!(liar.comes(), "a stranger who knows the commons is let in");
        liar
    }

    /// Somebody who knows this commons and could dial this peer.
    pub fn knows(commons: CommonsId, other: PeerId, address: &Multiaddr) -> Self {
        let keypair = std::iter::repeat_with(Keypair::generate_ed25519)
            .find(|keypair| keypair.public().to_peer_id() > other)
            .expect("half of all keys are higher than most");
        let heard = Heard::default();
        let script: Script = Box::new(|_| None);
        let ear = Ear {
            heard: heard.clone(),
            script: Arc::new(Mutex::new(script)),
            shelf: Arc::default(),
            reading: watch::Sender::new(true),
        };
        let address = address.clone();
        Self { keypair, commons, address, connection: None, heard, mark: 0, ear }
    }

    /// Its libp2p peer id.
    pub fn peer(&self) -> PeerId {
        self.keypair.public().to_peer_id()
    }

    /// Dials, gives its proof, and says that it wants to hear gossip; whether it is let in. It is
    /// refused if it is hung up on before the other side opens a stream.
    pub fn comes(&mut self) -> bool {
        if !self.comes_saying(&Greeting::Proof) {
            return false;
        }
        let is_in = self.hears("whether it is let in", |word| match word {
            Word::LetIn => Some(true),
            Word::Dropped => Some(false),
            _ => None,
        });
        is_in && RUNTIME.block_on(self.speaks()).is_ok()
    }

    /// Dials, and says this in place of its proof; whether it is given the other's.
    pub fn comes_saying(&mut self, greeting: &Greeting) -> bool {
        self.mark = self.heard.mark();
        self.connection = None;
        let ((sync, sync_end), (mesh, mesh_end)) =
            (mpsc::unbounded_channel(), mpsc::unbounded_channel());
        let untaken = Arc::new(AtomicUsize::new(0));
        let (ear, end) = (self.ear.clone(), End(self.heard.clone()));
        let mouth = (sync.clone(), Arc::clone(&untaken));
        let inbound = move |stream| {
            let (ear, mouth, _) = (ear.clone(), mouth.clone(), &end);
            // A stream that breaks has said what it said.
            tokio::spawn(async move { ear.listens(stream, mouth).await.map_or((), drop) });
        };
        let dial = Line::dial(&self.keypair, &self.commons, &self.address, greeting, inbound);
        let dial = RUNTIME.block_on(async { tokio::time::timeout(PATIENCE, dial).await });
        let Ok(line) = dial.expect("a dial ends") else { return false };
        let waiting = Some([sync_end, mesh_end]);
        let open = Vec::new();
        self.connection = Some(Connection { line, sync, mesh, waiting, untaken, open });
        true
    }

    /// Says a message on the sync stream.
    pub fn says(&self, message: &Message) {
        self.says_frame(&message.encode());
    }

    /// Sends these bytes as a frame on the sync stream.
    pub fn says_frame(&self, frame: &[u8]) {
        let length = u32::try_from(frame.len()).expect("a frame has a length");
        self.writes([&length.to_be_bytes()[..], frame].concat());
    }

    /// Writes bytes on the sync stream as they are.
    pub fn writes(&self, bytes: Vec<u8>) {
        self.send(|connection| &connection.sync, bytes);
    }

    /// Puts these contributions on its shelf, whatever they are, and offers them. It delivers those
    /// that are wanted. Gives the ids under which they were offered: for what has no header, the
    /// hash of all bytes.
    pub fn offers(&self, items: &[Vec<u8>]) -> Vec<ContributionId> {
        let ids: Vec<ContributionId> = items
            .iter()
            .map(|bytes| match Unchecked::new(bytes.clone()) {
                Ok(contribution) => contribution.id(),
                Err(_) => ContributionId(Sha256::digest(bytes).into()),
            })
            .collect();
        for (id, bytes) in ids.iter().zip(items) {
            self.shelves(*id, bytes.clone());
        }
        self.says(&Message::Offer { ids: Ids(ids.clone()), more: false });
        ids
    }

    /// Puts bytes on its shelf under an id, to be delivered when that is wanted.
    pub fn shelves(&self, id: ContributionId, bytes: Vec<u8>) {
        self.ear.shelf.lock().unwrap_or_else(PoisonError::into_inner).insert(id, bytes);
    }

    /// From now on answers each message as the closure says; where it says nothing, as usual.
    pub fn answers(&self, script: impl FnMut(&Message) -> Option<Vec<Message>> + Send + 'static) {
        *self.ear.script.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(script);
    }

    /// Reads no more of what is said to it on the sync stream, or reads on.
    pub fn reads(&self, is_reading: bool) {
        self.ear.reading.send_replace(is_reading);
    }

    /// Publishes bytes on the commons's topic.
    pub fn gossips(&self, data: &[u8]) {
        self.gossips_on(&self.commons.topic(), data);
    }

    /// Publishes bytes on any topic.
    pub fn gossips_on(&self, topic: &str, data: &[u8]) {
        self.writes_to_mesh(mesh::message(topic, data));
    }

    /// Writes bytes on the gossip stream as they are.
    pub fn writes_to_mesh(&self, bytes: Vec<u8>) {
        self.send(|connection| &connection.mesh, bytes);
    }

    /// Waits until all that it said is written; whether it was, before the connection ended.
    #[track_caller]
    pub fn until_said(&self) -> bool {
        let Some(connection) = &self.connection else { return false };
        let written = [&connection.sync, &connection.mesh].map(|mouth| {
            let (sender, written) = oneshot::channel();
            // An error means that the stream has broken, as does the next one.
            let _ = mouth.send((Vec::new(), Some(sender)));
            written
        });
        RUNTIME.block_on(async {
            let all = futures::future::join_all(written);
            let all = tokio::time::timeout(PATIENCE, all).await.expect("what is said is read");
            all.iter().all(Result::is_ok)
        })
    }

    /// How many bytes of what it said are not yet taken by the connection.
    pub fn untaken(&self) -> usize {
        self.connection.as_ref().map_or(0, |line| line.untaken.load(Ordering::Relaxed))
    }

    /// Opens a further stream of a protocol, if it is let.
    pub fn opens(&self, protocol: &'static str) -> Option<Stream> {
        let line = &self.connection.as_ref()?.line;
        let open = line.open(protocol);
        RUNTIME.block_on(async { tokio::time::timeout(PATIENCE, open).await }).ok()?.ok()
    }

    /// Opens so many streams, begins to agree on a protocol on each, and holds them; how many it
    /// could open before the connection ended.
    pub fn opens_many(&mut self, count: usize) -> usize {
        let Some(Connection { line, open, .. }) = &mut self.connection else { return 0 };
        RUNTIME.block_on(async {
            for opened in 0..count {
                let Ok(Ok(mut stream)) = tokio::time::timeout(PATIENCE, line.stream()).await else {
                    return opened;
                };
                // One that is reset at once is open no more, and the next one may be.
                let _ = stream.write_all(b"\x13/multistream/1.0.0\n").await;
                let _ = stream.flush().await;
                open.push(stream);
            }
            count
        })
    }

    /// Everything that it heard since it last came.
    pub fn heard(&self) -> Vec<Word> {
        self.heard.all().split_off(self.mark)
    }

    /// Waits for the first thing that the closure picks, of all that it heard since it last came.
    ///
    /// # Panics
    /// If that does not come.
    #[track_caller]
    pub fn hears<P>(&self, what: &str, pick: impl FnMut(&Word) -> Option<P>) -> P {
        match self.heard.first_after(self.mark, pick) {
            Some(found) => found,
            None => panic!("the liar did not hear {what}, but {:?}", self.heard()),
        }
    }

    /// Waits for the first message that the closure picks.
    #[track_caller]
    pub fn is_told<P>(&self, what: &str, mut pick: impl FnMut(&Message) -> Option<P>) -> P {
        self.hears(what, |word| match word {
            Word::Said(message) => pick(message),
            _ => None,
        })
    }

    /// Waits until the connection has ended.
    #[track_caller]
    pub fn is_dropped(&self) {
        self.hears("the end of the connection", |word| (*word == Word::Dropped).then_some(()));
    }

    /// Whether the connection stands, as far as it knows.
    pub fn is_connected(&self) -> bool {
        self.connection.is_some() && !self.heard().contains(&Word::Dropped)
    }

    /// Waits until this member blames it: drops it, says why, and refuses it when it dials again.
    /// Gives the reason.
    ///
    /// # Panics
    /// If it is not dropped, or is let in again.
    #[track_caller]
    pub fn is_blamed_by(&mut self, member: &Member) -> String {
        let reason = member.refuses(self.peer());
        self.is_dropped();
        assert!(!self.comes(), "whoever is blamed ({reason}) is refused for a while");
        reason
    }

    /// Opens the streams on which a peer speaks, and subscribes.
    async fn speaks(&mut self) -> io::Result<()> {
        let Some(connection) = &mut self.connection else { return Ok(()) };
        let Some([sync, mesh]) = connection.waiting.take() else { return Ok(()) };
        for (protocol, words) in [(SYNC, sync), (MESH, mesh)] {
            let stream = connection.line.open(protocol).await?;
            tokio::spawn(talk(stream, words, Arc::clone(&connection.untaken)));
        }
        self.writes_to_mesh(mesh::subscription(&self.commons.topic()));
        Ok(())
    }

    fn send(&self, which: impl Fn(&Connection) -> &Mouth, bytes: Vec<u8>) {
        if let Some(connection) = &self.connection {
            connection.untaken.fetch_add(bytes.len(), Ordering::Relaxed);
            // An error means that the stream has broken: it speaks to nobody.
            let _ = which(connection).send((bytes, None));
        }
    }
}

impl Ear {
    /// Listens to a stream that the other side has opened.
    async fn listens(
        self,
        stream: SubstreamBox,
        mouth: (Mouth, Arc<AtomicUsize>),
    ) -> io::Result<()> {
        let (protocol, mut stream) = agree(stream, &[SYNC, MESH, PING]).await?;
        match protocol {
            SYNC => {
                self.heard.add(Word::LetIn);
                self.listens_to_frames(stream, mouth).await
            }
            MESH => self.listens_to_gossip(stream).await,
            _ => {
                let mut bytes = [0; 32];
                loop {
                    stream.read_exact(&mut bytes).await?;
                    stream.write_all(&bytes).await?;
                    stream.flush().await?;
                }
            }
        }
    }

    async fn listens_to_frames(
        &self,
        mut stream: Stream,
        mouth: (Mouth, Arc<AtomicUsize>),
    ) -> io::Result<()> {
        let (mouth, untaken) = mouth;
        let mut reading = self.reading.subscribe();
        loop {
            // The sender is here as long as we are.
            let _ = reading.wait_for(|is_reading| *is_reading).await;
            let mut length = [0; 4];
            stream.read_exact(&mut length).await?;
            let mut frame = vec![0; u32::from_be_bytes(length) as usize];
            stream.read_exact(&mut frame).await?;
            let Ok(message) = Message::decode(&frame) else {
                self.heard.add(Word::Garbage(frame));
                continue;
            };
            let script = (self.script.lock().unwrap_or_else(PoisonError::into_inner))(&message);
            for answer in script.unwrap_or_else(|| self.usual(&message)) {
                let frame = answer.encode();
                let length = u32::try_from(frame.len()).expect("a message has a length");
                untaken.fetch_add(4 + frame.len(), Ordering::Relaxed);
                // An error means that the stream has broken.
                let _ = mouth.send(([&length.to_be_bytes()[..], &frame].concat(), None));
            }
            self.heard.add(Word::Said(message));
        }
    }

    async fn listens_to_gossip(&self, mut stream: Stream) -> io::Result<()> {
        let (mut waiting, mut bytes) = (Vec::new(), [0; 4096]);
        loop {
            while let Some((length, taken)) = mesh::length(&waiting)
                && waiting.len() >= taken + length
            {
                let frame: Vec<u8> = waiting.drain(..taken + length).skip(taken).collect();
                let (messages, is_subscription) = mesh::read(&frame);
                messages.into_iter().for_each(|data| self.heard.add(Word::Gossip(data)));
                if is_subscription {
                    self.heard.add(Word::Subscribed);
                }
            }
            let read = stream.read(&mut bytes).await?;
            if read == 0 {
                return Ok(());
            }
            waiting.extend(&bytes[..read]);
        }
    }

    /// What it answers where no script says otherwise.
    fn usual(&self, message: &Message) -> Vec<Message> {
        match message {
            Message::Compare { ask, .. } => {
                let (children, beyond) = (Vec::new(), Vec::new());
                vec![Message::Differences { ask: *ask, children, beyond }]
            }
            Message::Want { ids } => {
                let shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
                let (there, missing): (Vec<_>, Vec<_>) =
                    ids.0.iter().copied().partition(|id| shelf.contains_key(id));
                let mut answers = deliveries(there.iter().map(|id| shelf[id].clone()).collect());
                if !missing.is_empty() {
                    answers.push(Message::Missing { ids: Ids(missing) });
                }
                answers
            }
            _ => Vec::new(),
        }
    }
}

/// Says that a connection has ended, when whatever held it is dropped.
struct End(Heard<Word>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.add(Word::Dropped);
    }
}

/// Writes what it is given on a stream, until that breaks.
async fn talk(mut stream: Stream, mut words: Throat, untaken: Arc<AtomicUsize>) -> io::Result<()> {
    while let Some((bytes, written)) = words.recv().await {
        for some in bytes.chunks(TAKEN_BYTES) {
            stream.write_all(some).await?;
            untaken.fetch_sub(some.len(), Ordering::Relaxed);
        }
        if words.is_empty() || written.is_some() {
            stream.flush().await?;
        }
        // Nobody may be waiting any more.
        let _ = written.map(|written| written.send(()));
    }
    Ok(())
}

/// Bytes after which it is counted again how many are not yet taken.
const TAKEN_BYTES: usize = 16 * 1024;

/// The protocol of the stream of frames.
const SYNC: &str = "/commons/sync/1";

/// The protocol of gossip that a liar speaks.
const MESH: &str = "/meshsub/1.1.0";

/// The protocol by which a node asks whether one is there.
const PING: &str = "/ipfs/ping/1.0.0";
