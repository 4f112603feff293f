/**
 * Paths of the page's views, as routes have them. All but the last parts are names that no route of the API begins
 * with; those are below /v1.
 */
export const VIEWS = [
  '/',
  '/data',
  '/economy',
  '/economy/:id',
  '/events',
  '/news',
  '/symbols',
  '/symbols/:symbol',
] as const;

/** Where the page's scripts, styles and fonts are. */
export const ASSETS = '/assets/';

/** Whether a route belongs to the page. */
export function isOfPage(route: string): boolean {
  return (VIEWS as readonly string[]).includes(route) || route.startsWith(ASSETS);
}
