export { HookBundle, type HookRun, type RunningHook } from "../../proof/support/hook-bundle";
