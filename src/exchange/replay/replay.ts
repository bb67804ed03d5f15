import type { MergedItem } from "../../read/merge.ts";
import type { Agenda } from "../agenda.ts";
import { Playback } from "./playback.ts";
import { RecordedVenue } from "./recorded-venue.ts";
import type { Recording } from "./recording.ts";
import { ReplayFeed } from "./replay-feed.ts";

export interface ReplayOptions {
  readonly recording: Recording;
  /** Receive times, epoch microseconds, both included. */
  readonly fromUs: number;
  /** `undefined`: to the end of the recording. */
  readonly toUs?: number | undefined;
  /** Beside life; `MAX_SPEED` as fast as clients read. */
  readonly speed: number;
  /** What a gap of a token is to those who subscribed it. */
  readonly gaps: "disconnect" | "silence";
  /** All has happened; the last state is served on. */
  readonly onEnd?: () => void;
  /** The recording cannot be read on. */
  readonly onFailure?: (error: unknown) => void;
}

const US_PER_MS = 1_000;

/** A recording as the venue that it is of: what it says, and what it is at the moment. */
export class Replay {
  readonly venue: RecordedVenue;
  readonly feed: ReplayFeed;
  readonly playback: Playback;
  readonly #options: ReplayOptions;
  /** One time after the other. */
  #seeking: Promise<void> = Promise.resolve();

  constructor(options: ReplayOptions, agenda: Agenda) {
    const { recording, fromUs, toUs, speed } = options;
    this.#options = options;
    this.venue = new RecordedVenue(recording.tokens, recording.endUs / US_PER_MS);
    this.feed = new ReplayFeed({
      venue: this.venue,
      agenda,
      onListener: () => this.playback.start(),
      onReady: () => this.playback.ready(),
    });
    this.playback = new Playback({
      agenda,
      itemsFrom: (us) => recording.items(us, toUs),
      fromUs,
      toUs,
      speed,
      isReady: () => this.feed.isReady,
      onLead: (item) => this.venue.lead(item),
      onBegin: () => this.venue.begin(),
      onItem: (item) => this.#happen(item),
      onEnd: () => options.onEnd?.(),
      onFailure: (error) => options.onFailure?.(error),
    });
  }

  /** Epoch milliseconds of the replay. */
  get nowMs(): number {
    return this.playback.nowUs / US_PER_MS;
  }

  /** When the recording starts, which `+5m` counts from; epoch microseconds. */
  get startUs(): number {
    return this.#options.recording.startUs;
  }

  /** Goes to another time: whoever is connected is cut off, and finds the books of then. */
  seek(us: number): void {
    this.#seeking = this.#seeking.then(async () => {
      await this.playback.begin(us);
      this.feed.cutAll();
    });
    this.#seeking.catch((error) => this.#options.onFailure?.(error));
  }

  #happen(item: MergedItem): void {
    // Where nothing follows, the recording is at its end: the last state is served on.
    if (item.kind === "gap" && item.to_us === null) return;
    const wasBooked = item.kind === "gap" && this.venue.find(item.token_id) !== undefined;
    this.venue.take(item);
    if (item.kind === "message") this.feed.hear(item);
    else if (wasBooked && this.#options.gaps === "disconnect") this.feed.cut([item.token_id]);
  }
}
