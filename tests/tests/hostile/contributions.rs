//! Contributions that are not what they say: cases 1, 2, 3, 5, 6 and 7.
