//! A LAN in a box: each host is a network namespace with a cable to one bridge, which has a
//! namespace of its own. Cables are pulled, multicast is blocked and the LAN is split by the verbs
//! of [`Lan`]; nothing of it is left when the test ends, however it ends.
//!
//! It takes iproute2 and the right to make network namespaces: root's, or anybody's inside
//! `unshare -Urnm`, which is how `tests/run` runs the suite for others. A test that finds neither
//! is skipped. Nothing here ever sends a packet outside these namespaces.

use std::ffi::OsStr;
use std::io::Write;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::skip;

/// Hosts on one bridge.
pub struct Lan {
    prefix: String,
    hosts: Vec<Host>,
    /// One LAN at a time in a process: they share the machine's processors and tables.
    _alone: MutexGuard<'static, ()>,
}

/// A host of a LAN: a name for its namespace and an address. A clone is the same host.
#[derive(Debug, Clone)]
pub struct Host {
    namespace: String,
    address: Ipv4Addr,
}

impl Lan {
    /// A LAN of so many hosts, all plugged in; none, and the test is skipped, where this user
    /// cannot make one.
    ///
    /// # Panics
    /// If a LAN can be made here, but not this one.
    #[track_caller]
    pub fn of(hosts: usize) -> Option<Self> {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        sweep();
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("{PREFIX}{}-{number}", std::process::id());
        let lan = Self { prefix, hosts: Vec::new(), _alone: alone };
        if let Err(why) = lan.bridge() {
            skip::skip(&format!("cannot make a LAN of network namespaces: {why}"));
            return None;
        }
        let mut lan = lan;
        for index in 0..hosts {
            lan.attach(index);
        }
        if hosts > NEIGHBOURS_LEARNT {
            (0..hosts).for_each(|index| lan.introduce(index));
        }
        Some(lan)
    }

    /// The host with this index, from 0.
    pub fn host(&self, index: usize) -> &Host {
        &self.hosts[index]
    }

    /// All hosts.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// Pulls a host's cable at the bridge.
    pub fn unplug(&self, index: usize) {
        self.at_bridge(&format!("link set v{index} down"));
    }

    /// Puts a host's cable back.
    pub fn plug(&self, index: usize) {
        self.at_bridge(&format!("link set v{index} up"));
    }

    /// From now on the bridge passes no multicast on, as many an access point.
    pub fn block_multicast(&self) {
        for index in 0..self.hosts.len() {
            self.at_bridge(&format!("link set v{index} type bridge_slave mcast_flood off"));
        }
    }

    /// From now on these hosts reach only those that are not among them, as laptops at an access
    /// point that keeps its guests apart.
    pub fn keep_apart(&self, hosts: impl IntoIterator<Item = usize>) {
        for index in hosts {
            self.at_bridge(&format!("link set v{index} type bridge_slave isolated on"));
        }
    }

    /// Splits the LAN: these hosts on a switch of their own, the others stay.
    pub fn split(&self, away: &[usize]) {
        for index in away {
            self.at_bridge(&format!("link set v{index} master br1"));
        }
    }

    /// Joins what was split.
    pub fn heal(&self) {
        for index in 0..self.hosts.len() {
            self.at_bridge(&format!("link set v{index} master br0"));
        }
    }

    /// The bridge of the LAN and one to split it with. Fails where namespaces are not to be had.
    fn bridge(&self) -> Result<(), String> {
        let name = self.bridge_namespace();
        ip(&["netns", "add", &name], "")?;
        // Without a router that asks, snooping would forget who listens to multicast.
        let script = "link add br0 type bridge mcast_snooping 0\n\
                      link add br1 type bridge mcast_snooping 0\n\
                      link set br0 up\n\
                      link set br1 up\n";
        ip(&["-n", &name, "-batch", "-"], script)
    }

    fn attach(&mut self, index: usize) {
        let host = Host { namespace: format!("{}-{index}", self.prefix), address: address(index) };
        let Host { namespace, address } = &host;
        expect(ip(&["netns", "add", namespace], ""));
        let mac = mac(index);
        self.at_bridge(&format!(
            "link add v{index} type veth peer name eth0 address {mac} netns {namespace}\n\
             link set v{index} master br0 up"
        ));
        // The default route is that of a laptop, whose programs look for one.
        let script = format!(
            "link set lo up\n\
             addr add {address}/16 dev eth0 brd +\n\
             link set eth0 up\n\
             route add default dev eth0\n"
        );
        expect(ip(&["-n", namespace, "-batch", "-"], &script));
        self.hosts.push(host);
    }

