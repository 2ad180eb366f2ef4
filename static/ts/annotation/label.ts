/** The labeling page: puts the parts together. */
import { api } from "../core/api";
import { readBoot } from "../core/boot";
import { byId } from "../core/dom";
import { openStore } from "../core/idb";
import { autoAdvance } from "./auto_advance";
import { Breaks } from "./breaks";
import { wordChanges } from "./changes";
import { showSheet } from "./dialogs";
import { Drafts } from "./drafts";
import type { LocalDraft } from "./drafts";
import { Edits } from "./edits";
import { practiceFeedback } from "./feedback";
import { Guidelines } from "./guidelines";
import { History } from "./history";
import { handleKey } from "./keyboard";
import type { Actions } from "./keyboard";
import { hintFor, isTextTarget } from "./keys";
import type { ActionId } from "./keys";
import { Leases } from "./leases";
import { Outbox } from "./outbox";
import type { OutboxEntry, OutboxState } from "./outbox";
import { PastItems } from "./past";
import { Pause } from "./pause";
import { Plugs } from "./plugs";
import { ItemQueue } from "./queue";
import { Queues } from "./queues";
import { chipFor, SaveChip } from "./save_chip";
import { Screen } from "./screen";
import { Settings } from "./settings";
import { Stopwatch } from "./stopwatch";
import { takeUpStrays } from "./strays";
import { SuggestionPanel } from "./suggestion";
import { OneTab } from "./tabs";
import type { Annotation, Boot } from "./types";
import { Unsaved } from "./unsaved";
import { View } from "./view";

const FLUSH_MS = 15_000;
/** Back after so long, what is in hand may have been worked on elsewhere. */
const AWAY_MS = 60_000;

