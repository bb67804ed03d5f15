import { CAPTURES_VARIABLE, readCaptures } from "../captures.ts";
import { changesOfMessages } from "../exchange/changes-of-messages.ts";
import { HeardSimulation } from "../exchange/heard-simulation.ts";
import {
  FIGURES,
  recordingsOf,
  type StreamChange,
  type StreamFigures,
  streamFigures,
} from "../exchange/stream-statistics.ts";

/** How much the simulation's streams look like a real one: the same figures side by side. */

/** The longest real stream there is: one token, four recordings that were joined. */
const REAL_STREAM = /^aaimek\/price_change_messages.*\.csv$/;
/** A shorter recording gets no column of its own. */
const RECORDING_MIN = 500;

/** As many changes as the real stream has: some figures grow with the length. */
const CHANGES = 6_000;
const MARKETS = 12;
/** Those nearest to the real stream's rate are shown. */
const SHOWN = 4;
const RATE = 12;
const REAL_PER_SECOND = 1.1;
const SEED = 1;
const SIMULATED_MS = 2 * 3_600_000;

interface Column {
  readonly title: string;
  readonly changes: number;
  readonly figures: StreamFigures;
}

export async function run(): Promise<string[]> {
  const real = realColumns();
  const missing = `${CAPTURES_VARIABLE} names no folder of captures: only the simulation`;
  return [...(real.length === 0 ? [missing] : []), ...table([...real, ...simulatedColumns()])];
}

/** The whole stream, then its longer recordings: how much they differ is what realism allows. */
function realColumns(): Column[] {
  const capture = readCaptures()?.find(({ name }) => REAL_STREAM.test(name));
  if (capture === undefined) return [];
  const { asset_id } = JSON.parse(capture.messages[0]!) as { asset_id: string };
  const changes = [...changesOfMessages(capture.messages, asset_id)];
  const recordings = recordingsOf(changes).filter(({ length }) => length >= RECORDING_MIN);
  return [column("real", changes), ...recordings.map((own, i) => column(`real ${i + 1}`, own))];
}

function simulatedColumns(): Column[] {
  const heard = new HeardSimulation({ markets: MARKETS, rate: RATE, seed: SEED });
  heard.run(SIMULATED_MS);
  const texts = heard.elements.map((element) => JSON.stringify(element));
  return heard.simulation.markets
    .map(({ identity }) => [...changesOfMessages(texts, identity.tokens[0].tokenId)])
    .toSorted((a, b) => distanceFromReal(a) - distanceFromReal(b))
    .slice(0, SHOWN)
    .map((changes, i) => column(`sim ${i + 1}`, changes.slice(0, CHANGES)));
}

function distanceFromReal({ length }: readonly StreamChange[]): number {
  return Math.abs(length / (SIMULATED_MS / 1_000) - REAL_PER_SECOND);
}

function column(title: string, changes: readonly StreamChange[]): Column {
  return { title, changes: changes.length, figures: streamFigures(changes) };
}

function table(columns: readonly Column[]): string[] {
  const rows = [
    ["", ...columns.map(({ title }) => title)],
    ["changes", ...columns.map(({ changes }) => String(changes))],
    ...(Object.keys(FIGURES) as (keyof StreamFigures)[]).map((name) => [
      FIGURES[name],
      ...columns.map(({ figures }) => numberText(figures[name])),
    ]),
  ];
  const labelWidth = Math.max(...rows.map(([label = ""]) => label.length));
  const width = Math.max(...rows.flatMap((row) => row.slice(1).map(({ length }) => length))) + 2;
  return rows.map(([label = "", ...cells]) => {
    return label.padEnd(labelWidth) + cells.map((cell) => cell.padStart(width)).join("");
  });
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "-";
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 3);
}
