//! A million entries from a thousand fresh keys: case 16.
