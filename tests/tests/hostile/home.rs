//! Homes used twice, from a newer version, or without their key: case 22.
