/** Writes by the clipboard API, or by the older command where the host withholds the API. */
export async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return writeBySelection(text);
  }
}

function writeBySelection(text: string): boolean {
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.setAttribute("readonly", "");
  field.style.position = "fixed";
  field.style.opacity = "0";
  document.body.append(field);
  field.select();
  // The only way left where the asynchronous API is refused, which WebKitGTK does without a gesture.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const written = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return written;
}

/** Reads by the clipboard API; none when that is refused, and then a person pastes by keyboard. */
export async function readClipboard(): Promise<string | null> {
  try {
    const text = await navigator.clipboard.readText();
    return text === "" ? null : text;
  } catch {
    return null;
  }
}