    /// Tells a host where all others are: the table of learnt neighbours is the machine's, shared
    /// by all namespaces, and runs over with many hosts.
    fn introduce(&self, index: usize) {
        let others = (0..self.hosts.len()).filter(|other| *other != index);
        let script: String = others
            .map(|other| {
                let (address, mac) = (address(other), mac(other));
                format!("neigh replace {address} lladdr {mac} dev eth0 nud permanent\n")
            })
            .collect();
        expect(ip(&["-n", &self.hosts[index].namespace, "-batch", "-"], &script));
    }

    fn at_bridge(&self, script: &str) {
        expect(ip(&["-n", &self.bridge_namespace(), "-batch", "-"], &format!("{script}\n")));
    }

    fn bridge_namespace(&self) -> String {
        format!("{}-bridge", self.prefix)
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        // What is left, a later LAN sweeps away.
        for host in &self.hosts {
            let _ = ip(&["netns", "del", &host.namespace], "");
        }
        let _ = ip(&["netns", "del", &self.bridge_namespace()], "");
    }
}

impl Host {
    /// A command that runs at this host.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("ip");
        // `ip` becomes the program, so the child's id is the program's.
        command.args(["netns", "exec", &self.namespace]).arg(program);
        command
    }

    /// Its address.
    pub fn address(&self) -> Ipv4Addr {
        self.address
    }
}

/// Removes namespaces of test processes that were killed, and ends what still runs in them.
fn sweep() {
    let Ok(list) = Command::new("ip").args(["netns", "list"]).output() else { return };
    let list = String::from_utf8_lossy(&list.stdout).into_owned();
    for name in list.lines().filter_map(|line| line.split_whitespace().next()) {
        let Some((maker, _)) = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once('-'))
        else {
            continue;
        };
        if std::path::Path::new("/proc").join(maker).exists() {
            continue;
        }
        let inside = Command::new("ip").args(["netns", "pids", name]).output();
        let inside = inside.map(|pids| pids.stdout).unwrap_or_default();
        for pid in String::from_utf8_lossy(&inside).split_whitespace() {
            let _ = Command::new("sh").args(["-c", &format!("kill -KILL {pid}")]).status();
        }
        let _ = ip(&["netns", "del", name], "");
    }
}

/// Runs `ip`, with lines of a batch on its standard input.
fn ip(arguments: &[&str], script: &str) -> Result<(), String> {
    let mut command = Command::new("ip");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("ip (of iproute2): {error}"))?;
    let mut stdin = child.stdin.take().expect("it is piped");
    // If `ip` does not read it all, its status tells why.
    let _ = stdin.write_all(script.as_bytes());
    drop(stdin);
    let done = child.wait_with_output().map_err(|error| error.to_string())?;
    match done.status.success() {
        true => Ok(()),
        false => Err(format!("{}: {script}", String::from_utf8_lossy(&done.stderr).trim())),
    }
}

fn expect(done: Result<(), String>) {
    if let Err(why) = done {
        panic!("the LAN of namespaces broke: {why}");
    }
}

fn address(index: usize) -> Ipv4Addr {
    let place = u16::try_from(index + 10).expect("a LAN of a few hundred hosts");
    let [high, low] = (place / 250 * 256 + place % 250 + 1).to_be_bytes();
    Ipv4Addr::new(10, 77, high, low)
}

fn mac(index: usize) -> String {
    format!("02:77:00:00:{:02x}:{:02x}", index >> 8, index & 0xff)
}

/// Serialises the LANs of one process.
static ALONE: Mutex<()> = Mutex::new(());

/// LANs made by this process, for their names.
static MADE: AtomicUsize = AtomicUsize::new(0);

/// What the names of our namespaces begin with; the maker's process id follows.
const PREFIX: &str = "commons-lan-";

/// Hosts up to which the kernel may learn who is where: 40 × 39 entries stay near the kernel's
/// limit of 1,024 only because few pairs talk; beyond, entries are set by hand.
const NEIGHBOURS_LEARNT: usize = 40;
