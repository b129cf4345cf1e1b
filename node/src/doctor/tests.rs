//! Each thing that can be wrong is found, and what is well is not. What takes a disk, a network or a
//! running node is in the suite of processes.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use std::{fs, io, thread};

use super::interfaces::Interface;
use super::*;
use crate::store::Claim;
use commons_proto::id::Author;
use tempfile::TempDir;

const NOW: u64 = 1_800_000_000;

fn home() -> (TempDir, Patient) {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::open(directory.path().join("home")).unwrap();
    let patient = Patient::new(&home, "test", NOW);
    (directory, patient)
}

/// The findings of one check, without those that are well.
fn wrong(look: impl FnOnce(&mut Findings)) -> Vec<(Level, String)> {
    let mut findings = Findings::default();
    look(&mut findings);
    let wrong = findings.all.into_iter().filter(|finding| finding.level > Level::Ok);
    wrong
        .map(|finding| {
            let has_fix = finding.fix.is_some() || finding.level == Level::Note;
            assert!(has_fix, "each says what to do: {finding:?}");
            (finding.level, finding.what)
        })
        .collect()
}

#[test]
fn a_clock_is_judged_by_what_others_claim() {
    let me = Author([1; 32]);
    let claim = |author: u8, claimed: u64| Claim { author: Author([author; 32]), claimed };
    let judged = |now: u64, claims: &[Claim]| {
        wrong(|findings| clock::judge(now, claims, Some(me), findings)).into_iter().next()
    };
    let level = |now, claims: &[Claim]| judged(now, claims).map(|(level, _)| level);
    assert_eq!(level(NOW, &[]), None);
    assert_eq!(level(NOW, &[claim(2, NOW + 60), claim(3, NOW - 9_000)]), None);
    assert_eq!(level(0, &[]), Some(Level::Problem));
    assert_eq!(level(NOW * 4, &[]), Some(Level::Problem));
    assert_eq!(level(NOW, &[claim(1, NOW + 300)]), Some(Level::Warning));
    assert_eq!(level(NOW, &[claim(2, NOW + 300)]), Some(Level::Warning));
    let behind = judged(NOW, &[claim(2, NOW + 3_600), claim(2, NOW), claim(3, NOW + 3_600)]);
    let (level_found, what) = behind.unwrap();
    assert_eq!(level_found, Level::Problem);
    assert!(what.contains("60 min behind"), "{what}");
    let one_of_many = [claim(2, NOW + 3_600), claim(3, NOW), claim(4, NOW)];
    assert_eq!(level(NOW, &one_of_many), Some(Level::Note));
    assert_eq!(level(NOW, &[claim(2, u64::MAX), claim(3, NOW)]), Some(Level::Note));
}

#[test]
fn a_sound_home_is_well_and_an_empty_one_worth_a_note() {
    let (_directory, patient) = home();
    let at = |look: fn(&Patient, &mut Findings)| wrong(|findings| look(&patient, findings));
    assert_eq!(at(keys::look)[0].0, Level::Note);
    assert_eq!(at(database::look)[0].0, Level::Note);
    drop(patient.home.open_store("test", None).unwrap());
    patient.home.node_key().unwrap();
    assert_eq!(at(keys::look), []);
    assert_eq!(at(database::look), []);
    assert_eq!(at(ports::look), []);
    assert_eq!(at(clock::look), []);
}

#[test]
fn keys_that_others_may_read_are_a_problem_and_so_is_one_that_is_gone() {
    let (_directory, patient) = home();
    drop(patient.home.open_store("test", None).unwrap());
    patient.home.node_key().unwrap();
    let keys = || wrong(|findings| keys::look(&patient, findings));
    let chmod = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let key = patient.home.author_key_file();
    for file in [key.clone(), patient.home.directory().join("node.key")] {
        chmod(&file, 0o644);
        let found = keys();
        assert_eq!((found.len(), found[0].0), (1, Level::Problem), "{found:?}");
        assert!(found[0].1.contains("mode 644"), "{found:?}");
        let text = fs::read(&file).unwrap();
        chmod(&file, 0o600);
        fs::write(&file, "not a key").unwrap();
        assert_eq!(keys()[0].0, Level::Problem);
        fs::write(&file, text).unwrap();
        assert_eq!(keys(), []);
    }
    chmod(patient.home.directory(), 0o770);
    assert_eq!(keys()[0].0, Level::Warning);
    chmod(patient.home.directory(), 0o700);
    chmod(&patient.database, 0o666);
    assert_eq!(keys()[0].0, Level::Warning);
    chmod(&patient.database, 0o600);
    fs::create_dir(patient.home.directory().join("copies-x1")).unwrap();
    assert_eq!(keys()[0].0, Level::Warning);
    fs::remove_dir(patient.home.directory().join("copies-x1")).unwrap();
    fs::remove_file(&key).unwrap();
    assert_eq!(keys()[0].0, Level::Problem);
}

