// Never answers, like a driver that waits for a device.
setInterval(() => undefined, 1_000);