async function start(boot: Boot, view: View, settings: Settings, leaving: () => boolean): Promise<() => Promise<void>> {
  const project = `${boot.api}/projects/${boot.project.slug}`;
  const [outboxStore, draftStore] = await Promise.all([openStore<OutboxEntry>("concord-outbox"), openStore<LocalDraft>("concord-drafts")]);
  const guidelines = new Guidelines(boot.guideline, api, project);
  const [edits, stopwatch, plugs] = [new Edits(), new Stopwatch(), new Plugs()];
  const history: History = new History(() => queues.earlier());
  const unkept = () => view.notice("storage", "warn", "This browser keeps nothing for this site. Do not close the page while something is not saved.");
  let ready = false;
  const showState = () => {
    if (!ready) return;
    chip.show(chipFor(outbox.state, drafts.state));
    queues.show();
  };
  const drafts: Drafts = new Drafts({
    api, base: boot.api, owner: boot.user_id, project: boot.project.slug, store: draftStore.store,
    listener: {
      changed: showState,
      leaseLost: (assignment) => screen.elsewhere.lost(assignment),
      submitted: (assignment) => screen.elsewhere.submitted(assignment),
      rivalled: (held, rival) => screen.elsewhere.rivalled(held, rival),
      refused: (problem) => view.notice("draft", "bad", `The draft is kept in this browser only: ${problem.message}`),
      signedOut: () => screen.supply.sayNoSession(),
      unkept,
    },
  });
  await drafts.open();
  let signedOut = false;
  const onState = (state: OutboxState) => {
    if (!ready) return;
    showState();
    if (state.signedOut !== signedOut) (signedOut = state.signedOut) ? screen.supply.sayNoSession() : screen.supply.sayBack();
    if (state.failed === 0) view.clearNotice("unsaved");
  };
  const onSent = (entry: OutboxEntry, data: unknown, etag: string | null) => {
    if (entry.kind === "annotation") history.sent(entry.key, data as Annotation, etag);
    if (entry.kind === "edit") past.edited(entry.path.split("/").at(-1) ?? "", data as Annotation, etag);
  };
  const outbox: Outbox = await Outbox.open({
    store: outboxStore.store, api, owner: boot.user_id,
    whoami: async () => (await api.get<{ user: { id: string } }>(`${boot.api}/whoami`)).data.user.id,
    listener: { sent: onSent, refused: (entry, problem) => void unsaved.refused(entry, problem), changed: onState, unkept },
  });
  const queue = new ItemQueue(api, `${project}/next`, { busy: () => outbox.assignments, arrived: (held) => drafts.restore(held) });
  const screen: Screen = new Screen({
    boot, api, view, queue, drafts, guidelines, history, edits, plugs, stopwatch,
    outbox: () => outbox, renew: (assignment) => void leases.renew(assignment), counted: showState, refilled: showState, parked: () => unsaved.tell(),
  });
  const past = new PastItems(screen);
  const unsaved = new Unsaved(screen);
  const queues: Queues = new Queues(screen, past);
  const chip = new SaveChip(byId("save-chip"), byId<HTMLButtonElement>("save-retry"), () => void outbox.retry().then(() => drafts.save()));
  const leases: Leases = new Leases(
    api,
    boot.api,
    () => [...(screen.current && !screen.binding ? [screen.current] : []), ...queue.all].map((held) => held.assignment),
    () => Date.now() + queue.clockOffset,
    {
      warn: (seconds) => {
        const key = hintFor("keep");
        view.notice("lease", "warn", `The time for this item ends in ${seconds} seconds.${key ? ` Press ${key} to keep it.` : ""}`, [{ label: "Keep it", run: () => leases.keep() }]);
      },
      calm: () => view.clearNotice("lease"),
      lost: (assignment) => screen.elsewhere.lost(assignment),
      submitted: (assignment) => screen.elsewhere.submitted(assignment),
    },
  );
  const pause = new Pause({ view, stopwatch, drafts, leases, isBusy: () => screen.onScreen !== null });
  const breaks = new Breaks(settings.now.break_minutes, { hint: (minutes) => pause.suggest(minutes, breaks, () => void showSheet()) }, sessionStorage);
  const auto = autoAdvance({ on: () => settings.now.auto_advance, isPicked: () => view.form.isPicked, submit: () => void screen.submit() });
  plugs.add(auto);
  const suggestions = new SuggestionPanel({
    // what a model suggested is looked at before it is sent: nothing goes on by itself
    form: view.form, changed: () => void (screen.changed(), auto.stop()), announce: (words) => view.announce(words), expected: boot.suggestions === true,
  });
  plugs.add(suggestions);
  plugs.add(practiceFeedback({
    interlude: (...content) => view.showInterlude(...content), known: (number) => guidelines.peek(number),
    announce: (words) => view.announce(words), back: `/p/${boot.project.slug}/practice/`, before: byId("before-questions"), fields: boot.fields,
  }));
  plugs.add(wordChanges({ view, slug: boot.project.slug, known: (number) => guidelines.peek(number), memory: localStorage }));

  ready = true;
  tieView(view, screen);
  settings.onChange = () => {
    breaks.interval = settings.now.break_minutes;
    view.reprintKeys();
    if (screen.current) void screen.show((screen.remember(), screen.current));
  };
  const actions: Actions = {
    ...actionsOf({ view, screen, past, drafts, leases }),
    "take-up": () => suggestions.takeAll(),
    "put-away": () => suggestions.putAway(),
  };
  const act = (id: ActionId) => (id === "undo" || id === "redo" ? edits.quietly(() => view.form.act(id)) : view.form.act(id));
  const touched = () => {
    leases.touched();
    stopwatch.touched();
    breaks.touched();
    auto.stop();
  };
  document.addEventListener("keydown", (event) => {
    touched();
    if (!pause.isOn && handleKey(event, settings.keys, actions, view.form, act)) event.preventDefault();
  });
  document.addEventListener("pointerdown", touched);
  view.onAction((id) => void (act(id) || actions[id]?.()));
  view.note.addEventListener("input", () => screen.changed());
  byId("form").addEventListener("submit", (event) => event.preventDefault());
  byId("empty-retry").addEventListener("click", () => void screen.supply.refill());
  settings.attach();
  guardWork({ outbox, drafts, screen, leaving });

  if (!outboxStore.lasting) unkept();
  leases.start();
  breaks.start();
  showState();
  void outbox.retry();
  await screen.advance();
  await takeUpStrays(screen);
  return async () => {
    outbox.stop();
    await drafts.save();
  };
}

