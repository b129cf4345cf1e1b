//! A commons node: what turns the pure protocol of `commons-proto` into a program with a disk, a
//! network and a clock.
//!
//! | module | what lives there |
//! |---|---|
//! | [`home`] | the home directory: keys, databases, the lock of a running node |
//! | [`store`] | the database: one door in, one way out, and what people ask |
//! | [`verify`] | verification of strangers' contributions on all cores |
//! | [`network`] | libp2p: who is met, and bytes to and from them |
//! | [`driver`] | the running node: joins replica, store, network and clock |
//! | [`escape`] | what makes a stranger's words harmless to read |
//! | [`names`] | how authors are named, so that nobody passes for another |
//! | [`hashtags`] | where a text has hashtags |
//! | [`lines`] | the checks of what people give for a field of one line |
//! | [`json`] | the objects that programs get |
//! | [`changes`] | what a version of an entry changed, in words |
//! | [`news`] | what others wrote since somebody last looked |
//! | [`phrases`] | how numbers and things are put into words |
//! | [`personal`] | what in a text says too much about somebody |
//! | [`compose`] | from what a person asks for to what is to be signed |
//! | [`find`] | from what a person calls something to the thing |
//! | [`import`] | entries of what other programs wrote |
//! | [`archive`] | a commons as a site of plain files |
//! | [`bundle`] | contributions in a file, carried by hand |
//! | [`query`] | the language in which people ask for entries |
//! | [`words`] | words as the search compares them |
//! | [`links`] | what a text refers to |
//! | [`backup`] | what a home holds in a file, and putting it back |
//! | [`export`] | entries in formats that other programs read |
//! | [`programme`] | sessions by time, and which of them clash |
//! | [`when`] | times as people type and read them |
//! | [`digest`] | what happened in a span of time, for all or for some tags |
//! | [`board`] | the commons in a browser |
//! | [`qr`] | QR codes for pages and terminals |
//! | [`render`] | pages, Markdown and feeds, harmless whatever strangers wrote |
//! | [`control`] | how commands talk to a running node on the same home |
//! | [`doctor`] | what could keep a node from working, looked into |
//! | [`decoders`] | what strangers' bytes are decoded by, for the tests that make them up |

#![forbid(unsafe_code)]

pub mod archive;
pub mod backup;
pub mod board;
pub mod bundle;
pub mod changes;
pub mod compose;
pub mod control;
pub mod decoders;
pub mod digest;
pub mod doctor;
pub mod driver;
pub mod escape;
pub mod export;
pub mod find;
pub mod hashtags;
pub mod home;
pub mod import;
pub mod json;
pub mod lines;
pub mod links;
pub mod names;
pub mod network;
pub mod news;
pub mod personal;
pub mod phrases;
pub mod programme;
pub mod qr;
pub mod query;
pub mod render;
pub mod store;
pub mod verify;
pub mod when;
pub mod words;
