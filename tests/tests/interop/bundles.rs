//! Bundles are CAR files that IPLD's own library reads.

use commons_tests::Person;

use crate::tools;

#[test]
fn a_bundle_is_a_car_file_of_contributions() {
    let Some(node) = tools::node() else { return };
    let ana = Person::new("ana");
    let id = ana.adds_idea("Bed sensors");
    ana.says(["edit", &id, "--body", "A mat that counts turns."]);
    let file = ana.home().join("all.car");
    ana.says(["bundle", file.to_str().unwrap()]);
    let printed = node.runs("car.js", [&file]);
    let read: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(read["contributions"], 2);
    assert_eq!(read["kinds"], serde_json::json!(["idea"]));
    assert_eq!(read["title"], "Bed sensors");
}
