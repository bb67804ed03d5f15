/** What the system says of a process, from /proc. */

/** Clock ticks of the kernel's process times. */
const TICKS_PER_SECOND = 100;
const BYTES_PER_KIB = 1024;
const BYTES_PER_MB = 1e6;

/** Resident memory in MB of 10^6 bytes, now and at most so far. */
export async function residentMb(
  pid: number,
): Promise<{ readonly now: number; readonly peak: number }> {
  const status = await Bun.file(`/proc/${pid}/status`).text();
  const mb = (field: string) => {
    const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
    return (Number(kib) * BYTES_PER_KIB) / BYTES_PER_MB;
  };
  return { now: mb("VmRSS"), peak: mb("VmHWM") };
}

/** Processor time that all its threads have used, seconds. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await Bun.file(`/proc/${pid}/stat`).text();
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
