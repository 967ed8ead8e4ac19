import { Client, type ClientConfig, type QueryResultRow } from "pg";

/** Runs `work` with a client that is closed afterwards. */
export async function withClient<T>(config: ClientConfig, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(config);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** One statement on a connection of its own. */
export async function queryAs<Row extends QueryResultRow>(
  config: ClientConfig,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  return withClient(config, async (client) => (await client.query<Row>(text, values)).rows);
}
