import { expect, test } from "bun:test";
import { cutPower, cutPowerEverywhere } from "./power-cuts.ts";

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
/** 5,000 with those of the short recording. */
const IMAGES = 3200;
const SHORT_IMAGES = 1800;
/** Half a minute, unless others use the machine too. */
const TIMEOUT_MS = 300_000;

/** A short recording that flushes early. */
const SHORT_SEED = 6;
/** Images of one moment; a moment that has no more has all of them. */
const IMAGES_EACH = 10;

async function powerCutsByChance(): Promise<void> {
  console.log(`SEED=${SEED}`);
  const { images, found, durable, damages } = await cutPower(SEED, IMAGES);
  expect(images).toBeGreaterThanOrEqual(IMAGES);
  // The images are worth something: there are promises to keep, updates beside them, and damage.
  expect(durable).toBeGreaterThan(0);
  expect(found).toBeGreaterThan(durable);
  expect(damages).toBeGreaterThan(0);
}

test(
  "a power cut costs nothing that was reported durable, and invents nothing",
  powerCutsByChance,
  TIMEOUT_MS,
);

test(
  "nor does any of all power cuts where they are few",
  async () => {
    const { images, durable } = await cutPowerEverywhere(SHORT_SEED, IMAGES_EACH);
    expect(images).toBeGreaterThanOrEqual(SHORT_IMAGES);
    expect(durable).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
