//! Networks of one machine, over loopback and without multicast: who meets whom, what gets across,
//! and what one peer can do to another. Real LANs are tested elsewhere.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, and says where")]

use std::time::Duration;

use commons_node::network::{
    Events, FRAME_BYTES, GOSSIP_BYTES, Network, NetworkConfig, NetworkError, NetworkEvent,
    NetworkHandle, SendError, Token, Verdict,
};
use commons_proto::id::CommonsId;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};

/// Longer than anything here takes on a busy machine: a test that reaches it has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A network and what it has said.
struct Node {
    handle: NetworkHandle,
    events: Events,
    address: Multiaddr,
}

impl Node {
    fn config(commons: &str, peers: &[&Node]) -> NetworkConfig {
        NetworkConfig {
            keypair: Keypair::generate_ed25519(),
            commons: CommonsId::derive(commons, None).unwrap(),
            listen: vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()],
            peers: peers.iter().map(|node| node.address.clone()).collect(),
            mdns: false,
            known: Vec::new(),
            hub: false,
        }
    }

    async fn start(config: NetworkConfig) -> Self {
        let (handle, mut events) = Network::start(config).unwrap();
        let address = wait(&mut events, |event| match event {
            NetworkEvent::Listening(address) => Some(address),
            _ => None,
        })
        .await;
        Self { handle, events, address }
    }

    fn peer(&self) -> PeerId {
        self.handle.local_peer()
    }

    /// The first event that the closure picks.
    async fn next<T>(&mut self, pick: impl FnMut(NetworkEvent) -> Option<T>) -> T {
        wait(&mut self.events, pick).await
    }

    async fn ready(&mut self, other: PeerId) -> bool {
        self.next(|event| match event {
            NetworkEvent::PeerReady { peer, dialer, .. } if peer == other => Some(dialer),
            _ => None,
        })
        .await
    }

    async fn gone(&mut self, other: PeerId) {
        self.next(|event| {
            matches!(event, NetworkEvent::PeerGone { peer } if peer == other).then_some(())
        })
        .await;
    }

    async fn gossip(&mut self) -> (Token, Vec<u8>) {
        self.next(|event| match event {
            NetworkEvent::Gossip { token, bytes, .. } => Some((token, bytes)),
            _ => None,
        })
        .await
    }

    /// Publishes a message again and again, each time numbered, until the other hears it: what
    /// comes before the subscription is lost, which the driver repairs by comparing sets.
    async fn publish_until_heard(&self, message: &str, other: &mut Node) -> Token {
        let mut number = 0;
        loop {
            number += 1;
            self.handle.publish(format!("{message} {number}").into_bytes()).await;
            let heard = tokio::time::timeout(Duration::from_millis(100), other.gossip()).await;
            match heard {
                Ok((token, bytes)) if bytes.starts_with(message.as_bytes()) => return token,
                _ => {}
            }
        }
    }

    async fn frame(&mut self) -> Vec<u8> {
        self.next(|event| match event {
            NetworkEvent::Frame { bytes, .. } => Some(bytes),
            _ => None,
        })
        .await
    }
}

