// What differs between two texts, by words; by characters where a script writes none apart.

const TOKEN =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]|[\p{L}\p{M}\p{N}_]+|\s+|[^]/gu;
const MOST_EDITS = 1500; // of one pair of texts; beyond that nothing is found in useful time
const LEAST_SHARED = 0.15; // of the longer text; marks on everything else say nothing

const tokens = (text) => text.match(TOKEN) || [];

// Myers' greedy algorithm ("An O(ND) Difference Algorithm", 1986). Returns the pairs of places at
// which both have the same token, or null where that takes too many edits.
function samePlaces(one, two) {
  const most = Math.min(one.length + two.length, MOST_EDITS);
  const reach = new Int32Array(2 * most + 3);
  const middle = most + 1;
  const trace = [];
  for (let edits = 0; edits <= most; edits++) {
    trace.push(reach.slice(middle - edits - 1, middle + edits + 2));
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits ||
        (k !== edits && reach[middle + k - 1] < reach[middle + k + 1]);
      let x = down ? reach[middle + k + 1] : reach[middle + k - 1] + 1;
      while (x < one.length && x - k < two.length && one[x] === two[x - k]) x++;
      reach[middle + k] = x;
      if (x >= one.length && x - k >= two.length) return walkBack(trace, one.length, two.length);
    }
  }
  return null;
}

function walkBack(trace, x, y) {
  const pairs = [];
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const at = (k) => trace[edits][k + edits + 1];
    const k = x - y;
    const down = k === -edits || (k !== edits && at(k - 1) < at(k + 1));
    const before = down ? k + 1 : k - 1;
    const startX = edits === 0 ? 0 : at(before);
    const startY = startX - before;
    const floorX = edits === 0 ? 0 : down ? startX : startX + 1;
    while (x > floorX) pairs.push([--x, --y]);
    [x, y] = edits === 0 ? [0, 0] : [startX, startY];
  }
  return pairs.reverse();
}

// Runs of [text, is the same] for each of two texts; null where marking would say nothing.
function difference(before, after) {
  const one = tokens(before), two = tokens(after);
  let head = 0, tail = 0;
  const least = Math.min(one.length, two.length);
  while (head < least && one[head] === two[head]) head++;
  while (tail < least - head && one[one.length - 1 - tail] === two[two.length - 1 - tail]) tail++;
  const middle = samePlaces(one.slice(head, one.length - tail), two.slice(head, two.length - tail));
  if (!middle) return null;
  const same = [new Set(), new Set()];
  const keep = (a, b) => { same[0].add(a); same[1].add(b); };
  for (let at = 0; at < head; at++) keep(at, at);
  for (const [a, b] of middle) keep(a + head, b + head);
  for (let at = 1; at <= tail; at++) keep(one.length - at, two.length - at);
  const wordy = (all) => all.filter((token) => token.trim());
  const shared = wordy(one.filter((_, at) => same[0].has(at))).length;
  if (shared < LEAST_SHARED * Math.max(wordy(one).length, wordy(two).length)) return null;
  return [runs(one, same[0]), runs(two, same[1])];
}

function runs(all, same) {
  const found = [];
  all.forEach((token, at) => {
    const last = found[found.length - 1];
    // A lone space between two changed words belongs to the change.
    const kept = same.has(at) && !(token === " " && last && !last[1] && at + 1 < all.length &&
      !same.has(at + 1));
    if (last && last[1] === kept) last[0] += token;
    else found.push([token, kept]);
  });
  return found;
}
