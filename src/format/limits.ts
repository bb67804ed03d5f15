/**
 * Every bound of the format in one place. Readers check them before they allocate, writers
 * before they write, so that a file never demands more memory than is named here.
 */

/** The format's version, in every chunk header. 0 until the first release: files may change. */
export const FORMAT_VERSION = 0;

const MIB = 1024 * 1024;

/** Longest payload of a chunk, stored and raw, in bytes. */
export const CHUNK_BYTES_MAX = 64 * MIB;

/** Longest text that is stored verbatim, in UTF-16 units; at most 3 bytes each in UTF-8. */
export const TEXT_LENGTH_MAX = 16 * MIB;

/** Most updates in one block, so that the book at any time costs one block. */
export const BLOCK_ROWS_MAX = 4096;

/** Most shapes in one block. */
export const BLOCK_SHAPES_MAX = 64;

/**
 * Most keys of an element or an entry that is cut into fields. Both together, and the streams
 * of no key, must fit the streams of one block.
 */
export const OBJECT_KEYS_MAX = 120;

/** Most distinct keys with values in one block. */
export const BLOCK_STREAMS_MAX = 256;

/** Most values of all streams of a block together (a row may hold a whole book). */
export const STREAM_VALUES_MAX = 4 * MIB;

/**
 * Most levels of one side of a book: as many as the finest prices of the venue allow. A list with
 * more is no list of levels, and a change that would add one more changes nothing.
 */
export const SIDE_LEVELS_MAX = 10_000;

/**
 * Most levels that a block makes its reader go through: those of the keyframe, and for each row
 * those of the book after it. Levels that columns spend no byte on would take hours.
 */
export const BLOCK_LEVELS_MAX = MIB;

/** Most blocks that an index names. */
export const INDEX_ENTRIES_MAX = MIB;

/** Most pruned sessions that are remembered of one token: 14 years of hours. */
export const TOMBSTONES_MAX = 128 * 1024;

/** Most MessagePack values in one payload, all levels counted. */
export const PACKED_VALUES_MAX = 4 * MIB;

/** Deepest nesting of lists and maps in a payload. */
export const PACKED_DEPTH_MAX = 8;