async fn wait<T>(events: &mut Events, mut pick: impl FnMut(NetworkEvent) -> Option<T>) -> T {
    let search = async {
        loop {
            let event = events.recv().await.expect("the network runs");
            if let Some(found) = pick(event) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, search).await.expect("it happens in time")
}

/// Two members that have met.
async fn pair(listen: &str) -> (Node, Node) {
    let listen: Multiaddr = listen.parse().unwrap();
    let mut one =
        Node::start(NetworkConfig { listen: vec![listen.clone()], ..Node::config("commons", &[]) })
            .await;
    let mut two =
        Node::start(NetworkConfig { listen: vec![listen], ..Node::config("commons", &[&one]) })
            .await;
    let begins = [one.ready(two.peer()).await, two.ready(one.peer()).await];
    assert_eq!(begins.iter().filter(|begins| **begins).count(), 1, "one of the two begins");
    (one, two)
}

async fn get_across(listen: &str) {
    let (mut one, mut two) = pair(listen).await;
    for frame in [b"wash hands".to_vec(), Vec::new(), vec![7; FRAME_BYTES]] {
        one.handle.send(two.peer(), frame.clone()).await.unwrap();
        assert_eq!(two.frame().await, frame);
        two.handle.try_send(one.peer(), frame.clone()).unwrap();
        assert_eq!(one.frame().await, frame);
    }
    let too_large = vec![0; FRAME_BYTES + 1];
    assert_eq!(one.handle.try_send(two.peer(), too_large), Err(SendError::TooLarge));
    assert_eq!(one.handle.try_send(PeerId::random(), Vec::new()), Err(SendError::Gone));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_get_across_over_tcp() {
    get_across("/ip4/127.0.0.1/tcp/0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_get_across_over_quic() {
    get_across("/ip4/127.0.0.1/udp/0/quic-v1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gossip_is_passed_on_only_when_it_is_accepted() {
    // The ends never meet: nobody is told of loopback addresses.
    let mut one = Node::start(Node::config("commons", &[])).await;
    let mut middle = Node::start(Node::config("commons", &[&one])).await;
    let mut three = Node::start(Node::config("commons", &[&middle])).await;
    middle.ready(one.peer()).await;
    three.ready(middle.peer()).await;

    one.publish_until_heard("not judged", &mut middle).await;
    let rejected = one.publish_until_heard("rejected", &mut middle).await;
    middle.handle.verdict(rejected, Verdict::Reject);
    let heard = async {
        loop {
            let accepted = one.publish_until_heard("accepted", &mut middle).await;
            middle.handle.verdict(accepted, Verdict::Accept);
        }
    };
    tokio::select! {
        () = heard => unreachable!("it publishes for ever"),
        (_, bytes) = three.gossip() => assert!(bytes.starts_with(b"accepted")),
    }

    one.handle.publish(vec![0; GOSSIP_BYTES + 1]).await;
    one.next(|event| matches!(event, NetworkEvent::GossipLost { .. }).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_is_noted_and_left_alone() {
    let mut one = Node::start(Node::config("commons", &[])).await;
    let mut stranger = Node::start(Node::config("another commons", &[&one])).await;
    let noted = |other: PeerId| {
        move |event| match event {
            NetworkEvent::Stranger { peer } if peer == other => Some(()),
            NetworkEvent::PeerReady { .. } => panic!("a stranger is no peer"),
            _ => None,
        }
    };
    one.next(noted(stranger.peer())).await;
    stranger.next(noted(one.peer())).await;
    assert!(one.handle.status().await.connected.is_empty());
    let refused = stranger.handle.status().await.refused;
    assert_eq!(refused[0].0, one.peer(), "it is not dialled again for a while");

    // A member still gets in.
    let mut two = Node::start(Node::config("commons", &[&one])).await;
    one.ready(two.peer()).await;
    two.ready(one.peer()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_does_not_read_slows_its_sender_and_nobody_else() {
    const FRAMES: u8 = 100;
    let (mut one, mut slow) = pair("/ip4/127.0.0.1/tcp/0").await;
    let mut quick = Node::start(Node::config("commons", &[&one])).await;
    quick.ready(one.peer()).await;
    one.ready(quick.peer()).await;

    // Nobody takes what the slow one hears, so a hundred megabytes never leave.
    let (handle, peer) = (one.handle.clone(), slow.peer());
    let sending = tokio::spawn(async move {
        for number in 0..FRAMES {
            handle.send(peer, vec![number; FRAME_BYTES]).await.unwrap();
        }
    });
    for number in 0..FRAMES {
        one.handle.send(quick.peer(), vec![number]).await.unwrap();
        assert_eq!(quick.frame().await, [number]);
    }
    while one.handle.try_send(slow.peer(), vec![FRAMES; FRAME_BYTES]).is_ok() {}
    assert!(!sending.is_finished());

    // Once it is read, everything comes, in order.
    let mut expected = 0;
    while expected < FRAMES {
        let frame = slow.frame().await;
        assert!(frame[0] == expected || frame[0] == FRAMES);
        expected += u8::from(frame[0] == expected);
    }
    sending.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_restarts_with_its_key_and_port_is_met_again() {
    let mut one = Node::start(Node::config("commons", &[])).await;
    let config = Node::config("commons", &[&one]);
    let two = Node::start(config.clone()).await;
    let (peer, address) = (two.peer(), two.address.clone());
    let (mut is_ready, mut is_learned) = (false, false);
    while !(is_ready && is_learned) {
        one.next(|event| {
            match event {
                NetworkEvent::PeerReady { .. } => is_ready = true,
                NetworkEvent::Learned { address: place, .. } => is_learned |= place == address,
                _ => {}
            }
            Some(())
        })
        .await;
    }
    two.handle.shutdown().await;
    one.gone(peer).await;

    // It has forgotten everybody, and is dialled.
    let mut two =
        Node::start(NetworkConfig { listen: vec![address], peers: vec![], ..config }).await;
    one.ready(peer).await;
    two.ready(one.peer()).await;
    one.handle.send(peer, b"welcome back".to_vec()).await.unwrap();
    assert_eq!(two.frame().await, b"welcome back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_peer_is_let_in_again_when_its_time_is_over() {
    let (mut one, mut two) = pair("/ip4/127.0.0.1/tcp/0").await;
    one.handle.drop_peer(two.peer(), Duration::from_secs(2));
    one.gone(two.peer()).await;
    two.gone(one.peer()).await;
    let status = one.handle.status().await;
    assert_eq!(status.refused.len(), 1);
    assert_eq!(one.handle.try_send(two.peer(), vec![]), Err(SendError::Gone));
    one.ready(two.peer()).await;
    two.ready(one.peer()).await;
    assert!(one.handle.status().await.refused.is_empty());
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_that_names_it() {
    let one = Node::start(Node::config("commons", &[])).await;
    let config =
        NetworkConfig { listen: vec![one.address.clone()], ..Node::config("commons", &[]) };
    match Network::start(config) {
        Err(NetworkError::Listen { address, .. }) => assert_eq!(address, one.address),
        _ => panic!("two networks listen on {}", one.address),
    }
}