#[test]
fn a_port_that_another_program_took_is_told() {
    let (_directory, patient) = home();
    let other = std::net::TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let port = other.local_addr().unwrap().port();
    fs::write(patient.home.directory().join("node.port"), format!("{port}\n")).unwrap();
    let found = wrong(|findings| ports::look(&patient, findings));
    assert_eq!(found[0].0, Level::Warning);
    assert!(found[0].1.contains(&port.to_string()), "{found:?}");
}

#[test]
fn the_boards_port_is_free_or_our_own_or_anothers() {
    let (_directory, mut patient) = home();
    let looked = |patient: &Patient, address| {
        let mut findings = Findings::default();
        board::look_at(address, patient, &mut findings);
        let Finding { level, what, .. } = findings.all.remove(0);
        (level, what)
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    // Answers as the board of process 4711 does, for as long as somebody asks.
    let answering = thread::spawn(move || {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().unwrap();
            let asked = stream.read(&mut [0; 1024]).unwrap();
            assert!(asked > 0);
            let answer = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"node\":{\"pid\":4711}}";
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    let (level, what) = looked(&patient, address);
    assert_eq!((level, what.contains("another program")), (Level::Note, true), "{what}");
    patient.node = Some(running(4711));
    let (level, what) = looked(&patient, address);
    assert_eq!((level, what.contains(&format!("http://{address}/"))), (Level::Ok, true), "{what}");
    patient.node = Some(running(4712));
    let (level, what) = looked(&patient, address);
    assert_eq!((level, what.contains("another program")), (Level::Note, true), "{what}");
    answering.join().unwrap();
    let (level, what) = looked(&patient, address);
    assert_eq!((level, what.contains("off or elsewhere")), (Level::Ok, true), "{what}");
    patient.node = None;
    assert!(looked(&patient, address).1.contains("is free, for the board"));
}

fn running(pid: u32) -> NodeStatus {
    NodeStatus {
        pid,
        peer: String::new(),
        listen: Vec::new(),
        since: NOW,
        connected: 0,
        in_sync: 0,
        fingerprint: String::new(),
        contributions: 0,
        pending: 0,
        only_here: 0,
        board: None,
    }
}

#[test]
fn a_node_that_does_not_answer_is_a_problem() {
    let (_directory, mut patient) = home();
    let found = wrong(|findings| running::look(&patient, &[], findings));
    assert_eq!(found[0].0, Level::Note);
    patient.process = Some(4711);
    let found = wrong(|findings| running::look(&patient, &[], findings));
    assert_eq!(found[0].0, Level::Problem);
    assert!(found[0].1.contains("4711"));
}

#[test]
fn networks_are_told_apart() {
    let level = |addresses: &[&str]| {
        let addresses = addresses.iter().map(|text| text.parse().unwrap()).collect();
        let one = Interface { name: "w".to_owned(), addresses, is_wireless: true };
        wrong(|findings| interfaces::judge(&[one], findings)).first().map(|(level, _)| *level)
    };
    assert_eq!(level(&["192.168.1.20", "fe80::1"]), None);
    assert_eq!(level(&["169.254.7.7", "fe80::1"]), Some(Level::Warning));
    assert_eq!(level(&["100.64.0.1"]), None);
    assert_eq!(level(&["8.8.4.4"]), Some(Level::Note));
    let none = wrong(|findings| interfaces::judge(&[], findings));
    assert_eq!(none[0].0, Level::Warning);
}

#[test]
fn a_port_that_is_not_shared_keeps_from_asking() {
    let taken = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let refused = multicast::try_at(Ipv4Addr::LOCALHOST, port, Duration::from_millis(1));
    assert_eq!(refused.map_err(|error| error.kind()), Err(io::ErrorKind::AddrInUse));
}
