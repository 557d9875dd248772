import type { ReactElement, ReactNode } from "react";
import {
  Button as AriaButton,
  type ButtonProps as AriaButtonProps,
  ToggleButton as AriaToggleButton,
  type ToggleButtonProps as AriaToggleButtonProps,
  Tooltip as AriaTooltip,
  TooltipTrigger,
} from "react-aria-components";
import { keyLabel } from "../commands/keys";
import { commandOf } from "../commands/registry";
import styles from "./Button.module.css";
import { classes } from "./classes";
import { Icon, type IconName } from "./Icon";

type Look = "plain" | "outline" | "primary" | "danger";

interface OwnProps {
  look?: Look;
  icon?: IconName;
  /** The command this button runs: its key is shown. */
  command?: string;
  className?: string;
  children?: ReactNode;
}

type ButtonProps = OwnProps & Omit<AriaButtonProps, "className" | "children" | "style">;

function lookClass(look: Look | undefined, isIcon: boolean, className?: string): string {
  return classes(styles.button, styles[look ?? "plain"], isIcon && styles.icon, className);
}

/** A button with words. */
export function Button({ look, icon, command, className, children, ...rest }: ButtonProps) {
  return (
    <AriaButton {...rest} className={lookClass(look, false, className)}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
      {command !== undefined && <KeyOf command={command} />}
    </AriaButton>
  );
}

type NamedIcon = { icon: IconName; label: string };

/** A button with a picture only; its name is its tooltip. */
export function IconButton({
  look,
  icon,
  label,
  command,
  className,
  ...rest
}: Omit<ButtonProps, "icon" | "children"> & NamedIcon) {
  return (
    <WithTooltip label={label} command={command}>
      <AriaButton {...rest} aria-label={label} className={lookClass(look, true, className)}>
        <Icon name={icon} />
      </AriaButton>
    </WithTooltip>
  );
}

/** A picture that is on or off. */
export function IconToggle({
  look,
  icon,
  label,
  command,
  className,
  ...rest
}: OwnProps & NamedIcon & Omit<AriaToggleButtonProps, "className" | "children" | "style">) {
  return (
    <WithTooltip label={label} command={command}>
      <AriaToggleButton {...rest} aria-label={label} className={lookClass(look, true, className)}>
        <Icon name={icon} />
      </AriaToggleButton>
    </WithTooltip>
  );
}

/** Says what a control does, and by which key, when it is pointed at or focused. */
export function WithTooltip({
  label,
  command,
  children,
}: {
  label: string;
  command?: string | undefined;
  children: ReactElement;
}) {
  return (
    <TooltipTrigger delay={500} closeDelay={80}>
      {children}
      <AriaTooltip className={styles.tooltip} offset={6}>
        {label}
        {command !== undefined && <KeyOf command={command} />}
      </AriaTooltip>
    </TooltipTrigger>
  );
}

/** The first key of a command; nothing when it has none. */
export function KeyOf({ command }: { command: string }) {
  const key = commandOf(command)?.keys[0];
  return key === undefined ? null : <kbd>{keyLabel(key)}</kbd>;
}
