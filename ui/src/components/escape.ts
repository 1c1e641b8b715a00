const left = new WeakSet<Event>();

/** Leaves a press of Escape to the dialog below, where a note on top of it was asked first. */
export function leaveToDialog(event: Event): void {
  left.add(event);
  event.preventDefault();
}

/** Whether a press of Escape was left to the dialog. */
export function isLeftToDialog(event: Event): boolean {
  return left.has(event);
}
