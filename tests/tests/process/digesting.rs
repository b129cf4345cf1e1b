//! The digest and the tags: what happened, for a tag or all, over a week and over an hour, in each
//! form; the same for all who hold the same.

use std::fs;

use commons_node::store::Source;
use commons_node::when;
use commons_proto::kind::Kind;
use commons_tests::Person;
use commons_tests::ideas;
use commons_tests::scribe::{Scribe, about, add, set};
use serde_json::{Value, json};

/// Seconds.
const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

/// A week in somebody's commons: what was written when, by three people, up to this time.
fn week(person: &Person, now: u64) {
    let commons = person.commons();
    let [ana, ben, eve] = [1, 2, 3].map(|number| Scribe::new(commons, number));
    let tagged =
        |title: &str| vec![set("title", title), add("tags", "hackday"), add("tags", "beds")];
    let idea = ana.begins_at(now - 6 * DAY, Kind::Idea, tagged("Bed sensors"));
    let mut resource = tagged("Turning every two hours");
    resource.extend([set("url", "https://example.org/turning"), set("licence", "CC-BY-4.0")]);
    let resource = ben.begins_at(now - 5 * DAY, Kind::Resource, resource);
    let said = |text: &str| vec![about(idea.record().entry()), set("text", text)];
    let all = [
        ana.begins_at(now - 8 * DAY, Kind::Person, vec![set("name", "Ana")]),
        idea.clone(),
        resource.clone(),
        eve.begins_at(now - 4 * DAY, Kind::Endorsement, vec![about(resource.record().entry())]),
        ben.begins_at(now - 10 * MINUTE, Kind::Comment, said("And at night?")),
        eve.begins_at(
            now - 5 * MINUTE,
            Kind::Note,
            vec![set("text", "Lunch #food"), add("tags", "food")],
        ),
        ben.begins_at(now - 20 * DAY, Kind::Idea, tagged("Last month")),
    ];
    ideas::accept(&mut ideas::store(person), &all, Source::Peer);
}

fn titles(digest: &Value) -> Vec<&str> {
    let posts = digest["posts"].as_array().expect("a digest has posts");
    posts.iter().map(|post| post["title"].as_str().expect("a post has a title")).collect()
}

#[test]
fn a_digest_tells_of_a_tag_over_a_week_and_over_an_hour() {
    let ana = Person::new("ana");
    let now = ideas::now();
    week(&ana, now);
    let week = &ana.reads(["digest", "--tag", "#HackDay"])[0];
    assert_eq!(week["tags"], json!(["hackday"]));
    assert_eq!(titles(week), ["Bed sensors", "Turning every two hours"]);
    assert_eq!(week["posts"][0]["comments"][0]["text"], "And at night?");
    assert_eq!(week["related"], json!([{ "tag": "beds", "entries": 2 }]));
    let resource = &week["resources"][0];
    assert_eq!((&resource["support"], &resource["licence"]), (&json!(1), &json!("CC-BY-4.0")));
    assert_eq!(week["people"].as_array().map(Vec::len), Some(3), "everybody is credited");
    let hour = &ana.reads(["digest", "--tag", "hackday", "--since", "1h"])[0];
    assert_eq!(titles(hour), ["Bed sensors"], "it was spoken of");
    assert_eq!(hour["posts"][0]["is_new"], false);
    assert_eq!(hour["people"].as_array().map(Vec::len), Some(1));
    let all = &ana.reads(["digest", "--since", "1h"])[0];
    assert_eq!(titles(all), ["Bed sensors", "Lunch #food"]);
    let ahead = Scribe::new(ana.commons(), 4).begins_at(
        now + 5 * MINUTE,
        Kind::Idea,
        vec![set("title", "By a clock that is ahead")],
    );
    ideas::accept(&mut ideas::store(&ana), &[ahead], Source::Peer);
    let all = &ana.reads(["digest", "--since", "1h"])[0];
    assert_eq!(titles(all).last(), Some(&"By a clock that is ahead"));
    let last = when::rfc3339(now - 14 * DAY);
    let month = &ana.reads(["digest", "--since", "30d", "--until", &last])[0];
    assert_eq!(titles(month), ["Last month"]);
}

