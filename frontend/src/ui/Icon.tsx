import styles from "./Icon.module.css";

/** Outlines on a 20 × 20 grid, drawn with a 1.5 px stroke in the text's colour. */
const PATHS = {
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  search: "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM13 13l4 4",
  close: "m5 5 10 10M15 5 5 15",
  check: "m4 10.5 4 4 8-9",
  minus: "M4 10h12",
  plus: "M10 4v12M4 10h12",
  chevronRight: "m7.5 4.5 5.5 5.5-5.5 5.5",
  chevronDown: "M4.5 7.5 10 13l5.5-5.5",
  chevronLeft: "M12.5 4.5 7 10l5.5 5.5",
  arrowUp: "M10 16V4M5 9l5-5 5 5",
  arrowDown: "M10 4v12M5 11l5 5 5-5",
  grid: "M3.5 3.5h5v5h-5zM11.5 3.5h5v5h-5zM3.5 11.5h5v5h-5zM11.5 11.5h5v5h-5z",
  table: "M3 4.5h14v11H3zM3 8.2h14M3 11.8h14M8 4.5v11",
  project: "M2.5 5.5a1 1 0 0 1 1-1h4l1.8 2h7.2a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1z",
  dataset: "M3.5 3.5h13v13h-13zM3.5 13l4-4 3.5 3.5 2-2 3.5 3.5M12.7 7.2h.1",
  image: "M3.5 3.5h13v13h-13zM3.5 13l4-4 3.5 3.5 2-2 3.5 3.5M12.7 7.2h.1",
  orphaned:
    "M10 3v1.5M14.9 5.1l-1 1M17 10h-1.5M14.9 14.9l-1-1M10 17v-1.5M5.1 14.9l1-1M3 10h1.5M5.1 5.1l1 1",
  home: "M3.5 9.5 10 4l6.5 5.5M5.5 8v8h9V8M8.5 16v-4h3v4",
  inspector: "M3 4h14v12H3zM12 4v12",
  sidebar: "M3 4h14v12H3zM8 4v12",
  sun: "M10 6.8a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4ZM10 2.5V4M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M15.3 4.7l-1 1M5.7 14.3l-1 1",
  moon: "M16.5 11.8A7 7 0 0 1 8.2 3.5a7 7 0 1 0 8.3 8.3Z",
  system: "M3 4.5h14v9H3zM7 16.5h6M10 13.5v3",
  keyboard: "M2.5 5.5h15v9h-15zM5.5 8.5h.1M8.5 8.5h.1M11.5 8.5h.1M14.5 8.5h.1M6.5 11.5h7",
  code: "m7 6-4 4 4 4M13 6l4 4-4 4",
  external: "M8 4.5H4.5v11h11V12M11.5 4h4.5v4.5M16 4l-7 7",
  user: "M10 3.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM4 16.5c.6-3 3-4.5 6-4.5s5.4 1.5 6 4.5",
  copy: "M7 7h9.5v9.5H7zM4.5 13H3.5V3.5H13v1",
  warning: "M10 3.5 17.5 16.5h-15zM10 8.5v3.5M10 14.3h.1",
  retry: "M15.8 8A6.2 6.2 0 1 0 16.2 11M16.5 4v4.2h-4.2",
  question: "M7.5 7.5A2.5 2.5 0 1 1 10 10.3V12M10 15h.1",
  more: "M4.5 10h.1M10 10h.1M15.5 10h.1",
  link: "M8.5 11.5a3 3 0 0 0 4.3 0l2.7-2.7a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-2.7 2.7a3 3 0 0 0 4.3 4.3l1-1",
  play: "M6 4v12l10-6z",
  pause: "M7 4.5v11M13 4.5v11",
  eye: "M2.5 10S5 4.8 10 4.8 17.5 10 17.5 10 15 15.2 10 15.2 2.5 10 2.5 10ZM10 7.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4Z",
  hand: "M6.5 10V5.5a1.2 1.2 0 0 1 2.4 0V9m0-.500v-4a1.2 1.2 0 0 1 2.4 0V9m0-3a1.2 1.2 0 0 1 2.4 0v6c0 3-1.7 4.8-4.5 4.8-2.3 0-3.3-1-4.7-3.4L3.3 10.9c-.7-1.2.9-2.3 1.9-1.2L6.5 11",
  fit: "M3.5 7.5v-4h4M12.5 3.5h4v4M16.5 12.5v4h-4M7.5 16.5h-4v-4",
  actual: "M4 6.5 5.8 5v10M14 6.5 15.8 5v10M10 8.2h.1M10 12.2h.1",
  ruler: "M2.5 7h15v6h-15zM5.5 7v2.5M8.5 7v3.5M11.5 7v2.5M14.5 7v3.5",
  layers: "m10 3.5 7 3.7-7 3.7-7-3.7zM3 10.5l7 3.7 7-3.7M3 13.5l7 3.5 7-3.5",
  navigator: "M3 4h14v12H3zM9.5 9h5v5h-5z",
  settings:
    "M10 7.3a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4ZM10 2.5v2.3M10 15.2v2.3M2.5 10h2.3M15.2 10h2.3M4.7 4.7l1.6 1.6M13.7 13.7l1.6 1.6M15.3 4.7l-1.6 1.6M6.3 13.7l-1.6 1.6",
  jobs: "M3 4.500h14v3.500H3zM3 12h14v3.500H3zM3 6.200h8M3 13.700h4",
  tag: "M3 3.5h6.500l7.500 7.500-6 6-7.500-7.500zM6.500 7h.1",
  trash:
    "M3.500 5.500h13M8 5.500v-2h4v2M5 5.500l.800 11h8.400l.800-11M8.300 8.500v5M11.700 8.500v5",
  screen: "M3 3.500h10v10H3zM6 16.500h10.500V6",
  plate: "M2.500 4.500h15v11h-15zM6 8h.1M10 8h.1M14 8h.1M6 12h.1M10 12h.1M14 12h.1",
  star: "m10 3 2.200 4.500 5 .700-3.600 3.500.900 5L10 14.300l-4.500 2.400.900-5L2.800 8.200l5-.700z",
  filter: "M3 4.500h14l-5.500 6.500v5l-3-1.500V11z",
  download: "M10 3.500v9M6 9l4 4 4-4M3.500 16.500h13",
  pencil: "m4 16 .700-3.500L13.500 3.700l2.800 2.800L7.500 15.300zM11.500 5.700l2.800 2.800",
  rois: "M3.500 6h9v8h-9zM16.500 8a3.500 3.500 0 0 1-2 6.500",
  upload: "M10 13V4M6 7.5 10 3.5l4 4M3.5 13.5v3h13v-3",
} as const;

export type IconName = keyof typeof PATHS;

/** A picture beside words, or instead of them where its button has a name. Hidden from readers. */
export function Icon({ name, size = 16 }: { name: IconName; size?: 12 | 16 | 20 | 32 }) {
  return (
    <svg
      className={styles.icon}
      width={size}
      height={size}
      viewBox="0 0 20 20"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
