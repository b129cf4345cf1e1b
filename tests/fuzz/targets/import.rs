//! `decoders::decode("import", …)` on arbitrary bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| commons_tests::decoders::decode("import", bytes));
