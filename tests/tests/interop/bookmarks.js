// Writes a bookmark file as Chrome has them: bookmarks.js FILE.

import { writeFile } from 'node:fs/promises';
import netscape from 'netscape-bookmarks';

const html = netscape({
    'Hand hygiene': {
        contents: {
            'Soap & water': { url: 'https://example.org/soap', add_date: 1792926000 },
            Wards: { contents: { 'Beds <3>': 'https://example.org/beds' } },
        },
    },
});
await writeFile(process.argv[2], html);
