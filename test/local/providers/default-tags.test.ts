import { UNKNOWN } from "../../../local/contract";
import { withTagsAll } from "../../../local/providers/default-tags";

const type = "aws:sns/topic:Topic";
const configuration = { defaultTags: JSON.stringify({ tags: { team: "data", env: "prod" } }) };

describe("tagsAll", () => {
  test("is the provider's default tags under the resource's own", () => {
    expect(withTagsAll(type, { tags: { env: "dev" } }, configuration).tagsAll).toEqual({ team: "data", env: "dev" });
    expect(withTagsAll(type, { tags: null, tagsAll: {} }, configuration).tagsAll).toEqual({
      team: "data",
      env: "prod",
    });
  });

  test("is not given to what has no tags, or is not of AWS", () => {
    expect(withTagsAll(type, { id: 1 }, configuration)).toEqual({ id: 1 });
    expect(withTagsAll("random:index:X", { tags: {} }, configuration)).toEqual({ tags: {} });
  });

  test("is unknown while one of its parts is", () => {
    expect(withTagsAll(type, { tags: {} }, { defaultTags: UNKNOWN }).tagsAll).toBe(UNKNOWN);
    expect(withTagsAll(type, { tags: UNKNOWN }, configuration).tagsAll).toBe(UNKNOWN);
  });
});
