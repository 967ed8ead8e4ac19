import { classMemoryBytes, type InstanceClass } from "./instance-classes";

/** The value cannot be read as an RDS formula. */
export class BadFormula extends Error {}

export interface FormulaInputs {
  readonly instanceClass: InstanceClass;
  readonly allocatedStorageGiB: number;
  readonly port: number;
}

const functions: Readonly<Record<string, (values: readonly number[]) => number>> = {
  GREATEST: (values) => Math.max(...values),
  LEAST: (values) => Math.min(...values),
  SUM: (values) => values.reduce((sum, value) => sum + value, 0),
};

/** True for values that AWS evaluates per instance, such as `LEAST({DBInstanceClassMemory/9531392},5000)`. */
export function isFormula(value: string): boolean {
  return value.includes("{") || /^(GREATEST|LEAST|SUM)\s*\(/.test(value);
}

/**
 * The whole number a formula comes to on that instance. Grammar (RDS User Guide, "Specifying DB parameters"): one function of
 * expressions, or one expression; `{…}` holds variables, whole numbers, `*` and `/` from left to right; results are rounded down.
 * @throws BadFormula
 */
export function evaluateFormula(text: string, inputs: FormulaInputs): number {
  const call = /^\s*([A-Z]+)\s*\((.*)\)\s*$/.exec(text);
  if (!call) return expression(text, text, inputs);
  const apply = functions[call[1] ?? ""];
  if (!apply) throw new BadFormula(`'${text}' calls ${call[1]}; RDS knows GREATEST, LEAST and SUM`);
  return apply(splitArguments(call[2] ?? "").map((part) => expression(part, text, inputs)));
}

/** Commas inside braces separate nothing. */
function splitArguments(text: string): string[] {
  return text.split(/,(?![^{]*\})/);
}

function expression(part: string, whole: string, inputs: FormulaInputs): number {
  const inner = /^\s*\{([^{}]*)\}\s*$/.exec(part)?.[1] ?? (/^\s*\d+\s*$/.test(part) ? part : undefined);
  if (inner === undefined) throw new BadFormula(`'${part.trim()}' in '${whole}' is neither {…} nor a whole number`);
  const words = inner.split(/([*/])/).map((word) => word.trim());
  const start = operand(words[0] ?? "", whole, inputs);
  let value = start;
  for (let index = 1; index < words.length; index += 2) {
    const right = operand(words[index + 1] ?? "", whole, inputs);
    if (words[index] === "/" && right === 0) throw new BadFormula(`'${whole}' divides by zero`);
    value = words[index] === "*" ? value * right : value / right;
  }
  return Math.floor(value);
}

function operand(word: string, whole: string, { instanceClass, allocatedStorageGiB, port }: FormulaInputs): number {
  if (/^\d+$/.test(word)) return Number(word);
  switch (word) {
    case "DBInstanceClassMemory":
      return classMemoryBytes(instanceClass);
    case "DBInstanceVCPU":
      return instanceClass.vcpus;
    case "AllocatedStorage":
      return allocatedStorageGiB * 1_073_741_824;
    case "EndPointPort":
      return port;
    default:
      throw new BadFormula(
        `'${word}' in '${whole}' is not a formula variable; RDS knows DBInstanceClassMemory, DBInstanceVCPU, AllocatedStorage and EndPointPort`,
      );
  }
}
