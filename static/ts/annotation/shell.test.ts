import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { autoAdvance, IN_SIGHT_MS } from "./auto_advance";
import { Breaks } from "./breaks";
import { wordChanges } from "./changes";
import { History } from "./history";
import { Plugs } from "./plugs";
import { hold } from "./queue";
import type { Held } from "./queue";
import { answersOf, excerptOf, pastOf } from "./queues";
import { Stopwatch } from "./stopwatch";
import { OneTab } from "./tabs";
import type { Annotation, Guideline } from "./types";

const MINUTE = 60_000;

function held(id: string): Held {
  return hold({ id, fence: 1, round: "r", expires_at: "", item: { id: `item-${id}`, fields: {} }, guideline_version: 1, suggestion: null, draft: null });
}

beforeEach(() => vi.useFakeTimers({ now: 0 }));
afterEach(() => vi.useRealTimers());

describe("auto-advance", () => {
  const make = (on: boolean) => {
    const [submit, isPicked] = [vi.fn(), vi.fn().mockReturnValue(true)];
    return { submit, isPicked, auto: autoAdvance({ on: () => on, isPicked, submit }) };
  };

  it("leaves the choice in sight for 350 ms at least, then submits once", () => {
    const { auto, submit } = make(true);
    expect(IN_SIGHT_MS).toBeGreaterThanOrEqual(350);
    auto.changed?.(held("a"));
    vi.advanceTimersByTime(349);
    expect(submit).not.toHaveBeenCalled();
    vi.advanceTimersByTime(IN_SIGHT_MS);
    expect(submit).toHaveBeenCalledTimes(1);
  });

  it("is stopped by any key, by an unfinished form, and unless it was chosen", () => {
    const first = make(true);
    first.auto.changed?.(held("a"));
    first.auto.stop();
    const second = make(true);
    second.auto.changed?.(held("a"));
    second.isPicked.mockReturnValue(false);
    const third = make(false);
    third.auto.changed?.(held("a"));
    vi.advanceTimersByTime(5_000);
    for (const { submit } of [first, second, third]) expect(submit).not.toHaveBeenCalled();
  });
});

