import { lsnToNumber, parseTimelineHistory } from "../../../../../local/providers/aws/rds/replication";

test("a timeline history names each parent and where it ended", () => {
  const text = "1\t0/5027FA0\tno recovery target specified\n\n2\t1/A0\tno recovery target specified\n";
  expect(parseTimelineHistory(text)).toEqual([
    { timeline: 1, switchPoint: "0/5027FA0" },
    { timeline: 2, switchPoint: "1/A0" },
  ]);
  expect(parseTimelineHistory("")).toEqual([]);
});

test("log positions compare as numbers, not as text", () => {
  expect(lsnToNumber("16/B374D848")).toBe(0x16b374d848n);
  expect(lsnToNumber("1/0") > lsnToNumber("0/FFFFFFFF")).toBe(true);
});
