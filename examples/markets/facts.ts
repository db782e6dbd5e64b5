/** What the origin says of a market: three sources that age at different speeds. */
import { crc32 } from 'node:zlib';
import { type Atlas, kilometresBetween, type Place } from './places.ts';

export const SOURCES = ['quote', 'summary', 'profile'] as const;
export type SourceName = (typeof SOURCES)[number];

/** One source's value of one market, ready to send. */
export interface Fact {
  readonly json: string;
  /** Bytes of `json` in UTF-8, as a header wants it. */
  readonly length: string;
  readonly etag: string;
  readonly version: string;
  /** Whole seconds, in ms since the epoch. */
  readonly modifiedAt: number;
  /** The same as an HTTP date. */
  readonly lastModified: string;
}

/** Quotes change at every multiple of this. */
export const QUOTE_MS = 5_000;
/** The list of places is older than this and does not change. */
const PLACES_MODIFIED = Date.UTC(2022, 0, 1);
const TOP = 10;

export class Facts {
  readonly #atlas: Atlas;
  readonly #now: () => number;
  readonly #kept = { summary: new Map<Place, Fact>(), profile: new Map<Place, Fact>() };
  readonly #tops = new Map<string, string>();
  #slot = { number: 0, modifiedAt: 0, at: '', lastModified: '' };

  constructor(atlas: Atlas, now: () => number) {
    this.#atlas = atlas;
    this.#now = now;
  }

  of(source: SourceName, place: Place): Fact {
    if (source === 'quote') return this.#quote(place);
    const kept = this.#kept[source];
    let fact = kept.get(place);
    if (fact === undefined) {
      fact = lasting(source === 'summary' ? this.#summary(place) : this.#profile(place));
      kept.set(place, fact);
    }
    return fact;
  }

  /** A number that anyone can compute from the market and the slot, but that looks like a price. */
  #quote(place: Place): Fact {
    const { number, modifiedAt, at, lastModified } = this.#currentSlot();
    const base = 10 + (scramble(Number(place.id)) % 49_000) / 100;
    const change = (scramble(Number(place.id) ^ Math.imul(number, 0x9e3779b1)) % 1_001) / 100 - 5;
    const price = base * (1 + change / 100);
    const json = `{"market":"${place.id}","version":"${number}","at":"${at}","price":${price.toFixed(2)},"change":${change.toFixed(2)},"currency":"USD"}`;
    const version = String(number);
    // All of it is ASCII: as many bytes as characters.
    return { json, length: String(json.length), etag: `"${version}"`, version, modifiedAt, lastModified };
  }

  #currentSlot(): { number: number; modifiedAt: number; at: string; lastModified: string } {
    const number = Math.floor(this.#now() / QUOTE_MS);
    if (number !== this.#slot.number) {
      const modifiedAt = number * QUOTE_MS;
      const date = new Date(modifiedAt);
      this.#slot = { number, modifiedAt, at: date.toISOString(), lastModified: date.toUTCString() };
    }
    return this.#slot;
  }

  #summary(place: Place): string {
    const region = this.#atlas.regions.get(place.region) ?? [];
    let top = this.#tops.get(place.region);
    if (top === undefined) {
      const places = region
        .slice(0, TOP)
        .map(({ id, name, population }) => ({ market: id, name, population }));
      top = JSON.stringify(places);
      this.#tops.set(place.region, top);
    }
    return `{"market":"${place.id}","region":${JSON.stringify(place.region)},"rank":${this.#atlas.ranks[place.index]},"of":${region.length},"top":${top}}`;
  }

  #profile(place: Place): string {
    const { id, name, country, region, feature, population, latitude, longitude } = place;
    return JSON.stringify({
      market: id,
      name,
      country,
      region,
      feature,
      population,
      latitude,
      longitude,
      nearestBigger: this.#nearestBigger(place),
    });
  }

  /** The nearest more populous place of the region; null for its most populous one. */
  #nearestBigger(place: Place): { market: string; name: string; kilometres: number } | null {
    const bigger = (this.#atlas.regions.get(place.region) ?? []).slice(
      0,
      (this.#atlas.ranks[place.index] ?? 1) - 1,
    );
    let nearest: { place: Place; kilometres: number } | undefined;
    for (const other of bigger) {
      const kilometres = kilometresBetween(place, other);
      if (nearest === undefined || kilometres < nearest.kilometres) nearest = { place: other, kilometres };
    }
    if (nearest === undefined) return null;
    const { id, name } = nearest.place;
    return { market: id, name, kilometres: Math.round(nearest.kilometres * 10) / 10 };
  }
}

function lasting(json: string): Fact {
  const version = crc32(json).toString(16).padStart(8, '0');
  return {
    json,
    length: String(Buffer.byteLength(json)),
    etag: `"${version}"`,
    version,
    modifiedAt: PLACES_MODIFIED,
    lastModified: new Date(PLACES_MODIFIED).toUTCString(),
  };
}

/** A 32-bit integer hash (the finalizer of MurmurHash3), unsigned. */
function scramble(seed: number): number {
  let h = seed | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
