//! Author keys that go from one home to another: nothing is written over, and nobody ceases to be who
//! they are without a word.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use commons_tests::Person;

/// The name of a file beside the person's home.
fn beside(person: &Person, name: &str) -> String {
    person.home().with_file_name(name).to_str().expect("it is made of letters").to_owned()
}

fn author(person: &Person) -> serde_json::Value {
    person.reads(["whoami"])[0]["author"].clone()
}

fn mode(file: impl AsRef<Path>) -> u32 {
    fs::metadata(file).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn a_key_that_was_kept_makes_a_new_home_that_of_its_author() {
    let (ana, laptop) = (Person::new("ana"), Person::new("ana's laptop"));
    let idea = ana.adds_idea("Bed sensors");
    let (file, bundle) = (beside(&ana, "kept.key"), beside(&ana, "all.car"));
    let kept = &ana.reads(["key", "export", &file])[0];
    assert_eq!((&kept["author"], mode(&file)), (&author(&ana), 0o600));
    ana.runs(["key", "export", &file]).failed_with(7).explaining("not there yet");
    ana.runs(["bundle", &bundle]).succeeded();

    // As a browser saves it.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let said = laptop.runs(["key", "import", &file]).succeeded();
    said.explaining("You are now").explaining("commons start fetches it");
    assert_eq!((author(&laptop), mode(laptop.author_key())), (author(&ana), 0o600));
    laptop.runs(["import", &bundle]).succeeded();
    let told = &laptop.reads(["key", "import", &file])[0];
    assert_eq!((&told["entries"], &told["old_key_file"]), (&1.into(), &serde_json::Value::Null));
    laptop.runs(["erase", &idea, "--yes"]).succeeded();
}

#[test]
fn a_key_that_has_written_is_replaced_on_demand_alone_and_kept() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    let file = beside(&ana, "ana.key");
    ana.says(["key", "export", &file]);
    ben.adds_idea("Hand hygiene");
    let (before, was) = (fs::read(ben.author_key()).unwrap(), author(&ben));
    ben.runs(["key", "import", &file]).failed_with(10).explaining("--replace");
    // Also when it is in another commons of the same home that something was written.
    let elsewhere = ben.clone().in_commons("another");
    elsewhere.runs(["key", "import", &file]).failed_with(10);
    ben.runs(["key", "import", &file, "--replace"]).failed_with(13).explaining("--yes");
    assert_eq!(fs::read(ben.author_key()).unwrap(), before);

    let told = &ben.reads(["key", "import", &file, "--replace", "--yes"])[0];
    assert_eq!((&told["author"], author(&ben)), (&author(&ana), author(&ana)));
    let old = told["old_key_file"].as_str().unwrap();
    assert_eq!((fs::read(old).unwrap(), mode(old)), (before, 0o600));
    ben.runs(["key", "import", old]).succeeded();
    assert_eq!(author(&ben), was, "ben is ben again; nothing was written as ana");
}

#[test]
fn a_running_node_keeps_its_author() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    let file = beside(&ana, "ana.key");
    ana.says(["key", "export", &file]);
    let node = ben.starts();
    let was = author(&ben);
    ben.runs(["key", "import", &file]).failed_with(6).explaining("stop it first");
    assert_eq!(author(&ben), was);
    node.stops();
    ben.runs(["key", "import", &file]).succeeded();
    assert_eq!(author(&ben), author(&ana));
}

#[test]
fn what_is_no_author_key_is_told_as_such() {
    let ana = Person::new("ana");
    ana.starts().stops();
    let before = fs::read(ana.author_key()).unwrap();
    let of_node = ana.home().join("node.key");
    let import = |file: &str| ana.runs(["key", "import", file]);
    import(of_node.to_str().unwrap()).failed_with(5);
    import(&beside(&ana, "nothing")).failed_with(2).explaining("your browser saved");
    import(ana.home().to_str().unwrap()).failed_with(2).explaining("is no file");
    let wrong = beside(&ana, "wrong.key");
    for (text, hint) in [
        ("", "64 digits"),
        ("# A comment alone\n", "64 digits"),
        ("# Too short\nabc123\n", "64 digits"),
        ("-----BEGIN PRIVATE KEY-----\n", "64 digits"),
        ("age-encryption.org/v1\n", "--only-key"),
    ] {
        fs::write(&wrong, text).unwrap();
        import(&wrong).failed_with(5).explaining(hint);
    }
    assert_eq!(fs::read(ana.author_key()).unwrap(), before);
    let key = fs::read_to_string(ana.author_key()).unwrap();
    ana.runs_with_input(["key", "import", "-"], &key).succeeded().explaining("already");
}

#[test]
fn a_damaged_key_gives_way_to_the_copy_that_was_kept() {
    let ana = Person::new("ana");
    ana.adds_idea("Bed sensors");
    let (file, was) = (beside(&ana, "kept.key"), author(&ana));
    ana.says(["key", "export", &file]);
    fs::write(ana.author_key(), "not a key").unwrap();
    ana.runs(["key", "import", &file]).succeeded().explaining("is kept");
    assert_eq!(author(&ana), was);
}
