//! Two people with a node and a browser each: what one writes, the other sees.

use commons_tests::browser::Browser;
use commons_tests::{Node, Person};
use serde_json::json;

use crate::house::{HYGIENE, beside, id_of, with_board};

/// Two neighbours with their nodes.
struct Neighbours {
    ana: Person,
    of_ana: Node,
    of_ben: Node,
}

impl Neighbours {
    #[track_caller]
    fn new() -> Self {
        let [ana, ben] = ["ana", "ben"].map(Person::new);
        let of_ana = with_board(&ana);
        let of_ben = beside(&of_ana, &ben);
        Self { ana, of_ana, of_ben }
    }

    /// An idea of Ana's that both have; its full id.
    #[track_caller]
    fn with_an_idea(&self) -> String {
        let words = ["add-idea", HYGIENE, "--tag", "hygiene", "--body", "A light that thanks."];
        self.ana.says(words);
        let id = id_of(&self.ana, HYGIENE);
        self.of_ben.hears_of(&id);
        id
    }

    #[track_caller]
    fn browsers(&self) -> Option<[Browser; 2]> {
        Browser::on([&self.of_ana.board(), &self.of_ben.board()])
    }
}

#[test]
fn each_sees_the_ideas_of_the_other_without_a_reload_marked_as_new() {
    let both = Neighbours::new();
    let Some([ana, ben]) = both.browsers() else { return };
    ana.visits("/").sees("No idea yet").script("window.unchanged = true", vec![]);
    ben.visits("/").clicks("Propose the first one");
    ben.fills("Title", HYGIENE).fills("Text", "A light that *thanks* people.");
    ben.clicks("Add the idea").sees_in("h1", HYGIENE).sees_in("em", "thanks");
    ana.sees_in(".new", HYGIENE);
    assert_eq!(ana.script("return window.unchanged", vec![]), json!(true), "it was not reloaded");
    ben.visits("/").sees(HYGIENE).script("window.unchanged = true", vec![]);
    assert_eq!(ben.count(".new"), 0, "what was there before is not new");
    ana.visits("/new/idea").fills("Title", "Bed sensors").clicks("Add the idea");
    ben.sees_in(".new", "Bed sensors");
    assert_eq!(ben.count(".new"), 1);
    assert_eq!(ben.script("return window.unchanged", vec![]), json!(true), "it was not reloaded");
}

#[test]
fn what_two_people_save_at_once_is_brought_together_and_no_words_vanish() {
    let both = Neighbours::new();
    let entry = format!("/entry/{}", both.with_an_idea());
    let Some([ana, ben]) = both.browsers() else { return };
    let edit = format!("{entry}/edit");
    ana.visits(&edit).fills("Title", "Hand hygiene at every door");
    ana.fills("Text", "A light that thanks. No camera.").fills("Tags", "hygiene, wards");
    ben.visits(&edit).fills("Title", "Clean hands by the door");
    ben.fills("Text", "A warm light that thanks.").fills("Tags", "hygiene, lights");
    ana.clicks("Save the idea").arrives_at(&entry).sees_in("h1", "Hand hygiene at every door");
    both.of_ben.hears("contribution", |event| event["title"] == "Hand hygiene at every door");

    ben.clicks("Save the idea").sees("Somebody else saved meanwhile").sees("No camera");
    assert_eq!(ben.holds("Text"), "A warm light that thanks. No camera.");
    assert_eq!(ben.holds("Tags"), "hygiene, wards, lights");
    let [theirs, mine] = ["Hand hygiene at every door", "Clean hands by the door"];
    ben.sees(&format!("{theirs} as it was saved")).ticks(&format!("{mine} as you typed it"));
    ben.clicks("Save the idea as it stands here").sees_in("h1", mine);
    ben.sees("A warm light that thanks. No camera.").sees("#wards").sees("#lights");
    ana.sees_in("h1", mine).sees("A warm light that thanks. No camera.");
    ben.visits(&format!("{entry}/history")).sees(theirs).sees(mine);
}

#[test]
fn comments_endorsements_and_teams_are_seen_by_the_other() {
    let both = Neighbours::new();
    both.ana.says(["add-project", "Lights that thank people", "--skill", "electronics"]);
    let project = id_of(&both.ana, "Lights that thank people");
    both.of_ben.hears_of(&project);
    let Some([ana, ben]) = both.browsers() else { return };
    let page = format!("/entry/{project}");
    ana.visits(&page).sees_in("h1", "Lights").script("window.unchanged = true", vec![]);
    ben.visits("/profile").fills("Name", "Ben").clicks("Save your profile").sees("Ben");
    ben.visits(&page).fills("Comment", "I can solder.").clicks_in(".remarks", "Comment");
    ben.arrives_at(&page).sees_in(".remarks", "I can solder.");
    ana.sees_in(".new", "I can solder.");
    ben.clicks("Endorse").arrives_at(&page).sees("Take your endorsement back");
    ana.sees("1 endorsement").sees_in("main", "Ben");
    ben.fills("Your role", "builds the lamps").clicks("Join the team");
    ben.arrives_at(&page).sees("builds the lamps");
    ana.sees("builds the lamps");
    assert_eq!(ana.script("return window.unchanged", vec![]), json!(true), "it was not reloaded");
    ben.clicks("Take your endorsement back").arrives_at(&page).sees("Endorse");
    ben.clicks("Leave the team").arrives_at(&page).sees_no_more("builds the lamps");
    ana.sees_no_more("builds the lamps").sees("Nobody has endorsed it yet");
    let shown = both.ana.reads(["show", &project]).remove(0);
    let of_ben: Vec<_> = shown["referred_by"].as_array().expect("a list").iter().collect();
    assert_eq!(of_ben.len(), 1, "what was taken back is gone: {shown}");
    assert_eq!(of_ben[0]["title"], "I can solder.");
}

#[test]
fn what_is_erased_is_gone_from_the_other_board() {
    let both = Neighbours::new();
    both.ana.says(["note", "My neighbour's bed is by the window."]);
    let note = both.ana.list()[0]["id"].as_str().expect("it has an id").to_owned();
    both.of_ben.hears_of(&note);
    let Some([ana, ben]) = both.browsers() else { return };
    let page = format!("/entry/{note}");
    ben.visits(&page).sees("by the window");
    ana.visits(&page).clicks("Erase").sees("Erase that?").sees("by the window");
    ana.clicks("No, go back").arrives_at(&page).clicks("Erase");
    ana.clicks("Erase it for good").sees("It is erased");
    ben.sees_no_more("by the window").sees("taken back by its author");
    for path in ["/", "/notes", "/search?q=window", &page] {
        for browser in [&ana, &ben] {
            browser.visits(path).shows("h1").sees_no_more("by the window");
        }
    }
}
