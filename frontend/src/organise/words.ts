/** Words of the dialogs that change things, which come with their chunk. */

import { translator } from "../i18n";

const messages = {
  "thing.Image": "{count} {count|image|images}",
  "thing.Dataset": "{count} {count|dataset|datasets}",
  "thing.Plate": "{count} {count|plate|plates}",
  "thing.Project": "{count} {count|project|projects}",
  "thing.Screen": "{count} {count|screen|screens}",
  "thing.TagAnnotation": "{count} {count|tag|tags}",

  "tag.title": "Tag {things}",
  "tag.field": "Tags, separated by commas",
  "tag.hint": "Tick tags that are there, or write new ones above.",
  "tag.list": "Tags that are there",
  "tag.all": "on all",
  "tag.some": "on {count} of {total}",
  "tag.none": "on none",
  "tag.put": "put on all",
  "tag.taken": "taken off",
  "tag.empty": "No tag has these letters: Enter makes it.",
  "tag.submit": "Tag {things}",
  "tag.change": "Change tags of {things}",
  "tag.changed": "Changed tags of {things}: {tags}",
  "tag.done": "Tagged {things}: {tags}",
  "tag.removed": "Took {tags} off {things}",

  "pairs.title": "Key–values of {things}",
  "pairs.key": "Key {number}",
  "pairs.value": "Value {number}",
  "pairs.add": "Add a pair",
  "pairs.remove": "Remove pair {number}",
  "pairs.hint": "Values of the same keys are replaced; other keys stay.",
  "pairs.submit": "Write key–values",
  "pairs.done": "Wrote key–values of {things}",

  "comment.title": "Comment on {things}",
  "comment.field": "Comment",
  "comment.submit": "Comment",
  "comment.done": "Commented on {things}",

  "comment.removed": "Removed a comment",

  "rate.title": "Rate {things}",
  "rate.value": "{count} {count|star|stars}",
  "rate.none": "No rating",
  "rate.submit": "Rate",
  "rate.done": "Rated {things}",

  "move.title": "Move {things}",
  "move.linkTitle": "Put {things} into",
  "move.find": "Name of the target begins with or has",
  "move.targets": "Targets",
  "move.none": "There is no target of that name that you may put things into.",
  "move.keep": "Leave them where they are, too",
  "move.submit": "Move here",
  "move.linkSubmit": "Put here",
  "move.done": "Moved {things} to {name}",
  "move.linked": "Put {things} into {name}",
  "move.same": "They are there already.",

  "unlink.title": "Take {things} out of here",
  "unlink.text":
    "They stay wherever else they are. What is in no other place is found below “In no dataset”.",
  "unlink.submit": "Take out",
  "unlink.done": "Took out {things}",

  "delete.title": "Move {things} to the trash",
  "delete.asking": "Looking what goes along",
  "delete.goes": "Goes to the trash",
  "delete.stays": "Stays, because it is used elsewhere",
  "delete.unlinked": "Links that are cut",
  "delete.note": "Files on disk stay as they are. The trash gives everything back.",
  "delete.submit": "Move to the trash",
  "delete.done": "Moved {things} to the trash",

  "new.project": "New project",
  "new.dataset": "New dataset",
  "new.datasetIn": "New dataset in this project",
  "new.name": "Name",
  "new.description": "Description",
  "new.submit": "Make it",
  "new.done": "Made {name}",

  "rename.title": "Name and description",
  "rename.submit": "Save",
  "rename.done": "Changed {name}",
  "conflict.title": "Somebody else changed it meanwhile",
  "conflict.text": "{who} saved other words at {time}. Choose, or go on editing.",
  "conflict.mine": "Yours",
  "conflict.theirs": "Theirs",
  "conflict.useMine": "Save mine over it",
  "conflict.useTheirs": "Take theirs",

  "problem.none": "There is nothing to change: everything is so already.",
  "problem.some": "{failed} of {count} could not be changed. {message}",
  "problem.alien": "This was undone on the server already.",
} as const;

export type Word = keyof typeof messages;

export const w = translator<Word>(messages);

/** "12 images", "1 plate". */
export function things(type: string, count: number): string {
  return w(`thing.${type}` as Word, { count });
}
