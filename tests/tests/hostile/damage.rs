//! Rows that are damaged on this disk: case 21.
