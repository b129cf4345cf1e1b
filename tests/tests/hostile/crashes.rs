//! Processes killed and power cut at every write: case 20.
