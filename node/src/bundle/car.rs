//! Content-addressable archives, version 1 (the IPLD project's CARv1): a header, then blocks, each
//! behind its length and its CID. Only what bundles need: one root, blocks of DAG-CBOR with SHA-256.

use std::io::{self, Read, Write};

use commons_proto::cbor;
use ipld_core::cid::Cid;
use ipld_core::cid::multihash::Multihash;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Why a file is not an archive that can be read.
#[derive(Debug, thiserror::Error)]
pub enum CarError {
    /// It begins otherwise.
    #[error("it is not a CAR file of version 1")]
    NotACar,
    /// It ends in the middle of a block.
    #[error("it ends in the middle of a block: it was not copied to its end")]
    Short,
    /// A block is longer than any that a bundle has.
    #[error("it has a block of {0} bytes; in a bundle they have at most {BLOCK_BYTES}")]
    TooLong(u64),
    /// A block is not what its CID says.
    #[error("the block {0} is damaged")]
    Damaged(Cid),
    /// A contribution in it lacks a part.
    #[error("a contribution in it is not complete")]
    Incomplete,
    /// The system says that it cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The CID of a block of DAG-CBOR.
pub(super) fn cid_of(block: &[u8]) -> Cid {
    let digest = Multihash::wrap(SHA2_256, &Sha256::digest(block)).expect("32 bytes fit");
    Cid::new_v1(DAG_CBOR, digest)
}

/// The header of an archive with this root. Its length does not depend on the root.
pub(super) fn header(root: Cid) -> Vec<u8> {
    let header = cbor::encode(&Header { roots: vec![root], version: 1 });
    let mut bytes = varint(header.len());
    bytes.extend(header);
    bytes
}

/// Writes a block, and gives its CID.
pub(super) fn write(out: &mut impl Write, block: &[u8]) -> io::Result<Cid> {
    let cid = cid_of(block);
    let name = cid.to_bytes();
    out.write_all(&varint(name.len() + block.len()))?;
    out.write_all(&name)?;
    out.write_all(block)?;
    Ok(cid)
}

/// Reads an archive block by block, and checks each against its CID.
pub(super) struct Blocks<R> {
    input: R,
}

impl<R: Read> Blocks<R> {
    /// Reads the header; its roots are not needed, as every block is looked at.
    pub(super) fn new(mut input: R) -> Result<Self, CarError> {
        let not_a_car = |_| CarError::NotACar;
        let length = length(&mut input).map_err(not_a_car)?.ok_or(CarError::NotACar)?;
        if length > HEADER_BYTES {
            return Err(CarError::NotACar);
        }
        let header = exactly(&mut input, length).map_err(not_a_car)?;
        let header: Header =
            serde_ipld_dagcbor::from_slice(&header).map_err(|_| CarError::NotACar)?;
        if header.version != 1 {
            return Err(CarError::NotACar);
        }
        Ok(Self { input })
    }

    fn block(&mut self) -> Result<Option<(Cid, Vec<u8>)>, CarError> {
        let Some(length) = length(&mut self.input)? else { return Ok(None) };
        if length > BLOCK_BYTES {
            return Err(CarError::TooLong(length));
        }
        let bytes = exactly(&mut self.input, length)?;
        let mut rest = bytes.as_slice();
        let cid = Cid::read_bytes(&mut rest).map_err(|_| CarError::NotACar)?;
        let block = rest.to_vec();
        if cid_of(&block) != cid {
            return Err(CarError::Damaged(cid));
        }
        Ok(Some((cid, block)))
    }
}

impl<R: Read> Iterator for Blocks<R> {
    type Item = Result<(Cid, Vec<u8>), CarError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.block().transpose()
    }
}

#[derive(Serialize, Deserialize)]
struct Header {
    roots: Vec<Cid>,
    version: u64,
}

fn varint(number: usize) -> Vec<u8> {
    let mut buffer = unsigned_varint::encode::usize_buffer();
    unsigned_varint::encode::usize(number, &mut buffer).to_vec()
}

/// A length, or none at the end of the file.
fn length(input: &mut impl Read) -> Result<Option<u64>, CarError> {
    let mut first = [0];
    if input.read(&mut first)? == 0 {
        return Ok(None);
    }
    match unsigned_varint::io::read_u64(first.as_slice().chain(input)) {
        Ok(length) => Ok(Some(length)),
        Err(unsigned_varint::io::ReadError::Io(error)) => Err(short(error)),
        Err(_) => Err(CarError::NotACar),
    }
}

fn exactly(input: &mut impl Read, length: u64) -> Result<Vec<u8>, CarError> {
    let mut bytes = Vec::new();
    let read = input.take(length).read_to_end(&mut bytes)?;
    if read as u64 == length { Ok(bytes) } else { Err(CarError::Short) }
}

fn short(error: io::Error) -> CarError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => CarError::Short,
        _ => error.into(),
    }
}

/// The multicodec numbers of what a CID says.
const DAG_CBOR: u64 = 0x71;
const SHA2_256: u64 = 0x12;

/// Bytes of a header at most: a bundle's has 58, other programs may name more roots.
const HEADER_BYTES: u64 = 64 * 1024;

/// Bytes of a block and its CID at most: a whole contribution's payload, and some.
const BLOCK_BYTES: u64 = 128 * 1024;
