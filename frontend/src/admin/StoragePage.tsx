import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { gql } from "../api/gql";
import { bytes, decimal } from "../browse/facts";
import {
  Cell,
  Form,
  KEY,
  type List,
  ListFrame,
  Name,
  Problem,
  Section,
  Skeleton,
  Table,
  TextField,
  useAct,
  useList,
  useSettled,
  written,
} from "../forms/parts";
import styles from "../forms/forms.module.css";
import { integer } from "../i18n";
import { classes } from "../ui/classes";
import {
  type Me,
  setGroupQuota,
  setUserQuota,
  storageOf,
  storageOfGroups,
  storageOfPeople,
} from "./documents";
import { has } from "./me";
import { groupPath, userPath } from "./paths";
import { useFilters } from "./useFilters";
import { w } from "./words";

interface Amount {
  readonly images: number;
  readonly bytes: number;
}

interface Quota {
  readonly images: number | null;
  readonly bytes: number | null;
}

interface Stored {
  readonly id: string;
  readonly name: string;
  readonly usage: Amount;
  readonly quota: Quota | null;
}

const GIGABYTE = 1e9;

/** What people and groups have stored, and how much they may. */
export function StoragePage() {
  const { values, change } = useFilters({ q: "" });
  const typed = useSettled(values.q.trim());
  const text = { contains: typed };
  const isFiltered = typed !== "";
  const people = useList(
    storageOfPeople,
    isFiltered ? { userName: text } : {},
    (found) => found.experimenters,
  );
  const groups = useList(
    storageOfGroups,
    isFiltered ? { name: text } : {},
    (found) => found.experimenterGroups,
  );
  return (
    <>
      <header className={styles.head}>
        <h1>{w("storage.title")}</h1>
      </header>
      <p className={styles.note}>{w("storage.text")}</p>
      <div className={styles.filters}>
        <TextField
          type="search"
          label={w("storage.filter")}
          value={values.q}
          onChange={(event) => change({ q: event.target.value })}
        />
      </div>
      <Stores title={w("storage.groups")} list={groups} pathOf={groupPath} />
      <Stores title={w("storage.people")} list={people} pathOf={userPath} />
    </>
  );
}

function Stores({
  title,
  list,
  pathOf,
}: {
  title: string;
  list: List<Stored>;
  pathOf(id: string): string;
}) {
  return (
    <Section title={title}>
      <ListFrame list={list} isFiltered empty={null}>
        <Table
          label={title}
          heads={[w("storage.whose"), w("storage.images"), w("storage.bytes"), w("storage.quota")]}
        >
          {list.rows.map((row) => (
            <tr key={row.id}>
              <Cell isWide>
                <Link href={pathOf(row.id)}>
                  <Name>{row.name}</Name>
                </Link>
              </Cell>
              <td>{part(row.usage.images, row.quota?.images, integer)}</td>
              <td>{part(row.usage.bytes, row.quota?.bytes, bytes)}</td>
              <td>
                <Bar name={row.name} usage={row.usage} quota={row.quota} />
              </td>
            </tr>
          ))}
        </Table>
      </ListFrame>
    </Section>
  );
}

/** What one account or group has stored, and the quota, for those who may set it. */
export function StorageOf({ id, me }: { id: string; me: Me }) {
  const act = useAct();
  const { data, error } = useQuery({
    queryKey: [KEY, storageOf.name, id],
    queryFn: ({ signal }) => gql(storageOf, { id }, { signal }),
    staleTime: 0,
  });
  const found = data?.node != null && "usage" in data.node ? (data.node as Stored) : null;
  const isGroup = id.startsWith("ExperimenterGroup:");
  const maySet = has(me, isGroup ? "MODIFY_GROUP" : "MODIFY_USER");
  const save = (form: FormData): void => {
    void act.act(async () => {
      const [images, gigabytes] = [written(form, "images"), written(form, "bytes")];
      await gql((isGroup ? setGroupQuota : setUserQuota) as typeof setUserQuota, {
        id,
        images: images === "" ? null : Number(images),
        bytes: gigabytes === "" ? null : Math.round(Number(gigabytes) * GIGABYTE),
      });
      return w("storage.saved");
    });
  };
  return (
    <Section title={w("storage.title")}>
      <Problem error={error} />
      {data === undefined && error === null && <Skeleton />}
      {found !== null && (
        <>
          <p>
            {w("storage.images")}: {part(found.usage.images, found.quota?.images, integer)}.{" "}
            {w("storage.bytes")}: {part(found.usage.bytes, found.quota?.bytes, bytes)}.
          </p>
          <Bar name={w("storage.title")} usage={found.usage} quota={found.quota} />
          {maySet && (
            <Form
              key={JSON.stringify(found.quota)}
              act={act}
              submit={w("storage.set")}
              look="outline"
              onSubmit={save}
            >
              <div className={styles.columns}>
                <TextField
                  name="images"
                  type="number"
                  min={0}
                  label={w("storage.imagesMost")}
                  note={w("storage.noLimit")}
                  defaultValue={found.quota?.images ?? ""}
                />
                <TextField
                  name="bytes"
                  type="number"
                  min={0}
                  step="any"
                  label={w("storage.bytesMost")}
                  note={w("storage.noLimit")}
                  defaultValue={
                    found.quota?.bytes == null ? "" : String(found.quota.bytes / GIGABYTE)
                  }
                />
              </div>
            </Form>
          )}
        </>
      )}
    </Section>
  );
}

function part(
  value: number,
  most: number | null | undefined,
  write: (value: number) => string,
): string {
  return most == null ? write(value) : w("storage.of", { part: write(value), most: write(most) });
}

/** The part of the quota that is used: of images or of bytes, whichever is nearer its end. */
function Bar({ name, usage, quota }: { name: string; usage: Amount; quota: Quota | null }) {
  const parts = [
    quota?.images == null ? null : usage.images / Math.max(quota.images, 1),
    quota?.bytes == null ? null : usage.bytes / Math.max(quota.bytes, 1),
  ].filter((each) => each !== null);
  if (parts.length === 0) return <span className={styles.note}>{w("storage.any")}</span>;
  const used = Math.max(...parts);
  const percent = `${decimal(100 * used, 0)} %`;
  return (
    <div
      className={classes(styles.bar, used >= 1 && styles.full)}
      role="img"
      aria-label={w("storage.share", { name: name.slice(0, 80), percent })}
      title={percent}
    >
      <span style={{ inlineSize: `${String(Math.min(100, 100 * used))}%` }} />
    </div>
  );
}
