// Walks a bundle from its root as any IPLD tool would, and prints what it found as JSON.

import { readFile } from 'node:fs/promises';
import { CarReader } from '@ipld/car';
import { decode } from '@ipld/dag-cbor';

const car = await CarReader.fromBytes(await readFile(process.argv[2]));
const load = async (cid) => decode((await car.get(cid)).bytes);

// Arrays of links stand above the envelopes.
let level = await car.getRoots();
let values = await Promise.all(level.map(load));
while (values.length > 0 && values.every(Array.isArray)) {
    level = values.flat();
    values = await Promise.all(level.map(load));
}

const kinds = [];
let title = null;
for (const envelope of values) {
    const header = await load(envelope.header);
    if (header.kind) kinds.push(header.kind);
    const payload = await load(envelope.payload);
    for (const [what, field, value] of payload.edits) {
        if (what === 'set' && field === 'title') title = value;
    }
}
console.log(JSON.stringify({ contributions: values.length, kinds, title }));
