//! The LAN of namespaces is tried with plain datagrams before anything is said about nodes on it:
//! a test of a pulled cable says nothing if the cable was never pulled.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};

use commons_tests::{Host, Lan, wait};

/// The harness's helper at a host, see `probe/main.rs`.
const PROBE: &str = env!("CARGO_BIN_EXE_probe");

/// A host that prints what it hears.
struct Listener {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Listener {
    fn at(host: &Host) -> Self {
        let mut command = host.command(PROBE);
        let mut child = command.arg("listen").stdout(Stdio::piped()).spawn().expect("probe runs");
        let out = child.stdout.take().expect("it is piped");
        let mut listener = Self { child, lines: BufReader::new(out).lines() };
        assert_eq!(listener.hears(), "listening");
        listener
    }

    fn hears(&mut self) -> String {
        self.lines.next().expect("the listener is there").expect("it prints text")
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.child.kill().expect("a child of ours can be killed");
        self.child.wait().expect("a child can be waited for");
    }
}

fn says(from: &Host, to: &str, text: &str) -> bool {
    let status = from.command(PROBE).args(["say", to, text]).status();
    status.expect("probe runs").success()
}

/// Sends numbered words until one is heard, and gives the first that was.
fn hears_again(from: &Host, to: &str, listener: &mut Listener) -> String {
    let address = to.to_owned();
    let from = from.clone();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let sender = std::thread::spawn(move || {
        let pause = std::time::Duration::from_millis(50);
        for number in 0..wait::PATIENCE.as_millis() / pause.as_millis() {
            says(&from, &address, &format!("again {number}"));
            if stopped.recv_timeout(pause).is_ok() {
                return;
            }
        }
    });
    let heard = listener.hears();
    stop.send(()).expect("the sender goes on until it is told");
    sender.join().expect("the sender ends");
    heard
}

#[test]
fn hosts_hear_each_other_and_multicast_reaches_all() {
    let Some(lan) = Lan::of(3) else { return };
    let mut listeners = [Listener::at(lan.host(1)), Listener::at(lan.host(2))];
    for listener in &mut listeners {
        assert!(says(lan.host(0), "group", "to all"));
        assert_eq!(listener.hears(), "to all");
    }
    assert!(says(lan.host(0), &lan.host(2).address().to_string(), "to one"));
    let [_, last] = &mut listeners;
    assert_eq!(last.hears(), "to all");
    assert_eq!(last.hears(), "to one");
}

#[test]
fn blocked_multicast_is_lost_while_the_rest_arrives() {
    let Some(lan) = Lan::of(2) else { return };
    let mut listener = Listener::at(lan.host(1));
    lan.block_multicast();
    // One cable keeps the order: had the first been passed on, it would be heard first.
    assert!(says(lan.host(0), "group", "to all"));
    assert!(says(lan.host(0), &lan.host(1).address().to_string(), "to one"));
    assert_eq!(listener.hears(), "to one");
}

#[test]
fn a_pulled_cable_carries_nothing_until_it_is_back() {
    let Some(lan) = Lan::of(2) else { return };
    let mut listener = Listener::at(lan.host(1));
    lan.unplug(0);
    assert!(says(lan.host(0), "group", "lost"));
    lan.plug(0);
    let heard = hears_again(lan.host(0), "group", &mut listener);
    assert!(heard.starts_with("again"), "{heard}");
}

#[test]
fn a_split_lan_passes_nothing_across_until_it_heals() {
    let Some(lan) = Lan::of(3) else { return };
    let mut here = Listener::at(lan.host(1));
    let mut there = Listener::at(lan.host(2));
    lan.split(&[2]);
    assert!(says(lan.host(0), "group", "to this side"));
    assert_eq!(here.hears(), "to this side");
    lan.heal();
    let heard = hears_again(lan.host(0), "group", &mut there);
    assert!(heard.starts_with("again"), "{heard}");
}

#[test]
fn nothing_is_left_of_a_lan() {
    let Some(lan) = Lan::of(1) else { return };
    let host = lan.host(0).clone();
    assert!(host.command("true").status().expect("ip runs").success());
    drop(lan);
    let gone = host.command("true").stderr(Stdio::null()).status().expect("ip runs");
    assert!(!gone.success());
}
