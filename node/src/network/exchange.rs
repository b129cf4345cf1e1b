//! Peer exchange: a peer is asked for others and answers with some it has met itself. Nothing is
//! asked but that; the answer is DAG-CBOR, a list of pairs of a peer's id and its addresses, all in
//! their usual text.

use std::io;
use std::time::Duration;

use commons_proto::cbor;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::request_response::{self, ProtocolSupport};
use libp2p::{Multiaddr, PeerId, StreamProtocol};

/// Peers in an answer.
pub(super) const PEERS: usize = 32;

/// Addresses of each.
pub(super) const ADDRESSES: usize = 4;

/// What the exchange is negotiated by.
const PROTOCOL: StreamProtocol = StreamProtocol::new("/commons/peers/1");

/// Bytes of an answer: 32 peers with four addresses of under 100 bytes are far below.
const ANSWER_BYTES: u64 = 32 * 1024;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The behaviour, and what it says.
pub(super) type Behaviour = request_response::Behaviour<Codec>;
pub(super) type Event = request_response::Event<(), Answer>;
/// Peers and their addresses.
pub(crate) type Answer = Vec<(PeerId, Vec<Multiaddr>)>;

/// A behaviour that asks and answers.
pub(super) fn behaviour() -> Behaviour {
    request_response::Behaviour::with_codec(
        Codec,
        [(PROTOCOL, ProtocolSupport::Full)],
        request_response::Config::default().with_request_timeout(TIMEOUT),
    )
}

/// Puts answers on the wire and takes them off.
#[derive(Debug, Clone, Copy)]
pub(super) struct Codec;

impl request_response::Codec for Codec {
    type Protocol = StreamProtocol;
    type Request = ();
    type Response = Answer;

    async fn read_request<T>(&mut self, _: &StreamProtocol, _: &mut T) -> io::Result<()>
    where
        T: AsyncRead + Unpin + Send,
    {
        Ok(())
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Answer>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut bytes = Vec::new();
        io.take(ANSWER_BYTES).read_to_end(&mut bytes).await?;
        decode(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, _: &mut T, (): ()) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        Ok(())
    }

    async fn write_response<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        answer: Answer,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&encode(&answer)).await
    }
}

/// An answer as it is written: peer ids and addresses in their usual text.
type Written = Vec<(String, Vec<String>)>;

fn encode(answer: &Answer) -> Vec<u8> {
    let written: Written = answer
        .iter()
        .map(|(peer, addresses)| {
            (peer.to_string(), addresses.iter().map(ToString::to_string).collect())
        })
        .collect();
    cbor::encode(&written)
}

/// The peers that can be read, and no more than were agreed upon: addresses of transports that a
/// later version speaks are passed over.
pub(crate) fn decode(bytes: &[u8]) -> Result<Answer, cbor::NotCanonical> {
    let written: Written = cbor::decode(bytes, "list of peers")?;
    Ok(written
        .into_iter()
        .take(PEERS)
        .filter_map(|(peer, addresses)| {
            let addresses = addresses.iter().take(ADDRESSES).filter_map(|text| text.parse().ok());
            Some((peer.parse().ok()?, addresses.collect()))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_back_and_no_longer_than_agreed() {
        let address: Multiaddr = "/ip4/192.0.2.7/udp/4001/quic-v1".parse().unwrap();
        let one = (PeerId::random(), vec![address.clone(); 2]);
        assert_eq!(decode(&encode(&vec![one.clone()])).unwrap(), vec![one]);

        let many = vec![(PeerId::random(), vec![address; ADDRESSES + 3]); PEERS + 5];
        assert!(encode(&many).len() < ANSWER_BYTES as usize);
        let read = decode(&encode(&many)).unwrap();
        assert_eq!((read.len(), read[0].1.len()), (PEERS, ADDRESSES));
        assert!(decode(b"nonsense").is_err());
    }

    #[test]
    fn what_cannot_be_read_is_passed_over() {
        let written: Written = vec![
            ("nobody".into(), vec!["/ip4/192.0.2.7/tcp/1".into()]),
            (PeerId::random().to_string(), vec!["/moon/1".into(), "/ip4/192.0.2.7/tcp/1".into()]),
        ];
        let read = decode(&cbor::encode(&written)).unwrap();
        assert_eq!((read.len(), read[0].1.len()), (1, 1));
    }
}
