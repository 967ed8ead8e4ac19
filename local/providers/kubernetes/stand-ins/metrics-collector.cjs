// Stands for an OpenTelemetry collector: stays up, says what it is, ends when told to.
console.log(
  "stand-in for a metrics collector: the local cloud reads metrics from its processes itself, in a later release; nothing is collected here",
);
const heartbeat = setInterval(() => undefined, 3_600_000);
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => clearInterval(heartbeat));
