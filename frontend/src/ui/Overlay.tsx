import type { ReactNode } from "react";
import {
  Popover as AriaPopover,
  type PopoverProps as AriaPopoverProps,
  Dialog,
  Heading,
  Menu,
  MenuItem,
  MenuTrigger,
  Modal,
  ModalOverlay,
  Separator,
} from "react-aria-components";
import { t } from "../i18n";
import { IconButton, KeyOf } from "./Button";
import { classes } from "./classes";
import { Icon, type IconName } from "./Icon";
import styles from "./Overlay.module.css";

/** A window over the page that takes the keyboard until it is closed. */
export function ModalDialog({
  title,
  isOpen,
  onClose,
  size = "medium",
  hideTitle = false,
  children,
}: {
  title: string;
  isOpen: boolean;
  onClose(): void;
  size?: "medium" | "wide";
  hideTitle?: boolean;
  children: ReactNode;
}) {
  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose()}
      isDismissable
      className={styles.backdrop}
      data-modal=""
    >
      <Modal className={classes(styles.modal, styles[size])}>
        <Dialog className={styles.dialog} aria-label={title}>
          {!hideTitle && (
            <header className={styles.head}>
              <Heading slot="title" level={2}>
                {title}
              </Heading>
              <IconButton icon="close" label={t("action.close")} onPress={onClose} />
            </header>
          )}
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** A panel that slides over the page from one side, where there is no room beside it. */
export function Drawer({
  title,
  side,
  isOpen,
  onClose,
  children,
}: {
  title: string;
  side: "start" | "end";
  isOpen: boolean;
  onClose(): void;
  children: ReactNode;
}) {
  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose()}
      isDismissable
      className={classes(styles.backdrop, styles.sides)}
      data-modal=""
    >
      <Modal className={classes(styles.drawer, styles[side])}>
        <Dialog className={styles.dialog} aria-label={title}>
          <header className={styles.head}>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <IconButton icon="close" label={t("action.close")} onPress={onClose} />
          </header>
          <div className={styles.drawerBody}>{children}</div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** A box that belongs to the control it points at. Put it beside the control in a DialogTrigger. */
export function Popover({ children, ...rest }: Omit<AriaPopoverProps, "className">) {
  return (
    <AriaPopover offset={4} {...rest} className={styles.popover}>
      {children}
    </AriaPopover>
  );
}

export interface MenuEntry {
  id: string;
  label: string;
  icon?: IconName;
  /** The command whose key is shown. */
  command?: string;
  href?: string;
  /** A choice among others that is the present one. */
  isChosen?: boolean;
  run?(): void;
}

/** A button and its menu. A null among the entries is a line between groups. */
export function MenuButton({
  trigger,
  label,
  entries,
  onOpenChange,
}: {
  trigger: ReactNode;
  label: string;
  entries: readonly (MenuEntry | null)[];
  onOpenChange?(isOpen: boolean): void;
}) {
  return (
    <MenuTrigger {...(onOpenChange === undefined ? {} : { onOpenChange })}>
      {trigger}
      <Popover>
        <Menu className={styles.menu} aria-label={label}>
          {entries.map((entry, index) =>
            entry === null ? (
              // Lines have no identity of their own: their place is it.
              <Separator key={`line-${String(index)}`} className={styles.line} />
            ) : (
              <MenuItem
                key={entry.id}
                id={entry.id}
                textValue={entry.label}
                className={styles.item}
                {...(entry.href === undefined ? {} : { href: entry.href })}
                {...(entry.run === undefined ? {} : { onAction: entry.run })}
              >
                <span className={styles.mark}>
                  {entry.isChosen === true ? (
                    <Icon name="check" />
                  ) : (
                    entry.icon !== undefined && <Icon name={entry.icon} />
                  )}
                </span>
                <span className={styles.label}>{entry.label}</span>
                {entry.command !== undefined && <KeyOf command={entry.command} />}
              </MenuItem>
            ),
          )}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
