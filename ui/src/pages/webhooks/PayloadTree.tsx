import { useVirtualizer } from "@tanstack/react-virtual";
import { useId, useMemo, useRef, useState } from "react";

import { copyText } from "#ui/api/copy";
import { usePersonalHidden } from "#ui/api/personal";
import { Button, IconButton } from "#ui/components/Button";
import { Field } from "#ui/components/Field";
import { Untrusted } from "#ui/components/Untrusted";
import { t, tn } from "#ui/messages/t";

import { around, found, isPersonal, type Json, type Line, linesOf, sizeOf, writtenJson } from "./payload";
import styles from "./Webhooks.module.css";

const LINE_PX = 24;

/** A payload as a tree: branches open and close, a search steps through it, and paths and values are copied. */
export function PayloadTree({ json }: { json: Json }) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const hidden = usePersonalHidden();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setChosen] = useState<string | null>(null);
  const [wanted, setWanted] = useState("");
  const lines = useMemo(() => linesOf(json, closed), [json, closed]);
  const hits = useMemo(() => found(json, wanted, (line) => !hidden || !isPersonal(line.name, line.json)), [json, wanted, hidden]);
  const at = lines.findIndex((line) => line.path === chosen);
  // No compiler memoizes here, which is what the rule warns of.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: () => LINE_PX, overscan: 20 });
  const choose = (index: number) => {
    const line = lines[Math.max(0, Math.min(lines.length - 1, index))];
    if (line === undefined) return;
    setChosen(line.path);
    virtual.scrollToIndex(lines.indexOf(line), { align: "auto" });
  };
  const turn = (line: Line, open: boolean) => {
    if (sizeOf(line.json) === null) return;
    const now = new Set(closed);
    if (open) now.delete(line.path);
    else now.add(line.path);
    setClosed(now);
  };
  const step = (by: number) => {
    if (hits.length === 0) return;
    const place = hits.indexOf(chosen ?? "");
    const next = hits[place < 0 ? (by > 0 ? 0 : hits.length - 1) : (place + by + hits.length) % hits.length] ?? "";
    const opened = new Set(closed);
    for (const branch of around(next)) opened.delete(branch);
    setClosed(opened);
    setChosen(next);
    virtual.scrollToIndex(linesOf(json, opened).findIndex((line) => line.path === next), { align: "center" });
  };
  const line = lines[at];
  const keys: Record<string, () => void> = {
    ArrowDown: () => choose(at + 1),
    ArrowUp: () => choose(at < 0 ? 0 : at - 1),
    Home: () => choose(0),
    End: () => choose(lines.length - 1),
    ArrowRight: () => { if (line !== undefined && !line.open) turn(line, true); else choose(at + 1); },
    ArrowLeft: () => {
      if (line === undefined) return;
      if (line.open) turn(line, false);
      else choose(lines.findIndex((one) => one.path === around(line.path).at(-1)));
    },
    Enter: () => { if (line !== undefined) turn(line, !line.open); },
    c: () => { if (line !== undefined) void copyText(writtenJson(line.json)); },
    p: () => { if (line !== undefined) void copyText(line.path); },
  };
  return (
    <div className={styles.payload}>
      <div className={styles.payloadTools}>
        <Field
          label={t("payload.search")} value={wanted} onChange={(event) => setWanted(event.target.value)}
          hint={wanted.trim() === "" ? t("payload.keys") : tn("payload.hits", hits.length)}
          onKeyDown={(event) => { if (event.key === "Enter") { event.preventDefault(); step(event.shiftKey ? -1 : 1); } }}
        />
        <Button look="quiet" onClick={() => setClosed(new Set())}>{t("payload.openAll")}</Button>
        <Button look="quiet" onClick={() => setClosed(new Set(linesOf(json, new Set()).filter((one) => sizeOf(one.json) !== null).map((one) => one.path)))}>{t("payload.closeAll")}</Button>
        <Button look="quiet" icon="copy" onClick={() => void copyText(writtenJson(json))}>{t("payload.copyAll")}</Button>
      </div>
      <div
        ref={scroller} className={styles.tree} role="tree" aria-label={t("payload.tree")} tabIndex={0}
        aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
        onFocus={() => { if (at < 0) choose(0); }}
        onKeyDown={(event) => {
          const act = event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget ? undefined : keys[event.key];
          if (act === undefined) return;
          event.preventDefault();
          event.stopPropagation();
          act();
        }}
      >
        <div style={{ height: virtual.getTotalSize(), position: "relative" }} role="presentation">
          {virtual.getVirtualItems().map((item) => {
            const one = lines[item.index];
            return one === undefined ? null : (
              <TreeLine key={one.path} id={`${id}-${item.index}`} line={one} top={item.start} chosen={item.index === at} hit={hits.includes(one.path)} onChoose={() => choose(item.index)} onTurn={() => turn(one, !one.open)} />
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface TreeLineProps {
  id: string;
  line: Line;
  top: number;
  chosen: boolean;
  hit: boolean;
  onChoose: () => void;
  onTurn: () => void;
}

function TreeLine({ id, line, top, chosen, hit, onChoose, onTurn }: TreeLineProps) {
  const size = sizeOf(line.json);
  return (
    // The keys of the tree are those of what is around it, which keeps the focus.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={id} role="treeitem" aria-level={line.depth + 1} aria-selected={chosen} aria-expanded={size === null ? undefined : line.open} tabIndex={-1}
      className={styles.treeLine} data-chosen={chosen} data-hit={hit} data-path={line.path}
      style={{ transform: `translateY(${top}px)`, paddingLeft: `${8 + line.depth * 16}px` }}
      onClick={() => { onChoose(); if (size !== null && !window.getSelection()?.toString()) onTurn(); }}
    >
      <span className={styles.fold} data-open={line.open} aria-hidden="true">{size === null ? "" : line.open ? "▾" : "▸"}</span>
      <span className={styles.name}><Untrusted text={line.name} as="exact" /></span>
      <Value line={line} />
      {chosen && (
        <span className={styles.lineTools}>
          <IconButton icon="copy" name={t("payload.copyValue")} onClick={(event) => { event.stopPropagation(); void copyText(writtenJson(line.json)); }} />
          <button type="button" className={styles.copyPath} onClick={(event) => { event.stopPropagation(); void copyText(line.path); }}>{t("payload.copyPath")}</button>
        </span>
      )}
    </div>
  );
}

function Value({ line }: { line: Line }) {
  const { json } = line;
  const size = sizeOf(json);
  if (size !== null) return <span className="quiet">{tn(json.is === "array" ? "payload.items" : "payload.fields", size)}</span>;
  const text = json.is === "text" || json.is === "other" ? json.text : "";
  return <span className={styles.value} data-is={json.is}><Untrusted text={text} as="exact" personal={isPersonal(line.name, json)} /></span>;
}
