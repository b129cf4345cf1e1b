//! Finding what is there: the search as one types, and the digest of a tag.

use commons_tests::browser::{Browser, Key};

use crate::house::Filled;

#[test]
fn the_search_finds_as_one_types_and_marks_what_it_found() {
    let filled = Filled::commons();
    let Some([ana]) = Browser::on([&filled.node.board()]) else { return };
    ana.visits("/search").fills("Words", "thank");
    ana.sees_in("mark", "thank").sees_in("main h3", "Lights that thank people");
    ana.adds_to("Words", " dispenser").sees_in("mark", "dispenser");
    ana.fills("Words", "nobody wrote this").sees_no_more("Lights that thank people");
    assert_eq!(ana.path(), "/search?q=nobody+wrote+this", "it can be sent to somebody");
    ana.fills("Words", "#wards hour").sees_in("main h3", "Ward noise, hour by hour");
    ana.presses(Key::Down).presses(Key::Enter).sees_in("h1", "Ward noise, hour by hour");
}

#[test]
fn the_search_is_on_every_page() {
    let filled = Filled::commons();
    let Some([ana]) = Browser::on([&filled.node.board()]) else { return };
    ana.visits("/people").fills("Search", "warm").presses(Key::Enter).arrives_at("/search?q=warm");
    ana.sees_in("mark", "warm");
}

#[test]
fn the_digest_of_a_tag_tells_who_what_and_when() {
    let filled = Filled::commons();
    let Some([ana]) = Browser::on([&filled.node.board()]) else { return };
    ana.visits("/tags").clicks_in("main", "#wards").clicks_in("main", "Digest");
    ana.arrives_at("/digest?tag=wards");
    for words in ["Ana", "Ben", "Ward noise, hour by hour", "#hygiene", "Hand hygiene by the door"]
    {
        ana.sees_in("main", words);
    }
    ana.sees_no_more("The coffee is by the stairs");
    ana.visits("/digest").sees("The coffee is by the stairs");
    ana.visits("/digest?since=2020-01-01&until=2020-01-31").shows("h1");
    ana.sees_no_more("The coffee is by the stairs");
}
