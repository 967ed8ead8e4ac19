import { chmodSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Log, Mode } from "../contract";
import { barrier, unprivilegedAccount } from "../processes/accounts";
import { Supervisor } from "../processes/supervisor";
import { AddressBook } from "./address-book";
import { CertificateAuthority } from "./certificate-authority";
import { LocalCloud } from "./cloud";
import { claimNetwork } from "./network-claim";
import { Records } from "./records";

export interface OpenOptions {
  readonly mode: Mode;
  readonly root: string;
  /** Directory where all clouds of this machine claim their loopback networks. */
  readonly networkRegistry: string;
  readonly region: string;
  readonly log: Log;
}

/** Opens the cloud kept in `root`, or founds it; ends what a crashed predecessor left running. */
export async function openCloud(options: OpenOptions): Promise<LocalCloud> {
  mkdirSync(options.root, { recursive: true });
  // The unprivileged user has to pass through to its data, but may not look around.
  chmodSync(options.root, 0o711);
  if (options.mode === "run") refuseBarrier(options.root);
  const records = new Records(join(options.root, "records"));
  records.removeDrafts();
  const processes = new Supervisor(records);
  const ended = options.mode === "run" ? await processes.endLeftovers() : 0;
  if (ended > 0) options.log.info(`ended ${ended} process(es) that an earlier local cloud left behind`);
  return new LocalCloud({
    mode: options.mode,
    root: options.root,
    region: options.region,
    records,
    addresses: new AddressBook(records, options.mode === "run" ? networkOf(options, records) : "127.0"),
    authority: await CertificateAuthority.open(join(options.root, "ca"), "Plinth local cloud CA"),
    processes,
    log: options.log,
  });
}

function refuseBarrier(root: string): void {
  const account = unprivilegedAccount();
  const closed = barrier(root, account);
  if (closed === undefined) return;
  const mode = (statSync(closed).mode & 0o7777).toString(8);
  throw new Error(
    `the user '${account.name}', who runs the databases, cannot pass through ${closed} (mode ${mode}); set PLINTH_HOME to a directory he can reach, such as /var/lib/plinth`,
  );
}

const networkSchema = z.object({ network: z.string() });

/** The registry may be lost (it is cleaned as temporary files are); the state's addresses must keep their meaning all the same. */
function networkOf({ networkRegistry, root }: OpenOptions, records: Records): string {
  const before = records.get("cloud", "network", networkSchema)?.network;
  const network = claimNetwork(networkRegistry, root, before);
  if (network !== before) records.put("cloud", "network", { network });
  return network;
}
