/** Which URLs may be called on a user's behalf. Every refused one names a host that a server near Kiln could listen on. */
import { describe, expect, it } from "vitest";
import { checkPublicUrl, isPublicAddress } from "#public-address/public-url.ts";

const strict = { allowPrivate: false };

const REFUSED = [
  // IPv4 in every notation that URLs know
  "https://127.0.0.1/",
  "https://127.1/",
  "https://0x7f.1/",
  "https://0x7f000001/",
  "https://0177.0.0.1/",
  "https://2130706433/",
  "https://017700000001/",
  "https://127.0.0.1./",
  "https://１２７.０.０.１/",
  "https://0/",
  "https://0.0.0.0/",
  "https://10.0.0.1/",
  "https://172.16.0.1/",
  "https://172.31.255.255/",
  "https://192.168.1.1/",
  "https://169.254.169.254/latest/meta-data/",
  "https://100.64.0.1/",
  "https://100.100.100.200/",
  "https://198.18.0.1/",
  "https://224.0.0.1/",
  "https://240.0.0.1/",
  "https://255.255.255.255/",
  // IPv6, and IPv4 within it
  "https://[::]/",
  "https://[::1]/",
  "https://[0:0:0:0:0:0:0:1]/",
  "https://[::ffff:10.0.0.1]/",
  "https://[::ffff:7f00:1]/",
  "https://[::127.0.0.1]/",
  "https://[64:ff9b::7f00:1]/",
  "https://[64:ff9b:1::10.0.0.1]/",
  "https://[2002:7f00:1::]/",
  "https://[2001:0:7f00:1::]/",
  "https://[fe80::1]/",
  "https://[fc00::1]/",
  "https://[fd00:ec2::254]/",
  "https://[ff02::1]/",
  "https://[2001:db8::1]/",
  // Names of machines nearby
  "https://localhost/",
  "https://LOCALHOST./",
  "https://api.localhost/",
  "https://printer.local/",
  "https://metadata.google.internal/computeMetadata/v1/",
  "https://kubernetes.default.svc/api",
  "https://router.localdomain/",
  "https://router.home.arpa/",
  "https://intranet/",
  "https://ⓛocalhost/",
  // What is not plain https
  "http://example.com/",
  "file:///etc/passwd",
  "gopher://example.com/",
  "ftp://example.com/",
  "javascript:alert(1)",
  "//example.com/",
  "https://user@example.com/",
  "https://example.com:password@127.0.0.1/",
  "https://:secret@example.com/",
  "https://example.com:22/",
  "https://example.com:8443/",
  "https:///",
  "https://exa mple.com/",
  "",
];

const TAKEN = [
  "https://example.com/hooks",
  "https://EXAMPLE.com:443/hooks?key=1#part",
  "https://hooks.localhost.example.com/",
  "https://bücher.example/",
  "https://8.8.8.8/",
  "https://[2606:4700:4700::1111]/",
];

describe("a URL that is called on a user's behalf", () => {
  it.each(REFUSED)("is refused when it is %s", (url) => {
    expect(checkPublicUrl(url, strict)).toMatchObject({ ok: false, reason: expect.stringMatching(/^(is|must) /) });
  });

  it.each(TAKEN)("is taken when it is %s", (url) => {
    expect(checkPublicUrl(url, strict)).toMatchObject({ ok: true, url: new URL(url) });
  });

  it("is refused when it is longer than 2,048 characters", () => {
    const url = "https://example.com/".padEnd(2_048, "x");
    expect(checkPublicUrl(url, strict).ok).toBe(true);
    expect(checkPublicUrl(`${url}x`, strict).ok).toBe(false);
  });

  it("may be any http server where private addresses are allowed, but carries no password and no other scheme", () => {
    const lax = { allowPrivate: true };
    expect(checkPublicUrl("http://127.0.0.1:8080/hook", lax).ok).toBe(true);
    expect(checkPublicUrl("http://user:secret@127.0.0.1/", lax).ok).toBe(false);
    expect(checkPublicUrl("file:///etc/passwd", lax).ok).toBe(false);
  });
});

describe("an address that a name resolved to", () => {
  it.each(["8.8.8.8", "2606:4700:4700::1111"])("is public when it is %s", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each(["127.0.0.1", "10.1.2.3", "::1", "::ffff:8.8.8.8", "fe80::1%eth0", "127.1", "example.com", ""])(
    "is not public when it is %j",
    (address) => {
      expect(isPublicAddress(address)).toBe(false);
    },
  );
});
