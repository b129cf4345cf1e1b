//! What no design can beat: the same contributions, streamed over a TCP socket on loopback,
//! verified on all cores and inserted in a bare table with the settings of the store. Reading,
//! verifying and inserting overlap.

use std::collections::BTreeMap;
use std::io::{BufReader, BufWriter, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Instant;

use commons_proto::author::AdmittedAuthor;
use commons_proto::contribution::{Contribution, Verified};
use commons_proto::id::{Author, CommonsId};
use commons_tests::ideas::Ideas;
use rayon::prelude::*;
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::figures::seconds;
use crate::wire;

/// Contributions verified and inserted at a time, in one transaction.
const BATCH: usize = 1_000;

/// Batches between two steps: enough to keep both busy.
const WAITING: usize = 4;

/// Streams, verifies and inserts the ideas.
pub(crate) fn measure(ideas: &Ideas) -> Value {
    let encoded: Vec<Vec<u8>> = ideas.signed.iter().map(Verified::encode).collect();
    let bytes: usize = encoded.iter().map(Vec::len).sum();
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut database = open(&directory.path().join("floor.sqlite")).expect("a new database");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
    let address = listener.local_addr().expect("a bound socket has an address");

    let before = wire::bytes();
    let started = Instant::now();
    let inserted = std::thread::scope(|scope| {
        scope.spawn(|| send(&listener, &encoded));
        let (read, to_verify) = mpsc::sync_channel(WAITING);
        let (verified, to_insert) = mpsc::sync_channel(WAITING);
        scope.spawn(move || receive(address, &read));
        scope.spawn(move || {
            let mut authors = BTreeMap::new();
            for batch in to_verify {
                if verified.send(verify(&ideas.commons, &mut authors, batch)).is_err() {
                    break;
                }
            }
        });
        let mut inserted = 0;
        for batch in to_insert {
            insert(&mut database, &batch).expect("the disk has room");
            inserted += batch.len();
        }
        inserted
    });
    let time = started.elapsed();
    assert_eq!(inserted, ideas.signed.len(), "all arrived");
    json!({
        "measure": "floor",
        "entries": inserted,
        "seconds": seconds(time),
        "wire_bytes": wire::bytes() - before,
        "contribution_bytes": bytes,
    })
}

fn send(listener: &TcpListener, encoded: &[Vec<u8>]) {
    let (stream, _) = listener.accept().expect("somebody connects");
    let mut out = BufWriter::with_capacity(1 << 16, stream);
    for contribution in encoded {
        let length = u32::try_from(contribution.len()).expect("a contribution is short");
        out.write_all(&length.to_be_bytes()).expect("the other side reads");
        out.write_all(contribution).expect("the other side reads");
    }
    out.flush().expect("the other side reads");
}

fn receive(address: std::net::SocketAddr, read: &mpsc::SyncSender<Vec<Vec<u8>>>) {
    let stream = TcpStream::connect(address).expect("the other side listens");
    let mut stream = BufReader::with_capacity(1 << 16, stream);
    let mut batch = Vec::with_capacity(BATCH);
    let mut length = [0; 4];
    while stream.read_exact(&mut length).is_ok() {
        let mut bytes = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut bytes).expect("what was announced comes");
        batch.push(bytes);
        if batch.len() == BATCH {
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
            read.send(full).expect("somebody verifies");
        }
    }
    read.send(batch).expect("somebody verifies");
}

/// Verifies a batch on all cores; each author's key is admitted once.
fn verify(
    commons: &CommonsId,
    authors: &mut BTreeMap<Author, AdmittedAuthor>,
    batch: Vec<Vec<u8>>,
) -> Vec<Verified> {
    let decode = |bytes: &Vec<u8>| Contribution::decode(bytes).expect("well formed");
    let batch: Vec<Contribution> = batch.par_iter().map(decode).collect();
    for contribution in &batch {
        let author = contribution.header().author;
        authors.entry(author).or_insert_with(|| author.admit().expect("an ordinary key"));
    }
    let verify = |contribution: Contribution| {
        let author = &authors[&contribution.header().author];
        contribution.verify(commons, author).expect("well signed")
    };
    batch.into_par_iter().map(verify).collect()
}

fn open(path: &std::path::Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    // The settings of node/src/store/schema.rs.
    connection.execute_batch(
        "PRAGMA page_size = 8192;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA cache_size = -16384;
         PRAGMA wal_autocheckpoint = 4096;
         PRAGMA journal_size_limit = 33554432;
         CREATE TABLE log (
             seq INTEGER PRIMARY KEY,
             id BLOB NOT NULL UNIQUE,
             header BLOB NOT NULL,
             signature BLOB NOT NULL,
             payload BLOB
         );",
    )?;
    Ok(connection)
}

fn insert(database: &mut Connection, batch: &[Verified]) -> rusqlite::Result<()> {
    let transaction = database.transaction()?;
    {
        let mut insert = transaction.prepare_cached(
            "INSERT INTO log (id, header, signature, payload) VALUES (?, ?, ?, ?)",
        )?;
        for one in batch {
            let id = one.id();
            let row =
                params![id.as_bytes(), one.header_bytes(), one.signature(), one.payload_bytes()];
            insert.execute(row)?;
        }
    }
    transaction.commit()
}
