import { Link } from "wouter";
import type { ImageFilter } from "../api/generated/graphql";
import { t } from "../i18n";
import { IconButton, IconToggle } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { MenuButton, type MenuEntry } from "../ui/Overlay";
import type { Header } from "./imageLists";
import { SortMenu } from "./SortMenu";
import { listedIn, type Scope } from "./scope";
import styles from "./Toolbar.module.css";
import { type BrowseState, clampSize, SIZE_MAX, SIZE_MIN, SIZE_STEP, type Sort } from "./urlState";

interface Props {
  scope: Scope;
  header: Header | null;
  state: BrowseState;
  sort: Sort;
  /** The images that are shown. */
  filter: ImageFilter;
  onChange(changes: Partial<BrowseState>): void;
  /** What can be done with the thing that is shown. */
  menu: readonly (MenuEntry | null)[];
}

/** Where one is, and how the list is shown. */
export function Toolbar({ scope, header, state, sort, filter, onChange, menu }: Props) {
  const isGrid = state.view === "grid";
  const hasTable = listedIn(scope) === "Image";
  return (
    <div className={styles.bar} role="toolbar" aria-label={t("toolbar.label")}>
      <Crumbs scope={scope} header={header} />
      {menu.length > 0 && (
        <MenuButton
          label={t("scope.menu")}
          entries={menu}
          trigger={<IconButton icon="more" label={t("scope.menu")} />}
        />
      )}
      {hasTable && (
        <IconToggle
          look="outline"
          icon="filter"
          label={t("browse.facets")}
          command="browse.facets"
          isSelected={state.facets}
          onChange={(facets) => onChange({ facets })}
        />
      )}
      <SortMenu
        sort={sort}
        listed={listedIn(scope)}
        filter={filter}
        onSort={(next) => onChange({ sort: next })}
      />
      {hasTable && (
        <div className={styles.views}>
          <IconToggle
            look="outline"
            icon="grid"
            label={t("browse.grid")}
            command="browse.grid"
            isSelected={isGrid}
            onChange={() => onChange({ view: "grid" })}
          />
          <IconToggle
            look="outline"
            icon="table"
            label={t("browse.table")}
            command="browse.table"
            isSelected={!isGrid}
            onChange={() => onChange({ view: "table" })}
          />
        </div>
      )}
      {(isGrid || !hasTable) && <SizeSlider state={state} onChange={onChange} />}
    </div>
  );
}

function SizeSlider({ state, onChange }: Pick<Props, "state" | "onChange">) {
  const resize = (size: number): void => onChange({ size: clampSize(size) });
  return (
    <div className={styles.size}>
      <IconButton
        icon="minus"
        label={t("browse.smaller")}
        command="browse.smaller"
        isDisabled={state.size <= SIZE_MIN}
        onPress={() => resize(state.size - SIZE_STEP)}
      />
      <input
        type="range"
        className={styles.slider}
        aria-label={t("toolbar.size")}
        aria-valuetext={t("toolbar.sizeText", { size: state.size })}
        min={SIZE_MIN}
        max={SIZE_MAX}
        step={SIZE_STEP}
        value={state.size}
        onChange={(event) => resize(event.target.valueAsNumber)}
      />
      <IconButton
        icon="plus"
        label={t("browse.larger")}
        command="browse.larger"
        isDisabled={state.size >= SIZE_MAX}
        onPress={() => resize(state.size + SIZE_STEP)}
      />
    </div>
  );
}

function Crumbs({ scope, header }: Pick<Props, "scope" | "header">) {
  const parent = header?.parent ?? null;
  const name = scopeName(scope, header);
  return (
    <nav className={styles.crumbs} aria-label={t("crumbs.label")}>
      <ol>
        {scope.kind !== "everything" && (
          <li className={styles.far}>
            <Link href="/">{t("scope.everything")}</Link>
            <Icon name="chevronRight" size={12} />
          </li>
        )}
        {parent !== null && (
          <li className={styles.far}>
            <Link href={addressOf(parent.id)}>{parent.name}</Link>
            <Icon name="chevronRight" size={12} />
          </li>
        )}
        <li className={styles.here} aria-current="page">
          {name === "" ? <span className={styles.blank} /> : <h1>{name}</h1>}
        </li>
      </ol>
    </nav>
  );
}

/** `Project:2` → `/project/2`. */
function addressOf(id: string): string {
  return `/${id.toLowerCase().replace(":", "/")}`;
}

/** What a scope is called; empty while its name is on the way. */
export function scopeName(scope: Scope, header: Header | null): string {
  if (scope.kind === "everything") return t("scope.everything");
  if (scope.kind === "orphaned") return t("scope.orphaned");
  return header?.name ?? "";
}
