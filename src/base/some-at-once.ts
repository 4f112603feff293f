/**
 * Does something with each item, the first ones first, so many at a time; begins no more once one has failed.
 * @throws the error of one that failed, when all that had begun have ended
 */
export async function someAtOnce<Item>(
  most: number,
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = [...items].reverse();
  const one = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) {
      await work(item).catch((error: unknown) => {
        left.length = 0;
        throw error;
      });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: most }, one));
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
}
