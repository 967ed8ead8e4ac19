import type { Problem } from "../../../contract";
import { nearestPostgres, type PostgresBinaries } from "../../../processes/postgres-binaries";
import { badValues, settingsOf } from "../../../processes/postgres-settings";
import { instanceClass } from "./instance-classes";
import { addedIn, libraryOfPrefix, notModifiable, rdsParameters } from "./parameter-catalogue";
import { BadFormula, evaluateFormula, isFormula } from "./parameter-formula";
import { isStatic, type GroupParameter } from "./parameters";

/** Any class will do to read a formula; one with room, so that results are in range. */
const sampleClass = { name: "db.r6g.xlarge", vcpus: 4, memoryGiB: 32 };

/** Everything RDS would refuse about the rows of a parameter group of that major version; `property` of row n is `parameters[n].…`. */
export function parameterProblems(
  rows: readonly GroupParameter[],
  declaredMajor: number,
  binaries: PostgresBinaries = nearestPostgres(declaredMajor),
): Problem[] {
  const problems = rows.flatMap((row, index) => {
    const before = rows.findIndex(({ name }) => name === row.name);
    if (before < index) return [problem(index, "name", `${row.name} is set twice in this group`)];
    return rowProblems(row, index, declaredMajor, binaries);
  });
  const refused = new Set(problems.map(({ property }) => property.replace(/\]\..*/, "]")));
  const readable = rows
    .map((row, index) => ({ row, index }))
    .filter(({ index }) => !refused.has(`parameters[${index}]`));
  return [...problems, ...serverProblems(readable, binaries)];
}

function rowProblems(row: GroupParameter, index: number, declaredMajor: number, binaries: PostgresBinaries): Problem[] {
  const { name, value, applyMethod } = row;
  const setting = settingsOf(binaries).get(name);
  const newer = addedIn[name];
  const own = rdsParameters[name];
  if (notModifiable.has(name) || setting?.context === "internal")
    return [problem(index, "name", `InvalidParameterValue: the parameter ${name} cannot be modified on RDS`)];
  if (newer !== undefined && newer > declaredMajor)
    return [
      problem(
        index,
        "name",
        `InvalidParameterValue: ${name} came with PostgreSQL ${newer}, the family has ${declaredMajor}`,
      ),
    ];
  if (!setting && !own && newer === undefined && libraryOfPrefix[name.split(".")[0] ?? ""] === undefined)
    return [problem(index, "name", `InvalidParameterValue: could not find parameter ${name}; is the name right?`)];
  const found: Problem[] = [];
  if (isStatic(name, binaries) && applyMethod === "immediate")
    found.push(
      problem(
        index,
        "applyMethod",
        `InvalidParameterCombination: cannot use immediate apply method for static parameter ${name}; use "pending-reboot"`,
      ),
    );
  if (own?.values && !own.values.includes(value))
    found.push(
      problem(index, "value", `InvalidParameterValue: ${name} takes ${own.values.join(", ")}, not '${value}'`),
    );
  const unreadable = formulaProblem(value);
  if (unreadable) found.push(problem(index, "value", `InvalidParameterValue: ${unreadable}`));
  else if (setting?.type === "INTEGER" && !isFormula(value) && !/^-?\d+$/.test(value))
    found.push(
      problem(
        index,
        "value",
        `InvalidParameterValue: ${name} takes a whole number in its own unit or a formula, not '${value}'`,
      ),
    );
  return found;
}

function formulaProblem(value: string): string | undefined {
  if (!isFormula(value)) return undefined;
  try {
    evaluateFormula(value, {
      instanceClass: instanceClass(sampleClass.name) ?? sampleClass,
      allocatedStorageGiB: 100,
      port: 5432,
    });
    return undefined;
  } catch (error) {
    if (error instanceof BadFormula) return error.message;
    throw error;
  }
}

/** Ranges, units and enumerations are the server's to judge. */
function serverProblems(
  rows: readonly { row: GroupParameter; index: number }[],
  binaries: PostgresBinaries,
): Problem[] {
  const judged = rows.filter(({ row }) => settingsOf(binaries).has(row.name) && !isFormula(row.value));
  if (judged.length === 0) return [];
  const values = Object.fromEntries(judged.map(({ row }) => [row.name, row.value]));
  return badValues(binaries, values).map(({ name, reason }) => {
    const index = judged.find(({ row }) => row.name === name)?.index ?? -1;
    return problem(index, "value", `InvalidParameterValue: ${reason}`);
  });
}

function problem(index: number, field: string, reason: string): Problem {
  return { property: `parameters[${index}].${field}`, reason };
}
