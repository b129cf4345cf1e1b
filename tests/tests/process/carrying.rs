//! Bundles: what is carried by hand arrives, once, and is verified on the way in.

use std::fs;

use commons_tests::Person;
use serde_json::json;

use crate::reading::shown;

#[test]
fn a_bundle_brings_everything_and_a_second_time_nothing() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    let idea = ana.adds_idea("Bed sensors");
    ana.says(["edit", &idea, "--body", "A mat that counts turns."]);
    let erased = ana.adds_idea("Never mind");
    ana.says(["erase", &erased, "--yes"]);
    let file = ana.home().join("all.car");
    let file = file.to_str().unwrap();
    let written = &ana.reads(["bundle", file])[0];
    assert_eq!(written["contributions"], 4);
    let first = &ben.reads(["import", file])[0];
    assert_eq!(
        (&first["new"], &first["known"], &first["waiting"]),
        (&json!(4), &json!(0), &json!(0))
    );
    assert_eq!(ben.status()["fingerprint"], ana.status()["fingerprint"]);
    assert_eq!(shown(&ben, &idea)["fields"]["body"], "A mat that counts turns.");
    let again = &ben.reads(["import", file])[0];
    assert_eq!((&again["new"], &again["known"]), (&json!(0), &json!(4)));
    assert!(!fs::read(file).unwrap().windows(10).any(|bytes| bytes == b"Never mind"));
}

#[test]
fn a_bundle_of_what_is_new_waits_for_what_it_follows() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    let idea = ana.adds_idea("Bed sensors");
    let all = ana.home().join("all.car");
    ana.says(["bundle", all.to_str().unwrap()]);
    ana.runs(["bundle", all.to_str().unwrap()]).failed_with(13).explaining("--yes");
    let other = Person::new("somebody").in_commons("another");
    other.runs(["import", all.to_str().unwrap()]).failed_with(12);
    assert_eq!(other.status()["contributions"], 0);
    let new = ana.home().join("new.car");
    ana.says(["bundle", new.to_str().unwrap(), "--since", "tomorrow"]);
    assert_eq!(ben.reads(["import", new.to_str().unwrap()])[0]["new"], 0);
    ben.says(["import", all.to_str().unwrap()]);
    assert_eq!(shown(&ben, &idea)["title"], "Bed sensors");
}

#[test]
fn a_file_that_is_damaged_or_no_bundle_is_said_to_be() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    ana.adds_idea("Bed sensors");
    let path = ana.home().join("all.car");
    let file = path.to_str().unwrap();
    ana.says(["bundle", file]);
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(7) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        let said = ben.runs(["import", file]);
        let here = ben.status()["contributions"].clone();
        // A root that is not read may be anything.
        assert!(matches!(said.status.code(), Some(0 | 8 | 12)), "{said}");
        assert!(here == 0 || here == 1, "{here}");
    }
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    ben.runs(["import", file]).failed_with(8).explaining("not copied to its end");
    fs::write(&path, "Shopping list: soap").unwrap();
    ben.runs(["import", file]).failed_with(8).explaining("not a CAR file");
    ben.runs(["import", "/nowhere.car"]).failed_with(2);
    ben.runs(["import"]).failed_with(2);
}
