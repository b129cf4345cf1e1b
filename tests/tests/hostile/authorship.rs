//! Writing where one may not, in another's name, at odd times, or twice: cases 8, 9 and 10.
