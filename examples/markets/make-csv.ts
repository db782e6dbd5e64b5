/** Writes `markets.csv`, the entity set of the example: `node examples/markets/make-csv.ts`. */
import { writeFileSync } from 'node:fs';
import { byPopulation, loadAtlas } from './places.ts';

const MARKETS = 1_000;

/** The most populous US places, largest first. The same at every run. */
export async function marketsCsv(): Promise<string> {
  const { places } = await loadAtlas();
  const largest = places
    .filter(({ country }) => country === 'US')
    .sort(byPopulation)
    .slice(0, MARKETS);
  const rows = largest.map(({ id, name, region, population, latitude, longitude }) =>
    [id, quoted(name), region, population, latitude, longitude].join(','),
  );
  return `${['market,name,region,population,lat,lon', ...rows].join('\n')}\n`;
}

/** As RFC 4180 quotes, where it must. */
function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

if (import.meta.main) writeFileSync(new URL('markets.csv', import.meta.url), await marketsCsv());