describe("pauses", () => {
  const work = (breaks: Breaks, minutes: number) => {
    for (let done = 0; done < minutes; done += 1) {
      vi.advanceTimersByTime(MINUTE);
      breaks.touched();
      breaks.check();
    }
  };
  const memory = () => {
    const kept = new Map<string, string>();
    return { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
  };

  it("are spoken of after long work, and again ten minutes later", () => {
    const hint = vi.fn();
    const breaks = new Breaks(50, { hint }, memory());
    work(breaks, 49);
    expect(hint).not.toHaveBeenCalled();
    work(breaks, 2);
    expect(hint.mock.calls).toEqual([[50]]);
    work(breaks, 8);
    expect(hint).toHaveBeenCalledTimes(1);
    work(breaks, 2);
    expect(hint).toHaveBeenCalledTimes(2);
  });

  it("happen by themselves, and can be switched off", () => {
    const hint = vi.fn();
    const breaks = new Breaks(50, { hint }, memory());
    work(breaks, 40);
    vi.advanceTimersByTime(6 * MINUTE);
    work(breaks, 40);
    expect(hint).not.toHaveBeenCalled();
    breaks.interval = 0;
    work(breaks, 100);
    expect(hint).not.toHaveBeenCalled();
  });

  it("are not forged by a reload", () => {
    const [hint, kept] = [vi.fn(), memory()];
    work(new Breaks(50, { hint }, kept), 30);
    work(new Breaks(50, { hint }, kept), 21);
    expect(hint).toHaveBeenCalledTimes(1);
  });
});

describe("stopwatch", () => {
  it("leaves out a pause and a long absence", () => {
    let now = 0;
    const watch = new Stopwatch(() => now);
    watch.start(500);
    now += 1_000;
    watch.pause();
    now += 60_000;
    watch.resume();
    now += 1_000;
    expect(watch.elapsed).toBe(2_500);
    now += 20 * MINUTE;
    watch.touched();
    expect(watch.elapsed).toBe(1_500);
  });
});

describe("history", () => {
  const row = (annotation: string) => pastOf({ annotation, at: "2026-01-01T00:00:00Z", answers: { q: annotation }, note: "", flagged: false, unclear: null, guideline_version: 1, item: { id: `item-${annotation}`, fields: {} }, sides: null });

  it("puts what was submitted elsewhere before what was submitted here, ten in all", async () => {
    const earlier = Array.from({ length: 10 }, (_, number) => row(`e${number}`));
    const history = new History(() => Promise.resolve([...earlier, row("mine")]));
    history.add(held("1"), "k1");
    history.sent("k1", { id: "mine" } as Annotation, '"1"');
    await history.loadEarlier();
    expect(history.length).toBe(10);
    expect(history.last()?.key).toBe("k1");
    expect(history.at(0)?.annotation).toBe("e1");
  });

  it("asks again after a failure, once after a success", async () => {
    const fetch = vi.fn().mockRejectedValueOnce(new Error("away")).mockResolvedValue([row("e")]);
    const history = new History(fetch);
    await expect(history.loadEarlier()).rejects.toThrow("away");
    await history.loadEarlier();
    await history.loadEarlier();
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it("does again only what was taken back last, until something new is submitted", () => {
    const history = new History();
    history.keepTaken(held("2"));
    history.keepTaken(held("1"));
    expect(history.popTaken("item-2")).toBeNull();
    expect(history.popTaken("item-1")?.assignment.id).toBe("1");
    history.forgetTaken();
    expect(history.popTaken("item-2")).toBeNull();
  });

  it("tells whoever waits what became of a submit", async () => {
    const history = new History();
    const [sent, refused] = [history.add(held("1"), "k1"), history.add(held("2"), "k2")];
    history.sent("k1", { id: "n" } as Annotation, null);
    history.refused("k2");
    expect([(await sent.settled)?.id, await refused.settled]).toEqual(["n", null]);
    expect(history.length).toBe(1);
  });
});

describe("an excerpt", () => {
  const text = { name: "text", type: "text", title: "Text" } as const;
  it("is the beginning of what there is to read, cut between letters", () => {
    expect(excerptOf({ id: "i", fields: { text: " a\n b " } }, [{ name: "img", type: "image", title: "" }, text])).toBe("a b");
    const long = "👩".repeat(200);
    expect([...excerptOf({ id: "i", fields: { text: long } }, [text])]).toHaveLength(91);
    expect(excerptOf({ id: "i", fields: {} }, [text])).toBe("An item without text");
    const talk = { name: "talk", type: "chat" as const, title: "" };
    expect(excerptOf({ id: "i", fields: { talk: [{ role: "user", content: "Who?" }, { role: "assistant", content: "Ann." }] } }, [talk])).toBe("Who? Ann.");
  });
});

describe("a change of words", () => {
  it("is a banner, once for each version, and none on the first visit", () => {
    const notice = vi.fn();
    const kept = new Map<string, string>();
    const memory = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
    const plug = wordChanges({ view: { notice } as never, slug: "p", known: (number) => ({ number, change: number === 3 ? "semantic" : "editorial", note: "Clearer." }) as Guideline, memory });
    const show = (version: number) => plug.shown?.({ ...held("a"), assignment: { ...held("a").assignment, guideline_version: version } }, false);
    for (const version of [1, 2, 2, 3]) show(version);
    expect(notice).toHaveBeenCalledTimes(1);
    expect(notice.mock.calls[0]?.[2]).toBe("The guideline says the same in other words since version 2: Clearer.");
  });
});

describe("plugs", () => {
  it("are called in order, and keep the next item back only where one asks for it", async () => {
    const plugs = new Plugs();
    const fate = Promise.resolve(null);
    plugs.add({ beforeSubmit: (_, body) => (body["extra"] = 1), afterSubmit: () => undefined });
    expect(plugs.afterSubmit(held("a"), fate)).toBeNull();
    plugs.add({ afterSubmit: () => Promise.reject(new Error("feedback failed")) });
    await expect(plugs.afterSubmit(held("a"), fate)).resolves.toBeDefined();
    const body: Record<string, unknown> = {};
    plugs.beforeSubmit(held("a"), body);
    expect(body).toEqual({ extra: 1 });
  });
});

describe("one window at a time", () => {
  /** As the browser has it: one holder, others wait, stealing ends the holder's promise with an error. */
  function locks() {
    let holder: { reject: (error: Error) => void } | null = null;
    const waiting: (() => void)[] = [];
    const request = (_: string, { steal }: LockOptions, got: () => Promise<unknown>) =>
      new Promise((_resolve, reject) => {
        const take = () => {
          holder?.reject(new Error("stolen"));
          holder = { reject };
          void got();
        };
        if (steal || !holder) take();
        else waiting.push(take);
      });
    return { manager: { request } as unknown as LockManager, leave: () => ((holder = null), waiting.shift()?.()) };
  }
  const window = (manager: LockManager) => {
    const told = { mine: vi.fn(), elsewhere: vi.fn(), taken: vi.fn() };
    const tab = new OneTab("p", told, manager);
    tab.start();
    return { tab, ...told };
  };

  it("a second one is told, may take over, and the first is told then", async () => {
    const { manager } = locks();
    const [first, second] = [window(manager), window(manager)];
    await vi.advanceTimersByTimeAsync(2_000);
    expect([first.mine, second.mine, first.elsewhere, second.elsewhere].map((call) => call.mock.calls.length)).toEqual([1, 0, 0, 1]);
    second.tab.takeOver();
    await vi.advanceTimersByTimeAsync(0);
    expect([second.mine, first.taken, second.taken].map((call) => call.mock.calls.length)).toEqual([1, 1, 0]);
  });

  it("a second one goes on by itself once the first is closed, as after a reload", async () => {
    const { manager, leave } = locks();
    window(manager);
    const second = window(manager);
    leave();
    await vi.advanceTimersByTimeAsync(2_000);
    expect([second.mine, second.elsewhere].map((call) => call.mock.calls.length)).toEqual([1, 0]);
  });
});

describe("answers of one's own in the list", () => {
  it("stand after their titles in the order of the schema", () => {
    const questions = [
      { name: "tone", kind: "choice", title: "Tone", labels: [{ value: "calm", title: "Calm" }] },
      { name: "better", kind: "preference", title: "Which is better?", fields: ["x", "y"], extra: ["tie"] },
      { name: "absent", kind: "text", title: "Why?" },
      { name: "bare", kind: "rating", title: "" },
    ];
    const row = { item: { id: "i", fields: {} }, sides: null, answers: { bare: 4, better: "tie", former: "so", tone: "calm" } };
    expect(answersOf(row, questions)).toBe("Tone: Calm · Which is better?: Tie · bare: 4 · former: so");
  });
});