/** The form and the guideline panel were built before there was a screen to tell. */
function tieView(view: View, screen: Screen): void {
  view.listener.changed = () => screen.changed();
}

interface Acting {
  view: View;
  screen: Screen;
  past: PastItems;
  drafts: Drafts;
  leases: Leases;
}

function actionsOf({ view, screen, past, drafts, leases }: Acting): Actions {
  const submit = () => void (past.isLooking ? past.save() : screen.submit());
  const toggleGuideline = (): void => {
    const open = !view.guidelineOpen;
    view.setGuideline(open);
    if (!open) view.form.focusFirstOpen();
  };
  const back = (): void => {
    // typing has the single keys; leaving the text gives them back
    if (byId("questions").contains(document.activeElement) && isTextTarget(document.activeElement)) return byId("item").focus();
    if (past.isLooking) void past.leave();
    else if (view.guidelineIsDrawer && view.guidelineOpen) toggleGuideline();
    else view.form.focusFirstOpen();
  };
  return {
    submit,
    "submit-from-text": submit,
    draft: () => void drafts.save(),
    undo: () => void past.undo(),
    redo: () => void past.redo(),
    previous: () => void past.step(-1),
    next: () => void past.step(1),
    skip: () => void screen.skip(),
    flag: () => screen.flag(),
    unclear: () => void screen.reportUnclear(),
    note: () => view.openNote(),
    guideline: toggleGuideline,
    definition: () => {
      view.setGuideline(true);
      view.panel.focusClause();
    },
    filter: () => view.form.focusFilter(),
    keep: () => leases.keep(),
    sheet: () => void showSheet(),
    back,
  };
}

interface Guarded {
  outbox: Outbox;
  drafts: Drafts;
  screen: Screen;
  leaving: () => boolean;
}

function guardWork({ outbox, drafts, screen, leaving }: Guarded): void {
  let hiddenAt = 0;
  const send = (): void => {
    void outbox.flush();
    void drafts.save();
  };
  window.addEventListener("online", () => {
    void outbox.retry();
    void drafts.save();
    if (!screen.busy) void screen.supply.refill();
  });
  window.addEventListener("focus", send);
  setInterval(send, FLUSH_MS);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      hiddenAt = Date.now();
      void drafts.save(true);
      return;
    }
    send();
    if (Date.now() - hiddenAt > AWAY_MS) void screen.supply.refill();
  });
  window.addEventListener("beforeunload", (event) => {
    const { queued, failed, signedOut } = outbox.state;
    // on the way to the sign-in page nothing is lost: the work waits in this browser
    if (queued + failed > 0 && !signedOut && !leaving()) event.preventDefault();
    void drafts.save(true);
  });
}

function main(): void {
  const boot = readBoot<Boot>("boot");
  const settings = new Settings(api, boot.preferences);
  const view: View = new View(boot.fields, {
    changed: () => undefined,
    focused: (question, label) => view.panel.follow(question, label),
    announce: (words) => view.announce(words),
  });
  let leaving = false;
  // signing out has sent what waits, or the person was asked
  document.addEventListener("concord:leaving", () => (leaving = true));
  let started: Promise<() => Promise<void>> | null = null;
  const tab: OneTab = new OneTab(`concord:label:${boot.project.slug}:${boot.user_id}`, {
    mine: () => void (started ??= start(boot, view, settings, () => leaving)),
    elsewhere: () => view.showElsewhere(() => tab.takeOver()),
    taken: () => {
      leaving = true;
      // what is not saved is in this browser, where the other window finds it
      void started?.then((stop) => stop()).finally(() => window.location.reload());
    },
  });
  tab.start();
}

main();
