// Tests read plain text, whatever the terminal or the CI they run in; picocolors looks at this when it is loaded.
process.env.NO_COLOR = "1";
delete process.env.FORCE_COLOR;
