//! A guest: somebody with a browser and no node, who comes in over the network and writes with a key
//! that their browser made.

use std::net::TcpStream;

use commons_tests::browser::Browser;
use commons_tests::browser::axe::Axe;
use commons_tests::{Person, wait};

use crate::house::{HYGIENE, id_of, key_of};
use crate::pages::looks_at;

#[test]
fn a_guest_writes_with_a_key_of_their_own_which_verifies_elsewhere_and_can_be_taken_along() {
    let [ana, ben, cleo] = ["ana", "ben", "cleo"].map(Person::new);
    ana.adds_idea(HYGIENE);
    let with_guests = ["--board", "127.0.0.1:0", "--guests=127.0.0.1:0"];
    let of_ana = ana.starts_with(&with_guests);
    let of_ben = ben.starts_with(&["--peer", &of_ana.address()]);
    let door = of_ana.ready()["guests"][0].as_str().expect("guests come in somewhere").to_owned();
    let secure = door.replace("http://", "https://");
    let Some([guest, host]) = Browser::on([&secure, &of_ana.board()]) else { return };
    guest.visits("/ideas").clicks(HYGIENE).sees_in("h1", HYGIENE);
    guest.visits("/guests?to=%2Fnew%2Fidea").sees("You are a guest");
    guest.clicks("Make a key and go on").arrives_at("/new/idea");
    guest.fills("Title", "Bed sensors").fills("Text", "Fewer *alarms*.").clicks("Add the idea");
    guest.sees_in("h1", "Bed sensors").sees_in("em", "alarms");
    let entry = guest.path().replace("/entry/", "");

    of_ben.hears_of(&entry);
    let version = ben.reads(["history", &entry]).remove(0);
    let author = version["author"].as_str().expect("it is signed").to_owned();
    assert_ne!(author, key_of(&ana), "it is not signed by the host");
    assert_eq!(ben.reads(["verify"])[0]["invalid"].as_u64().unwrap_or_default(), 0);

    let idea = format!("/entry/{}", id_of(&ana, HYGIENE));
    guest.visits(&idea).fills("Comment", "Also at the lift.").clicks_in(".remarks", "Comment");
    guest.sees_in(".remarks", "Also at the lift.");
    host.visits(&idea).sees_in(".remarks", "Also at the lift.").sees_in(".remarks", &author[..8]);

    guest.visits("/guests").clicks("Take the key along");
    let file = guest.downloaded("commons-guest.key");
    cleo.says(["key".as_ref(), "import".as_ref(), file.as_os_str()]);
    assert_eq!(key_of(&cleo), author, "on a node of their own they are who they were");

    host.visits("/guests").sees("1 guest has written").clicks("Stop guests");
    host.sees("Nobody is let in now");
    let address = door.trim_start_matches("http://").trim_end_matches('/').to_owned();
    wait::until("the door to be closed", || match TcpStream::connect(&address) {
        Ok(_) => Err("it is open".to_owned()),
        Err(_) => Ok(()),
    });
}

#[test]
fn the_pages_of_a_guest_are_accessible_and_fit() {
    let Some(axe) = Axe::installed() else { return };
    let ana = Person::new("ana");
    ana.adds_idea(HYGIENE);
    let node = ana.starts_with(&["--board", "127.0.0.1:0", "--guests=127.0.0.1:0"]);
    let door = node.ready()["guests"][0].as_str().expect("guests come in").to_owned();
    let secure = door.replace("http://", "https://");
    let Some([guest, host]) = Browser::on([&secure, &node.board()]) else { return };
    let idea = format!("/entry/{}", id_of(&ana, HYGIENE));
    let mut wrong = Vec::new();
    for page in ["/", "/guests", "/new/idea", &idea] {
        wrong.extend(looks_at(guest.visits(page), axe, &format!("{page} of a guest")));
    }
    guest.visits("/guests").clicks("Make a key now").sees("You write as");
    for page in ["/", "/guests", "/new/idea", &idea] {
        wrong.extend(looks_at(guest.visits(page), axe, &format!("{page} of a guest with a key")));
    }
    guest.visits("/guests").clicks("Forget the key").sees("Forget the key?");
    wrong.extend(looks_at(&guest, axe, "a question to a guest"));
    guest.clicks("Forget it").sees("You have no key yet");
    for page in ["/guests", "/kiosk"] {
        wrong.extend(looks_at(host.visits(page), axe, &format!("{page} of a host of guests")));
    }
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
