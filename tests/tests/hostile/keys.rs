//! Keys and signatures that are valid to some and not to others: case 4.
