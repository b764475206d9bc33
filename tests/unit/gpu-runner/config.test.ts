/** `config.ts`: the environment, with all its mistakes at once. */
import { describe, expect, test } from "vitest";
import { loadLocalConfig, loadRunnerConfig } from "../../../gpu-runner/config.ts";

const good = { KILN_API: "https://kiln.example/", KILN_RUNNER_KEY: "k".repeat(40), HOME: "/home/u" };

describe("loadRunnerConfig", () => {
  test("needs the address and the key, and has defaults for the rest", () => {
    expect(loadRunnerConfig(good)).toMatchObject({
      api: "https://kiln.example",
      pool: "cpu",
      mode: "serve",
      slots: 1,
      jobTypes: undefined,
      blender: undefined,
      healthPort: undefined,
      rembg: {
        python: expect.stringMatching(/^\/home\/u\/\.cache\/kiln\/rembg-[0-9a-f]{12}\/bin\/python$/),
        modelsDir: "/home/u/.cache/kiln/models",
        device: "cpu",
        modelsUrl: undefined,
        allowNoncommercial: false,
      },
      blenderPython: expect.stringMatching(/^\/home\/u\/\.cache\/kiln\/blender-[0-9a-f]{12}\/bin\/python$/),
    });
  });

  test("takes every setting", () => {
    const env = {
      ...good,
      KILN_POOL: "gpu",
      KILN_RUNNER_MODE: "drain",
      KILN_SLOTS: "4",
      KILN_JOB_TYPES: "echo, logo-to-3d",
      KILN_CACHE: "/cache",
      KILN_BLENDER: "/opt/blender",
      KILN_WORK_DIR: "/work-dir",
      KILN_RUNNER_NAME: "left one",
      KILN_HEALTH_PORT: "0",
      KILN_DEVICE: "cuda",
      KILN_MODELS_URL: "https://mirror.example/models",
      KILN_ALLOW_NONCOMMERCIAL_MODELS: "1",
    };
    expect(loadRunnerConfig(env)).toMatchObject({
      pool: "gpu",
      mode: "drain",
      slots: 4,
      jobTypes: ["echo", "logo-to-3d"],
      blender: "/opt/blender",
      workRoot: "/work-dir",
      name: "left one",
      healthPort: 0,
      rembg: {
        python: expect.stringMatching(/^\/cache\/rembg-cuda-/),
        device: "cuda",
        modelsUrl: "https://mirror.example/models",
        allowNoncommercial: true,
      },
      blenderPython: expect.stringMatching(/^\/cache\/blender-/),
    });
  });

  test("an empty variable is one that is not set", () => {
    expect(loadRunnerConfig({ ...good, KILN_SLOTS: "", KILN_POOL: "", KILN_BLENDER: "" })).toMatchObject({
      slots: 1,
      pool: "cpu",
      blender: undefined,
    });
  });

  test("names every wrong variable at once and never the key", () => {
    const env = {
      KILN_API: "ftp://x",
      KILN_RUNNER_KEY: "short-secret",
      KILN_SLOTS: "0",
      KILN_RUNNER_MODE: "sleep",
      KILN_POOL: "Über",
      KILN_DEVICE: "gpu",
      KILN_MODELS_URL: "not an address",
      KILN_ALLOW_NONCOMMERCIAL_MODELS: "yes",
    };
    const message = (() => {
      try {
        loadRunnerConfig(env);
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    })();
    for (const name of Object.keys(env)) expect(message).toContain(name);
    expect(message).not.toContain("short-secret");
  });

  test("a missing key is named", () => {
    expect(() => loadRunnerConfig({ KILN_API: good.KILN_API })).toThrow(/KILN_RUNNER_KEY must hold the runner key/);
  });
});

test("loadLocalConfig needs nothing", () => {
  expect(loadLocalConfig({})).toHaveProperty("workRoot");
});
