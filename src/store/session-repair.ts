import { join } from "node:path";
import { decodeBlock } from "../format/block-reader.ts";
import { CHUNK_HEADER_BYTES, CHUNK_KIND } from "../format/chunk.ts";
import { DAMAGE } from "../format/chunk-scanner.ts";
import { damaged } from "../format/damaged.ts";
import { PolybotError } from "../format/error.ts";
import { encodeFileHead, type FileHead } from "../format/file-head.ts";
import type { InspectedWhole } from "../format/inspect-whole.ts";
import { NO_SUMS, type SessionMetadata, type SumsOfUpdates } from "../format/metadata.ts";
import { lostIn } from "../format/repair-note.ts";
import type { ByteSource } from "../format/scan-file.ts";
import { supersededFrom } from "../format/superseded.ts";
import type { Fs } from "../ports/fs.ts";
import {
  CHANNEL,
  METADATA_NAME,
  SNAPSHOT_NAME,
  segmentNumber,
  segmentPath,
  UPDATES_FOLDER,
} from "./paths.ts";
import { isTemporary, publishParts } from "./publish.ts";
import { firstOf, isNote, rebuiltSegment, saltOf } from "./rebuilt-segment.ts";
import {
  metadataBytes,
  rebuiltMetadata,
  type SegmentSums,
  snapshotBytes,
} from "./rebuilt-whole-files.ts";
import {
  type FoundSegment,
  planSession,
  type SegmentPlan,
  type SoundChunk,
} from "./repair-plan.ts";
import type { Repairs } from "./repairs.ts";
import type { Salvage } from "./salvage.ts";
import { sumSegments } from "./segment-sums.ts";
import { SessionFacts } from "./session-facts.ts";
import { SessionSums } from "./session-sums.ts";
import { isOf, type SessionIdentity, type SessionSurvey } from "./session-survey.ts";
import { asideOf, setAside } from "./set-aside.ts";

const US_PER_MS = 1000;
/** Each segment that is missing between others becomes a file. */
const MISSING_MAX = 10_000;

/**
 * Repairs one session that nobody writes: seals it if it has no end, makes every damaged file
 * anew from what is sound, and keeps what it was. Files are replaced one by one, the metadata
 * last, and each is durable before the next: whoever repairs again after a stop goes on there.
 */
export class SessionRepair {
  readonly #fs: Fs;
  readonly #path: string;
  readonly #identity: SessionIdentity;
  readonly #survey: SessionSurvey;
  readonly #repairs: Repairs;
  readonly #facts: SessionFacts;
  /** Of this session. */
  #replaced = 0;

  constructor(
    fs: Fs,
    path: string,
    survey: SessionSurvey & { readonly identity: SessionIdentity },
    repairs: Repairs,
  ) {
    this.#fs = fs;
    this.#path = path;
    this.#survey = survey;
    this.#identity = survey.identity;
    this.#repairs = repairs;
    this.#facts = new SessionFacts(this.#identity);
  }

