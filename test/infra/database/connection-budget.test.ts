import fc from "fast-check";
import {
  budgetShortfall,
  connectionsAvailable,
  connectionsNeeded,
  largestPerPod,
} from "../../../infra/database/connection-budget";

const budgets = fc.record({
  backend: fc.constant("primary"),
  maxConnections: fc.integer({ min: 20, max: 5000 }),
  pods: fc.integer({ min: 1, max: 50 }),
  perPod: fc.integer({ min: 1, max: 200 }),
});

describe("the connection budget", () => {
  test("the epic's pool of 100 with 20 in reserve, and one more pod while rolling, fits a class with 180 connections", () => {
    // 5 × 30 + 10 = 160 of ⌊0.9 × (183 − 5)⌋ = 160.
    expect(budgetShortfall({ backend: "primary", maxConnections: 183, pods: 5, perPod: 30 })).toBeUndefined();
    expect(budgetShortfall({ backend: "primary", maxConnections: 182, pods: 5, perPod: 30 })).toBe(
      "primary: 5 pods × 30 + 10 direct = 160 connections, but only 159 of max_connections 182 may be promised",
    );
  });

  test("a budget is refused exactly when more is needed than available", () => {
    fc.assert(
      fc.property(budgets, (budget) => {
        expect(budgetShortfall(budget) === undefined).toBe(connectionsNeeded(budget) <= connectionsAvailable(budget));
      }),
    );
  });

  test("the proposed pool size fits, and one more does not", () => {
    fc.assert(
      fc.property(budgets, (budget) => {
        const perPod = largestPerPod(budget);
        if (perPod > 0) expect(budgetShortfall({ ...budget, perPod })).toBeUndefined();
        expect(budgetShortfall({ ...budget, perPod: perPod + 1 })).toBeDefined();
      }),
    );
  });

  test("every promised connection is one the server really has", () => {
    fc.assert(fc.property(budgets, (budget) => connectionsAvailable(budget) < budget.maxConnections));
  });
});
