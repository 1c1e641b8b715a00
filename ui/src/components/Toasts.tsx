import { Link } from "@tanstack/react-router";
import { Toast } from "radix-ui";
import { useSyncExternalStore } from "react";

import { dismiss, type Told, toldStore } from "#ui/api/failures";
import { visible } from "#ui/format/text";
import { isDialogOpen } from "#ui/keyboard/useHotkey";
import { t, tn } from "#ui/messages/t";

import { IconButton } from "./Button";
import { leaveToDialog } from "./escape";
import { ErrorNote } from "./ErrorNote";
import styles from "./Toasts.module.css";

const DONE_MS = 2_500;
const FAILED_MS = 20_000;

/** What somebody asked to be told of stays until they have seen it. */
function durationOf(told: Told): number {
  if (told.gained !== undefined || told.gainedMany !== undefined) return Infinity;
  return told.error === null ? DONE_MS : FAILED_MS;
}

function titleOf({ title, gained, gainedMany }: Told): string {
  if (gained !== undefined) return tn("views.gained", gained.count, { view: visible(gained.view, "prose") });
  if (gainedMany !== undefined) return t("views.gainedMany", { views: gainedMany.map((name) => visible(name, "prose")).join(", ") });
  return t(title);
}

/** The corner where things are told that have no better place. */
export function Toasts() {
  const told = useSyncExternalStore(toldStore.subscribe, toldStore.snapshot);
  return (
    <Toast.Provider label={t("toast.region")}>
      {told.map((one) => (
        <Note key={one.number} told={one} />
      ))}
      <Toast.Viewport className={styles.corner} label={t("toast.region")} />
    </Toast.Provider>
  );
}

function Note({ told }: { told: Told }) {
  return (
    <Toast.Root
      className={styles.note}
      duration={durationOf(told)}
      type={told.error === null ? "background" : "foreground"}
      onOpenChange={(open) => (open ? undefined : dismiss(told.number))}
      onEscapeKeyDown={(event) => {
        // The note lies on top of everything, but the key is of the dialog that somebody works in.
        if (isDialogOpen()) leaveToDialog(event);
      }}
    >
      <div className={styles.head}>
        <Toast.Title className={styles.title}>{titleOf(told)}</Toast.Title>
        <Toast.Close asChild>
          <IconButton icon="close" name={t("dialog.close")} />
        </Toast.Close>
      </div>
      {told.gained !== undefined && (
        <Toast.Action altText={t("views.openGained")} asChild>
          {told.gained.payment === null ? (
            <Link to="/payments" search={{ q: told.gained.query }}>{t("views.openGained")}</Link>
          ) : (
            <Link to="/payments/$id" params={{ id: told.gained.payment }}>{t("views.openGained")}</Link>
          )}
        </Toast.Action>
      )}
      {told.error !== null && (
        <Toast.Description asChild>
          <div>
            <ErrorNote error={told.error} />
          </div>
        </Toast.Description>
      )}
    </Toast.Root>
  );
}
