/** The labeling page: puts the parts together. */
import { api } from "../core/api";
import { readBoot } from "../core/boot";
import { byId } from "../core/dom";
import { openStore } from "../core/idb";
import { showSheet } from "./dialogs";
import { Drafts } from "./drafts";
import { Guidelines } from "./guidelines";
import { History } from "./history";
import { handleKey } from "./keyboard";
import type { Actions } from "./keyboard";
import { isTextTarget } from "./keys";
import { Leases } from "./leases";
import { Outbox } from "./outbox";
import type { OutboxEntry, OutboxState } from "./outbox";
import { PastItems } from "./past";
import { ItemQueue } from "./queue";
import { chipFor, SaveChip } from "./save_chip";
import { Screen } from "./screen";
import type { Annotation, Boot } from "./types";
import { View } from "./view";

const FLUSH_MS = 15_000;
const SINGLE_KEYS = "concord:single-keys";

const boot = readBoot<Boot>("boot");
const project = `${boot.api}/projects/${boot.project.slug}`;
const history = new History();
const guidelines = new Guidelines(boot.guideline, api, project);
const settings = { singleKeys: localStorage.getItem(SINGLE_KEYS) !== "off" };
const view = new View(boot.fields, {
  changed: () => screen.changed(),
  focused: (question, label) => view.panel.follow(question, label),
  announce: (words) => view.announce(words),
});
const chip = new SaveChip(byId("save-chip"), byId<HTMLButtonElement>("save-retry"), () => void outbox.retry());
const showChip = () => chip.show(chipFor(outbox.state, drafts.pending));
const drafts = new Drafts(api, boot.api, {
  changed: showChip,
  leaseLost: (assignment) => void screen.lost(assignment),
});
const queue = new ItemQueue(api, `${project}/next`, () => outbox.assignments);
const screen = new Screen({ boot, api, view, queue, drafts, guidelines, history, outbox: () => outbox });
const past = new PastItems(screen);
const leases = new Leases(
  api,
  boot.api,
  () => [...(screen.current ? [screen.current] : []), ...queue.all].map((held) => held.assignment),
  () => Date.now() + queue.clockOffset,
  {
    warn: (seconds) =>
      view.notice("lease", "warn", `The time for this item ends in ${seconds} seconds. Press E to keep it.`, [{ label: "Keep it", run: () => leases.keep() }]),
    calm: () => view.clearNotice("lease"),
    lost: (assignment) => void screen.lost(assignment),
  },
);
let outbox: Outbox;

function onSent(entry: OutboxEntry, data: unknown, etag: string | null): void {
  if (entry.kind === "annotation") history.sent(entry.key, (data as Annotation).id, etag);
}

function onState(state: OutboxState): void {
  chip.show(chipFor(state, drafts.pending));
  if (state.signedOut) screen.sayNoSession();
}

function toggleGuideline(): void {
  const open = !view.guidelineOpen;
  view.setGuideline(open);
  if (!open) view.form.focusFirstOpen();
}

function define(): void {
  view.setGuideline(true);
  view.panel.focusClause();
}

function back(): void {
  // typing has the single keys; leaving the text gives them back
  if (byId("questions").contains(document.activeElement) && isTextTarget(document.activeElement)) return byId("item").focus();
  if (past.isLooking) void past.back();
  else if (view.guidelineIsDrawer && view.guidelineOpen) toggleGuideline();
  else view.form.focusFirstOpen();
}

const submit = () => void (past.isLooking ? past.save() : screen.submit());
const actions: Actions = {
  submit,
  "submit-from-text": submit,
  draft: () => void drafts.save(),
  undo: () => void past.undo(),
  previous: () => void past.step(-1),
  next: () => void past.step(1),
  skip: () => void screen.skip(),
  flag: () => screen.flag(),
  unclear: () => void screen.reportUnclear(),
  note: () => view.openNote(),
  guideline: toggleGuideline,
  definition: define,
  filter: () => view.form.focusFilter(),
  keep: () => leases.keep(),
  sheet: () => void showSheet(),
  back,
};

function listen(): void {
  document.addEventListener("keydown", (event) => {
    leases.touched();
    if (handleKey(event, settings, actions, view.form)) event.preventDefault();
  });
  document.addEventListener("pointerdown", () => leases.touched());
  view.onAction((id) => void (view.form.act(id) || actions[id]?.()));
  view.note.addEventListener("input", () => screen.changed());
  byId("form").addEventListener("submit", (event) => event.preventDefault());
  byId("empty-retry").addEventListener("click", () => void screen.refill());
  const single = byId<HTMLInputElement>("single-keys");
  single.checked = settings.singleKeys;
  single.addEventListener("change", () => {
    settings.singleKeys = single.checked;
    localStorage.setItem(SINGLE_KEYS, single.checked ? "on" : "off");
  });
}

function guardWork(): void {
  window.addEventListener("online", () => {
    void outbox.flush();
    if (!screen.current) void screen.refill();
  });
  setInterval(() => void outbox.flush(), FLUSH_MS);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) void drafts.save(true);
  });
  window.addEventListener("beforeunload", (event) => {
    const { queued, failed, signedOut } = outbox.state;
    // on the way to the sign-in page nothing is lost: the work waits in this browser
    if (queued + failed > 0 && !signedOut) event.preventDefault();
    void drafts.save(true);
  });
}

async function start(): Promise<void> {
  const { store, lasting } = await openStore<OutboxEntry>("concord-outbox");
  const listener = {
    sent: onSent,
    refused: (entry: OutboxEntry, problem: Parameters<Screen["refused"]>[1]) => void screen.refused(entry, problem),
    changed: (state: OutboxState) => onState(state),
  };
  outbox = await Outbox.open({ store, api, owner: boot.user_id, listener });
  if (!lasting) view.notice("storage", "warn", "This browser keeps nothing for this site. Do not close the page while the connection is away.");
  view.showProgress(boot.progress.done, boot.progress.left);
  listen();
  guardWork();
  leases.start();
  void outbox.flush();
  await screen.advance();
}

void start();
