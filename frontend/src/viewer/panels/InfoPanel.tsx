import { detailsOf } from "../data/details";
import type { ImageFacts } from "../state/facts";
import styles from "./Inspector.module.css";

/** Everything known about the image, in groups. */
export function InfoPanel({ facts }: { facts: ImageFacts }) {
  return (
    <div className={styles.groups}>
      {(facts.answer ? detailsOf(facts.answer) : []).map(({ title, rows }) => (
        <section key={title} className={styles.group}>
          <h3 className={styles.groupTitle}>{title}</h3>
          <dl>
            {rows.map(([label, text]) => (
              <div key={label} className={styles.row}>
                <dt className={styles.label}>{label}</dt>
                <dd className={styles.text}>{text}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

export default InfoPanel;
