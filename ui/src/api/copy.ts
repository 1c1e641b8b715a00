import { platform } from "#ui/platform/index";

import { showDone } from "./failures";

/** Copies and says so. */
export async function copyText(text: string): Promise<void> {
  showDone((await platform.writeClipboard(text)) ? "copy.done" : "copy.refused");
}
