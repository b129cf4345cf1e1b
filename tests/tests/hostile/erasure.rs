//! Taking back what is not one's own, too early, wrongly, or in vain: case 13.
