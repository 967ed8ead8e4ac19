import fc from "fast-check";
import { dbInstanceClassMemory, instanceClasses, type InstanceClass } from "../../../infra/database/instance-classes";
import { evaluateFormula, FormulaError, isFormula } from "../../../infra/database/parameter-formula";

function classOf(name: string): InstanceClass {
  const found = instanceClasses.get(name);
  if (!found) throw new Error(name);
  return found;
}

const large = classOf("db.r7g.large");

describe("RDS parameter formulas", () => {
  test.each([
    ["42", 42],
    ["{DBInstanceVCPU*2}", 4],
    ["GREATEST({DBInstanceVCPU*2},8)", 8],
    ["LEAST(7, 5 ,9)", 5],
    ["SUM(1,2,3)", 6],
    ["{7/2}", 3],
    ["{100/7*7}", 98],
    ["GREATEST(LEAST(3,4),{DBInstanceVCPU})", 3],
  ])("%s is %i on a class of two CPUs", (formula, value) => {
    expect(evaluateFormula(formula, large)).toBe(value);
  });

  test("memory is that of the class less what RDS keeps", () => {
    expect(evaluateFormula("{DBInstanceClassMemory}", large)).toBe(dbInstanceClassMemory(large));
  });

  test.each([
    ["{DBInstanceClassMemory", 'no "}"'],
    ["{Memory/2}", 'an unknown word at "Memory"'],
    ["LEAST(1,2", 'no ")"'],
    ["{1/0}", "a division by zero"],
    ["1 2", "something left over"],
    ["", "nothing more to read"],
    ["{2$}", "cannot be read from character 3"],
  ])("%p is refused with %p", (formula, message) => {
    expect(() => evaluateFormula(formula, large)).toThrow(FormulaError);
    expect(() => evaluateFormula(formula, large)).toThrow(message);
  });

  test("any text is either evaluated to a number or refused as a formula", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(typeof evaluateFormula(text, large)).toBe("number");
        } catch (error) {
          expect(error).toBeInstanceOf(FormulaError);
        }
      }),
    );
  });

  test.each([
    ["{DBInstanceVCPU}", true],
    ["LEAST({DBInstanceClassMemory/9531392},5000)", true],
    ["500", false],
    ["scram-sha-256", false],
  ])("%s counts as a formula: %p", (text, formula) => {
    expect(isFormula(text)).toBe(formula);
  });
});

describe("instance classes", () => {
  // Connections that RDS instances of these classes were seen to allow with the default formula.
  test.each([
    ["db.t4g.micro", 79, 87],
    ["db.t4g.medium", 383, 405],
    ["db.m7g.large", 780, 860],
  ])("%s is not credited with more connections than RDS gives it", (name, atLeast, observed) => {
    const connections = evaluateFormula("LEAST({DBInstanceClassMemory/9531392},5000)", classOf(name));
    expect(connections).toBeLessThanOrEqual(observed);
    expect(connections).toBeGreaterThanOrEqual(atLeast);
  });

  test("memory-optimised classes have 8 GiB for each CPU, general ones 4", () => {
    expect(classOf("db.r7g.4xlarge")).toEqual({ name: "db.r7g.4xlarge", vcpus: 16, memoryGiB: 128 });
    expect(classOf("db.m7g.4xlarge").memoryGiB).toBe(64);
  });

  test("every class leaves memory for the database", () => {
    for (const instanceClass of instanceClasses.values())
      expect(dbInstanceClassMemory(instanceClass)).toBeGreaterThan(0);
  });
});
