import { queryAs } from "../support/query-as";
import { Plinth, type PlinthRun } from "../support/plinth";
import { administratorUrl } from "../support/secrets-on-record";

// One production stack for the whole file: the tests are the chapters of one story, and follow one another.
const plinth = Plinth.create();
const clinic = ["up", "--clinic", "--patients", "2000", "--appointments", "20000"];

beforeAll(() => plinth.up());
afterAll(() => plinth.close());

async function asAdministrator(text: string): Promise<Record<string, unknown>[]> {
  const { writer = "" } = (await plinth.status()).endpoints;
  return queryAs<Record<string, unknown>>({ connectionString: administratorUrl(plinth, writer) }, text);
}

/** Pods of the post-deploy hook that ever ran, by the Job they belong to. */
function hookPods(): Record<string, number> {
  const jobs = Object.keys(plinth.logs())
    .map((file) => /^pods\/plinth\/(plinth-hook-[0-9a-f]+)-\w+\/hook\.log$/.exec(file)?.[1])
    .filter((job) => job !== undefined);
  return Object.fromEntries([...new Set(jobs)].map((job) => [job, jobs.filter((each) => each === job).length]));
}

const sizes =
  "select (select count(*)::int from patients) as patients, (select count(*)::int from appointments) as appointments";
let finished: PlinthRun;

test("a hook that cannot do a step fails the update, with the step, the reason and the cure", async () => {
  expect(Object.values(hookPods())).toEqual([1]);
  // Somebody has made something else by the name of one of the indexes.
  await asAdministrator("create sequence public.idx_patients_search");
  const run = await plinth.run(clinic);
  expect(run.code).toBe(1);
  expect(run.stderr).toContain("loaded 2,000 patients, 20,000 appointments");
  expect(run.stderr).toContain("batch Job hook-job");
  expect(run.stderr).toMatch(
    /Step "create index public\.idx_patients_search" failed .*already exists.*rename or drop it/,
  );
  expect(run.stderr).not.toMatch(/^\s+at /m);
});

test("once the cause is gone, the same command finishes: nothing is loaded again, the typical queries are compared", async () => {
  await asAdministrator("drop sequence public.idx_patients_search");
  finished = await plinth.succeed(clinic);
  expect(finished.stderr).toContain("the clinic is there: 2,000 patients, 20,000 appointments");
  expect(finished.stderr).toMatch(/typical queries before and after the hook/);
  expect(finished.stderr).toMatch(/^query +before p50 +p95 ms +after p50 +p95 ms +faster +plan now$/m);
  expect(finished.stderr).toMatch(/^notes-search .* idx_encounters_notes_fts/m);
  expect(finished.stderr).toMatch(/^patient-search-covering .* idx_patients_search/m);
  expect(await asAdministrator(sizes)).toEqual([{ patients: 2000, appointments: 20000 }]);
  const [hooked] = await asAdministrator(
    `select (select relkind::text from pg_class where oid = 'public.appointments'::regclass) as kind,
            (select count(*)::int from pg_index where not indisvalid) as invalid`,
  );
  expect(hooked).toEqual({ kind: "p", invalid: 0 });
});

test("the plan by hand finds nothing left to do, the health is good, and the ledger names the Job", async () => {
  const planned = await plinth.run(["schema", "plan"]);
  expect(planned.stdout).toMatch(/ 0 pending, 0 refused: nothing to do$/m);
  expect(planned.code).toBe(0);
  expect((await plinth.run(["schema", "health"])).code).toBe(0);
  const { stdout } = await plinth.run(["schema", "ledger", "--limit", "1", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject([{ actor: "Job plinth-hook", result: "done" }]);
});

test("a pooler is refused by hand as it is by the Job", async () => {
  const { poolerRw = "" } = (await plinth.status()).endpoints;
  const refused = await plinth.run(["schema", "plan", "--url", poolerRw]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/A connection pooler stands between the hook and the database/);
});

test("another run loads nothing, changes nothing, runs no hook and shows the same comparison", async () => {
  const pods = hookPods();
  // One for the empty database; for the release with the clinic's tables, the one that failed and the one that finished.
  expect(Object.keys(pods)).toHaveLength(2);
  const again = await plinth.succeed(clinic);
  expect(hookPods()).toEqual(pods);
  expect(again.stderr).toMatch(/is up: no changes/);
  expect(again.stderr).toContain("the clinic is there: 2,000 patients, 20,000 appointments");
  const comparison = ({ stderr }: PlinthRun) => /^query [^]*geometric mean.*$/m.exec(stderr)?.[0];
  expect(comparison(again)).toBeDefined();
  expect(comparison(again)).toBe(comparison(finished));
});

test("a run that asks for another clinic is refused in one line with the cure, and the data stays", async () => {
  const run = await plinth.run(["up", "--clinic", "--patients", "3000", "--appointments", "20000"]);
  expect(run.code).toBe(1);
  const errors = run.stderr.split("\n").filter((line) => line.startsWith("plinth: "));
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(
    /already holds another clinic \(2000 patients, 20000 appointments, seed 1\).*3000 patients.*Ask for the same sizes and seed, or delete/,
  );
  expect(await asAdministrator(sizes)).toEqual([{ patients: 2000, appointments: 20000 }]);
});
