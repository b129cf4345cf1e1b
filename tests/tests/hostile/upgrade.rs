//! What the last released format wrote, with today's build: case 23.
