/** What texts of requests may not hold, in patterns that every reader of the API's description knows. */

/** No C0 or C1 control characters, line breaks included. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const NO_CONTROLS = /^[^\u0000-\u001f\u007f-\u009f]*$/;
export const noControls = [NO_CONTROLS, "must not hold control characters"] as const;

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is refused
const NO_NUL = /^[^\u0000]*$/;
export const noNul = [NO_NUL, "must not hold a NUL character"] as const;
