import { useLayoutEffect, useRef } from "react";
import { SliderThumb } from "react-aria-components";

/** A slider's thumb that says its value in words of ours. */
export function Thumb({
  index = 0,
  className = "",
  label,
  spoken,
}: {
  index?: number;
  className: string | undefined;
  label?: string;
  /** What a screen reader says for the value, instead of the bare number. */
  spoken: string;
}) {
  const input = useRef<HTMLInputElement>(null);
  // React Aria writes the number itself, at each render; this runs after it.
  useLayoutEffect(() => input.current?.setAttribute("aria-valuetext", spoken));
  return (
    // Keys that a slider uses are not the viewer's while its thumb has the focus.
    <span
      role="presentation"
      style={{ display: "contents" }}
      onKeyDown={(event) => {
        if (/^(Arrow|Home|End|Page)/.test(event.key)) event.stopPropagation();
      }}
    >
      <SliderThumb
        index={index}
        inputRef={input}
        className={className}
        {...(label === undefined ? {} : { "aria-label": label })}
      />
    </span>
  );
}
