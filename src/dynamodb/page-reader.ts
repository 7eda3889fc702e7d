import type { AnyItem, RawItem } from '../item/attribute-value.js';
import { type ScanOptions, type ScanPage, scanSegment } from './scan.js';

export interface PageReaderOptions extends Omit<ScanOptions, 'startKey' | 'limit'> {
  /** Milliseconds, from whenever. */
  readonly now?: () => number;
  /** Where a reader goes on whose predecessor found out how large pages may be. Default: anew. */
  readonly pace?: PagePace | undefined;
}

/** What this process has found out about pages, whichever segment they were of. */
export interface PagePace {
  /** Items a page. */
  size: number;
  /** The least that a request took, in milliseconds. The others waited for something besides: a budget, this process. */
  roundTripMs: number;
}

export function createPagePace(): PagePace {
  return { size: fewest, roundTripMs: Number.POSITIVE_INFINITY };
}

/** The pages of a segment, for somebody who works on each before it asks for the next. */
export interface PageReader<T extends AnyItem = RawItem> {
  /** The page that begins after `startKey`. */
  read(startKey: RawItem | undefined): Promise<ScanPage<T>>;
}

// Each page has a checkpoint, and a move stores its keys first: what is long makes that cheap. What is short is over
// soon after a signal, and little to do again after a death. So a page is to take a second or two, within these bounds:
// whole requests of 25 and of 100, and 1000 of them still are no burden on memory in 64 segments.
const fewest = 100;
const most = 1_000;
const shortMs = 1_000;
/**
 * A page of a move takes four round trips, whether it has 100 items or 400: its keys, its writes, its validating reads,
 * its checkpoint. One of 1000 takes six, as its writes are sent in three turns. So where these take more than a second, pages
 * that are kept short are no sooner over, and there are more of them.
 */
const roundTrips = 6;
/** Beyond this nobody should have to wait for the end of a page. */
const longestRoundTripMs = 1_000;
/** Of what is read into one page, in bytes; Scan ends at 1 MB, and with a filter finds any number of items in it. */
const fullBytes = 2 * 1024 * 1024;
const maxRequests = 8;
const bytesPerReadUnit = 4_096;

/**
 * Reads a segment in pages that fill whole requests, and the next one while its reader works on one. What is read ahead
 * may be old by the time that it is worked on; it may be anyway.
 */
export function createPageReader(options: PageReaderOptions & { readonly asTexts?: false }): PageReader;
export function createPageReader(options: PageReaderOptions): PageReader<AnyItem>;
export function createPageReader(options: PageReaderOptions): PageReader<AnyItem> {
  const { now = () => performance.now(), pace = createPagePace() } = options;
  let { size } = pace;
  let given = Number.NaN;
  let ahead: { readonly startKey: RawItem; readonly page: Promise<ScanPage<AnyItem>> } | undefined;

  /** Grows the pages while one is worked on in a short time, and halves them where it takes more than twice that. */
  function adapt(): void {
    const took = now() - given;
    const short = Math.max(shortMs, roundTrips * Math.min(pace.roundTripMs, longestRoundTripMs));
    if (took > 2 * short) size = Math.max(fewest, size / 2);
    else if (took <= short) size = Math.min(most, size * 2);
    size = Math.ceil(size / fewest) * fewest;
    pace.size = size;
  }

  return {
    async read(startKey) {
      adapt();
      const page = await (startKey !== undefined && ahead?.startKey === startKey ? ahead.page : gather(startKey));
      ahead = undefined;
      if (page.lastKey !== undefined) {
        ahead = { startKey: page.lastKey, page: gather(page.lastKey) };
        // Whoever reads it is told; whoever stopped before that is not.
        ahead.page.catch(() => undefined);
      }
      given = now();
      return page;
    },
  };

  async function gather(startKey: RawItem | undefined): Promise<ScanPage<AnyItem>> {
    const wanted = size;
    const items: AnyItem[] = [];
    let scanned = 0;
    let readUnits = 0;
    let lastKey = startKey;
    let requests = 0;
    do {
      const page = await scanOnce(lastKey, wanted - items.length);
      items.push(...page.items);
      scanned += page.scanned;
      readUnits += page.readUnits;
      lastKey = page.lastKey;
      requests += 1;
    } while (lastKey !== undefined && items.length < 0.75 * wanted && requests < maxRequests && mayHold(readUnits));
    return { items, lastKey, scanned, readUnits };
  }

  function mayHold(readUnits: number): boolean {
    const bytes = readUnits * bytesPerReadUnit * (options.consistent ? 1 : 2);
    // An engine that does not tell may have read any number of bytes.
    return readUnits > 0 && bytes < fullBytes;
  }

  async function scanOnce(startKey: RawItem | undefined, limit: number): Promise<ScanPage<AnyItem>> {
    const from = now();
    // A segment has at least one page.
    const { value } = (await scanSegment({ ...options, startKey, limit }).next()) as {
      readonly value: ScanPage<AnyItem>;
    };
    pace.roundTripMs = Math.min(pace.roundTripMs, now() - from);
    return value;
  }
}
