import fc from "fast-check";
import { classMemoryBytes, instanceClass } from "../../../../../local/providers/aws/rds/instance-classes";
import { BadFormula, evaluateFormula, isFormula } from "../../../../../local/providers/aws/rds/parameter-formula";

const medium = { name: "db.t4g.medium", vcpus: 2, memoryGiB: 4 };
const inputs = { instanceClass: medium, allocatedStorageGiB: 100, port: 5433 };
const memory = classMemoryBytes(medium);

test.each([
  ["{DBInstanceClassMemory/9531392}", Math.floor(memory / 9_531_392)],
  ["LEAST({DBInstanceClassMemory/9531392},5000)", Math.floor(memory / 9_531_392)],
  ["LEAST({DBInstanceClassMemory/9531392},50)", 50],
  ["GREATEST({DBInstanceClassMemory*1024/63963136},65536)", 65_536],
  ["GREATEST({DBInstanceVCPU*2},8)", 8],
  ["SUM({DBInstanceVCPU},{EndPointPort},10)", 5_445],
  ["{AllocatedStorage/1073741824}", 100],
  [" GREATEST( {DBInstanceVCPU * 8 / 3} , 1 ) ", 5],
])("%s comes to %d on a db.t4g.medium", (text, value) => {
  expect(isFormula(text.trim())).toBe(true);
  expect(evaluateFormula(text, inputs)).toBe(value);
});

test.each([
  ["{DBInstanceMemory/2}", /'DBInstanceMemory' .* is not a formula variable/],
  ["{DBInstanceVCPU/0}", /divides by zero/],
  ["MAX({DBInstanceVCPU},2)", /calls MAX; RDS knows GREATEST, LEAST and SUM/],
  ["LEAST(DBInstanceVCPU,2)", /is neither \{…\} nor a whole number/],
  ["{DBInstanceVCPU", /is neither/],
])("%s is refused as a formula", (text, message) => {
  expect(() => evaluateFormula(text, inputs)).toThrow(BadFormula);
  expect(() => evaluateFormula(text, inputs)).toThrow(message);
});

test("a plain value is no formula", () => {
  for (const value of ["100", "on", "ddl,role", "-1", "scram-sha-256"]) expect(isFormula(value)).toBe(false);
});

test("LEAST and GREATEST agree with arithmetic for any numbers", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), (numbers) => {
      expect(evaluateFormula(`LEAST(${numbers.join(",")})`, inputs)).toBe(Math.min(...numbers));
      expect(evaluateFormula(`GREATEST(${numbers.join(",")})`, inputs)).toBe(Math.max(...numbers));
    }),
  );
});

test.each([
  ["db.t4g.micro", 2, 1],
  ["db.m6g.large", 2, 8],
  ["db.r6g.2xlarge", 8, 64],
  ["db.r7i.48xlarge", 192, 1536],
])("%s has %d vCPUs and %d GiB", (name, vcpus, memoryGiB) => {
  expect(instanceClass(name)).toEqual({ name, vcpus, memoryGiB });
});

test("what is no instance class of RDS for PostgreSQL is not known", () => {
  for (const name of ["db.t4g.huge", "m6g.large", "db.q9.large", "db.m6g.large.extra", ""]) {
    expect(instanceClass(name)).toBeUndefined();
  }
});
