/** The engine's own words around an exception that a program let through. */
const unhandled = /^Unhandled exception: (?:\w*Error: )?/;
const frame = /^\s+at .*?\(?((?:file:\/\/)?\/[^()]+:\d+:\d+)\)?$/;
const notTheProgram = /node_modules|[/\\]cli[/\\]engine[/\\]/;

/** What a user is told of an error: the message and the place in the program it came from, without the stack. */
export function problemText(text: string): string {
  const lines = text.trim().split("\n");
  const message = lines.filter((line) => !/^\s+at /.test(line)).join("\n");
  const place = lines
    .map((line) => frame.exec(line)?.[1])
    .find((path) => path !== undefined && !notTheProgram.test(path));
  return `${message.trim().replace(unhandled, "")}${place === undefined ? "" : ` (at ${place})`}`;
}
