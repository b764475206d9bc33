import { expect, it } from "vitest";
import { callerName, callerNetwork } from "../../../../worker/middleware/caller-address.ts";

it.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["not an address", "unknown"],
  ["", "unknown"],
])("%s counts as %s", (address, network) => {
  expect(callerNetwork(address)).toBe(network);
});

it("all of one /64 are one caller, the next /64 is another, and no name shows the address", async () => {
  const name = (address: string) =>
    callerName(new Request("http://kiln.test", { headers: { "CF-Connecting-IP": address } }));
  const [a, b, c] = await Promise.all(["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"].map(name));
  expect(a).toBe(b);
  expect(c).not.toBe(a);
  expect(a).toMatch(/^ip:[0-9a-f]{32}$/);
});
