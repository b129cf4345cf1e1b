//! Dialling on simulated time.
