//! Old backups and a thousand versions at once: cases 11 and 12.
