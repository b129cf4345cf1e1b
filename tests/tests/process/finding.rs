//! Finding and following: list and search by query, watch, news, follow.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use commons_tests::Person;
use serde_json::{Value, json};

fn titles(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["title"].as_str().expect("a title")).collect()
}

/// What one writes, the other takes in by hand.
fn carries(from: &Person, to: &Person) {
    let file = from.home().join("carried.car");
    from.runs(["bundle", "--yes", &file.to_string_lossy()]).succeeded();
    to.runs(["import", &file.to_string_lossy()]).succeeded();
}

#[test]
fn one_query_language_narrows_lists_and_searches() {
    let ana = Person::new("ana");
    ana.says(["profile", "--name", "Ana Lima"]);
    ana.says(["add-idea", "Hand hygiène", "--tag", "wards", "--status", "draft"]);
    ana.says([
        "add-idea",
        "Doors",
        "--body",
        "A quiet door for the waiting room",
        "--tag",
        "wards",
    ]);
    ana.says(["note", "The waiting room is full #rooms"]);
    let search = |words: &[&str]| {
        let lines = ana.reads(["search"].iter().chain(words));
        let mut titles: Vec<String> = titles(&lines).into_iter().map(str::to_owned).collect();
        titles.sort();
        titles
    };
    assert_eq!(search(&["HYGIENE"]), ["Hand hygiène"]);
    assert_eq!(search(&["hyg", "-status:draft"]), [""; 0]);
    assert_eq!(search(&["waiting room"]), ["Doors", "The waiting room is full #rooms"]);
    assert_eq!(search(&["waiting room", "kind:note"]), ["The waiting room is full #rooms"]);
    assert_eq!(search(&["room waiting", "kind:idea"]), [""; 0], "a phrase");
    assert_eq!(search(&["by:Ana Lima", "tag:wards"]), ["Doors", "Hand hygiène"]);
    assert_eq!(search(&["room -#rooms"]), ["Doors"]);
    let list = |words: &[&str]| ana.reads(["list"].iter().chain(words)).len();
    assert_eq!(
        [list(&["ideas"]), list(&["ideas", "quiet"]), list(&["quiet kind:idea"])],
        [2, 1, 1]
    );
    assert_eq!([list(&["ideas", "-status:draft"]), list(&["status:DRAFT"])], [1, 1]);
    let found = &ana.reads(["search", "quiet"])[0];
    assert_eq!(found["excerpt"], "A quiet door for the waiting room");
    assert_eq!(found["matches"], json!(["quiet"]));
    ana.runs(["search", "by:nobody"]).failed_with(3).explaining("nobody");
    ana.runs(["search", "kind:survey"]).failed_with(2).explaining("the kinds are idea");
    ana.runs(["search", "tag:"]).failed_with(2).explaining("tag:T");
}

#[test]
fn show_tells_what_refers_by_id_by_address_and_by_url() {
    let ana = Person::new("ana");
    let paper = ana.says(["add-resource", "Paper", "--url", "https://example.org/paper"]);
    let paper = paper.trim();
    let id = ana.reads(["show", paper])[0]["id"].as_str().expect("an id").to_owned();
    ana.says(["comment", paper, "Read it twice"]);
    ana.says(["endorse", paper]);
    ana.says(["add-idea", "By address", "--body", &format!("see commons:{id}")]);
    ana.says(["add-idea", "By link", "--link", paper]);
    ana.says(["note", "By URL: http://example.org/paper/"]);
    let shown = &ana.reads(["show", paper])[0];
    let mut how: Vec<(&str, &str)> = shown["referred_by"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["kind"].as_str().expect("a kind"), one["how"].as_str().expect("a field")))
        .collect();
    how.sort_unstable();
    let told = [
        ("comment", "about"),
        ("endorsement", "about"),
        ("idea", "body"),
        ("idea", "links"),
        ("note", "text"),
    ];
    assert_eq!(how, told);
    let text = ana.says(["show", paper]);
    assert!(text.contains("endorsed by") && text.contains("    Read it twice"), "{text}");
}

