export { dice } from "../../proof/support/dice";