#[test]
fn a_digest_is_written_in_each_form() {
    let ana = Person::new("ana");
    week(&ana, ideas::now());
    let text = ana.says(["digest", "--tag", "hackday"]);
    for part in ["3 people", "Top resources", "CC-BY-4.0", "#beds 2", "And at night?", "Ana ("] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let markdown = ana.says(["digest", "--tag", "hackday", "--format", "markdown"]);
    assert!(markdown.starts_with("# Digest of #hackday\n"), "{markdown}");
    assert!(markdown.contains("[Turning every two hours](<https://example.org/turning>)"));
    let page = ana.says(["digest", "--format", "html"]);
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"), "{page}");
    let feed = ana.says(["digest", "--format", "atom"]);
    let feed = feed.parse::<atom_syndication::Feed>().expect("it is a feed");
    assert_eq!(feed.entries.len(), 3);
    assert_eq!(feed.entries[0].title.value, "Lunch #food", "the newest is the first");
    let json = ana.says(["digest", "--format", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&json).expect("an object")["tags"], json!([]));
}

#[test]
fn a_digest_goes_into_a_file_and_nothing_is_lost() {
    let ana = Person::new("ana");
    week(&ana, ideas::now());
    let file = ana.home().join("digest.md");
    let path = file.to_str().expect("a plain path");
    let write = ["digest", "--format", "markdown", "-o", path];
    ana.says(write);
    assert!(fs::read_to_string(&file).expect("it is there").contains("Bed sensors"));
    fs::write(&file, "Mine.").expect("it can be written");
    ana.runs(write).failed_with(13).explaining("--yes");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "Mine.");
    ana.says(["digest", "--yes", "-o", path]);
    let text = fs::read_to_string(&file).expect("it is there");
    assert!(text.contains("Bed sensors") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn who_holds_the_same_gets_the_same() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    week(&ana, ideas::now());
    let bundle = ana.home().join("all.car");
    let bundle = bundle.to_str().expect("a plain path");
    ana.says(["bundle", bundle]);
    ben.says(["import", bundle]);
    let until = when::rfc3339(ideas::now());
    for format in ["text", "markdown", "html", "atom", "json"] {
        let words = ["digest", "--until", &until, "--format", format];
        assert_eq!(ana.says(words), ben.says(words), "{format}");
    }
    assert_eq!(ana.says(["tags", "--json"]), ben.says(["tags", "--json"]));
}

#[test]
fn what_cannot_be_a_digest_is_refused_with_what_to_do() {
    let ana = Person::new("ana");
    ana.runs(["digest", "--since", "1h", "--until", "2h"]).failed_with(2).explaining("--since");
    ana.runs(["digest", "--since", "soon"]).failed_with(2).explaining("2026");
    ana.runs(["digest", "--tag", "#"]).failed_with(2).explaining("hygiene");
    ana.runs(["digest", "--json", "--format", "html"]).failed_with(2).explaining("leave one");
    ana.runs(["digest", "--format", "pdf"]).failed_with(2).explaining("markdown");
    ana.runs(["digest", "-o", "/nowhere/at/all"]).failed_with(2);
    let nothing = ana.runs(["digest", "--tag", "hygiene"]).succeeded();
    assert!(nothing.out.is_empty() && nothing.err.contains("Nothing with #hygiene"));
}

#[test]
fn tags_are_counted_and_tell_what_stands_beside_them() {
    let ana = Person::new("ana");
    ana.runs(["tags"]).succeeded();
    week(&ana, ideas::now());
    let tags = ana.reads(["tags"]);
    let counts: Vec<(&str, u64)> = tags
        .iter()
        .map(|tag| (tag["tag"].as_str().unwrap(), tag["entries"].as_u64().unwrap()))
        .collect();
    assert_eq!(counts, [("beds", 3), ("hackday", 3), ("food", 1)]);
    assert_eq!(ana.reads(["tags", "-n", "1"]).len(), 1);
    let beds = &ana.reads(["tags", "#Beds"])[0];
    assert_eq!(beds["kinds"], json!({ "idea": 2, "resource": 1 }));
    assert_eq!(beds["related"], json!([{ "tag": "hackday", "entries": 3 }]));
    let ben = Scribe::new(ana.commons(), 2).author().did();
    ana.says(["mute", &ben]);
    let beds = &ana.reads(["tags", "beds"])[0];
    assert_eq!((&beds["entries"], &beds["kinds"]), (&json!(1), &json!({ "idea": 1 })));
    assert_eq!(ana.reads(["tags"])[0]["entries"], 1);
    let nothing = &ana.reads(["tags", "nothing"])[0];
    assert_eq!((&nothing["entries"], &nothing["changed"]), (&json!(0), &Value::Null));
}
