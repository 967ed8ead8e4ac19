import { dbInstanceClassMemory, type InstanceClass } from "./instance-classes";

/** A parameter value that RDS would refuse as a formula; the message says where. */
export class FormulaError extends Error {}

const token = /\s*(?:(\d+)|([A-Za-z]\w*)|([(){},*/]))/y;

/** The largest, smallest … of the arguments; integer arithmetic, as RDS computes it. */
const functions = new Map<string, (values: number[]) => number>([
  ["GREATEST", (values) => Math.max(...values)],
  ["LEAST", (values) => Math.min(...values)],
  ["SUM", (values) => values.reduce((sum, value) => sum + value, 0)],
]);

function tokenize(formula: string): string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  const end = formula.trimEnd().length;
  while (token.lastIndex < end) {
    const at = token.lastIndex;
    const match = token.exec(formula);
    if (!match) throw new FormulaError(`"${formula}" cannot be read from character ${at + 1}`);
    tokens.push(match[1] ?? match[2] ?? match[3] ?? "");
  }
  return tokens;
}

/** A number is a formula too; anything with braces or a function call is one that depends on the instance class. */
export function isFormula(value: string): boolean {
  return /[{(]/.test(value) && /^\s*(\{|[A-Za-z]+\s*\()/.test(value);
}

/**
 * The number that RDS makes of a parameter value such as `LEAST({DBInstanceClassMemory/9531392},5000)` on an instance
 * class. Grammar: integers, `DBInstanceClassMemory` (bytes), `DBInstanceVCPU`, `*`, `/`, braces, GREATEST, LEAST, SUM
 * (RDS User Guide, "Specifying DB parameters"). Throws FormulaError.
 */
export function evaluateFormula(formula: string, instanceClass: InstanceClass): number {
  const tokens = tokenize(formula);
  const variables = new Map([
    ["DBInstanceClassMemory", dbInstanceClassMemory(instanceClass)],
    ["DBInstanceVCPU", instanceClass.vcpus],
  ]);
  let next = 0;
  const fail = (what: string): never => {
    throw new FormulaError(`"${formula}" has ${what} at "${tokens[next] ?? "its end"}"`);
  };
  const take = (expected: string) => (tokens[next] === expected ? (next += 1) : fail(`no "${expected}"`));

  function list(): number[] {
    const values = [product()];
    while (tokens[next] === ",") {
      next += 1;
      values.push(product());
    }
    return values;
  }

  function product(): number {
    let value = atom();
    while (tokens[next] === "*" || tokens[next] === "/") {
      const operator = tokens[next];
      next += 1;
      const right = atom();
      if (operator === "/" && right === 0) fail("a division by zero");
      value = operator === "*" ? value * right : Math.floor(value / right);
    }
    return value;
  }

  function atom(): number {
    const word = tokens[next] ?? fail("nothing more to read");
    next += 1;
    if (/^\d+$/.test(word)) return Number(word);
    if (word === "{") {
      const value = product();
      take("}");
      return value;
    }
    const call = functions.get(word.toUpperCase());
    if (call) {
      take("(");
      const values = list();
      take(")");
      return call(values);
    }
    const variable = variables.get(word);
    if (variable !== undefined) return variable;
    next -= 1;
    return fail("an unknown word");
  }

  const value = product();
  if (next < tokens.length) fail("something left over");
  return value;
}
