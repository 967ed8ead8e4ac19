import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckoutCopy } from "../support/checkout-copy";
import { checkout, Plinth } from "../support/plinth";
import { processesOf } from "../support/processes-of";
import { queryAs } from "../support/query-as";

const directory = mkdtempSync(join(tmpdir(), "plinth-second-"));
const copy = CheckoutCopy.make(checkout, join(directory, "checkout"));
const first = Plinth.create();
const second = Plinth.create({ checkout: copy.directory, home: first.home });
const { networkRegistry } = first.places;

afterAll(async () => {
  await second.run(["down", "--delete"]);
  await first.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Networks of the machine that are claimed for our two stacks. */
function claims(): string[] {
  const files = readdirSync(networkRegistry).map((name) => join(networkRegistry, name));
  return files.filter((file) => existsSync(file) && readFileSync(file, "utf8").includes(first.home));
}

const networkOf = async (plinth: Plinth) => (await plinth.ask("status")).network;

/** Writes through the pooler and reads what was written through the other one. */
async function expectAnswers(plinth: Plinth, text: string): Promise<void> {
  const { writer, poolerRw } = (await plinth.status()).endpoints;
  await queryAs({ connectionString: writer }, "create table if not exists note (text text)");
  await queryAs({ connectionString: poolerRw }, "insert into note values ($1)", [text]);
  const rows = await queryAs({ connectionString: writer }, "select distinct text from note");
  expect(rows).toEqual([{ text }]);
}

test("two checkouts come up at the same time on networks of their own, and each answers with its own data", async () => {
  const changes = await Promise.all([first.up(), second.up()]);
  expect(changes[0].created).toBeGreaterThan(150);
  expect(changes[1].created).toBe(changes[0].created);
  expect(await networkOf(first)).not.toBe(await networkOf(second));
  await expectAnswers(first, "first");
  await expectAnswers(second, "second");
});

test("taking one down with its data leaves the other as it was, and both leave nothing", async () => {
  expect(claims()).toHaveLength(2);
  await second.succeed(["down", "--delete"]);
  await expectAnswers(first, "first");
  expect(processesOf(second.places.cloudRoot)).toEqual([]);
  expect(await first.up()).toMatchObject({ created: 0, updated: 0, replaced: 0, deleted: 0 });
  await first.succeed(["down", "--delete"]);
  expect(processesOf(first.home)).toEqual([]);
  expect(claims()).toEqual([]);
});
