import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { graphql } from "../api/document";
import type {
  FirstStepsQuery,
  FirstStepsQueryVariables,
  ImportSamplesMutation,
  ImportSamplesMutationVariables,
} from "../api/generated/graphql";
import { type ApiError, asApiError } from "../api/errors";
import { gql } from "../api/gql";
import { runCommand } from "../commands/registry";
import { translator } from "../i18n";
import { useImporting } from "../importing/state";
import { usePerson } from "../session/session";
import { Button } from "../ui/Button";
import { classes } from "../ui/classes";
import { CopyButton } from "../ui/CopyButton";
import { Icon } from "../ui/Icon";
import styles from "./FirstRun.module.css";

const w = translator({
  title: "First steps",
  text: "Take them in any order, or leave them: this page comes back from the menu and the palette.",
  done: "Done",
  importTitle: "Import images",
  importText:
    "Drop files or folders anywhere on this page, or choose them. Files on the server are imported where they are:",
  importButton: "Import images",
  demoTitle: "Try the demo project",
  demoText: "Micrograph makes sample images of its own: cells in time, tissue, a plate.",
  demoButton: "Make the samples",
  demoBusy: "They are being made: the list of jobs tells how far it is. It takes a minute or two.",
  demoOpen: "Look at the images",
  groupTitle: "Name a group",
  groupText: "People share data within a group; its level says what they may do with each other's.",
  groupButton: "Make a group",
  inviteTitle: "Invite people",
  inviteText: "Make an account for each, and put them into the group.",
  inviteButton: "Make accounts",
  keysTitle: "Learn the keys",
  keysText: "Everything has a name in the palette, and most things have a key.",
  keysButton: "Show the keys",
  queryTitle: "Take a query along",
  queryText: "Each page shows what it asks the server, as GraphQL, Python and curl.",
  queryButton: "Show query",
});

const firstSteps = graphql<FirstStepsQuery, FirstStepsQueryVariables>(`
  query FirstSteps {
    images(first: 0) {
      totalCount
    }
    samples: projects(first: 1, filter: { name: { eq: "Samples" } }) {
      nodes {
        id
      }
    }
    experimenterGroups(first: 0) {
      totalCount
    }
    experimenters(first: 0) {
      totalCount
    }
  }
`);

const importSamples = graphql<ImportSamplesMutation, ImportSamplesMutationVariables>(`
  mutation ImportSamples {
    importSamples {
      started
    }
  }
`);

/** What to do on the first day, and what of it is done. */
export function FirstRun() {
  const person = usePerson();
  const { data } = useQuery({
    queryKey: ["first steps"],
    queryFn: ({ signal }) => gql(firstSteps, {}, { signal }),
    staleTime: 0,
    refetchInterval: 5000,
  });
  const isAdministrator = person?.administrator === true;
  return (
    <section className={styles.page} aria-labelledby="first-steps">
      <h2 id="first-steps" className={styles.title}>
        {w("title")}
      </h2>
      <p className={styles.text}>{w("text")}</p>
      <ol className={styles.steps}>
        <Step
          title={w("importTitle")}
          text={w("importText")}
          isDone={(data?.images.totalCount ?? 0) > 0}
        >
          <Button look="primary" icon="upload" onPress={() => runCommand("import.choose")}>
            {w("importButton")}
          </Button>
          <code className={styles.code}>micrograph import PATH</code>
          <CopyButton text="micrograph import PATH" />
        </Step>
        {isAdministrator && (
          <>
            <Demo project={data?.samples.nodes[0]?.id} />
            <Step
              title={w("groupTitle")}
              text={w("groupText")}
              isDone={(data?.experimenterGroups.totalCount ?? 0) > OWN_GROUPS}
            >
              <Link href="/admin/groups?new" className={styles.link}>
                {w("groupButton")}
              </Link>
            </Step>
            <Step
              title={w("inviteTitle")}
              text={w("inviteText")}
              isDone={(data?.experimenters.totalCount ?? 0) > OWN_PEOPLE}
            >
              <Link href="/admin/users" className={styles.link}>
                {w("inviteButton")}
              </Link>
            </Step>
          </>
        )}
        <Step title={w("keysTitle")} text={w("keysText")}>
          <Button look="outline" icon="keyboard" onPress={() => runCommand("shell.shortcuts")}>
            {w("keysButton")}
          </Button>
        </Step>
        <Step title={w("queryTitle")} text={w("queryText")}>
          <Button look="outline" icon="code" onPress={() => runCommand("browse.query")}>
            {w("queryButton")}
          </Button>
        </Step>
      </ol>
    </section>
  );
}

/** Groups and accounts that every Micrograph begins with. */
const OWN_GROUPS = 1;
const OWN_PEOPLE = 1;

function Demo({ project }: { project: string | undefined }) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const openTray = useImporting((state) => state.openTray);
  const make = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await gql(importSamples, {});
      openTray();
    } catch (error) {
      setProblem(asApiError(error));
      setBusy(false);
    }
  };
  return (
    <Step title={w("demoTitle")} text={w("demoText")} isDone={project !== undefined}>
      {project === undefined ? (
        <Button look="outline" icon="layers" isDisabled={isBusy} onPress={() => void make()}>
          {w("demoButton")}
        </Button>
      ) : (
        <Link href={`/project/${project.slice(project.indexOf(":") + 1)}`} className={styles.link}>
          {w("demoOpen")}
        </Link>
      )}
      <p role="status" className={styles.text}>
        {isBusy && project === undefined && w("demoBusy")}
      </p>
      {problem !== null && (
        <p role="alert" className={styles.problem}>
          {[problem.message, problem.remedy].filter(Boolean).join(" ")}
        </p>
      )}
    </Step>
  );
}

function Step({
  title,
  text,
  isDone = false,
  children,
}: {
  title: string;
  text: string;
  isDone?: boolean;
  children: React.ReactNode;
}) {
  return (
    <li className={classes(styles.step, isDone && styles.done)}>
      <span className={styles.mark}>
        {isDone && (
          <>
            <Icon name="check" />
            <span className="spoken">{w("done")}</span>
          </>
        )}
      </span>
      <div className={styles.body}>
        <h3>{title}</h3>
        <p className={styles.text}>{text}</p>
        <div className={styles.acts}>{children}</div>
      </div>
    </li>
  );
}
