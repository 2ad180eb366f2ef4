/** Where items come from: asking for more in time, and what to say when there are none. */
import { Offline, Problem } from "../core/api";
import { preloadPictures } from "./item_view";
import type { Refill } from "./queue";
import type { Screen } from "./screen";

const LOOK_AGAIN_MS = 5_000;

interface WorkLeft {
  state: string;
  what: string;
  why: string[];
}

export class Supply {
  private mustAcknowledge = false;
  private lookAgain: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly screen: Screen) {}

  /** Nothing is in hand: asks for items, and says so meanwhile. */
  async whenEmpty(): Promise<void> {
    if (this.mustAcknowledge) return this.goAcknowledge();
    this.screen.parts.view.showEmpty({ what: "Getting your items", why: "" });
    return this.refill();
  }

  async refill(): Promise<void> {
    if (this.lookAgain !== null) clearTimeout(this.lookAgain);
    this.lookAgain = null;
    try {
      const answer = await this.screen.parts.queue.refill(this.screen.current ? 1 : 0);
      this.preload();
      await this.afterRefill(answer);
    } catch (error) {
      this.refillFailed(error);
    }
  }

  private preload(): void {
    const { queue, guidelines, boot } = this.screen.parts;
    for (const { assignment } of queue.all) {
      preloadPictures(assignment.item, boot.fields);
      guidelines.load(assignment.guideline_version).catch(() => undefined); // asked again when it is shown
    }
  }

  private async afterRefill(answer: Refill): Promise<void> {
    const { queue, view } = this.screen.parts;
    if (answer.reason === "acknowledgement_required") {
      // the server took open work back; only what is on the screen may still be sent
      this.mustAcknowledge = true;
      queue.clear();
      if (!this.screen.busy) return this.goAcknowledge();
      view.notice("guideline", "info", "A new guideline version was published. You can still submit this item; then you read what changed.");
      return;
    }
    this.screen.elsewhere.reconcile(answer);
    this.screen.parts.refilled();
    if (this.screen.busy) return;
    if (queue.length > 0) return this.screen.advance();
    await this.showNothing(answer);
  }

  /** The server's words for why nothing is left, the same as on the home page; the reason's own where it cannot say. */
  private async showNothing(answer: Refill): Promise<void> {
    const { view, api, boot, queue } = this.screen.parts;
    const told = await api.get<WorkLeft>(`/p/${boot.project.slug}/label/work/`).then(
      (response) => (["nothing", "paused", "try_again"].includes(response.data.state) ? response.data : null),
      () => null,
    );
    if (this.screen.busy || queue.length > 0) return;
    const words = told && { what: told.what, why: told.why.join(" ") };
    const retryMs = answer.retryAfter === null ? null : answer.retryAfter * 1000;
    switch (answer.reason) {
      case "all_leased":
        view.showEmpty({ what: "Others have the last items", why: "Everything left is being labelled right now. This page looks again by itself, in case something comes back.", ...words, retry: true, back: true });
        this.lookAgainIn(retryMs ?? LOOK_AGAIN_MS);
        break;
      case "not_qualified":
        view.showEmpty({ what: "You are not qualified for these items yet", why: "The project asks for a training round first, or reserves the items for other people. A manager of the project can tell you what is missing.", ...words, back: true });
        break;
      default:
        view.showEmpty({ what: "All done", why: "You have labelled everything the project has for you. New items appear here when they arrive.", ...words, retry: true, back: true });
        if (retryMs !== null) this.lookAgainIn(retryMs);
    }
  }

  private lookAgainIn(ms: number): void {
    this.lookAgain = setTimeout(() => void this.refill(), ms);
  }

  private refillFailed(error: unknown): void {
    if (!(error instanceof Offline) && !(error instanceof Problem)) throw error;
    if (error instanceof Problem && error.signedOut) return this.sayNoSession();
    const again = error instanceof Offline || error.temporary;
    if (again) this.lookAgainIn(error instanceof Problem && error.retryAfter !== null ? error.retryAfter * 1000 : LOOK_AGAIN_MS);
    if (this.screen.busy) return;
    const { view } = this.screen.parts;
    if (error instanceof Offline) {
      view.showEmpty({ what: "No connection", why: "Your work is kept in this browser and is sent when the connection is back. So are new items fetched.", retry: true });
    } else {
      view.showEmpty({ what: "The items could not be fetched", why: error.message, retry: true, back: true });
    }
  }

  /** The sign-in opens beside this page, which goes on by itself afterwards. */
  sayNoSession(): void {
    const { view, outbox, drafts } = this.screen.parts;
    const { queued, failed } = outbox().state;
    const kept = queued + failed + drafts.state.unsaved;
    const words =
      kept > 0
        ? `You are signed out. What is not saved yet (${kept}) is kept in this browser and is sent once you are signed in again.`
        : "You are signed out. Sign in again to go on.";
    view.notice("session", "bad", words, [{ label: "Sign in, in a new tab", href: "/accounts/login/?next=/", blank: true }]);
    if (!this.screen.busy) view.showEmpty({ what: "You are signed out", why: "Sign in to go on.", retry: true });
  }

  /** Signed in again. */
  sayBack(): void {
    this.screen.parts.view.clearNotice("session");
    void this.screen.parts.drafts.save();
    if (!this.screen.busy) void this.refill();
  }

  private async goAcknowledge(): Promise<void> {
    await this.screen.parts.outbox().flush();
    const { slug } = this.screen.parts.boot.project;
    window.location.assign(`/p/${slug}/guideline/acknowledge/`);
  }
}
