import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useContext, useRef } from "react";

import { t } from "#ui/messages/t";
import { LayerContext, useLayer } from "#ui/keyboard/useHotkey";

import { IconButton } from "./Button";
import styles from "./Dialog.module.css";
import { isLeftToDialog } from "./escape";

interface DialogProps {
  open: boolean;
  title: string;
  /** One sentence that says what the dialog is about. */
  about?: ReactNode;
  wide?: boolean;
  /** While something is on its way, nothing closes the dialog by accident. */
  busy?: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** A dialog. The focus goes back to where it came from, and hotkeys of the page rest meanwhile. */
export function Dialog({ open, title, about, wide = false, busy = false, onClose, children }: DialogProps) {
  const layer = useContext(LayerContext);
  const cameFrom = useRef<Element | null>(null);
  useLayer(open);
  const keepWhileBusy = (event: Event) => {
    if (busy) event.preventDefault();
  };
  return (
    <Radix.Root open={open} onOpenChange={(now) => (now || busy ? undefined : onClose())}>
      <Radix.Portal>
        <Radix.Overlay className={styles.veil} />
        <Radix.Content
          className={`${styles.dialog ?? ""} ${wide ? (styles.wide ?? "") : ""}`}
          {...(about === undefined ? { "aria-describedby": undefined } : {})}
          onOpenAutoFocus={(event) => {
            cameFrom.current = document.activeElement;
            const first = event.target instanceof HTMLElement ? event.target.querySelector<HTMLElement>("input, textarea, select") : null;
            if (first === null) return;
            // What one came to type stands before the button that closes.
            event.preventDefault();
            first.focus();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (cameFrom.current instanceof HTMLElement && cameFrom.current.isConnected) cameFrom.current.focus();
          }}
          onEscapeKeyDown={keepWhileBusy}
          onKeyDown={(event) => {
            if (!isLeftToDialog(event.nativeEvent) || busy) return;
            // Of dialogs over each other the one with the focus is on top.
            event.stopPropagation();
            onClose();
          }}
          onInteractOutside={(event) => event.preventDefault()}
        >
          <header className={styles.head}>
            <Radix.Title className={styles.title}>{title}</Radix.Title>
            {!busy && (
              <Radix.Close asChild>
                <IconButton icon="close" name={t("dialog.close")} />
              </Radix.Close>
            )}
          </header>
          {about !== undefined && <Radix.Description className={styles.about}>{about}</Radix.Description>}
          <LayerContext value={layer + 1}>{children}</LayerContext>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The row of buttons at the foot. */
export function DialogFoot({ children }: { children: ReactNode }) {
  return <footer className={styles.foot}>{children}</footer>;
}
