import { Fragment, type ReactNode } from "react";

import { type MessageKey, pieces, template } from "#ui/messages/t";

interface WordsProps {
  of: MessageKey;
  /** What stands for the placeholders. */
  with: Record<string, ReactNode>;
}

/** A message that holds elements, such as a time with its hover, where words alone do not do. */
export function Words({ of, with: values }: WordsProps) {
  return pieces(template(of)).map((piece, index) => (
    // The pieces of a fixed sentence never change places.
    <Fragment key={index}>{index % 2 === 1 ? values[piece] : piece}</Fragment>
  ));
}
