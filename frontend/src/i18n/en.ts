/** All words of the interface. Sentence case, verb first, no internals. */
export const en = {
  "app.name": "Micrograph",
  "app.skip": "Skip to the content",
  "viewer.loading": "Opening the image",

  "action.close": "Close",
  "action.retry": "Try again",
  "action.copy": "Copy",
  "action.copied": "Copied",
  "action.cancel": "Cancel",

  "shell.person": "You and this browser",
  "shell.personOf": "{name}: appearance, shortcuts, sign out",
  "shell.resize": "Width of the inspector",

  "theme.system": "As the system",
  "theme.dark": "Dark",
  "theme.light": "Light",

  "command.palette": "Find a place or command",
  "command.shortcuts": "Keyboard shortcuts",
  "command.inspector": "Show or hide the inspector",
  "command.sidebar": "Show or hide the hierarchy",
  "command.nextRegion": "Go to the next region",
  "command.previousRegion": "Go to the previous region",
  "command.home": "Go to all images",
  "command.orphaned": "Go to images in no dataset",
  "command.developer": "Open GraphiQL",
  "command.dark": "Use the dark theme",
  "command.light": "Use the light theme",
  "command.system": "Use the system's theme",

  "palette.placeholder": "Go to, or run a command",
  "palette.results": "Results",
  "palette.command": "Command",
  "palette.none": "Nothing is called “{typed}”.",

  "shortcuts.everywhere": "Everywhere",
  "shortcuts.browser": "Browser",
  "shortcuts.viewer": "Viewer",

  "session.signOut": "Sign out",

  "missing.title": "There is no such page",
  "missing.text": "The address may be mistyped, or the page was moved.",
  "missing.home": "Go to all images",
} as const;

/** The key of a message. */
export type Message = keyof typeof en;
