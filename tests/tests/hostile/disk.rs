//! Disks that are full, locked, read-only or fail: case 19.
