//! Without JavaScript: everything that people do can be done, a page at a time.

use commons_tests::Person;
use commons_tests::browser::Browser;

use crate::house::{HYGIENE, with_board};

#[test]
fn everything_is_done_without_a_script() {
    let ana = Person::new("ana");
    let node = with_board(&ana);
    let Some([browser]) = Browser::on([&node.board()]) else { return };
    browser.without_script();
    browser.visits("/").sees("Nothing is here yet").clicks("Propose the first one");
    browser
        .fills("Title", HYGIENE)
        .fills("Text", "A light that *thanks*.")
        .fills("Tags", "hygiene");
    browser.clicks("Preview").sees("How it will look").sees_in("em", "thanks");
    assert_eq!(browser.holds("Title"), HYGIENE, "what was typed is kept");
    browser.clicks("Add the idea").sees_in("h1", HYGIENE);
    let entry = browser.path();

    browser.clicks("Change").fills("Text", "A light that thanks, and no camera.");
    browser.clicks("Save the idea").arrives_at(&entry).sees("no camera");
    browser.fills("Comment", "It should be kind.").clicks_in(".remarks", "Comment");
    browser.arrives_at(&entry).sees("It should be kind.");
    browser.clicks("Endorse").arrives_at(&entry).sees("Take your endorsement back");
    browser.clicks("2 versions").sees("no camera");

    browser.visits("/new/session").fills("Title", "How wards sleep").fills("Place", "Room 1");
    browser.fills("Begins", "2030-05-04T09:00").fills("Ends", "2030-05-04T09:45");
    browser.clicks("Add the session").sees_in("h1", "How wards sleep");
    browser.visits("/programme").sees("How wards sleep").sees("09:00").sees("Room 1");
    browser.visits("/new/note").fills("What you say", "Write to ana@example.org #hygiene");
    browser.clicks("Add the note").sees("looks like").sees("ana@example.org");
    assert_eq!(browser.holds("What you say"), "Write to ana@example.org #hygiene");
    browser.fills("What you say", "Find me by the stairs #hygiene").clicks("Add the note");
    browser.sees("by the stairs");

    browser.visits("/search").fills("Words", "camera").clicks_in("main", "Search");
    browser.sees_in("mark", "camera").sees_in("main h3", HYGIENE);
    browser.visits("/digest?tag=hygiene").sees(HYGIENE).sees("by the stairs");
    browser.visits("/kiosk").shows("h1");
    browser.visits(&entry).clicks("Erase").clicks("Erase it for good").sees("It is erased");
    browser.visits("/ideas").sees_no_more(HYGIENE);
}
