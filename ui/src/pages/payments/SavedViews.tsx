import { useState } from "react";

import type { QuerySubject, SavedViewView } from "#ui/bindings/contract";
import { useAction, useAnswer } from "#ui/api/hooks";
import { usePersonalHidden } from "#ui/api/personal";
import { Button, IconButton } from "#ui/components/Button";
import { Dialog, DialogFoot } from "#ui/components/Dialog";
import { ErrorNote } from "#ui/components/ErrorNote";
import { Field } from "#ui/components/Field";
import { Menu, MenuItem, MenuTick } from "#ui/components/Menu";
import { Untrusted } from "#ui/components/Untrusted";
import { count } from "#ui/format/locale";
import { visible } from "#ui/format/text";
import { hotkeyTitle } from "#ui/keyboard/title";
import { useHotkey } from "#ui/keyboard/useHotkey";
import { t, tn } from "#ui/messages/t";

import styles from "./PaymentsPage.module.css";

interface SavedViewsProps {
  of?: QuerySubject;
  query: string;
  onChoose: (query: string) => void;
}

/** What a badge counts. */
const TOTAL = { payments: "payments.total", events: "webhooks.total" } as const;

/** The saved views with what they hold; the one that is on screen can be changed. */
export function SavedViews({ of = "payments", query, onChoose }: SavedViewsProps) {
  const views = useAnswer("list_views", { exact: false, of });
  const save = useAction("save_view", "views.saveFailed");
  const remove = useAction("remove_view", "views.removeFailed");
  const [naming, setNaming] = useState<"new" | SavedViewView | null>(null);
  const hidden = usePersonalHidden();
  const items = views.data?.items ?? [];
  const shown = items.find((view) => view.query === query.trim());
  useHotkey("saveView", () => setNaming("new"), query.trim() !== "");
  if (items.length === 0 && query.trim() === "") return null;
  return (
    <div className={styles.views} role="group" aria-label={t("views.label")}>
      {items.map((view) => (
        <button key={view.name} type="button" className={styles.chip} aria-pressed={view === shown} title={hidden ? undefined : visible(view.query, "exact")} onClick={() => onChoose(view === shown ? "" : view.query)}>
          {visible(view.name, "prose")}
          {view.count !== null && <span className={styles.badge} aria-label={tn(TOTAL[of], view.count)}>{count.format(view.count)}{view.count_exact ? "" : "+"}</span>}
        </button>
      ))}
      {shown !== undefined ? (
        <Menu align="start" trigger={<IconButton icon="more" name={t("views.change", { name: visible(shown.name, "prose") })} />}>
          {of === "payments" && <MenuTick ticked={shown.notify} onChange={(notify) => save.mutate({ name: shown.name, of, query: shown.query, notify, only_new: false })}>{t("views.notify")}</MenuTick>}
          <MenuItem onSelect={() => setNaming(shown)}>{t("views.rename")}</MenuItem>
          <MenuItem danger onSelect={() => remove.mutate({ name: shown.name })}>{t("views.remove")}</MenuItem>
        </Menu>
      ) : (
        query.trim() !== "" && <Button look="quiet" icon="plus" title={hotkeyTitle("saveView")} onClick={() => setNaming("new")}>{t("views.save")}</Button>
      )}
      {naming !== null && <NameDialog of={of} view={naming === "new" ? null : naming} query={query.trim()} onClose={() => setNaming(null)} />}
    </div>
  );
}

/** Names a search, or a view anew. */
function NameDialog({ of, view, query, onClose }: { of: QuerySubject; view: SavedViewView | null; query: string; onClose: () => void }) {
  const save = useAction("save_view");
  const rename = useAction("rename_view");
  const [name, setName] = useState(view?.name ?? "");
  const [notify, setNotify] = useState(false);
  const pending = save.isPending || rename.isPending;
  const error = save.error ?? rename.error;
  const send = () => {
    if (pending || name.trim() === "") return;
    if (view === null) save.mutate({ name, of, query, notify, only_new: true }, { onSuccess: onClose });
    else rename.mutate({ name: view.name, to: name }, { onSuccess: onClose });
  };
  return (
    <Dialog open title={t(view === null ? "views.saveTitle" : "views.renameTitle")} about={<Untrusted personal text={view?.query ?? query} as="exact" />} busy={pending} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); send(); }}>
        <Field label={t("views.name")} value={name} maxLength={60} onChange={(event) => setName(event.target.value)} />
        {view === null && of === "payments" && (
          <label className={styles.tick}>
            <input type="checkbox" checked={notify} onChange={(event) => setNotify(event.target.checked)} />
            {t("views.notify")}
          </label>
        )}
        {error !== null && <ErrorNote error={error} />}
        <DialogFoot>
          <Button onClick={onClose}>{t("dialog.cancel")}</Button>
          <Button look="main" type="submit" disabled={pending || name.trim() === ""}>{t(view === null ? "views.save" : "views.rename")}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
