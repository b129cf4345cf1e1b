//! Entries that break what shows them: cases 17 and 18.
