/**
 * The fonts every runner has: open fonts that npm packages carry as TrueType files, so that `npm ci` is all their
 * set-up. This is the only list of them; nothing here reads or judges an uploaded font.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { BundledFont } from "#contract/job-types/text-to-3d.ts";

/** Fonts a user can name, and those that only stand in for scripts the named ones lack. */
export type FontId = BundledFont | "hangul" | "hangul-regular" | "arabic" | "hebrew" | "thai";

interface BundledFontFile {
  /** Module path of the TrueType file. The package's LICENSE_FONT is the licence text. */
  readonly file: string;
  readonly license: "OFL-1.1";
}

// SemiBold where there is one: a stem of 0.11 em is 2.2 mm at the default size, sturdy enough to print and to bevel.
const PACKAGES = "@expo-google-fonts";
export const FONT_FILES: Readonly<Record<FontId, BundledFontFile>> = {
  sans: { file: `${PACKAGES}/noto-sans/600SemiBold/NotoSans_600SemiBold.ttf`, license: "OFL-1.1" },
  serif: { file: `${PACKAGES}/noto-serif/600SemiBold/NotoSerif_600SemiBold.ttf`, license: "OFL-1.1" },
  mono: { file: `${PACKAGES}/jetbrains-mono/600SemiBold/JetBrainsMono_600SemiBold.ttf`, license: "OFL-1.1" },
  display: { file: `${PACKAGES}/lobster/400Regular/Lobster_400Regular.ttf`, license: "OFL-1.1" },
  cjk: {
    file: `${PACKAGES}/chocolate-classical-sans/400Regular/ChocolateClassicalSans_400Regular.ttf`,
    license: "OFL-1.1",
  },
  hangul: { file: `${PACKAGES}/nanum-gothic/700Bold/NanumGothic_700Bold.ttf`, license: "OFL-1.1" },
  "hangul-regular": { file: `${PACKAGES}/nanum-gothic/400Regular/NanumGothic_400Regular.ttf`, license: "OFL-1.1" },
  arabic: { file: `${PACKAGES}/noto-sans-arabic/600SemiBold/NotoSansArabic_600SemiBold.ttf`, license: "OFL-1.1" },
  hebrew: { file: `${PACKAGES}/noto-sans-hebrew/600SemiBold/NotoSansHebrew_600SemiBold.ttf`, license: "OFL-1.1" },
  thai: { file: `${PACKAGES}/noto-sans-thai/600SemiBold/NotoSansThai_600SemiBold.ttf`, license: "OFL-1.1" },
};

const STAND_INS: readonly FontId[] = ["sans", "arabic", "hebrew", "thai", "hangul", "cjk"];

/** Where a character is looked for when the chosen font lacks it, in this order. `cjk` comes last: it is the largest. */
export function standInsFor(id: BundledFont): readonly FontId[] {
  // Korean beside the regular weight of the CJK font would stand out in bold.
  return STAND_INS.filter((other) => other !== id).map((other) =>
    id === "cjk" && other === "hangul" ? "hangul-regular" : other,
  );
}

/** Path of a bundled font on this machine. Throws `MODULE_NOT_FOUND` when the packages are not installed. */
export function bundledFontPath(id: FontId): string {
  return createRequire(import.meta.url).resolve(FONT_FILES[id].file);
}

/** Bytes of a bundled font. Rejects when it is not installed. */
export function readBundledFont(id: FontId): Promise<Uint8Array> {
  return readFile(bundledFontPath(id));
}