  /** `DAMAGED` where only a person can say what is right: then nothing was changed. */
  async run(): Promise<void> {
    const { plans, first } = await this.#plan();
    if (!this.#repairs.dry_run) await this.#removeTemporaries();
    let bytes = 0;
    let segments = 0;
    for (const plan of plans) {
      const { pieces, reasons } = plan;
      bytes += await this.#segment(plan);
      if (reasons.length === 0 || pieces.length > 0) segments++;
      for (const piece of pieces) if (isNote(piece)) this.#facts.addLost(piece);
    }
    await this.#snapshot();
    const wasSealed = plans.at(-1)?.found.salvage?.end === "sealed";
    await this.#metadata(first, { segments, bytes, wasSealed });
    if (this.#replaced > 0) this.#repairs.repaired++;
  }

  async #plan(): Promise<{ plans: SegmentPlan[]; first: number }> {
    const { segments } = this.#survey;
    const metadata = this.#soundMetadata;
    const isEnded = metadata !== undefined && metadata.end_reason !== null;
    const highest = Math.max(0, ...segments.keys());
    if (highest - segments.size > MISSING_MAX) {
      throw damaged(`segment ${highest} is too far from the others to be one of them`);
    }
    // However many are missing behind the last one: a single one tells of all.
    const count = isEnded && metadata.segments > highest ? highest + 1 : highest;
    const found: FoundSegment[] = [];
    const numbers = Array.from({ length: count }, (_, i) => i + 1);
    const ends = supersededFrom(numbers.map((number) => segments.get(number)?.head));
    for (const [i, number] of numbers.entries()) found.push(await this.#found(number, ends[i]!));
    const first = this.#firstSequence(found[0]);
    const plans = planSession(found, {
      first,
      last: isEnded ? lastSequence(metadata) : 0,
      startUs: metadata && metadata.start_timestamp * US_PER_MS,
      endUs: metadata?.end_timestamp ? metadata.end_timestamp * US_PER_MS : undefined,
    });
    return { plans, first };
  }

  /**
   * What is sound and decodes of a segment; the facts of the session are taken from it, up to
   * where a later segment has all again.
   */
  async #found(number: number, end: number): Promise<FoundSegment> {
    const salvage = this.#survey.segments.get(number);
    if (salvage === undefined) return { number, salvage, chunks: [], refused: [] };
    const path = segmentPath(this.#path, number);
    this.#refuseForeign(path, number, salvage);
    const chunks: SoundChunk[] = [];
    const refused: FoundSegment["refused"][number][] = [];
    const file = await this.#fs.open(path);
    try {
      for (const place of salvage.chunks) {
        try {
          chunks.push({ ...place, last: await this.#lastOf(file, place, end) });
        } catch (error) {
          if (!(error instanceof PolybotError)) throw error;
          refused.push({ header: place.header, reason: error.message });
        }
      }
    } finally {
      await file.close();
    }
    return { number, salvage, chunks, refused };
  }

  async #lastOf(
    file: ByteSource,
    { offset, header }: Salvage["chunks"][number],
    end: number,
  ): Promise<number> {
    if (header.kind !== CHUNK_KIND.block) return 0;
    const stored = await file.read(offset + CHUNK_HEADER_BYTES, header.storedLength);
    const block = decodeBlock(header, stored, this.#identity);
    if (header.firstSequence < end) this.#facts.take(block);
    const last = header.firstSequence + header.records - 1;
    return lostIn(block.rows.at(-1), last)?.last ?? last;
  }

  #refuseForeign(path: string, number: number, { head, damage }: Salvage): void {
    if (damage.some(({ reason }) => reason === DAMAGE.version)) {
      throw damaged(`${path}: ${DAMAGE.version}`);
    }
    if (head === undefined) return;
    if (!isOf(this.#path, head)) throw damaged(`${path}: it is a file of another session`);
    if (head.segment !== number) {
      throw damaged(`${path}: it is segment ${head.segment}, under another's name`);
    }
  }

  get #soundMetadata(): SessionMetadata | undefined {
    const content = this.#survey.metadata?.content;
    return content?.session_id === this.#identity.sessionId ? content : undefined;
  }

  #firstSequence(first: FoundSegment | undefined): number {
    const known = this.#soundMetadata?.first_sequence ?? first?.salvage?.head?.firstSequence;
    const chunk = first?.chunks[0]?.header;
    return known ?? (chunk?.number === 1 ? chunk.firstSequence : 1);
  }

  /** Makes a segment anew if it has to be; its bytes as they are then. */
  async #segment({ found, pieces, reasons }: SegmentPlan): Promise<number> {
    const path = segmentPath(this.#path, found.number);
    if (reasons.length === 0) return (await this.#fs.stat(path))?.size ?? 0;
    const reason = reasons.join("; ");
    if (pieces.length === 0) {
      if (found.salvage !== undefined) await this.#replace(path, reason, undefined);
      return 0;
    }
    for (const piece of pieces) {
      if (!isNote(piece)) continue;
      const { first: first_sequence, last: last_sequence, updates } = piece;
      this.#repairs.lost.push({ file: path, first_sequence, last_sequence, updates });
    }
    const firstSequence = firstOf(pieces.find((piece) => firstOf(piece) > 0) ?? pieces[0]!);
    const head: FileHead = {
      ...this.#identity,
      fileKind: "segment",
      segment: found.number,
      firstSequence,
      resumes: found.salvage?.head?.resumes === true,
    };
    const salt = found.salvage?.salt ?? saltOf(head);
    const source = found.salvage && (await this.#fs.open(path));
    try {
      const goesOn =
        source !== undefined && (await this.#goesOn(source, head, salt, found, pieces));
      return await this.#replace(path, reason, rebuiltSegment(source, head, salt, pieces), goesOn);
    } finally {
      await source?.close();
    }
  }

  /** Whether the new file begins with all of the old one. */
  async #goesOn(
    source: ByteSource,
    head: FileHead,
    salt: number,
    { salvage, refused }: FoundSegment,
    pieces: SegmentPlan["pieces"],
  ): Promise<boolean> {
    // An index may say anything; it is made anew.
    const isOpen = salvage?.end === "open" && salvage.index === undefined;
    const isWhole = isOpen && salvage.damage.length + refused.length === 0;
    const isInPlace = pieces.every((piece, i) => isNote(piece) || piece.header.number === i + 1);
    const lead = encodeFileHead(salt, head);
    return isWhole && isInPlace && Buffer.compare(await source.read(0, lead.length), lead) === 0;
  }

  async #snapshot(): Promise<void> {
    const path = join(this.#path, SNAPSHOT_NAME);
    const { snapshot } = this.#survey;
    const { opening, names } = this.#facts;
    const reason = this.#wrong(snapshot, opening !== undefined);
    if (reason === undefined) return;
    const outcome = names?.outcome ?? this.#soundMetadata?.outcome ?? "";
    const own = isOf(this.#path, snapshot?.head) ? snapshot?.content : undefined;
    const content = own ?? (opening && { ...opening, outcome });
    await this.#replace(path, reason, content && once(snapshotBytes(this.#identity, content)));
  }

  async #metadata(first: number, sums: SegmentSums): Promise<void> {
    const { metadata: before } = this.#survey;
    const known = this.#soundMetadata;
    const after = rebuiltMetadata(this.#identity, first, known, this.#facts, sums);
    let reason = this.#wrong(before, true);
    if (reason === undefined && known?.end_reason === null) reason = "the session has no end";
    const isCounted = (["update_count", "segments", "bytes"] as const).every(
      (key) => known?.[key] === after[key],
    );
    if (reason === undefined && !isCounted) reason = "it is of the segments as they were";
    if (reason === undefined) return;
    // That of an open session is replaced all the time.
    const isOpen = before?.damage.length === 0 && known?.end_reason === null;
    const bytes = once(metadataBytes(this.#identity, { ...after, ...(await this.#sums(after)) }));
    await this.#replace(join(this.#path, METADATA_NAME), reason, bytes, isOpen);
  }

  /** Of the segments as they are now: a dry run has not made them. */
  async #sums(metadata: SessionMetadata): Promise<SumsOfUpdates> {
    const { tokenId } = this.#identity;
    if (this.#repairs.dry_run || tokenId === CHANNEL) return NO_SUMS;
    const start = {
      startUs: metadata.start_timestamp * US_PER_MS,
      firstSequence: metadata.first_sequence,
      hasBook: metadata.predecessor !== null,
    };
    const sums = new SessionSums(start);
    const names = await this.#fs.list(join(this.#path, UPDATES_FOLDER));
    const numbers = names.flatMap((name) => segmentNumber(name) ?? []);
    await sumSegments(this.#fs, this.#path, numbers, this.#identity, sums);
    return sums.sums;
  }

  /** What is wrong with a file that is written as a whole. */
  #wrong(file: InspectedWhole<unknown> | undefined, mustBe: boolean): string | undefined {
    if (file === undefined) return mustBe ? "it is missing" : undefined;
    if (file.damage.length > 0) return file.damage.map(({ reason }) => reason).join("; ");
    return isOf(this.#path, file.head) ? undefined : "it is a file of another session";
  }

  /** Replaces a file, or takes it away; gives the new one's length. */
  async #replace(
    file: string,
    reason: string,
    parts: AsyncIterable<Uint8Array> | undefined,
    isInNewOne = false,
  ): Promise<number> {
    const isDry = this.#repairs.dry_run;
    const before = await this.#fs.stat(file);
    const keeps = before !== undefined && before.size > 0 && !isInNewOne;
    const kept_as = keeps ? await (isDry ? asideOf : setAside)(this.#fs, file) : null;
    this.#replaced++;
    this.#repairs.files.push({ file, reason, kept_as });
    if (isDry) return parts === undefined ? 0 : lengthOf(parts);
    if (parts !== undefined) return publishParts(this.#fs, file, parts);
    await this.#fs.remove(file);
    await this.#fs.syncFolder(join(file, ".."));
    return 0;
  }

  /** What a process left behind that died while it published: no file of the format. */
  async #removeTemporaries(): Promise<void> {
    for (const folder of [this.#path, join(this.#path, UPDATES_FOLDER)]) {
      const names = (await this.#fs.list(folder)).filter(isTemporary);
      for (const name of names) await this.#fs.remove(join(folder, name));
    }
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function lastSequence({ first_sequence, update_count }: SessionMetadata): number {
  return Math.min(first_sequence + update_count - 1, Number.MAX_SAFE_INTEGER);
}

async function lengthOf(parts: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const bytes of parts) length += bytes.length;
  return length;
}
