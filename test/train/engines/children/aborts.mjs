// Ends as a native library does that meets what it did not expect.
process.stderr.write('the driver is gone\n', () => process.abort());
