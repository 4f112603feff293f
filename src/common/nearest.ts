/** Edit distance that also counts a swap of neighbours as one (optimal string alignment, Damerau 1964). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** The names closest to what was written, nearest first; none that would need more than a third of its letters changed. */
export function nearest(text: string, names: Iterable<string>, count: number): string[] {
  const wanted = text.slice(0, 60).toLowerCase();
  return [...names]
    .map((name) => ({ name, cost: distance(wanted, name.toLowerCase()) }))
    .filter(({ name, cost }) => cost <= Math.ceil(Math.max(name.length, wanted.length) / 3))
    .sort((a, b) => a.cost - b.cost || (a.name < b.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name);
}
