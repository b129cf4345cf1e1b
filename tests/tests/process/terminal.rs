//! What makes a terminal pleasant: a pager for what is longer than the screen, completions that know
//! what is here, pages for `man`.

use std::fs;

use commons_tests::Person;
use tempfile::TempDir;

/// Somebody with more ideas than a screen has rows, at a terminal that can do something.
fn with_many_ideas(pager: &str) -> Person {
    let ana =
        Person::new("ana").with_variable("TERM", "xterm").with_variable("COMMONS_PAGER", pager);
    for number in 0..30 {
        ana.adds_idea(&format!("Idea {number}"));
    }
    ana
}

/// What somebody says at a terminal of 24 rows.
fn shown(person: &Person, words: &str) -> Option<String> {
    let said = person.runs_at_terminal_of(24, 80, words)?;
    Some(said.succeeded().out)
}

#[test]
fn what_is_longer_than_the_screen_goes_through_the_pager() {
    let ana = with_many_ideas("sed s/^/PAGED:/");
    let Some(long) = shown(&ana, "list") else { return };
    assert_eq!(long.lines().filter(|line| line.starts_with("PAGED:")).count(), 31, "{long}");
    for (words, lines) in [("list --limit 5", 6), ("list --no-pager", 31)] {
        let short = shown(&ana, words).unwrap_or_default();
        assert!(!short.contains("PAGED:"), "{words}: {short}");
        assert!(short.lines().count() >= lines, "{words}: {short}");
    }
    let json = shown(&ana, "list --json").unwrap_or_default();
    assert!(!json.contains("PAGED:") && json.lines().count() == 30, "{json}");
    assert!(!ana.says(["list"]).contains("PAGED:"), "a pipe has no screen");
    let plain = ana.clone().with_variable("TERM", "dumb");
    assert!(!shown(&plain, "list").unwrap_or_default().contains("PAGED:"));
}

#[test]
fn a_pager_that_is_dead_or_not_there_is_no_failure() {
    let ana = with_many_ideas("false");
    if shown(&ana, "list").is_none() {
        return;
    }
    for (pager, shows) in
        [("no-such-pager --anywhere", true), ("cat", true), ("", true), ("exit 3; :", false)]
    {
        let ben = ana.clone().with_variable("COMMONS_PAGER", pager);
        let said = shown(&ben, "list").unwrap_or_default();
        assert_eq!(said.contains("Idea 7"), shows, "{pager}: {said}");
        assert!(!said.contains("panicked"), "{pager}: {said}");
    }
    let last = ana.clone().with_variable("COMMONS_PAGER", "tail -n 1 | sed 's/^/last: /'");
    let said = shown(&last, "list").unwrap_or_default();
    assert!(said.lines().any(|line| line.starts_with("last: ")), "{said}");
}

#[test]
fn the_shell_is_offered_what_is_here() {
    let ana = Person::new("ana");
    let id = ana.adds_idea("Bed sensors for ward 3");
    ana.says(["profile", "--name", "Ana"]);
    ana.says(["note", "Soap is out #hygiene"]);
    let offered = |words: &[&str]| {
        let asked = ana.clone().with_variable("COMMONS_COMPLETE", "fish");
        let words = ["--", "commons"].iter().chain(words);
        let out = asked.runs(words).succeeded().out;
        out.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let has = |words: &[&str], wanted: &str| {
        let offered = offered(words);
        assert!(offered.iter().any(|line| line.starts_with(wanted)), "{words:?}: {offered:?}");
    };
    has(&["sho"], "show\t");
    has(&["show", ""], &format!("{id}\tidea  Bed sensors for ward 3"));
    has(&["show", &id[..2]], &id);
    has(&["endorse", ""], &id);
    let version = ana.says(["edit", &id, "--tag", "beds"]);
    has(&["restore", &id, ""], version.trim());
    has(&["restore", &id, &id[..3]], &id);
    has(&["list", "--tag", "hy"], "hygiene\t");
    has(&["list", "tag:hy"], "tag:hygiene\t");
    has(&["list", "-ki"], "-kind:");
    has(&["list", "kind:pro"], "kind:project");
    has(&["list", "--by", ""], "me\t");
    let by = offered(&["mute", ""]);
    assert!(by.iter().any(|line| line.ends_with("\tAna")), "{by:?}");
    assert!(offered(&["show", "zzzz"]).is_empty());
    // The home that is named is the one that is looked into; and one that is not there is not made.
    let elsewhere = ana.home().parent().unwrap().join("elsewhere");
    let there = offered(&["--home", elsewhere.to_str().unwrap(), "show", ""]);
    assert!(there.iter().all(|line| line.starts_with("--")), "{there:?}");
    assert!(!elsewhere.exists());
    for shell in ["bash", "zsh", "fish", "elvish"] {
        assert!(ana.says(["completions", shell]).contains("COMMONS_COMPLETE"), "{shell}");
    }
    ana.runs(["completions", "tcsh"]).failed_with(2);
}

#[test]
fn tags_that_a_shell_would_obey_are_not_offered() {
    let ana = Person::new("ana");
    ana.says(["add-idea", "One", "--tag", "soap$(reboot)", "--tag", "soap-and-water"]);
    let asked = ana.clone().with_variable("COMMONS_COMPLETE", "bash");
    let asked = asked.with_variable("_CLAP_COMPLETE_INDEX", "3");
    let said = asked.runs(["--", "commons", "list", "--tag", "soap"]).succeeded().out;
    assert!(said.contains("soap-and-water") && !said.contains("reboot"), "{said}");
}

#[test]
fn every_verb_has_a_page_for_man() {
    let ana = Person::new("ana");
    let directory = TempDir::new().unwrap();
    let pages = directory.path().join("man1");
    ana.says(["man", pages.to_str().unwrap()]);
    let page = fs::read_to_string(pages.join("commons-service-install.1")).unwrap();
    assert!(page.contains(".SH SYNOPSIS") && page.contains("Examples:"), "{page}");
    assert!(fs::read_dir(&pages).unwrap().count() > 40);
    assert!(!ana.home().exists(), "that needs no home");
    ana.runs(["man"]).failed_with(2);
    ana.runs(["man", "/proc/nowhere"]).failed_with(7);
}
