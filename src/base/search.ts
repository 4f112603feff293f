/**
 * The first of so many places at which something holds that holds at all later ones; their number if it holds nowhere.
 * Places are looked at by halves.
 */
export function firstPlace(count: number, holds: (place: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