#[test]
fn watch_tells_what_comes_whoever_writes_it() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    let marker = ana.home().join("told");
    let exec = format!("cat > '{0}'; echo $COMMONS_KIND >> '{0}'", marker.display());
    ana.says(["list"]);
    let words = ["watch", "tag:help", "--json", "-n", "2", "--exec", &exec];
    let mut watch = ana.command(words);
    watch.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut watch = watch.spawn().expect("commons runs");
    let mut said = BufReader::new(watch.stderr.take().expect("it is piped")).lines();
    let first = said.next().expect("a line").expect("it can be read");
    assert!(first.contains("Watching"), "{first}");
    let mut lines = BufReader::new(watch.stdout.take().expect("it is piped")).lines();
    let mut next = || -> Value {
        let line = lines.next().expect("a line").expect("it can be read");
        serde_json::from_str(&line).expect("an object")
    };
    ben.says(["add-idea", "From Ben", "--tag", "help"]);
    ana.says(["add-idea", "Something else"]);
    carries(&ben, &ana);
    let mut told = vec![];
    ana.says(["note", "Who can weld? #help"]);
    told.push(next());
    told.push(next());
    assert!(watch.wait().expect("it ends").success());
    let titles: Vec<&str> = titles(&told);
    assert_eq!(titles, ["From Ben", "Who can weld? #help"]);
    assert_eq!([&told[0]["from"], &told[1]["from"]], ["peer", "here"]);
    let run = std::fs::read_to_string(&marker).expect("the program ran");
    let (entry, kind) = run.trim_end().rsplit_once('\n').expect("two lines");
    let entry: Value = serde_json::from_str(entry.trim()).expect("an entry as show has it");
    assert_eq!((kind, &entry["fields"]["text"]), ("note", &json!("Who can weld? #help")));
    let since = ana.reads(["watch", "--since", "1h", "--limit", "3"]);
    assert_eq!(since.len(), 3);
    ana.runs(["watch", "by:nobody"]).failed_with(3);
}

#[test]
fn news_are_told_once_and_what_is_followed_first() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    let idea = ana.adds_idea("Bed sensors");
    carries(&ana, &ben);
    ben.says(["edit", &idea, "--tag", "beds"]);
    ben.says(["comment", &idea, "Good"]);
    ben.says(["add-resource", "Paper", "--tag", "data"]);
    carries(&ben, &ana);
    ana.says(["follow", "#data"]);
    let keep = ana.reads(["news", "--keep"]);
    let news = ana.reads(["news"]);
    assert_eq!(keep, news, "--keep has not looked");
    assert_eq!(titles(&news), ["Paper", "Bed sensors", "Good"]);
    let told: Vec<_> =
        news.iter().map(|item| (&item["followed"], &item["new"], &item["contributions"])).collect();
    let (yes, no, one) = (&json!(true), &json!(false), &json!(1));
    assert_eq!(told, [(yes, yes, one), (no, no, one), (no, yes, one)]);
    assert_eq!(ana.reads(["news"]).len(), 0);
    assert_eq!(ana.reads(["news", "--since", "1h"]).len(), 3);
    assert_eq!(titles(&ana.reads(["news", "kind:comment", "--since", "1h"])), ["Good"]);
    ben.says(["comment", &idea, "Better"]);
    carries(&ben, &ana);
    assert_eq!(titles(&ana.reads(["news"])), ["Better"]);
}

#[test]
fn what_is_followed_is_kept_at_home() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    ben.says(["profile", "--name", "Ben"]);
    let idea = ben.adds_idea("Bed sensors");
    ben.says(["add-idea", "Doors", "--tag", "Ben"]);
    carries(&ben, &ana);
    ana.runs(["follow", "ben"]).failed_with(4).explaining("'#ben'");
    ana.runs(["follow", "nothing"]).failed_with(3).explaining("'#nothing'");
    ana.says(["follow", "#ben", "#new", &idea]);
    assert_eq!(titles(&ana.reads(["list", "is:followed", "#ben"])), ["Doors"]);
    assert_eq!(ana.reads(["list", "is:followed"]).len(), 2);
    let followed = ana.reads(["follow"]);
    let what: Vec<_> = followed.iter().map(|one| one["what"].as_str().expect("what")).collect();
    assert_eq!(what, ["entry", "tag", "tag"]);
    assert_eq!(followed[0]["name"], "Bed sensors");
    ana.says(["unfollow", "#ben"]);
    assert_eq!(titles(&ana.reads(["list", "is:followed"])), ["Bed sensors"]);
    ana.says(["unfollow", "--all"]);
    assert_eq!(ana.reads(["follow"]).len(), 0);
    assert_eq!(ben.reads(["follow"]).len(), 0, "nobody is told");
}
